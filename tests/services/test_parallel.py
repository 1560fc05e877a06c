"""Several devices together train as one does."""

import math

import mxnet as mx
import numpy as np
import pytest
from mxnet.gluon import rnn

import gluonbook as gb
from tests.services.test_training import PANGRAM, SETTINGS, perplexities
from tests.services.test_training import train as train_on_one

DEVICES = [mx.cpu(0), mx.cpu(1)]


def new_model(layer=rnn.LSTM, **options):
    mx.random.seed(1)
    return gb.RNNModel(layer(16, **options), PANGRAM.size)


def train(model, ctxs=DEVICES, **changes):
    return gb.train_data_parallel(model, PANGRAM, ctxs=ctxs, **SETTINGS | changes)


@pytest.mark.parametrize(
    ("layer", "options", "num_devices", "theta"),
    [
        (rnn.RNN, {"activation": "tanh"}, 2, math.inf),
        (rnn.LSTM, {}, 2, 0.3),
        (rnn.GRU, {"num_layers": 2}, 4, 0.3),
    ],
)
def test_several_devices_are_one_to_rounding(layer, options, num_devices, theta):
    how = {"clipping_theta": theta, "lr": 0.5}
    one = new_model(layer, **options)
    expected = perplexities(train_on_one(one, **how))
    several, ctxs = new_model(layer, **options), [mx.cpu(i) for i in range(num_devices)]
    epochs = train(several, ctxs, **how)
    np.testing.assert_allclose(perplexities(epochs), expected, rtol=1e-5)
    for ctx in ctxs:
        for value, same in zip(gb.params_of(several, ctx), gb.params_of(one), strict=True):
            np.testing.assert_allclose(value.asnumpy(), same.asnumpy(), rtol=1e-3, atol=1e-5)


def test_a_model_from_one_device_goes_on_on_two():
    model, told = new_model(), []
    first = train(model, DEVICES[:1], num_epochs=2)
    both = train(model, history=first, callbacks=[told.append])
    assert [epoch.number for epoch in both] == [1, 2, 3]
    assert told == both[2:]
    expected = perplexities(train_on_one(new_model()))
    np.testing.assert_allclose(perplexities(both), expected, rtol=1e-5)
