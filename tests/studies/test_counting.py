"""studies/counting.py: the fast n-gram models agree with those of the package."""

import random

import numpy as np

import gluonbook as gb
from studies import counting

LETTERS = "abcdef"
rng = random.Random(1)
TEXT = "".join(rng.choice(LETTERS[: 2 + i % 5]) for i in range(400))
OTHER = "".join(rng.choice(LETTERS) for _ in range(60))


def indices(text):
    return np.array([LETTERS.index(char) for char in text])


def test_the_probabilities_agree_with_those_of_the_package():
    counts = counting.Counts(indices(TEXT), len(LETTERS), longest=5)
    slow_counts = gb.count_followers(TEXT, 4)
    fast = counting.kneser_ney(counts, indices(OTHER), [0.4, 0.9])
    for n, discount in fast:
        slow = gb.kneser_ney(slow_counts, n, discount, LETTERS)
        # The first characters have too short a context, which the two models treat differently.
        expected = [slow(OTHER[:t])[OTHER[t]] for t in range(5, len(OTHER))]
        np.testing.assert_allclose(fast[n, discount][4:], expected)
