"""The part of a text that is plain language, told from code, formulas, links."""

from __future__ import annotations

import polars as pl

_CODE = r"(?s:```.*?(?:```|\z))|`[^`\n]+`"

_NOT_PROSE = "|".join(
    (
        _CODE,
        r"(?s:\[asy\].*?(?:\[/asy\]|\z)|\$\$.*?\$\$|\\\[.*?\\\]|\\\(.*?\\\)|\\begin\{.*?\\end\{[^}\n]*\})",
        # Inline formulas; "$5 or $6" is none, as a space stands before the second sign.
        r"\$[^\s$](?:[^$\n]*[^\s$])?\$",
        r"\\[A-Za-z]+(?:\{[^{}\n]*\})*",
        r"(?:https?://|www\.)\S+|[\w.+-]+@[\w-]+\.[\w.-]+",
        r"</?[A-Za-z][^<>\n]{0,80}>",
        # Identifiers: calls, dotted or slashed names, digits, underscores or capitals inside.
        r"\b\w+\([^()\n]{0,40}\)|\b\w+(?:[./\\]\w+)+\b|\b\w*[\d_]\w*\b|\b[a-z]+[A-Z]\w*\b",
        # What is kept, by the replacement: `'s` of `it's` is no name of a thing.
        r"(['’]\p{L}{1,2}\b)",
        # Names of things counted, but not `a`, `I` and the like: they are words somewhere.
        r"\b[B-DF-HJ-NP-TV-XZb-df-hj-np-tv-xz\p{Greek}]\b",
    )
)


def without_code(text: pl.Expr) -> pl.Expr:
    """Blank out fenced blocks (an unclosed one to the end of the text) and code spans."""
    return text.str.replace_all(_CODE, " ")


def prose(text: pl.Expr) -> pl.Expr:
    """Blank out all that is not language: code, LaTeX, links, tags, identifiers, lone letters, signs.

    What is left are words, single spaces between them.
    """
    words = text.str.replace_all(_NOT_PROSE, "$1 ")
    return words.str.replace_all(r"(?:['’]*[^\p{L}\p{M}'’]+['’]*)+", " ").str.strip_chars(" '’")
