"""N-gram counts, the language models built from them, and perplexity."""

import itertools
import random
from fractions import Fraction

import pytest

import gluonbook as gb

TEXT = "abracadabra"
CHARS = [*sorted(set(TEXT)), "z"]


def test_perplexity_on_predicts_each_character_but_the_first_from_up_to_a_thousand():
    asked = []

    def model(context):
        asked.append(context)
        return {"abcdefghij"[len(asked) % 10]: 1 / 3}

    string = "abcdefghij" * 210
    assert gb.perplexity_on(model, string) == pytest.approx(3)
    assert asked == [string[max(0, t - 1000) : t] for t in range(1, 2100)]


def interpolated(char, context, weight_of):
    """Return a probability by the recursive formula of interpolation, or of Witten-Bell smoothing."""
    shorter = interpolated(char, context[1:], weight_of) if context else Fraction(1, len(CHARS))
    followers = [TEXT[i] for i in range(len(context), len(TEXT)) if TEXT[:i].endswith(context)]
    if not followers:
        return shorter
    weight = weight_of(followers)
    return weight * Fraction(followers.count(char), len(followers)) + (1 - weight) * shorter


def by_evidence(followers):
    """Return the weight of Witten-Bell smoothing with a multiplier of 3."""
    return Fraction(len(followers), len(followers) + 3 * len(set(followers)))


def smoothed(char, context, n, discount, longest):
    """Return a probability by the recursive formula of Kneser-Ney smoothing."""
    if n == 0:
        return Fraction(1, len(CHARS))
    shorter = smoothed(char, context[1:], n - 1, discount, longest)
    size = len(context) + 1
    if n == longest:
        ngrams = [TEXT[i : i + size] for i in range(len(TEXT) - size + 1)]
    else:  # how many different characters come before an n-gram
        ngrams = [gram[1:] for gram in {TEXT[i : i + size + 1] for i in range(len(TEXT) - size)}]
    followers = [gram[-1] for gram in ngrams if gram[:-1] == context]
    if not followers:
        return shorter
    kept = max(followers.count(char) - discount, 0)
    return (kept + discount * len(set(followers)) * shorter) / len(followers)


# Some are shorter than n - 1, as at the beginning of a text, and some were never seen.
CONTEXTS = ["", "a", "r", "z", "ra", "ar", "za", "bra", "zra", "abra", "acad", "zzzz"]


@pytest.mark.parametrize("n", [1, 2, 5])
def test_models_agree_with_their_formulas(n):
    counts = gb.count_followers(TEXT, n - 1)
    mixed = gb.interpolate(counts, n, 0.7, CHARS)
    discounted = gb.kneser_ney(counts, n, 0.6, CHARS)
    weighted = gb.witten_bell(counts, n, 3, CHARS)
    assert gb.uniform_model(CHARS)("b") == dict.fromkeys(CHARS, 1 / len(CHARS))
    for context, char in itertools.product(CONTEXTS, CHARS):
        known = context[max(len(context) - (n - 1), 0) :]
        for model, by_formula in (
            (mixed, interpolated(char, known, lambda _: Fraction("0.7"))),
            (weighted, interpolated(char, known, by_evidence)),
            (discounted, smoothed(char, known, len(known) + 1, Fraction("0.6"), longest=n)),
        ):
            assert model(context)[char] == pytest.approx(float(by_formula))


# In no order, so that contexts longer than a word are worth little.
WORDS = ["the", "cat", "sat", "on", "a", "mat", "and", "that", "rat", "ran", "to", "me"]


def test_the_bar_is_chosen_on_validation_and_measured_on_both():
    rng = random.Random(1)
    training = " ".join(rng.choices(WORDS, k=4000))[:10_000]
    # Some letters of the validation text follow no context, and those of the test text follow the longest.
    validation = "".join(rng.choices(training, k=20)) + " ".join(rng.choices(WORDS, k=400))[:980]
    text = gb.Text(training + validation + training[:1000], 10_000, num_held_out=1000)
    baseline = gb.counting_baseline(text)
    unigram, bigram, _, kneser_ney = baseline["test"].values()
    assert unigram > bigram > kneser_ney > 1
    counts = gb.count_followers(training, 7)
    for make_model, name, settings in [
        (gb.interpolate, "interpolated", [w / 10 for w in range(1, 10)]),
        (gb.kneser_ney, "Kneser-Ney", [0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95]),
    ]:

        def measured(part, n, setting, make_model=make_model):
            model = make_model(counts, n, setting, text.chars)
            return gb.perplexity_on(model, text.decode(part))

        def chosen_on(part, measured=measured, settings=settings):
            """Choose n at the middle setting, and then the setting."""
            n = min(range(2, 9), key=lambda n: measured(part, n, settings[len(settings) // 2]))
            return n, min(settings, key=lambda setting: measured(part, n, setting))

        choice = chosen_on(text.validation)
        assert choice != chosen_on(text.test)
        assert baseline["validation"][name] == measured(text.validation, *choice)
        assert baseline["test"][name] == measured(text.test, *choice)
