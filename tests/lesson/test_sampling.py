"""Choosing the next character: samplers against exact probabilities, beam search by brute force."""

import mxnet as mx
import numpy as np
import pytest
from mxnet import nd
from mxnet.gluon import rnn

import gluonbook as gb
from gluonbook.lesson import prediction

# The best character is neither the first nor the last, and no two are equal.
PROBABILITIES = np.array([0.15, 0.4, 0.05, 0.3, 0.1])
LOGITS = nd.log(nd.array(PROBABILITIES)).reshape((1, -1)) + 3  # a softmax ignores the 3
NUM_DRAWS = 1500


def assert_drawn_from(choose, expected):
    """Compare with exact probabilities, five standard deviations wide; a zero must be a zero."""
    mx.random.seed(7)
    drawn = choose(nd.tile(LOGITS, (NUM_DRAWS, 1))).asnumpy().astype(int)
    found = np.bincount(drawn, minlength=len(PROBABILITIES)) / NUM_DRAWS
    expected = np.asarray(expected) / np.sum(expected)
    margin = 5 * np.sqrt(expected * (1 - expected) / NUM_DRAWS)
    assert (np.abs(found - expected) <= margin).all()


def heated(temperature):
    return PROBABILITIES ** (1 / temperature) / np.sum(PROBABILITIES ** (1 / temperature))


def keep(*characters, temperature=1.0):
    return [p if i in characters else 0 for i, p in enumerate(heated(temperature))]


@pytest.mark.parametrize(
    ("choose", "expected"),
    [
        (gb.temperature_sampling(0.5), heated(0.5)),
        (gb.temperature_sampling(1e6), heated(1e6)),
        (gb.temperature_sampling(1e-30), keep(1)),
        (gb.top_k_sampling(2), keep(1, 3)),
        (gb.top_k_sampling(5), keep(*range(5))),
        (gb.top_k_sampling(2, 2.0), keep(1, 3, temperature=2.0)),
        # The sums of the most probable are 0.4, 0.7, 0.85, 0.95 and 1.
        (gb.nucleus_sampling(1e-6), keep(1)),
        (gb.nucleus_sampling(0.41), keep(1, 3)),
        (gb.nucleus_sampling(0.71), keep(0, 1, 3)),
        # At a temperature of 2 they are 0.30, 0.56, 0.74, …
        (gb.nucleus_sampling(0.65, 2.0), keep(0, 1, 3, temperature=2.0)),
        # The weights do not add up to one.
        (lambda logits: gb.draw(20 * nd.softmax(logits)), PROBABILITIES),
    ],
)
def test_a_sampler_draws_with_the_probabilities_of_its_definition(choose, expected):
    assert_drawn_from(choose, expected)


def test_a_nucleus_of_all_has_all_although_the_sum_is_rounded(monkeypatch):
    weights = []
    monkeypatch.setattr(prediction, "draw", lambda w: weights.append(w) or nd.zeros(len(w)))
    gb.nucleus_sampling(1)(
        nd.array([[0, -20, -21]])
    )  # the first has 1 - 3e-9, which is 1 in 32 bits
    assert (weights[0].asnumpy() > 0).all()


TEXT, PREFIX = gb.Text("abcd"), "ca"


def search(model, num_chars, beam_width):
    how = {"num_chars": num_chars, "beam_width": beam_width, "ctx": mx.cpu()}
    return gb.beam_search(model, TEXT, prefix=PREFIX, **how)


def plain_beam_search(model, num_chars, beam_width):
    beams = [PREFIX]
    for _ in range(num_chars):
        longer = [beam + char for beam in beams for char in TEXT.chars]
        longer.sort(key=lambda string: gb.letter_costs(model, TEXT, string, mx.cpu()).sum())
        beams = longer[:beam_width]
    return beams[0]


MODELS = {
    "RNN, GRU": lambda: gb.RNNModel(gb.DeepRNN([rnn.RNN(8), rnn.GRU(8)], dropout=0), 4),
    "LSTM": lambda: gb.RNNModel(rnn.LSTM(8), 4),
    "attention": lambda: gb.BlockModel(4, 6, [gb.CausalAttention(6, num_heads=2, window=3)]),
}


@pytest.mark.parametrize("beam_width", [1, 2, 5, 64])  # from greedy to all texts
@pytest.mark.parametrize("kind", MODELS)
def test_a_beam_keeps_the_best_texts_of_each_step(kind, beam_width):
    for seed in range(2):
        mx.random.seed(seed)
        model = MODELS[kind]()
        model.initialize(mx.init.Normal(1))  # large weights, so that the state matters
        assert search(model, 3, beam_width) == plain_beam_search(model, 3, beam_width)
