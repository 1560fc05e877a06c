"""What came after: attention, a transformer and a scan, against NumPy and step by step."""

import gluonbook as gb  # isort: skip  # before mxnet
import mxnet as mx
import numpy as np
import pytest
from mxnet import autograd, nd
from mxnet.gluon import loss as gloss

VOCAB_SIZE, BATCH_SIZE, NUM_STEPS = 7, 3, 50
MODELS = {
    "transformer": lambda: gb.TransformerModel(
        VOCAB_SIZE, size=6, num_heads=2, window=5, num_blocks=3
    ),
    "minimal GRU": lambda: gb.RNNModel(gb.MinGRU(5, num_layers=2), VOCAB_SIZE),
}


@pytest.fixture
def draw():
    mx.random.seed(1)
    return np.random.default_rng(1)


@pytest.fixture(params=MODELS)
def model(request, draw):
    """A model whose parameters are large enough to tell places apart."""
    model = MODELS[request.param]()
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
    V, bias = draw.normal(size=(BATCH_SIZE, 4, 2)), draw.normal(size=(4, 4))
    scores = np.einsum("nti,nsi->nts", Q, K) / np.sqrt(5) + bias
    expected = np.exp(scores) / np.exp(scores).sum(axis=2, keepdims=True)
    found, weights = gb.attend(*map(nd.array, (Q, K, V, bias)))
    np.testing.assert_allclose(weights.asnumpy(), expected, rtol=1e-4)
    np.testing.assert_allclose(found.asnumpy(), expected @ V, rtol=1e-4, atol=1e-6)


def test_nothing_out_of_sight_has_a_weight():
    bias = gb.by_distance(nd.array([1, 2, 3]), 6)
    A = nd.random.normal(shape=(2, 6, 4))
    weights = gb.attend(A, A, A, bias)[1].asnumpy()
    in_sight = np.tril(np.ones((6, 6))) - np.tril(np.ones((6, 6)), -3)
    assert ((weights > 0) == in_sight).all()
    np.testing.assert_allclose(weights.sum(axis=2), 1, rtol=1e-5)


def test_heads_share_the_numbers_of_a_place_among_them(draw):
    one = gb.CausalAttention(size=6, num_heads=3, window=4)
    one.initialize()
    X = draw.normal(size=(BATCH_SIZE, 8, 6))
    one(nd.array(X))
    distances = draw.normal(size=(3, 4))
    one.distances.set_data(nd.array(distances))
    W_in, W_out = (
        layer.weight.data().asnumpy().T for layer in (one.queries_keys_values, one.output)
    )
    found = []
    for head in range(3):
        Q, K, V = (X @ W_in[:, 6 * kind + 2 * head :][:, :2] for kind in range(3))
        bias = np.full((8, 8), -np.inf)
        for t in range(8):
            for back in range(min(t + 1, 4)):
                bias[t, t - back] = distances[head, back]
        weights = np.exp(Q @ K.transpose(0, 2, 1) / np.sqrt(2) + bias)
        found.append(weights / weights.sum(axis=2, keepdims=True) @ V)
    expected = np.concatenate(found, axis=2) @ W_out
    np.testing.assert_allclose(one(nd.array(X)).asnumpy(), expected, rtol=1e-3, atol=1e-5)


def test_a_distance_gets_a_gradient():
    one = gb.CausalAttention(size=6, num_heads=2, window=4)
    one.initialize()
    with autograd.record():
        loss = (one(nd.random.normal(shape=(2, 9, 6))) ** 2).sum()
    loss.backward()
    assert (one.distances.grad().abs() > 0).asnumpy().all()


# --- a scan ---------------------------------------------------------------------------


@pytest.mark.parametrize("num_steps", [1, 2, 3, 7, 8, 9, 35])
def test_a_scan_is_a_loop(num_steps, draw):
    A, B = draw.normal(size=(2, num_steps, 2, 3))
    H = draw.normal(size=(1, 2, 3))
    expected, state = [], H[0]
    for a, b in zip(A, B, strict=True):
        state = a * state + b
        expected.append(state)
    found = gb.scan(*map(nd.array, (A, B, H)))
    np.testing.assert_allclose(found.asnumpy(), expected, rtol=1e-4, atol=1e-5)


