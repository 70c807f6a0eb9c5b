"""Finding texts that are nearly the same.

Reading order: `words` (what is compared), `signatures` (MinHash), `bands` (which texts may be alike),
`shingle_sets` (how alike two texts are, exactly), `neighbours` (every pair alike enough).
"""
