"""Attention, compared with NumPy."""

import mxnet as mx
import numpy as np
from mxnet import nd

import gluonbook as gb


def test_causal_attention_is_what_numpy_computes():
    draw = np.random.default_rng(1)
    one = gb.CausalAttention(size=6, num_heads=3, window=4)
    one.initialize()
    X, before = draw.normal(size=(5, 8, 6)), draw.normal(size=(2, 5, 3, 6))
    one(nd.array(X), nd.array(before))
    start = [[-distance / 4**head for distance in range(4)] for head in range(3)]
    np.testing.assert_allclose(one.distance_biases.data().asnumpy(), start)
    distances = draw.normal(size=(3, 4))
    one.distance_biases.set_data(nd.array(distances))
    W_q, W_k, W_v, W_out = (
        layer.weight.data().asnumpy().T for layer in (one.query, one.key, one.value, one.output)
    )
    keys, values = (
        np.concatenate([old, X @ W], axis=1) for old, W in zip(before, (W_k, W_v), strict=True)
    )
    Q, K, V = (part.reshape((5, -1, 3, 2)) for part in (X @ W_q, keys, values))
    now, then = np.ogrid[:8, :11]
    back = 3 + now - then
    bias = np.where((back >= 0) & (back < 4), distances[:, back.clip(0, 3)], -np.inf)
    weights = np.exp(np.einsum("nthd,nshd->nhts", Q, K) / np.sqrt(2) + bias)
    weights /= weights.sum(axis=3, keepdims=True)
    expected = np.einsum("nhts,nshd->nthd", weights, V).reshape((5, 8, 6)) @ W_out
    Y, state = one(nd.array(X), nd.array(before))
    np.testing.assert_allclose(Y.asnumpy(), expected, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(state[0].asnumpy(), keys[:, -3:], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(state[1].asnumpy(), values[:, -3:], rtol=1e-4, atol=1e-5)


def test_the_empty_part_of_a_cache_gets_no_weight():
    one = gb.CausalAttention(size=6, num_heads=3, window=4)
    mx.random.seed(1)
    one.initialize()
    X = nd.random.normal(shape=(2, 5, 6))
    Y, _ = one(X, one.begin_state(batch_size=2))
    np.testing.assert_allclose(
        Y[:, 0].asnumpy(), one.output(one.value(X[:, :1]))[:, 0].asnumpy(), rtol=1e-4
    )
