"""What writes fast writes the same."""

import gluonbook as gb  # isort: skip  # before mxnet
import gc
import weakref

import mxnet as mx
import numpy as np
import pytest
from mxnet import nd
from mxnet.gluon import nn, rnn

from gluonbook.support import recorded

VOCABULARY = list("abcdefghijk")
VOCAB_SIZE = len(VOCABULARY)
CHAR_TO_IDX = {char: idx for idx, char in enumerate(VOCABULARY)}
PREFIXES = ["hidebackchafe", "a", "face", "b"]  # of several lengths, not in order
LAYERS = {
    "relu": (rnn.RNN, {}),
    "tanh": (rnn.RNN, {"activation": "tanh"}),
    "gru": (rnn.GRU, {}),
    "lstm": (rnn.LSTM, {}),
}
# More than one graph holds, and not a multiple of it.
LONG = 2 * recorded.NUM_STEPS + 7

each_model = pytest.mark.parametrize(
    ("kind", "num_layers"), [(kind, n) for kind in LAYERS for n in (1, 2, 3)]
)


def make_model(kind="gru", num_layers=1, hybridize=False, **options):
    """Make a model with so large weights that no two characters are nearly as good."""
    mx.random.seed(4)
    layer, activation = LAYERS[kind]
    model = gb.RNNModel(layer(16, num_layers, **activation, **options), VOCAB_SIZE)
    model.initialize(mx.init.Normal(0.35 if layer is rnn.RNN else 1))
    if hybridize:
        model.hybridize()
    return model


def plain(prefix, num_chars, model, choose=gb.greedy):
    """Continue a prefix by calling the model itself for every character."""
    state = model.begin_state(batch_size=1, ctx=mx.cpu())
    text = prefix
    unread = prefix
    for _ in range(num_chars):
        X = nd.array([[CHAR_TO_IDX[char] for char in unread]])
        logits, state = model(X, state)
        unread = VOCABULARY[int(choose(logits[-1:]).asscalar())]
        text += unread
    return text


def predict(prefix, num_chars, model, **kwargs):
    vocabulary = (VOCAB_SIZE, mx.cpu(), VOCABULARY, CHAR_TO_IDX)
    return gb.predict_rnn_gluon(prefix, num_chars, model, *vocabulary, **kwargs)


def generate(prefixes, num_chars, model, **kwargs):
    vocabulary = (VOCAB_SIZE, mx.cpu(), VOCABULARY, CHAR_TO_IDX)
    return gb.generate(prefixes, num_chars, model, *vocabulary, **kwargs)


# --- one step -------------------------------------------------------------------------


