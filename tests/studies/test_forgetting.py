"""studies/forgetting.py: what the study measures for layers whose memory is known."""

import mxnet as mx
import numpy as np
import pytest
from mxnet import init
from mxnet.gluon import rnn

import gluonbook as gb
from studies import forgetting


def compare_beginnings(layer):
    """Let a model with this layer read a random text, without any training."""
    mx.random.seed(1)
    model = gb.RNNModel(layer, 5)
    model.initialize(init.Normal(0.5))
    # Long enough for passages that do not overlap.
    indices = np.random.default_rng(1).integers(5, size=450)
    return forgetting.compare_beginnings(model, indices)


def test_a_layer_without_recurrent_weights_forgets_at_the_next_character():
    left = compare_beginnings(rnn.RNN(4, h2h_weight_initializer="zeros"))
    assert left["hidden"][0] == 1
    assert left["extra loss"][0] != 0
    assert left["hidden"][1:] == left["extra loss"][1:] == [0] * forgetting.AFTER


@pytest.mark.parametrize(("forget_bias", "kept"), [(100.0, 1), (-100.0, 0)])
def test_a_cell_whose_forget_gate_is_open_keeps_everything_and_a_closed_one_nothing(
    forget_bias, kept
):
    bias = init.LSTMBias(forget_bias)
    layer = rnn.LSTM(4, i2h_bias_initializer=bias, h2h_weight_initializer="zeros")
    left = compare_beginnings(layer)
    assert left["cell"] == pytest.approx([1] + [kept] * forgetting.AFTER, abs=1e-3)
    assert len(left["hidden"]) == len(left["extra loss"]) == forgetting.AFTER + 1
