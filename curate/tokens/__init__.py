"""Exact token counts and tokens, by any tokenizer file.

Reading order: `engine` (the tokenizer itself), `patterns` (between which characters an expression always
cuts), `cuts` (where a text may be cut without changing its tokens), `added` (tokens that stand apart),
`merging` (words met for the first time), `memo` (what is known of pieces), `counting` (texts cut, looked up
and proven), `ids` (tokens, and where they stand).
"""

from curate.tokens.counting import Way, count, way, why_whole
from curate.tokens.engine import per_byte, stamp

__all__ = ["Way", "count", "per_byte", "stamp", "way", "why_whole"]