@each_model
def test_a_step_computes_what_the_model_computes(kind, num_layers):
    model = make_model(kind, num_layers, dropout=0.5)
    step = gb.one_step(model)
    assert step is not model
    for batch_size in (1, 3, 1):
        X = nd.array(np.random.default_rng(0).integers(VOCAB_SIZE, size=(batch_size, 1)))
        state = [nd.random.normal(shape=s.shape) for s in model.begin_state(batch_size)]
        expected = model(X, state)
        for got, wanted in zip(step(X, state), expected, strict=True):
            for a, b in zip(
                *(x if isinstance(x, list) else [x] for x in (got, wanted)), strict=True
            ):
                assert a.shape == b.shape
                np.testing.assert_allclose(a.asnumpy(), b.asnumpy(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("hybridize", [False, True])
@each_model
def test_predicting_writes_what_the_model_itself_writes(kind, num_layers, hybridize):
    model = make_model(kind, num_layers, hybridize)
    texts = [predict(prefix, 40, model) for prefix in PREFIXES]
    assert texts == [plain(prefix, 40, model) for prefix in PREFIXES]
    assert len({text[len(prefix) :] for prefix, text in zip(PREFIXES, texts, strict=True)}) > 1


@pytest.mark.parametrize("kind", LAYERS)
def test_predicting_draws_what_would_be_drawn_from_the_model_itself(kind):
    model = make_model(kind, 2)
    for choose in (gb.temperature_sampling(2), gb.top_k_sampling(3), gb.nucleus_sampling(0.9)):
        mx.random.seed(7)
        text = predict("face", 60, model, choose=choose)
        mx.random.seed(7)
        assert text == plain("face", 60, model, choose)


def test_the_layer_reads_prefixes_of_one_length_at_once_and_nothing_else():
    model = make_model()
    predict("face", 5, model)
    generate(["face"], 5, model)
    read = []
    model.rnn.register_forward_hook(lambda layer, inputs, outputs: read.append(inputs[0].shape))
    predict("face", 5, model)
    generate(["face", "a", "cage"], 5, model)
    assert read == [(4, 1, VOCAB_SIZE), (1, 1, VOCAB_SIZE), (4, 2, VOCAB_SIZE)]


def test_a_layer_with_the_batch_first_is_no_trouble():
    class BatchFirst(nn.HybridBlock):
        def __init__(self):
            super().__init__()
            self.layer = rnn.LSTM(16, 2, layout="NTC")
            self.embedding = nn.Embedding(VOCAB_SIZE, 5)
            self.output = nn.Dense(VOCAB_SIZE, flatten=False)

        def hybrid_forward(self, F, X, state):
            Y, state = self.layer(self.embedding(X), state)
            return self.output(Y).reshape((-3, 0)), state

        def begin_state(self, *args, **kwargs):
            return self.layer.begin_state(*args, **kwargs)

    mx.random.seed(5)
    model = BatchFirst()
    model.initialize(mx.init.Normal(1))
    assert gb.one_step(model) is not model
    assert predict("face", 60, model) == plain("face", 60, model)
    assert generate(["face"], 60, model) == [plain("face", 60, model)]


# --- other models ---------------------------------------------------------------------


class CellModel(nn.Block):
    """A model without a recurrent layer."""

    def __init__(self):
        super().__init__()
        self.cell = rnn.GRUCell(16)
        self.dense = nn.Dense(VOCAB_SIZE)

    def forward(self, X, state):
        rows = []
        for x in X.T:
            h, state = self.cell(nd.one_hot(x, VOCAB_SIZE), state)
            rows.append(self.dense(h))
        return nd.concat(*rows, dim=0), state

    def begin_state(self, *args, **kwargs):
        return self.cell.begin_state(*args, **kwargs)


class OwnModel(nn.Block):
    """A reader's model that only works with arrays."""

    def __init__(self):
        super().__init__()
        self.rnn = rnn.GRU(16)
        self.dense = nn.Dense(VOCAB_SIZE)

    def forward(self, X, state):
        Y, state = self.rnn(nd.one_hot(X.T, VOCAB_SIZE), state)
        return self.dense(Y.reshape((-1, Y.shape[-1]))), state

    def begin_state(self, *args, **kwargs):
        return self.rnn.begin_state(*args, **kwargs)


class TwoLayers(gb.RNNModel):
    """A model with a second recurrent layer, whose state begins with every call."""

    def __init__(self):
        super().__init__(rnn.RNN(16), VOCAB_SIZE)
        self.more = rnn.GRU(16)

    def hybrid_forward(self, F, X, state):
        Y, state = self.rnn(F.one_hot(F.transpose(X), VOCAB_SIZE), state)
        return self.dense(self.more(Y).reshape((-3, 0))), state


@pytest.mark.parametrize("make", [CellModel, OwnModel, TwoLayers])
def test_a_model_that_cannot_be_recorded_is_called(make):
    mx.random.seed(6)
    model = make()
    model.initialize(mx.init.Normal(0.5))
    assert gb.one_step(model) is model
    assert predict("face", 20, model) == plain("face", 20, model)
    with pytest.raises(TypeError, match=rf"{make.__name__} .* use predict_rnn_gluon"):
        generate(["face"], 20, model)


def test_a_layer_of_both_directions_is_called():
    model = gb.RNNModel(rnn.GRU(4, bidirectional=True), VOCAB_SIZE)
    assert gb.one_step(model) is model


# --- long texts -----------------------------------------------------------------------


@each_model
def test_many_texts_at_once_are_those_written_alone(kind, num_layers):
    model = make_model(kind, num_layers)
    texts = generate(PREFIXES, LONG, model)
    assert texts == [plain(prefix, LONG, model) for prefix in PREFIXES]
    assert texts == [text for prefix in PREFIXES for text in generate([prefix], LONG, model)]
    assert len({text[len(prefix) :] for prefix, text in zip(PREFIXES, texts, strict=True)}) > 1


@pytest.mark.parametrize("num_chars", [0, 1, 49, 50, 51, 100])
def test_as_many_characters_are_written_as_asked_for(num_chars):
    model = make_model()
    assert recorded.NUM_STEPS == 50
    assert generate(["face", "b"], num_chars, model) == [
        plain("face", num_chars, model),
        plain("b", num_chars, model),
    ]


def test_no_prefix_gives_no_text():
    assert generate([], 20, make_model()) == []


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize("temperature", [0.5, 2])
def test_one_text_is_drawn_as_predicting_draws_it(kind, temperature):
    model = make_model(kind, 2)
    mx.random.seed(7)
    (text,) = generate(["face"], LONG, model, temperature=temperature)
    mx.random.seed(7)
    choose = gb.temperature_sampling(temperature)
    assert text == predict("face", LONG, model, choose=choose)


def test_each_text_draws_for_itself_and_from_the_model_s_probabilities():
    model = make_model()
    mx.random.seed(8)
    num_texts = 4000
    first = [text[4] for text in generate(["face"] * num_texts, 1, model, temperature=3)]
    X = nd.array([[CHAR_TO_IDX[char] for char in "face"]])
    logits, _ = model(X, model.begin_state(batch_size=1))
    expected = nd.softmax(logits[-1:] / 3).asnumpy()[0]
    shares = np.array([first.count(char) for char in VOCABULARY]) / num_texts
    assert expected.max() < 0.9
    np.testing.assert_allclose(shares, expected, rtol=0, atol=0.03)


def test_a_low_temperature_takes_the_best():
    model = make_model()
    drawn = generate(PREFIXES, LONG, model, temperature=1e-3)
    assert drawn == generate(PREFIXES, LONG, model)


def test_an_empty_or_unknown_or_single_prefix_is_refused():
    model = make_model()
    with pytest.raises(ValueError, match="the prefix is empty"):
        generate(["face", ""], 5, model)
    with pytest.raises(ValueError, match=r"'faZe' has .* not in the vocabulary: 'Z'"):
        generate(["face", "faZe"], 5, model)
    with pytest.raises(TypeError, match=r"such as \['face'\], not a string"):
        generate("face", 5, model)
    with pytest.raises(ValueError, match="temperature must be above zero"):
        generate(["face"], 5, model, temperature=0)


# --- what was recorded ----------------------------------------------------------------


def test_changed_parameters_are_seen():
    model = make_model()
    before = (predict("face", 60, model), generate(["face"], 60, model))
    for change in (
        lambda: [p.set_data(p.data() * -1) for p in model.collect_params().values()],
        lambda: model.initialize(mx.init.Normal(1), force_reinit=True),
    ):
        change()
        after = (predict("face", 60, model), generate(["face"], 60, model))
        expected = plain("face", 60, model)
        assert after == (expected, [expected])
        assert after != before
        before = after


def test_another_layer_is_seen():
    model = make_model()
    before = predict("face", 60, model)
    model.rnn = rnn.GRU(16, prefix="other_")
    model.rnn.initialize(mx.init.Normal(1))
    expected = plain("face", 60, model)
    assert predict("face", 60, model) == expected != before
    assert generate(["face"], 60, model) == [expected]


def test_a_graph_is_recorded_once_and_forgotten_with_its_model():
    gc.collect()
    others = len(recorded.GRAPHS)
    model = make_model()
    for _ in range(3):
        predict("face", 5, model)
        for temperature in (None, 0.5, 1.5):
            generate(["face"], 5, model, temperature=temperature)
    assert len(recorded.GRAPHS[model]) == 3
    alive = weakref.ref(model)
    del model
    gc.collect()
    assert alive() is None
    assert len(recorded.GRAPHS) == others


def test_the_model_itself_stays_as_it_was():
    model = make_model()
    children, parameters = dict(model._children), [*model.collect_params()]
    predict("face", 5, model)
    generate(["face"], 5, model)
    assert model._children == children
    assert isinstance(model.rnn, rnn.GRU)
    assert [*model.collect_params()] == parameters
    # It was not hybridized, and is not now.
    assert not (model._active or model.rnn._active or model.dense._active)
