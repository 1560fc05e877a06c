"""Several devices together train as one does."""

import math

import mxnet as mx
import numpy as np
import pytest
from mxnet.gluon import rnn

import gluonbook as gb
from tests.services.test_training import PANGRAM, SETTINGS, perplexities, train


@pytest.mark.parametrize(
    ("layer", "options", "num_devices", "theta"),
    [
        (rnn.RNN, {"activation": "tanh"}, 2, math.inf),
        (rnn.LSTM, {}, 2, 0.3),
        (rnn.GRU, {"num_layers": 2}, 4, 0.3),
    ],
)
def test_several_devices_are_one_to_rounding(layer, options, num_devices, theta):
    one, several = (gb.RNNModel(layer(16, **options), PANGRAM.size) for _ in range(2))
    how = {"clipping_theta": theta, "lr": 0.5}
    mx.random.seed(1)
    expected = perplexities(train(one, **how))
    ctxs = [mx.cpu(i) for i in range(num_devices)]
    mx.random.seed(1)
    epochs = gb.train_data_parallel(several, PANGRAM, ctxs=ctxs, **SETTINGS | how)
    np.testing.assert_allclose(perplexities(epochs), expected, rtol=1e-5)
    for ctx in ctxs:
        for value, same in zip(gb.params_of(several, ctx), gb.params_of(one), strict=True):
            np.testing.assert_allclose(value.asnumpy(), same.asnumpy(), rtol=1e-3, atol=1e-5)


def test_a_model_from_one_device_goes_on_on_two():
    one, model = (gb.RNNModel(rnn.GRU(16), PANGRAM.size) for _ in range(2))
    how, told, two = SETTINGS | {"lr": 0.5}, [], [mx.cpu(0), mx.cpu(1)]
    mx.random.seed(1)
    expected = perplexities(train(one, lr=0.5))
    mx.random.seed(1)
    first = gb.train_data_parallel(model, PANGRAM, ctxs=[mx.cpu()], **how | {"num_epochs": 2})
    again = how | {"history": first, "callbacks": [told.append]}
    both = gb.train_data_parallel(model, PANGRAM, ctxs=two, **again)
    assert [epoch.number for epoch in both] == [1, 2, 3] and told == both[2:]
    np.testing.assert_allclose(perplexities(both), expected, rtol=1e-5)
