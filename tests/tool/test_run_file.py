"""A training run that was ended continues with the same numbers, and its file is never damaged."""

import json
import random

import mxnet as mx
import numpy as np
import pytest
from mxnet import nd
from mxnet.gluon import rnn

import gluonbook as gb
from gluonbook import tool
from tests.services.test_training import PANGRAM as TEXT
from tests.services.test_training import perplexities

SETTINGS = {"num_steps": 5, "lr": 2.0, "clipping_theta": 0.3, "batch_size": 4}


def new_model(layer=lambda: rnn.RNN(16), text=TEXT):
    mx.random.seed(3)
    random.seed(3)
    return gb.RNNModel(layer(), text.size)


def with_params(text=TEXT):
    model = new_model(text=text)
    model.initialize()
    model(nd.zeros((1, 1)), model.begin_state(batch_size=1))
    return model


def train(model, num_epochs, **how):
    # At random, so that both Python and MXNet draw random numbers.
    return gb.train(model, TEXT, num_epochs=num_epochs, is_random_iter=True, **SETTINGS, **how)


def begin(path, model=None, num_epochs=1):
    """Train for some epochs of all, and save after each; return the history."""
    model = model or new_model()
    return train(model, num_epochs, callbacks=[tool.Checkpoint(model, TEXT, path, SETTINGS)])


def params(path):
    with np.load(path) as file:
        return {name: file[name].tobytes() for name in file if name != "run"}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.npz"


@pytest.mark.parametrize(
    "layer",
    [lambda: rnn.RNN(16, activation="tanh"), lambda: rnn.LSTM(16, 2, dropout=0.5)],
    ids=["tanh", "LSTM"],
)
def test_a_resumed_run_gives_the_same_numbers(layer, path, tmp_path):
    expected = begin(tmp_path / "whole.npz", new_model(layer), num_epochs=4)
    begin(path, new_model(layer), num_epochs=2)
    mx.random.seed(99)  # as another process would be
    random.seed(99)
    saved = tool.load_checkpoint(path, TEXT)
    assert saved.settings == SETTINGS
    assert saved.model.rnn._dropout == layer()._dropout
    history = train(saved.model, 4, history=saved.history, callbacks=[saved])
    assert perplexities(history) == perplexities(expected)
    assert params(path) == params(tmp_path / "whole.npz")


def test_a_run_is_not_resumed_with_another_vocabulary(path):
    begin(path)
    before = path.read_bytes()
    other = gb.Text("".join(TEXT.chars).replace("z", "ß"))
    with pytest.raises(ValueError, match=r"a vocabulary that differs from that .*: .*z', not .*ß'"):
        tool.load_checkpoint(path, other)
    with pytest.raises(ValueError, match="a vocabulary that differs"):
        tool.load_checkpoint(path, gb.Text.of_vocabulary(TEXT.chars[::-1], [0]))
    assert path.read_bytes() == before


def test_a_damaged_file_or_one_with_other_content_is_reported_and_not_changed(path):
    begin(path)
    data = path.read_bytes()
    with np.load(path) as file:
        arrays = dict(file)
    run = json.loads(arrays.pop("run").item())

    def changed(**changes):
        np.savez(path, run=np.array(json.dumps(run | changes)), **arrays)
        return path.read_bytes()

    middle = len(data) // 2
    flipped = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
    changed()
    assert tool.load_checkpoint(path).history, "as it was, written again"
    np.savez_compressed(path, run=np.array(json.dumps(run)), **arrays)
    compressed = path.read_bytes()  # a file of any size could fill the memory
    for content in (
        compressed,
        data[:middle],
        flipped,
        b"once upon a time",
        changed(format=[1]),
        changed(architecture=run["architecture"] | {"num_layers": 10**9}),
        changed(vocabulary=["a"] * TEXT.size),
        changed(vocabulary=[*range(TEXT.size)]),
        changed(random={"python": random.getstate(), "mxnet": 1.5}),
    ):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"run\.npz is damaged, or is not a training run"):
            tool.load_checkpoint(path)
        assert path.read_bytes() == content


def test_a_run_that_another_training_has_saved_meanwhile_is_left_as_it_is(path):
    begin(path)
    slow, fast = (tool.load_checkpoint(path, TEXT) for _ in range(2))
    fast(gb.Epoch(2, 1.5, 0.1))
    with pytest.raises(
        FileExistsError, match=r"another training run has saved .*run\.npz in the meantime"
    ):
        slow(gb.Epoch(2, 2.5, 0.1))
    assert tool.load_checkpoint(path).history == fast.history
    path.unlink()  # no other run is lost
    fast(gb.Epoch(3, 1.4, 0.1))
    assert tool.load_checkpoint(path).history == fast.history


def test_a_run_stays_where_it_was_begun(path, monkeypatch):
    monkeypatch.chdir(path.parent)
    checkpoint = tool.Checkpoint(with_params(), TEXT, path.name)
    monkeypatch.chdir("/")
    checkpoint.save()
    assert path.exists()


def test_what_cannot_be_saved_is_refused_before_training(path, monkeypatch):
    monkeypatch.chdir(path.parent)
    clipped, model = gb.RNNModel(rnn.LSTM(4, state_clip_max=1), TEXT.size), new_model()
    for error, message, arguments in (
        (TypeError, "can be saved, not ", (clipped, TEXT, path)),
        (ValueError, "and the text has 2: pass the text", (model, gb.Text("ab"), path)),
        (TypeError, "not JSON serializable", (model, TEXT, path, {"layer": nd.zeros})),
        (TypeError, "must be a dictionary, not", (model, TEXT, path, [])),
        (FileExistsError, f"{path.parent} exists already", (model, TEXT, "")),
    ):
        with pytest.raises(error, match=message):
            tool.Checkpoint(*arguments)