def test_a_minimal_gru_takes_the_steps_of_its_formula(draw):
    layer = gb.MinGRU(4)
    layer.initialize(mx.init.Normal(1))
    X, H = draw.normal(size=(6, 2, 3)), draw.normal(size=(1, 2, 4))
    Y, (state,) = layer(nd.array(X), [nd.array(H)])
    (W_z, b_z), (W_h, b_h) = (
        (part[0].weight.data().asnumpy().T, part[0].bias.data().asnumpy())
        for part in (layer.gates, layer.candidates)
    )
    expected, h = [], H[0]
    for x in X:
        z = 1 / (1 + np.exp(-(x @ W_z + b_z)))
        h = z * h + (1 - z) * (x @ W_h + b_h)
        expected.append(h)
    np.testing.assert_allclose(Y.asnumpy(), expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(state.asnumpy(), [h], rtol=1e-4, atol=1e-5)


# --- as language models ---------------------------------------------------------------


def test_reading_in_pieces_is_reading_at_once(model, draw):
    X = draw.integers(VOCAB_SIZE, size=(BATCH_SIZE, NUM_STEPS))
    state, found = model.begin_state(batch_size=BATCH_SIZE), []
    for piece in np.split(X, [1, 2, 30], axis=1):
        logits, state = model(nd.array(piece), state)
        found.append(logits.asnumpy().reshape((-1, BATCH_SIZE, VOCAB_SIZE)))
    np.testing.assert_allclose(np.concatenate(found), read(model, X), rtol=1e-3, atol=1e-4)


def test_no_prediction_depends_on_what_comes_later(model, draw):
    X = draw.integers(VOCAB_SIZE, size=(1, NUM_STEPS))
    changed = X.copy()
    changed[0, 20] = (X[0, 20] + 1) % VOCAB_SIZE
    differs = np.abs(read(model, X) - read(model, changed)).max(axis=(1, 2)) > 1e-5
    assert not differs[:20].any()
    assert differs[20]


def test_a_transformer_sees_as_far_as_its_blocks_add_up(draw):
    model = MODELS["transformer"]()
    model.initialize(mx.init.Normal(0.5))
    X = draw.integers(VOCAB_SIZE, size=(1, NUM_STEPS))
    changed = X.copy()
    changed[0, 20] = (X[0, 20] + 1) % VOCAB_SIZE
    differs = np.abs(read(model, X) - read(model, changed)).max(axis=(1, 2)) > 0
    assert np.flatnonzero(differs).max() == 20 + model.num_before == 32


@pytest.mark.parametrize("name", MODELS)
def test_they_learn_and_write(name):
    text = "abcdefg" * 60
    indices = ["abcdefg".index(char) for char in text]
    char_to_idx = {char: i for i, char in enumerate("abcdefg")}
    model = MODELS[name]()
    mx.random.seed(1)
    history = gb.train_and_predict_rnn_gluon(
        model, 5, VOCAB_SIZE, mx.cpu(), indices, "abcdefg", char_to_idx,
        30, 10, 50, 1e-2, 4, 31, 5, [],
    )  # fmt: skip
    assert history[-1].perplexity < 2 < history[0].perplexity
    written = gb.predict_rnn_gluon("cde", 10, model, VOCAB_SIZE, mx.cpu(), "abcdefg", char_to_idx)
    assert written == "cdefgabcdefga"


def test_every_parameter_gets_a_gradient(model, draw):
    X = nd.array(draw.integers(VOCAB_SIZE, size=(BATCH_SIZE, NUM_STEPS)))
    with autograd.record():
        logits, _ = model(X, model.begin_state(batch_size=BATCH_SIZE))
        loss = gloss.SoftmaxCrossEntropyLoss()(logits, X.T.reshape((-1,))).mean()
    loss.backward()
    for name, param in model.collect_params().items():
        assert param.grad().abs().sum().asscalar() > 0, name
