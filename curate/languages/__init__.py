"""The languages of texts, by langdetect's profiles and without drawing.

langdetect draws n-grams of a text at random, seven times over, until one language wins. The same model
summed over all n-grams needs no chance, and as n-grams never reach over a space, the sum of a text is that
of its words.

Reading order: `characters` and `asides` (what is language), `masking` (the words of texts), `windows` (texts
cut), `profiles` (the model), `words` (the scores of a word), `evidence` (those of windows), `stretches` (windows in
one language), `detection` (all of it at once), `engines` (other detectors in its place), `telling` (for use in Python).
"""
