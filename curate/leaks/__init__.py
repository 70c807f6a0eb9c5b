"""Finding test items of benchmarks in texts.

Reading order: `words` (what is compared), `items` (what is looked for), `index` (which n-grams tell an
item), `kernels` (the compiled search), `search` (who is hit, checked word by word), `ratio` (whole texts
that are nearly the same).
"""
