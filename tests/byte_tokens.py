"""A tokenizer whose tokens are bytes, and a template as short as can be."""

# pyright: reportUnknownMemberType=false
# (tokenizers types its lists as lists of anything)

from __future__ import annotations

import json
import tempfile
from functools import cache
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

from curate.forecasts.forecasting import reader_of
from curate.forecasts.passages import Reader

TEMPLATE = """
{%- for m in messages -%}
  {%- if m.role == 'assistant' -%}
A:{% generation %}
    {%- if m.reasoning_content %}<think>{{ m.reasoning_content }}</think>{% endif -%}
    {{- m.content + eos_token -}}
  {%- endgeneration %}
  {%- else -%}{{- m.role[0].upper() + ':' + m.content + ';' -}}{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt %}A:{% endif -%}
"""


def save_bytes(folder: Path) -> Path:
    """The tokenizer as a model's folder has it; `^` begins texts, `;` ends them."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    engine = Tokenizer(models.BPE({letter: at for at, letter in enumerate(alphabet)}, []))
    engine.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    engine.decoder = decoders.ByteLevel()
    engine.add_special_tokens([AddedToken("^"), AddedToken(";")])
    engine.save(str(folder / "tokenizer.json"))
    ends = {"bos_token": "^", "eos_token": ";"}
    (folder / "tokenizer_config.json").write_text(json.dumps(ends), encoding="utf-8")
    (folder / "chat_template.jinja").write_text(TEMPLATE, encoding="utf-8")
    return folder / "tokenizer.json"


_FOLDER = tempfile.TemporaryDirectory(prefix="bytes-")  # gone when the tests are
BYTES = save_bytes(Path(_FOLDER.name))


@cache
def reader() -> Reader:
    """What reads rows with both."""
    return reader_of(BYTES.with_name("chat_template.jinja"), BYTES)
