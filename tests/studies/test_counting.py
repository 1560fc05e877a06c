"""studies/counting.py: modified Kneser-Ney smoothing, and what a text quotes from another."""

import random

import numpy as np

from studies import counting

rng = random.Random(1)
TEXT = np.array([rng.randrange(2 + i % 5) for i in range(400)])
OTHER = np.array([rng.randrange(6) for _ in range(60)])
DISCOUNTS = np.array([[0.4, 0.9, 1.2], [0.8, 1.3, 2.5], [0.9, 0.7, 0.1], [1, 2, 3]])


def modified(counts, text, discounts):
    return counting.modified_kneser_ney(counting.columns_of(counts, [text], 4), discounts, 6)[0]


def test_three_equal_discounts_are_one_and_three_different_ones_leave_a_distribution():
    counts = counting.Counts(TEXT, 6, longest=4)
    one = counting.kneser_ney(counts, OTHER, [0.7])[4, 0.7]
    np.testing.assert_allclose(modified(counts, OTHER, np.full((4, 3), 0.7)), one)
    counts.prune(2)
    for context in (TEXT[-3:], OTHER[:3]):
        total = sum(modified(counts, np.append(context, char), DISCOUNTS)[-1] for char in range(6))
        np.testing.assert_allclose(total, 1)


def test_a_training_text_without_what_is_quoted_repeats_nothing():
    training = np.concatenate([TEXT[:100], OTHER[10:50], TEXT[100:]])
    quoted = counting.quoted(training, [OTHER])
    assert quoted.nonzero()[0].tolist() == [*range(100, 140)]
    shares = [counting.share_repeated(text, [OTHER]) for text in (training, training[~quoted])]
    assert shares == [11 / 31, 0]
