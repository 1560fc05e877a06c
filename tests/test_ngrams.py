"""Counts, the models made of them, and perplexity."""

import math
import random
from fractions import Fraction

import pytest

import gluonbook as gb
from gluonbook.ngrams import last_characters
from studies import counting

TEXT = "abracadabra"
CHARS = [*sorted(set(TEXT)), "z"]


@pytest.mark.parametrize(
    ("probabilities", "expected"),
    [([1 / 8, 1 / 4, 1 / 4, 1 / 2], 4), ([1] * 5, 1), ([1, 0, 1], math.inf), ([1 / 7] * 3, 7)],
)
def test_perplexity_is_the_geometric_mean_of_the_choices(probabilities, expected):
    assert gb.perplexity(probabilities) == pytest.approx(expected)


def test_a_model_is_asked_for_every_character_but_the_first_after_at_most_a_thousand():
    asked = []

    def model(char, context):
        asked.append((char, context))
        return 1 / 3

    text = "abcdefghij" * 210
    assert gb.perplexity_on(model, text) == pytest.approx(3)
    assert asked == [(text[t], text[max(0, t - 1000) : t]) for t in range(1, 2100)]


def test_a_uniform_model_chooses_among_the_vocabulary():
    assert gb.perplexity_on(gb.uniform(43), TEXT) == pytest.approx(43)


def test_followers_are_counted_for_each_context_up_to_the_longest():
    counts = gb.count_followers("aab", 1)
    assert counts == {"": {"a": 2, "b": 1}, "a": {"a": 1, "b": 1}}
    counts = gb.count_followers(TEXT, 3)
    assert {len(context) for context in counts} == {0, 1, 2, 3}
    for context, followers in counts.items():
        for char in CHARS:
            windows = [TEXT[i : i + len(context) + 1] for i in range(len(TEXT) - len(context))]
            assert followers[char] == windows.count(context + char)


@pytest.mark.parametrize(
    ("text", "length", "end"),
    [("abc", 2, "bc"), ("abc", 0, ""), ("abc", 5, "abc"), ("", 1, ""), ("abc", 3, "abc")],
)
def test_the_end_of_a_text(text, length, end):
    assert last_characters(text, length) == end


def test_alpha_is_added_to_every_count():
    model = gb.add_alpha(gb.count_followers(TEXT, 1), 2, 0.5, len(CHARS))
    # Four characters follow an "a"; two of them are "b".
    assert model("b", "xxa") == pytest.approx(float(Fraction(5, 2) / (4 + 3)))
    assert model("z", "a") == pytest.approx(float(Fraction(1, 2) / (4 + 3)))
    assert model("z", "z") == pytest.approx(1 / len(CHARS))


def test_contexts_are_mixed_the_longest_first():
    model = gb.interpolate(gb.count_followers("aab", 1), 2, 0.5, 43)
    assert model("b", "a") == pytest.approx(1 / 4 + 1 / 2 * (1 / 6 + 1 / 2 / 43))


def test_a_context_that_was_never_seen_gives_way_to_the_shorter_one():
    counts = gb.count_followers(TEXT, 2)
    trigram, bigram = (gb.interpolate(counts, n, 0.7, len(CHARS)) for n in (3, 2))
    assert trigram("b", "za") == bigram("b", "a")
    assert trigram("b", "ra") != bigram("b", "a")


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("context", ["", "a", "ra", "bra", "z"])
@pytest.mark.parametrize(
    ("make_model", "setting"),
    [(gb.add_alpha, 0.3), (gb.interpolate, 0.6), (gb.kneser_ney, 0.75)],
)
def test_probabilities_add_up_to_1(make_model, setting, n, context):
    model = make_model(gb.count_followers(TEXT, n - 1), n, setting, len(CHARS))
    probabilities = [model(char, context) for char in CHARS]
    assert sum(probabilities) == pytest.approx(1)
    assert min(probabilities) > 0


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_kneser_ney_agrees_with_the_one_of_the_studies(n):
    training, held_out = "the cat sat on the mat. " * 3 + "a rat!", "that cat sat at the tea"
    text = gb.Text(training + held_out)
    codes = text.encode(training), text.encode(held_out)
    fast = counting.kneser_ney(counting.Counts(codes[0], text.size, 6), codes[1], [0.6])[n, 0.6]
    model = gb.kneser_ney(gb.count_followers(training, 5), n, 0.6, text.size)
    # Where the text has just begun, the studies take no context that is shorter than n - 1.
    plain = [model(held_out[t], held_out[:t]) for t in range(n, len(held_out))]
    assert plain == pytest.approx(fast[n - 1 :].tolist())


def test_the_bar_is_chosen_on_validation_and_measured_on_both():
    # Words in no order, so that long contexts are worth little.
    words = random.Random(1).choices(
        ["the", "cat", "sat", "on", "a", "mat", "and", "that", "rat", "ran", "to", "me"], k=4000
    )
    text = gb.Text(" ".join(words)[:14_000], num_train=10_000, num_held_out=2_000)
    bar = gb.counting_bar(text)
    assert bar.keys() == {"validation", "test"}
    for found in bar.values():
        assert list(found) == ["unigram", "bigram", "interpolated", "Kneser-Ney"]
        assert found["unigram"] > found["bigram"] > found["Kneser-Ney"] > 1
    # First n at the middle weight, then the weight.
    counts = gb.count_followers(text.decode(text.train), 7)

    def measured(n, weight, part=text.validation):
        return gb.perplexity_on(gb.interpolate(counts, n, weight, text.size), text.decode(part))

    n = min(range(2, 9), key=lambda n: measured(n, 0.5))
    weight = min((w / 10 for w in range(1, 10)), key=lambda weight: measured(n, weight))
    assert bar["validation"]["interpolated"] == measured(n, weight)
    assert bar["test"]["interpolated"] == measured(n, weight, text.test)


COUNTS = gb.count_followers(TEXT, 2)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: gb.add_alpha(COUNTS, 4, 1, 9), "contexts of 3 characters must have"),
        (lambda: gb.interpolate(COUNTS, 4, 0.5, 9), "longest=3 or more"),
        (lambda: gb.kneser_ney(COUNTS, 4, 0.5, 9), "call count_followers with longest"),
        (lambda: gb.add_alpha(COUNTS, 0, 1, 9), "n must be 1 or more, not 0"),
        (lambda: gb.interpolate(COUNTS, -1, 1, 9), "n must be 0 or more, not -1"),
        (lambda: gb.add_alpha(COUNTS, 2, math.nan, 9), "alpha must be above zero, not"),
        (lambda: gb.interpolate(COUNTS, 2, 1.5, 9), "weight must be from 0 to 1, not 1"),
        (lambda: gb.kneser_ney(COUNTS, 2, -0.1, 9), "discount must be from 0 to 1"),
        (lambda: gb.add_alpha(COUNTS, 2, 1, 3), "vocab_size is 3, but 5 different"),
        (lambda: gb.interpolate(COUNTS, 2, 1, 4), "would sum to more than 1"),
        (lambda: gb.uniform(0), "vocab_size must be 1 or more"),
        (lambda: gb.count_followers(TEXT, -1), "longest must be 0 or more"),
        (lambda: gb.perplexity([0.5, 2]), "a probability must be from 0 to 1, not 2"),
        (lambda: gb.perplexity([math.nan]), "from 0 to 1, not nan"),
        (lambda: gb.perplexity_on(gb.uniform(3), "a"), "needs one probability or more"),
    ],
)
def test_what_makes_no_model_is_refused(build, message):
    with pytest.raises(ValueError, match=message):
        build()
