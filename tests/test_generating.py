"""What writes fast writes the same, and what is no plain model is called as it is."""

import gc
import math
import weakref

import mxnet as mx
import numpy as np
import pytest
from mxnet import nd
from mxnet.gluon import nn, rnn

import gluonbook as gb
from gluonbook import fast, prediction

TEXT = gb.Text("abcdefghijk")
PREFIXES = ["hidebackchafe", "a", "face", "b"]  # of several lengths, not in order
LAYERS = {
    "relu": (rnn.RNN, {}),
    "tanh": (rnn.RNN, {"activation": "tanh"}),
    "gru": (rnn.GRU, {}),
    "lstm": (rnn.LSTM, {}),
}
# More than one graph holds, and not a multiple of it.
LONG = 2 * fast.NUM_STEPS + 7

each_model = pytest.mark.parametrize(
    ("kind", "num_layers"), [(kind, n) for kind in LAYERS for n in (1, 3)]
)


def make_model(kind="gru", num_layers=1, hybridize=False, make=gb.RNNModel, **options):
    """Make a model with so large weights that no two characters are nearly as good."""
    mx.random.seed(4)
    layer, activation = LAYERS[kind]
    model = make(layer(16, num_layers, **activation, **options), TEXT.size)
    model.initialize(mx.init.Normal(0.35 if layer is rnn.RNN else 1))
    if hybridize:
        model.hybridize(static_alloc=True, static_shape=True)
    return model


def plain(prefix, num_chars, model, choose=gb.greedy):
    """Continue a prefix by calling the model itself for every character."""
    state = model.begin_state(batch_size=1, ctx=mx.cpu())
    text = unread = prefix
    for _ in range(num_chars):
        logits, state = model(nd.array([TEXT.encode(unread)]), state)
        unread = TEXT.chars[int(choose(logits[-1:]).asscalar())]
        text += unread
    return text


def generate(model, prefixes, num_chars, **options):
    return prediction.generate(model, TEXT, prefixes=prefixes, num_chars=num_chars, **options)


@pytest.mark.parametrize("hybridize", [False, True])
@each_model
def test_many_texts_at_once_are_those_that_the_model_itself_writes(kind, num_layers, hybridize):
    model = make_model(kind, num_layers, hybridize)
    assert fast.is_plain_rnn(model)
    texts = generate(model, PREFIXES, LONG)
    assert texts == [plain(prefix, LONG, model) for prefix in PREFIXES]
    assert texts == [gb.write(model, TEXT, prefix=prefix, num_chars=LONG) for prefix in PREFIXES]
    assert len({text[len(prefix) :] for prefix, text in zip(PREFIXES, texts, strict=True)}) > 1


@pytest.mark.parametrize("num_chars", [0, 1, 49, 50, 51, 100])
def test_as_many_characters_are_written_as_asked_for(num_chars):
    model = make_model()
    assert fast.NUM_STEPS == 50
    assert generate(model, ["face", "b"], num_chars) == [
        plain("face", num_chars, model),
        plain("b", num_chars, model),
    ]


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize("temperature", [0.5, 2])
def test_one_text_is_drawn_as_writing_draws_it(kind, temperature):
    model = make_model(kind, 2, dropout=0.5)
    mx.random.seed(7)
    (text,) = generate(model, ["face"], LONG, temperature=temperature)
    mx.random.seed(7)
    assert text == plain("face", LONG, model, gb.temperature_sampling(temperature))


def test_each_text_draws_for_itself_and_from_the_model_s_probabilities():
    model, num_texts = make_model(), 4000
    mx.random.seed(8)
    first = [text[4] for text in generate(model, ["face"] * num_texts, 1, temperature=3)]
    logits, _ = model(nd.array([TEXT.encode("face")]), model.begin_state(batch_size=1))
    expected = nd.softmax(logits[-1:] / 3).asnumpy()[0]
    shares = np.array([first.count(char) for char in TEXT.chars]) / num_texts
    assert expected.max() < 0.9
    np.testing.assert_allclose(shares, expected, rtol=0, atol=0.03)


# --- other models -----------------------------------------------------------------------


class Looking(gb.RNNModel):
    """A reader's own model, which is the other way round."""

    def hybrid_forward(self, F, X, state):
        logits, state = super().hybrid_forward(F, X, state)
        return -logits, state


@pytest.mark.parametrize("temperature", [None, 1])
def test_a_model_of_another_kind_is_called_as_it_is(temperature):
    model = make_model(make=Looking)
    assert not fast.is_plain_rnn(model)
    choose = gb.greedy if temperature is None else gb.temperature_sampling(temperature)
    mx.random.seed(7)
    texts = generate(model, PREFIXES, 20, temperature=temperature)
    mx.random.seed(7)
    assert texts == [plain(prefix, 20, model, choose) for prefix in PREFIXES]


