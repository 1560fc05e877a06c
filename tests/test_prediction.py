"""A model continues a prefix, one character at a time."""

import mxnet as mx
import pytest
from mxnet import nd
from mxnet.gluon import rnn

import gluonbook as gb

TEXT = gb.Text("abcdefg")
DEVICE = mx.cpu(1)  # not the one that MXNet takes if none is named
PREFIXES = ["cabbage", "a", "bed", "faded", "deaf"]
LAYERS = {
    "RNN": lambda: rnn.RNN(16, activation="tanh"),
    "GRU": lambda: rnn.GRU(16),
    "LSTM": lambda: rnn.LSTM(16, num_layers=2),
}


def make_model(kind):
    """Make a model with so large weights that what it has read matters."""
    mx.random.seed(1)
    if kind == "scratch":
        model = gb.ScratchModel(16, TEXT.size)
        model.initialize(DEVICE)
        for param in model.params:
            param *= 100
    else:
        model = gb.RNNModel(LAYERS[kind](), TEXT.size)
        model.initialize(mx.init.Normal(1), ctx=DEVICE)
    return model


def write(model, prefix, num_chars, **more):
    return gb.write(model, TEXT, prefix=prefix, num_chars=num_chars, ctx=DEVICE, **more)


def one_at_a_time(model, prefix, num_chars, choose=gb.greedy):
    """Continue a prefix as readers know it: one character is read, then the next."""
    state = model.begin_state(batch_size=1, ctx=DEVICE)
    text, best = "", None
    for step in range(len(prefix) + num_chars):
        text += prefix[step] if step < len(prefix) else TEXT.chars[best]
        logits, state = model(nd.array([TEXT.encode(text[-1])], ctx=DEVICE), state)
        best = int(choose(logits).asscalar())
    return text


@pytest.mark.parametrize("kind", [*LAYERS, "scratch"])
def test_every_character_read_and_written_counts(kind):
    model = make_model(kind)
    texts = [write(model, prefix, 20) for prefix in PREFIXES]
    assert texts == [one_at_a_time(model, prefix, 20) for prefix in PREFIXES]
    assert len({text[-20:] for text in texts}) > 1


@pytest.mark.parametrize("kind", ["GRU", "scratch"])
@pytest.mark.parametrize("num_chars", [0, 1, 2])
def test_as_many_characters_are_written_as_asked_for(kind, num_chars):
    text = write(make_model(kind), "cab", num_chars)
    assert text.startswith("cab")
    assert len(text) == 3 + num_chars


def test_the_reader_may_choose_otherwise_and_the_choice_is_read_back():
    def second(logits):
        assert logits.shape == (1, TEXT.size)
        return (gb.greedy(logits) + 1) % TEXT.size

    model = make_model("LSTM")
    text = write(model, "bed", 20, choose=second)
    assert text == one_at_a_time(model, "bed", 20, second) != write(model, "bed", 20)


def test_nothing_waits_for_a_character_before_the_text_is_complete(monkeypatch):
    events, model = [], make_model("GRU")
    asnumpy = nd.NDArray.asnumpy
    monkeypatch.setattr(nd.NDArray, "asnumpy", lambda x: events.append("wait") or asnumpy(x))

    def choose(logits):
        events.append("choose")
        return gb.greedy(logits)

    write(model, "bed", 4, choose=choose)
    assert events == ["choose"] * 4 + ["wait"] * 5  # one for the check of the logits
