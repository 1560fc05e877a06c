"""Linear recurrences, compared with plain loops in NumPy."""

import mxnet as mx
import numpy as np
from mxnet import nd

import gluonbook as gb


def test_a_minimal_gru_follows_its_formula():
    draw = np.random.default_rng(1)
    layer = gb.MinGRU(4)
    layer.initialize(mx.init.Normal(1))
    X, h = draw.normal(size=(2, 6, 3)), draw.normal(size=(2, 4))
    Y, state = layer(nd.array(X), nd.array(h))
    (W_z, b_z), (W_h, b_h) = (
        (part.weight.data().asnumpy().T, part.bias.data().asnumpy())
        for part in (layer.gate, layer.candidate)
    )
    expected = []
    for x in X.swapaxes(0, 1):
        z = 1 / (1 + np.exp(-(x @ W_z + b_z)))
        h = z * h + (1 - z) * (x @ W_h + b_h)
        expected.append(h)
    np.testing.assert_allclose(Y.asnumpy().swapaxes(0, 1), expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(state.asnumpy(), h, rtol=1e-4, atol=1e-5)
