"""studies/costs.py: the arithmetic behind the section on scaling."""

import itertools

import pytest
from mxnet.gluon import rnn

import gluonbook as gb
from studies import costs

SMALL = {"changes": "length", "length": 5_000, "hidden units": 8, "batch size": 4}


def test_the_share_of_the_peak_is_computed_in_each_round():
    # A layer has two biases per unit, and the output layer one per character.
    biases = 2 * 8 + costs.VOCAB_SIZE
    weights = gb.num_params(gb.RNNModel(rnn.RNN(8), costs.VOCAB_SIZE)) - biases
    figures = costs.figures_of(SMALL, seconds=[1, 2, 4], peaks=[4e9, 2e9, 1e9])
    # 35 mini-batches of 4 rows and 35 steps; each round slows down both equally.
    assert figures["weights"] == weights
    assert figures["operations"] == 6 * weights * 35 * 4 * 35
    assert figures["share of peak"] == pytest.approx(figures["operations"] / 4e9)
    assert (figures["seconds"], figures["peak"]) == (2, 2e9)


def test_epochs_and_products_are_timed():
    seconds = list(itertools.islice(costs.epochs(SMALL), 2))
    assert all(taken > 0 for taken in seconds)
    assert next(costs.products()) > 0
