"""What `generate` writes with any model is what `write` writes."""

import gc
import math
import weakref

import mxnet as mx
import numpy as np
import pytest
from mxnet import nd
from mxnet.gluon import nn, rnn

import gluonbook as gb
from gluonbook.services import fast

TEXT = gb.Text("abcdefghijk")
PREFIXES = ["hidebackchafe", "a", "face", "b"]  # of several lengths, not in order
DEVICE = mx.cpu(1)  # not the one that MXNet takes if none is named
LAYERS = {
    "relu": (rnn.RNN, {}),
    "tanh": (rnn.RNN, {"activation": "tanh"}),
    "gru": (rnn.GRU, {}),
    "lstm": (rnn.LSTM, {}),
}
NUM_STEPS = 8
LONG = 2 * NUM_STEPS + 7  # more than one graph holds, and not a multiple of it


@pytest.fixture(autouse=True)
def _short_graphs(monkeypatch):
    """Record as few steps as show what happens between two graphs, since recording takes long."""
    monkeypatch.setattr(fast, "NUM_STEPS", NUM_STEPS)


def make_model(kind="gru", num_layers=1, hybridize=False, make=gb.RNNModel, **options):
    """Make a model with so large weights that no two characters are nearly as good."""
    mx.random.seed(4)
    layer, activation = LAYERS[kind]
    model = make(layer(16, num_layers, **activation, **options), TEXT.size)
    model.initialize(mx.init.Normal(0.35 if layer is rnn.RNN else 1), ctx=DEVICE)
    if hybridize:
        model.hybridize(static_alloc=True, static_shape=True)
    return model


def scratch_model():
    mx.random.seed(3)
    model = gb.ScratchModel(16, TEXT.size)
    model.initialize(DEVICE)
    for param in model.params:
        param *= 100
    return model


def write(model, prefix, num_chars, **options):
    return gb.write(model, TEXT, prefix, num_chars, ctx=DEVICE, **options)


def generate(model, prefixes, num_chars, **options):
    return gb.generate(model, TEXT, prefixes=prefixes, num_chars=num_chars, ctx=DEVICE, **options)


# --- many steps as one graph ------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "num_layers", "hybridize"),
    [("relu", 1, False), ("tanh", 3, True), ("gru", 3, False), ("lstm", 3, False)],
)
def test_many_texts_at_once_are_those_that_the_model_itself_writes(kind, num_layers, hybridize):
    model = make_model(kind, num_layers, hybridize, dropout=0.5)
    assert fast.is_plain_rnn(model)
    for num_chars in (0, 1, NUM_STEPS, NUM_STEPS + 1, LONG):
        texts = [write(model, prefix, num_chars) for prefix in PREFIXES]
        assert generate(model, PREFIXES, num_chars) == texts
    assert len({text[len(prefix) :] for prefix, text in zip(PREFIXES, texts, strict=True)}) > 1
    mx.random.seed(7)
    (drawn,) = generate(model, ["face"], LONG, temperature=2)
    mx.random.seed(7)
    assert drawn == write(model, "face", LONG, choose=gb.temperature_sampling(2))


def test_changed_parameters_and_layers_are_seen_and_the_model_itself_stays_as_it_was():
    model = make_model()
    children, parameters = dict(model._children), [*model.collect_params()]

    def replace(name, layer):
        layer.initialize(mx.init.Normal(1), ctx=DEVICE)
        setattr(model, name, layer)

    before = generate(model, np.array(["face"]), LONG)
    assert generate(model, np.array([]), LONG) == []
    assert (model._children, [*model.collect_params()]) == (children, parameters)
    assert not (model._active or model.rnn._active or model.dense._active)
    for change in (
        lambda: [p.set_data(p.data() * -1) for p in model.collect_params().values()],
        lambda: model.initialize(mx.init.Normal(1), force_reinit=True, ctx=DEVICE),
        lambda: replace("dense", nn.Dense(TEXT.size)),
        lambda: replace("rnn", rnn.GRU(16)),
    ):
        change()
        after = generate(model, ["face"], LONG)
        assert after == [write(model, "face", LONG)] != before
        before = after


def test_a_graph_keeps_no_model_alive():
    model = make_model()
    generate(model, ["face"], 1)
    layer = weakref.ref(model.rnn)
    del model
    gc.collect()
    assert layer() is None


def assert_that_nothing_is_written(model, num_chars):
    beam = {"num_chars": num_chars, "beam_width": 2, "ctx": DEVICE}
    for continue_text in (
        lambda: write(model, "face", num_chars),
        lambda: generate(model, ["a", "face"], num_chars),
        lambda: generate(model, ["face"], num_chars, temperature=1),
        lambda: gb.beam_search(model, TEXT, prefix="face", **beam),
    ):
        with pytest.raises(FloatingPointError, match="logits are NaN or infinite"):
            continue_text()


def test_a_state_that_overflows_matters_if_it_does_so_within_the_text():
    model = make_model("relu")
    model.rnn.l0_h2h_weight.set_data(1000 * nd.eye(16))
    short = NUM_STEPS + 1  # the second graph overflows later
    assert generate(model, ["face"], short) == [write(model, "face", short)]
    assert_that_nothing_is_written(model, LONG)
    model.dense.bias.data()[2] = math.inf
    assert_that_nothing_is_written(model, 1)


# --- other models -----------------------------------------------------------------------


class Looking(gb.RNNModel):
    """A reader's own model, which is the other way round."""

    def hybrid_forward(self, F, X, state):
        logits, state = super().hybrid_forward(F, X, state)
        return -logits, state


@pytest.mark.parametrize("make", [lambda: make_model(make=Looking), scratch_model])
def test_a_model_of_another_kind_is_called_as_it_is(make):
    model = make()
    for temperature, choose in ((None, gb.greedy), (1, gb.temperature_sampling(1))):
        mx.random.seed(7)
        texts = generate(model, PREFIXES, 20, temperature=temperature)
        mx.random.seed(7)
        assert texts == [write(model, prefix, 20, choose=choose) for prefix in PREFIXES]


SPECIAL = [
    ("rnn", type("OwnLSTM", (rnn.LSTM,), {})(16)),
    ("rnn", rnn.LSTM(16, bidirectional=True)),
    ("rnn", rnn.LSTM(16, layout="NTC")),
    ("rnn", rnn.LSTM(16, projection_size=3)),
    ("rnn", rnn.LSTM(16, state_clip_max=1)),
    ("dense", nn.Dense(TEXT.size, activation="relu")),
    ("dense", nn.Dense(TEXT.size, use_bias=False)),
    ("dense", nn.Dense(TEXT.size + 1)),
    ("dense", type("OwnDense", (nn.Dense,), {})(TEXT.size)),
]


@pytest.mark.parametrize(("name", "layer"), SPECIAL)
def test_a_model_with_special_layers_is_not_plain(name, layer):
    model = gb.RNNModel(rnn.LSTM(16), TEXT.size)
    assert fast.is_plain_rnn(model)
    setattr(model, name, layer)
    assert not fast.is_plain_rnn(model)
