"""Exact token counts, by any tokenizer file.

Reading order: `engine` (the tokenizer itself), `cuts` (where a text may be cut without changing its tokens),
`pieces` (texts cut and looked up), `counting` (pieces counted once each).
"""

from curate.tokens.counting import count, count_plainly
from curate.tokens.engine import is_byte_level, stamp

__all__ = ["count", "count_plainly", "is_byte_level", "stamp"]
