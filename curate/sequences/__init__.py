"""Rendered rows as sequences of token ids.

Reading order: `masks` (which characters are trained), `labels` (which tokens that makes), `truncation` (what
becomes of sequences that are too long), `making` (all three, row by row), `packing` (which sequences go together),
`heap` (where they wait for that), `columns` (what a trainer reads). `tinyllama` makes them as TinyLlama does;
`suitability` says before anything is built what a template lacks.
"""
