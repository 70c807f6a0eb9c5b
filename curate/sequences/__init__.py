"""Rendered rows as sequences of token ids.

Reading order: `masks` (which characters are trained), `labels` (which tokens that makes), `truncation` (what
becomes of sequences that are too long), `making` (all three, row by row), `packing` (several sequences in one).
"""
