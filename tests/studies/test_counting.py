"""studies/counting.py: the fast n-gram models agree with those of the package."""

import itertools
import random
from types import SimpleNamespace

import numpy as np
import pytest

import gluonbook as gb
from studies import counting, models

LETTERS = "abcdef"
rng = random.Random(1)
TEXT = "".join(rng.choice(LETTERS[: 2 + i % 5]) for i in range(400))
OTHER = "".join(rng.choice(LETTERS) for _ in range(60))


def indices(text):
    return np.array([LETTERS.index(char) for char in text])


@pytest.mark.parametrize(
    ("kind", "slow_kind"),
    [(counting.interpolated, gb.interpolate), (counting.kneser_ney, gb.kneser_ney)],
)
def test_the_models_agree_with_those_of_the_package(kind, slow_kind):
    counts = counting.Counts(indices(TEXT), len(LETTERS), longest=5)
    slow_counts = gb.count_followers(TEXT, 4)
    fast = kind(counts, indices(OTHER), [0.4, 0.9])
    for n, choice in fast:
        slow = slow_kind(slow_counts, n, choice, len(LETTERS))
        # The first characters have too short a context, which the two models treat differently.
        expected = [slow(OTHER[t], OTHER[:t]) for t in range(5, len(OTHER))]
        np.testing.assert_allclose(fast[n, choice][4:], expected)


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


def test_n_and_setting_are_chosen_on_the_validation_text():
    training, validation, test = (indices(part) for part in (TEXT[:340], TEXT[340:370], TEXT[370:]))
    text = SimpleNamespace(train=training, validation=validation, test=test, size=len(LETTERS))
    found = models.count("interpolated", text)
    kind, weights = counting.KINDS["interpolated"]
    counts = counting.Counts(training, len(LETTERS))
    all_of_them = [counting.perplexity(p) for p in kind(counts, validation, weights).values()]
    assert found["validation"] == min(all_of_them)
    on_test = kind(counts, test, weights)[found["n"], found["choice"]]
    assert found["test"] == counting.perplexity(on_test)
    # The different characters, and the different pairs.
    assert found["n"] == 2
    assert found["num_params"] == len(LETTERS) + len(set(itertools.pairwise(TEXT[:340])))
    assert found["test_losses"][0] == pytest.approx(-np.log(on_test[:2]).mean(), abs=1e-5)


def test_the_share_of_repeated_sequences_is_counted():
    blocks = np.array([indices("abcdef"), indices("fedcba")])
    # abc, bcd and cde occur in the training text; def and the four of the second block do not.
    assert counting.share_repeated(indices("ffabcde"), blocks, length=3) == 3 / 8
    assert counting.share_repeated(np.arange(31), [np.arange(30)]) == 1  # of one sequence


def test_occurrences_count_the_contexts_of_each_character():
    training, block = indices("abcabdabc"), indices("xabcaf".replace("x", "f"))
    # Before c, a and f of "fabcaf": "fa", "ab", "bc", "ca" occurred 0, 3, 1 and 1 times; the last
    # "bc" of the training text has no character after it.
    assert counting.occurrences(training, block, 2).tolist() == [0, 3, 1, 1]
    assert counting.occurrences(training, block, 3).tolist() == [0, 1, 1]
