"""studies/counting.py: the fast n-gram models agree with those of the package."""

import itertools
import random

import numpy as np
import pytest

import gluonbook as gb
from studies import common, counting

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


@pytest.mark.parametrize("rarest", [2, 20])
def test_pruned_probabilities_still_sum_to_1_and_fewer_numbers_are_stored(rarest):
    pruned = counting.Counts(indices(TEXT), len(LETTERS), longest=5)
    whole = pruned.num_stored(5)
    pruned.prune(rarest)
    assert pruned.num_stored(5) < whole
    for context in ("a", "fab", OTHER[:7]):
        texts = [indices(context + char) for char in LETTERS]
        found = [counting.kneser_ney(pruned, text, [0.9]) for text in texts]
        for choice in found[0]:
            assert sum(probabilities[choice][-1] for probabilities in found) == pytest.approx(1)


def test_each_discount_is_chosen_on_the_validation_text():
    training, validation, test = (indices(part) for part in (TEXT[:340], TEXT[340:370], TEXT[370:]))
    counts = counting.Counts(training, len(LETTERS), longest=3)
    on_validation, on_test = (
        counting.kneser_ney(counts, text, counting.DISCOUNTS) for text in (validation, test)
    )
    for found in counting.best_for_each_n(counts, validation[None], test[None]):
        n, choice = found["n"], found["choice"]
        assert found["validation"] == min(
            common.perplexity(on_validation[n, discount]) for discount in counting.DISCOUNTS
        )
        assert found["test"] == common.perplexity(on_test[n, choice])
    # The different characters, the different pairs, and the contexts of both.
    assert counts.num_stored(2) == 2 * len(LETTERS) + 1 + len(set(itertools.pairwise(TEXT[:340])))


def test_the_share_of_repeated_sequences_is_counted():
    blocks = np.array([indices("abcdef"), indices("fedcba")])
    # abc, bcd and cde occur in the training text; def and the four of the second block do not.
    assert counting.share_repeated(indices("ffabcde"), blocks, length=3) == 3 / 8
    assert counting.share_repeated(np.arange(31), [np.arange(30)]) == 1  # of one sequence


def test_the_totals_of_contexts_count_how_often_they_occurred():
    # Before b, c, a and f of "fabcaf": "fa", "ab", "bc" and "ca" occurred 0, 3, 1 and 1 times; the last
    # "bc" of the training text has no character after it.
    raw, _ = counting.Counts(indices("abcabdabc"), len(LETTERS), 3).look_up(indices("fabcaf"))
    assert raw[2][1].tolist() == [0, 0, 3, 1, 1]
