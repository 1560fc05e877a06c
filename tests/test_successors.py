"""Attention, a transformer and linear recurrences, compared with NumPy and with plain loops."""

import mxnet as mx
import numpy as np
import pytest
from mxnet import autograd, nd
from mxnet.gluon import loss as gloss

import gluonbook as gb
from gluonbook.successors import rms_norm

VOCAB_SIZE, BATCH_SIZE, NUM_STEPS = 7, 3, 50
WINDOW, NUM_BLOCKS = 5, 3
MIXERS = {
    "transformer": lambda: gb.CausalAttention(size=6, num_heads=2, window=WINDOW),
    "minimal GRU": lambda: gb.MinGRU(6),
}


def make(name):
    return gb.BlockModel(VOCAB_SIZE, 6, [MIXERS[name]() for _ in range(NUM_BLOCKS)])


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


# --- attention ------------------------------------------------------------------------


def test_attention_is_what_numpy_computes(draw):
    Q, K = draw.normal(size=(2, BATCH_SIZE, 4, 5))
    V, bias = draw.normal(size=(BATCH_SIZE, 4, 2)), draw.normal(size=(BATCH_SIZE, 4, 4))
    scores = np.einsum("nti,nsi->nts", Q, K) / np.sqrt(5) + bias
    expected = np.exp(scores) / np.exp(scores).sum(axis=2, keepdims=True)
    found, weights = gb.attend(*map(nd.array, (Q, K, V, bias)))
    np.testing.assert_allclose(weights.asnumpy(), expected, rtol=1e-4)
    np.testing.assert_allclose(found.asnumpy(), expected @ V, rtol=1e-4, atol=1e-6)


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


def test_each_head_initially_sees_four_times_as_far_as_the_one_before():
    one = gb.CausalAttention(size=6, num_heads=3, window=9)
    one.initialize()
    distances = one.distances.data().asnumpy()
    assert distances[:, 0].tolist() == [0, 0, 0]
    assert distances[0, 2] == distances[1, 8] == -2
    np.testing.assert_allclose(distances[0], 16 * distances[2])


def test_rms_norm_scales_each_position_to_a_mean_square_of_one(draw):
    X = nd.array(draw.normal(scale=7, size=(2, 3, 8)))
    scaled = rms_norm(X).asnumpy()
    np.testing.assert_allclose((scaled**2).mean(axis=2), 1, rtol=1e-4)
    np.testing.assert_allclose(np.cross(scaled[..., :3], X.asnumpy()[..., :3]), 0, atol=1e-4)


def test_a_head_finds_a_position_by_the_character_before_it():
    head = gb.AttentionHead(3)
    head.initialize()
    here = nd.one_hot(nd.array([[0, 2, 1, 1, 0]]).T, 3)  # the last is 0: after a 0 came a 2
    head(here, [])
    head.query.weight.set_data(50 * nd.eye(3))
    head.key.weight.set_data(nd.concat(nd.eye(3), nd.zeros((3, 3)), dim=1))
    found, state = head(here, head.begin_state(1))
    assert state == []
    np.testing.assert_allclose(found[0, 0].asnumpy(), [0, 0, 1], atol=1e-4)


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


# --- a scan ---------------------------------------------------------------------------


@pytest.mark.parametrize("num_steps", [1, 2, 3, 7, 8, 9, 35])
def test_a_scan_equals_a_loop(num_steps, draw):
    A, B = draw.normal(size=(2, num_steps, 2, 3))
    H = draw.normal(size=(1, 2, 3))
    expected, state = [], H[0]
    for a, b in zip(A, B, strict=True):
        state = a * state + b
        expected.append(state)
    found = gb.scan(*map(nd.array, (A, B, H)))
    np.testing.assert_allclose(found.asnumpy(), expected, rtol=1e-4, atol=1e-5)


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


# --- as language models ---------------------------------------------------------------


def test_reading_in_pieces_equals_reading_at_once(model, draw):
    X = draw.integers(VOCAB_SIZE, size=(BATCH_SIZE, NUM_STEPS))
    state, found = model.begin_state(batch_size=BATCH_SIZE), []
    for piece in np.split(X, [1, 2, 30], axis=1):
        logits, state = model(nd.array(piece), state)
        found.append(logits.asnumpy().reshape((-1, BATCH_SIZE, VOCAB_SIZE)))
    np.testing.assert_allclose(np.concatenate(found), read(model, X), rtol=1e-3, atol=1e-4)


def test_the_reach_of_a_transformer_is_the_sum_of_its_windows(draw):
    model = make("transformer")
    model.initialize(mx.init.Normal(0.5))
    X = draw.integers(VOCAB_SIZE, size=(1, NUM_STEPS))
    changed = X.copy()
    changed[0, 20] = (X[0, 20] + 1) % VOCAB_SIZE
    change = np.abs(read(model, X) - read(model, changed)).max(axis=(1, 2))
    reached = np.flatnonzero(change)
    assert (reached.min(), reached.max()) == (20, 20 + NUM_BLOCKS * (WINDOW - 1))


@pytest.mark.parametrize("name", MIXERS)
def test_they_learn_and_write(name):
    text, model = gb.Text("abcdefg" * 60), make(name)
    how = {"num_epochs": 8, "num_steps": 10, "lr": 0.02, "optimizer": "adam", "batch_size": 4}
    history = gb.train(model, text, seed=1, ctx=mx.cpu(), **how)
    assert history[-1].perplexity < 2 < history[0].perplexity
    written = gb.write(model, text, prefix="cde", num_chars=10, ctx=mx.cpu())
    assert written == "cdefgabcdefga"


def test_every_parameter_gets_a_gradient(model, draw):
    X = nd.array(draw.integers(VOCAB_SIZE, size=(BATCH_SIZE, NUM_STEPS)))
    with autograd.record():
        logits, _ = model(X, model.begin_state(batch_size=BATCH_SIZE))
        loss = gloss.SoftmaxCrossEntropyLoss()(logits, X.T.reshape((-1,))).mean()
    loss.backward()
    for name, param in model.collect_params().items():
        assert param.grad().abs().sum().asscalar() > 0, name
