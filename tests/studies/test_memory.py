"""studies/memory.py: the LSTM with one tap is what it is said to be."""

import numpy as np
from mxnet import nd

from studies import memory


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_the_coupled_lstm_forgets_as_much_as_it_writes():
    layer = memory.CoupledLSTM(3, num_inputs=2)
    layer.initialize()
    for param in layer.tied:
        param.set_data(nd.random.normal(shape=param.shape))
    X = nd.random.normal(shape=(4, 1, 2))
    states, (H, C) = layer(X, layer.begin_state(batch_size=1))
    W_x, W_h, b_x, b_h = (param.data().asnumpy() for param in layer.tied)
    h = c = np.zeros(3)
    for x in X.asnumpy()[:, 0]:
        into, new, show = np.split(W_x @ x + b_x + W_h @ h + b_h, 3)
        c = (1 - sigmoid(into)) * c + sigmoid(into) * np.tanh(new)
        h = sigmoid(show) * np.tanh(c)
    for found, expected in ((states[-1], h), (H, h), (C, c)):
        np.testing.assert_allclose(found.asnumpy().ravel(), expected, rtol=1e-4, atol=1e-6)
