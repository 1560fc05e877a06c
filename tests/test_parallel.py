"""Several devices together train as one does."""

import math

import mxnet as mx
import numpy as np
import pytest
from mxnet import nd
from mxnet.gluon import rnn

import gluonbook as gb
from gluonbook import parallel
from tests.test_training import PANGRAM, SETTINGS, perplexities

DEVICES = [mx.cpu(0), mx.cpu(1)]
LAYERS = {
    "RNN": lambda: rnn.RNN(16, activation="tanh"),
    "LSTM": lambda: rnn.LSTM(16),
    "GRU, two layers": lambda: rnn.GRU(16, num_layers=2),
}


def new_model(layer=LAYERS["RNN"]):
    mx.random.seed(1)
    return gb.RNNModel(layer(), PANGRAM.size)


def train(model, ctxs=DEVICES, **changes):
    """Train a model on some devices; return the epochs."""
    settings = SETTINGS | {"num_epochs": 4, "text": PANGRAM} | changes
    return parallel.train_data_parallel(model, ctxs=ctxs, **settings)


def train_on_one(model, **changes):
    """Train a model with the function for one device; return the perplexities."""
    settings = SETTINGS | {"num_epochs": 4} | changes
    return perplexities(gb.train(model, PANGRAM, ctx=mx.cpu(), **settings))


@pytest.mark.parametrize(
    ("layer", "num_devices", "theta"),
    [("RNN", 1, 0.3), ("RNN", 2, math.inf), ("LSTM", 2, 0.3), ("GRU, two layers", 4, 0.3)],
)
def test_several_devices_are_one_to_rounding(layer, num_devices, theta):
    one, ctxs = new_model(LAYERS[layer]), [mx.cpu(i) for i in range(num_devices)]
    expected = train_on_one(one, clipping_theta=theta, lr=0.5)
    several = new_model(LAYERS[layer])
    epochs = train(several, ctxs, clipping_theta=theta, lr=0.5)
    np.testing.assert_allclose(perplexities(epochs), expected, rtol=1e-5)
    for ctx in ctxs:
        for value, same in zip(gb.params_of(several, ctx), gb.params_of(one), strict=True):
            np.testing.assert_allclose(value.asnumpy(), same.asnumpy(), rtol=1e-3, atol=1e-5)


def test_a_model_from_one_device_goes_on_on_two():
    model, told = new_model(), []
    first = train(model, DEVICES[:1], num_epochs=2)
    both = train(model, history=first, callbacks=[told.append])
    assert [epoch.number for epoch in both] == [1, 2, 3, 4]
    assert told == both[2:]
    np.testing.assert_allclose(perplexities(both), train_on_one(new_model()), rtol=1e-5)


def test_what_makes_no_sense_is_refused_before_the_model_is_touched():
    model = new_model()
    with pytest.raises(ValueError, match=r"5 examples cannot be split .* is a multiple of 2"):
        train(model, batch_size=5)
    with pytest.raises(ValueError, match="num_epochs must be 1 or more"):
        train(model, num_epochs=0)
    assert all(param._data is None for param in model.collect_params().values())


def test_a_gradient_without_a_length_ends_the_training(monkeypatch):
    monkeypatch.setattr(parallel, "grad_clipping", lambda params, theta: nd.array([math.nan]))
    with pytest.raises(
        FloatingPointError, match=r"in epoch 1: .* the largest norm of a gradient is nan"
    ):
        train(new_model())
