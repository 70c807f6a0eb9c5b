"""The languages of texts, by langdetect's profiles and without drawing.

langdetect draws n-grams of a text at random, seven times over, until one language wins. The same model
summed over all n-grams needs no chance, and as n-grams never reach over a space, the sum of a text is that
of its words.

Reading order: `profiles` (the model), `words` (the scores of a word), `windows` (the scores of stretches
of a text).
"""