def test_a_model_from_scratch_is_called_as_it_is():
    mx.random.seed(3)
    model = gb.ScratchModel(16, TEXT.size)
    model.initialize(mx.cpu())
    for param in model.params:
        param *= 100
    assert generate(model, PREFIXES, 20) == [plain(prefix, 20, model) for prefix in PREFIXES]


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("gru", {"bidirectional": True}),
        ("gru", {"layout": "NTC"}),
        ("lstm", {"projection_size": 3}),
        ("lstm", {"state_clip_min": -0.01, "state_clip_max": 0.01}),
        ("gru", {"use_sequence_length": True}),
    ],
)
def test_a_layer_with_special_options_is_not_plain(kind, options):
    assert not fast.is_plain_rnn(make_model(kind, **options))


@pytest.mark.parametrize(
    "dense",
    [
        lambda: nn.Dense(TEXT.size, activation="relu"),
        lambda: nn.Dense(TEXT.size, use_bias=False),
        lambda: nn.Dense(TEXT.size + 1),
        lambda: type("OwnDense", (nn.Dense,), {})(TEXT.size),
    ],
    ids=["activation", "no bias", "another size", "another class"],
)
def test_an_output_layer_of_another_kind_is_not_plain(dense):
    model = make_model()
    model.dense = dense()
    model.dense.initialize()
    assert not fast.is_plain_rnn(model)


def test_a_model_in_64_bits_is_not_plain():
    model = make_model()
    model.cast("float64")
    assert not fast.is_plain_rnn(model)


# --- what was recorded ------------------------------------------------------------------


def test_changed_parameters_are_seen():
    model = make_model()
    before = generate(model, ["face"], 60)
    for change in (
        lambda: [p.set_data(p.data() * -1) for p in model.collect_params().values()],
        lambda: model.initialize(mx.init.Normal(1), force_reinit=True),
    ):
        change()
        after = generate(model, ["face"], 60)
        assert after == [plain("face", 60, model)] != before
        before = after


@pytest.mark.parametrize("part", ["dense", "rnn"])
def test_a_new_layer_is_seen(part):
    model = make_model()
    before = generate(model, ["face"], 60)
    setattr(model, part, nn.Dense(TEXT.size) if part == "dense" else rnn.GRU(16))
    getattr(model, part).initialize(mx.init.Normal(1))
    assert generate(model, ["face"], 60) == [plain("face", 60, model)] != before


def test_no_text_is_generated_from_parameters_that_are_no_numbers():
    for write in (
        lambda model: gb.write(model, TEXT, prefix="face", num_chars=3),
        lambda model: generate(model, ["a", "face"], 3),
        lambda model: generate(model, ["face"], 3, temperature=1),
        lambda model: gb.beam_search(model, TEXT, prefix="face", num_chars=3, beam_width=2),
    ):
        for value in (math.nan, math.inf):
            model = make_model()
            write(model)
            model.dense.bias.data()[2] = value
            with pytest.raises(FloatingPointError, match="logits are NaN or infinite"):
                write(model)


def test_a_graph_is_recorded_once_and_forgotten_with_its_model():
    gc.collect()
    others = len(fast.GRAPHS)
    model = make_model()
    for _ in range(3):
        for temperature in (None, 0.5, 1.5):
            generate(model, ["face"], 5, temperature=temperature)
    assert len(fast.GRAPHS[model]) == 2
    alive = weakref.ref(model)
    del model
    gc.collect()
    assert alive() is None
    assert len(fast.GRAPHS) == others


def test_the_model_itself_stays_as_it_was():
    model = make_model()
    children, parameters = dict(model._children), [*model.collect_params()]
    generate(model, ["face"], 5)
    assert model._children == children
    assert [*model.collect_params()] == parameters
    # It was not hybridized, and is not now.
    assert not (model._active or model.rnn._active or model.dense._active)


# --- joined parameters ------------------------------------------------------------------


@each_model
def test_parameters_that_are_joined_by_rows_are_joined_the_same(kind, num_layers):
    found = []
    for joins in (False, True):
        model = make_model(kind, num_layers)
        if joins:
            fast.speed_up(model)
            assert "_forward_kernel" in vars(model.rnn)
        with mx.autograd.record():
            logits, state = model(nd.ones((2, 3)), model.begin_state(batch_size=2))
            (logits**2).sum().backward()
        arrays = [logits, *state, *(p.grad() for p in model.collect_params().values())]
        found.append([array.asnumpy() for array in arrays])
    for plain_array, joined in zip(*found, strict=True):
        np.testing.assert_array_equal(plain_array, joined)


def test_a_known_model_is_compiled_and_another_stays_as_it_is():
    model = make_model()
    fast.speed_up(model)
    assert model._active
    assert {("static_alloc", True), ("static_shape", True)} <= set(model._flags)
    own = make_model(make=Looking)
    fast.speed_up(own)
    assert not own._active
    assert "_forward_kernel" not in vars(own.rnn)
