"""One step of a GRU and of an LSTM: what NumPy and Gluon compute from the same parameters."""

import mxnet as mx
import numpy as np
from mxnet import init, nd
from mxnet.gluon import rnn

import gluonbook as gb


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_a_step_of_a_gru_follows_its_equations():
    rng = np.random.default_rng(1)
    X, H = rng.normal(size=(2, 5)), rng.normal(size=(2, 3))
    p = gb.GRUParams(*[rng.normal(size=shape) for shape in [(5, 3), (3, 3), (3,)] * 3])
    R = sigmoid(X @ p.W_xr + H @ p.W_hr + p.b_r)
    Z = sigmoid(X @ p.W_xz + H @ p.W_hz + p.b_z)
    expected = Z * H + (1 - Z) * np.tanh(X @ p.W_xh + (R * H) @ p.W_hh + p.b_h)
    found = gb.gru_step(nd.array(X), nd.array(H), [nd.array(param) for param in p])
    np.testing.assert_allclose(found.asnumpy(), expected, atol=1e-6)


def test_a_step_of_an_lstm_is_that_of_the_layer():
    mx.random.seed(1)
    layer = rnn.LSTM(3, i2h_bias_initializer=init.Normal(1), h2h_bias_initializer=init.Normal(1))
    layer.initialize(init.Normal(1), ctx=mx.cpu())
    X, H, C = (nd.random.normal(shape=(1, 2, size)) for size in (4, 3, 3))
    _, (H_new, C_new) = layer(X, [H, C])
    W_x = nd.split(layer.l0_i2h_weight.data().T, 4, axis=1)
    W_h = nd.split(layer.l0_h2h_weight.data().T, 4, axis=1)
    b = nd.split(layer.l0_i2h_bias.data() + layer.l0_h2h_bias.data(), 4, axis=0)
    into, forget, candidate, output = zip(W_x, W_h, b, strict=True)  # the order of Gluon
    params = gb.LSTMParams(*into, *forget, *output, *candidate)
    found = gb.lstm_step(X[0], H[0], C[0], params)
    for part, other in zip(found, (H_new, C_new), strict=True):
        np.testing.assert_allclose(part.asnumpy(), other[0].asnumpy(), atol=1e-5)
