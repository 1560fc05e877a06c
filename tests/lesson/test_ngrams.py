"""The bar that n-gram models set; the cells and the studies compare the models themselves."""

import random

import gluonbook as gb

# In no order, so that contexts longer than a word are worth little.
WORDS = ["the", "cat", "sat", "on", "a", "mat", "and", "that", "rat", "ran", "to", "me"]


def test_the_bar_is_chosen_on_validation_and_measured_on_both():
    rng = random.Random(1)
    training = " ".join(rng.choices(WORDS, k=4000))[:10_000]
    # Some letters of the validation text follow no context, and those of the test text follow the longest.
    validation = "".join(rng.choices(training, k=20)) + " ".join(rng.choices(WORDS, k=400))[:980]
    text = gb.Text(training + validation + training[:1000], 10_000, num_held_out=1000)
    baseline = gb.counting_baseline(text)
    unigram, bigram, interpolated, kneser_ney = baseline["test"].values()
    assert unigram > bigram > kneser_ney > 1 and interpolated != kneser_ney
    counts = gb.count_followers(training, 7)

    def measured(part, n, weight):
        return gb.perplexity_on(gb.interpolate(counts, n, weight, text.chars), text.decode(part))

    def chosen_on(part):
        """Choose n at the middle weight, and then the weight."""
        n = min(range(2, 9), key=lambda n: measured(part, n, 0.5))
        weights = [w / 10 for w in range(1, 10)]
        return n, min(weights, key=lambda weight: measured(part, n, weight))

    choice = chosen_on(text.validation)
    assert choice != chosen_on(text.test)
    assert baseline["validation"]["interpolated"] == measured(text.validation, *choice)
    assert baseline["test"]["interpolated"] == measured(text.test, *choice)
