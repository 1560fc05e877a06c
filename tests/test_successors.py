"""Attention, a transformer and linear recurrences, compared with NumPy and with plain loops."""

import mxnet as mx
import numpy as np
import pytest
from mxnet import nd

import gluonbook as gb

VOCAB_SIZE, BATCH_SIZE, NUM_STEPS = 7, 3, 50
MIXERS = {
    "transformer": lambda: gb.CausalAttention(size=6, num_heads=2, window=5),
    "minimal GRU": lambda: gb.MinGRU(6),
}


def make(name):
    return gb.BlockModel(VOCAB_SIZE, 6, [MIXERS[name]() for _ in range(3)])


@pytest.fixture
def draw():
    mx.random.seed(1)
    return np.random.default_rng(1)


@pytest.fixture(params=MIXERS)
def model(request, draw):
    """A model whose parameters are large enough to distinguish positions."""
    model = make(request.param)
    model.initialize(mx.init.Normal(0.5))
    model(nd.zeros((1, 1)), model.begin_state(batch_size=1))
    for param in model.collect_params().values():
        param.set_data(param.data() + nd.random.normal(scale=0.3, shape=param.shape))
    return model


def read(model, X):
    """Return the logits of indices (batch_size, num_steps), with an axis for the steps."""
    logits, _ = model(nd.array(X), model.begin_state(batch_size=len(X)))
    return logits.reshape((X.shape[1], len(X), VOCAB_SIZE)).asnumpy()


def test_causal_attention_is_what_numpy_computes(draw):
    one = gb.CausalAttention(size=6, num_heads=3, window=4)
    one.initialize()
    X, before = draw.normal(size=(BATCH_SIZE, 8, 6)), draw.normal(size=(2, BATCH_SIZE, 3, 6))
    one(nd.array(X), nd.array(before))
    distances = draw.normal(size=(3, 4))
    one.distances.set_data(nd.array(distances))
    W_q, W_k, W_v, W_out = (
        layer.weight.data().asnumpy().T for layer in (one.query, one.key, one.value, one.output)
    )
    keys, values = (
        np.concatenate([old, X @ W], axis=1) for old, W in zip(before, (W_k, W_v), strict=True)
    )
    found = []
    for head in range(3):
        own = slice(2 * head, 2 * head + 2)
        Q, K, V = (X @ W_q)[:, :, own], keys[:, :, own], values[:, :, own]
        bias = np.full((8, 11), -np.inf)
        for t in range(8):
            for back in range(4):
                bias[t, 3 + t - back] = distances[head, back]
        weights = np.exp(Q @ K.transpose(0, 2, 1) / np.sqrt(2) + bias)
        found.append(weights / weights.sum(axis=2, keepdims=True) @ V)
    Y, state = one(nd.array(X), nd.array(before))
    expected = np.concatenate(found, axis=2) @ W_out
    np.testing.assert_allclose(Y.asnumpy(), expected, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(state[0].asnumpy(), keys[:, -3:], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(state[1].asnumpy(), values[:, -3:], rtol=1e-4, atol=1e-5)


def test_impossible_heads_and_windows_are_rejected():
    with pytest.raises(ValueError, match="num_heads must be 1 or more"):
        gb.CausalAttention(6, num_heads=0, window=5)
    with pytest.raises(ValueError, match="6 numbers cannot be divided evenly among 4 heads"):
        gb.CausalAttention(6, num_heads=4, window=5)
    with pytest.raises(ValueError, match="window must be 2 or more"):
        gb.CausalAttention(6, num_heads=2, window=1)


def test_a_matrix_state_is_updated_step_by_step(draw):
    Q, K = draw.normal(size=(2, 1, 4)), draw.normal(size=(2, 5, 4))
    V = draw.normal(size=(2, 5, 3))
    S = np.zeros((2, 4, 3))
    for t in range(5):
        S += K[:, t, :, None] * V[:, t, None, :]
    found = gb.MatrixState(4).look_up(*map(nd.array, (Q, K, V)))
    np.testing.assert_allclose(found.asnumpy(), Q @ S, rtol=1e-4, atol=1e-5)


def test_a_minimal_gru_follows_its_formula(draw):
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


def test_reading_in_pieces_equals_reading_at_once(model, draw):
    X = draw.integers(VOCAB_SIZE, size=(BATCH_SIZE, NUM_STEPS))
    state, found = model.begin_state(batch_size=BATCH_SIZE), []
    for piece in np.split(X, [1, 2, 30], axis=1):
        logits, state = model(nd.array(piece), state)
        found.append(logits.asnumpy().reshape((-1, BATCH_SIZE, VOCAB_SIZE)))
    np.testing.assert_allclose(np.concatenate(found), read(model, X), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", MIXERS)
def test_they_learn_and_write(name):
    text, model = gb.Text("abcdefg" * 60), make(name)
    how = {"num_epochs": 8, "num_steps": 10, "lr": 0.02, "optimizer": "adam", "batch_size": 4}
    history = gb.train(model, text, seed=1, ctx=mx.cpu(), **how)
    assert history[-1].perplexity < 2 < history[0].perplexity
    written = gb.write(model, text, prefix="cde", num_chars=10, ctx=mx.cpu())
    assert written == "cdefgabcdefga"
