"""A training run that is killed goes on with the same numbers, and its file is never half."""

import json
import os
import random
import subprocess
import sys

import mxnet as mx
import numpy as np
import pytest
from mxnet import nd
from mxnet.gluon import nn, rnn

import gluonbook as gb
from gluonbook.owntext import run_file, writing
from tests import LIMIT

TEXT = gb.Text("the quick brown fox jumps over the lazy dog. " * 4)
SETTINGS = {"num_steps": 5, "lr": 2.0, "clipping_theta": 0.3, "batch_size": 4}


def new_model(layer=lambda: rnn.RNN(16)):
    mx.random.seed(3)
    return gb.RNNModel(layer(), TEXT.size)


def with_params():
    model = new_model()
    model.initialize()
    model(nd.zeros((1, 1)), model.begin_state(batch_size=1))
    return model


def train(model, num_epochs=6, **how):
    return gb.train(model, TEXT, num_epochs=num_epochs, **SETTINGS, **how)


def begin(path, model=None, num_epochs=6):
    """Train for some epochs of all, and save after each; return the history."""
    model = model or new_model()
    return train(model, num_epochs, callbacks=[gb.Checkpoint(path, model, TEXT.chars, SETTINGS)])


def go_on(saved, num_epochs=6):
    return train(saved.model, num_epochs, history=saved.history, callbacks=[saved.checkpoint])


def perplexities(history):
    return [epoch.perplexity for epoch in history]


def params(path):
    with np.load(path) as file:
        return {name: file[name].tobytes() for name in file if name != "run"}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.npz"


# --- going on -------------------------------------------------------------------------

LAYERS = {
    "relu": lambda: rnn.RNN(16),
    "tanh": lambda: rnn.RNN(16, activation="tanh"),
    "gru": lambda: rnn.GRU(16, 2),
    "lstm": lambda: rnn.LSTM(16, 2, dropout=0.5),
    "both directions": lambda: rnn.LSTM(16, bidirectional=True),
}


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
def test_a_run_goes_on_with_the_same_numbers(layer, path, tmp_path):
    expected = begin(tmp_path / "whole.npz", new_model(layer))
    begin(path, new_model(layer), num_epochs=3)
    mx.random.seed(99)  # as another process would be
    saved = gb.load_checkpoint(path)
    assert saved.settings == SETTINGS
    assert perplexities(go_on(saved)) == perplexities(expected)
    assert params(path) == params(tmp_path / "whole.npz")


def test_the_random_generators_go_on_too(path):
    drawn = []
    gb.Checkpoint(path, with_params(), TEXT.chars).save()
    for _ in range(2):
        drawn.append((random.random(), nd.random.uniform().asscalar()))
        gb.load_checkpoint(path)
    assert drawn[0] == drawn[1]


def test_numpy_alone_reads_the_file(path):
    history = begin(path, new_model(LAYERS["gru"]))
    # In a process that could not import MXNet.
    program = """
import json, sys
sys.modules["mxnet"] = None
import numpy as np
file = np.load(sys.argv[1])
run = json.loads(file["run"].item())
print(run["architecture"]["layer"], len(run["vocabulary"]), run["history"][-1][0], file["dense.weight"].shape)
"""
    told = subprocess.run(
        [sys.executable, "-c", program, path],
        capture_output=True, text=True, timeout=LIMIT, check=True,
    )  # fmt: skip
    assert told.stdout == f"gru {TEXT.size} {len(history)} ({TEXT.size}, 16)\n"


def test_an_epoch_that_is_not_over_is_kept(path):
    checkpoint = gb.Checkpoint(path, with_params(), TEXT.chars)
    position = run_file.Position(np.array([2.5, 2.0]), [np.ones((1, 4, 16), "float32")])
    checkpoint.save(position)
    found = gb.load_checkpoint(path).position
    assert found.losses.tolist() == [2.5, 2.0]
    assert found.state[0].tolist() == position.state[0].tolist()
    checkpoint.save()
    assert gb.load_checkpoint(path).position is None


# --- whole or not at all --------------------------------------------------------------


@pytest.mark.parametrize(
    ("where", "step"), [(run_file.np, "savez"), (writing.os, "fsync"), (writing.Path, "replace")]
)
def test_whatever_fails_the_last_save_stays(where, step, path, monkeypatch):
    begin(path, num_epochs=2)
    before = path.read_bytes()
    saved = gb.load_checkpoint(path)

    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(where, step, fail)
        with pytest.raises(OSError, match="No space left"):
            go_on(saved)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


KILLED = """
import os, sys
import gluonbook as gb
from gluonbook.owntext import writing
from tests.owntext import test_run_file as t
num_calls = iter(range(1000))

def killing(call):
    def call_or_die(*args, **options):
        if next(num_calls) == int(sys.argv[2]):
            os._exit(9)
        return call(*args, **options)
    return call_or_die

writing.os.fsync = killing(writing.os.fsync)
writing.Path.replace = killing(writing.Path.replace)
t.begin(sys.argv[1])
"""


def test_a_process_may_end_at_any_step(path, tmp_path):
    """Two steps a save: written, moved."""
    expected = perplexities(begin(tmp_path / "whole.npz"))
    for step in (1, 2, 3, 8):
        path.unlink(missing_ok=True)
        command = [sys.executable, "-c", KILLED, path, str(step)]
        assert subprocess.run(command, check=False, timeout=LIMIT).returncode == 9
        assert path.exists() == (step > 1)
        if path.exists():
            saved = gb.load_checkpoint(path)
            assert perplexities(saved.history) == expected[: step // 2]
            assert perplexities(go_on(saved)) == expected


@pytest.mark.parametrize("change", ["cut", "flip", "empty", "text", "array", "other format"])
def test_what_is_damaged_is_said_and_left(change, path):
    begin(path, num_epochs=1)
    data = path.read_bytes()
    middle = len(data) // 2
    path.write_bytes(
        {
            "cut": data[:middle],
            "flip": data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :],
            "empty": b"",
            "text": b"once upon a time",
        }.get(change, data)
    )
    if change == "array":
        np.savez(path, weights=np.zeros(3))
    if change == "other format":
        np.savez(path, run=np.array(json.dumps({"format": "gluonbook run, version 3"})))
    before = path.read_bytes()
    with pytest.raises(ValueError, match=r"run\.npz is damaged, or no training run"):
        gb.load_checkpoint(path)
    with pytest.raises(ValueError, match="is damaged, or no training run"):
        gb.Checkpoint(path, new_model(), TEXT.chars)
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", ["architecture", "vocabulary", "history", "random"])
@pytest.mark.parametrize("value", [None, 3, [1], {"a": 1}], ids=str)
def test_a_file_with_something_else_in_it_is_refused(name, value, path):
    gb.Checkpoint(path, with_params(), TEXT.chars).save()
    with np.load(path) as file:
        arrays = dict(file)
    run = json.loads(arrays.pop("run").item()) | {name: value}
    np.savez(path, run=np.array(json.dumps(run)), **arrays)
    with pytest.raises(ValueError, match=r"is damaged, or no training run"):
        gb.load_checkpoint(path)


def test_no_code_in_a_file_is_run(path, tmp_path):
    class Evil:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "pwned"),)

    np.savez(path, run=np.array([Evil()], dtype=object))
    with pytest.raises(ValueError, match="damaged"):
        gb.load_checkpoint(path)
    assert not (tmp_path / "pwned").exists()


def test_another_run_is_left_as_it_is(path):
    begin(path, num_epochs=2)
    before = path.read_bytes()
    with pytest.raises(FileExistsError, match="holds another training run"):
        gb.Checkpoint(path, new_model(), TEXT.chars)
    assert path.read_bytes() == before


def test_a_link_is_followed(path, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    path.symlink_to(tmp_path / "elsewhere" / "run.npz")
    begin(path, num_epochs=1)
    assert path.is_symlink()
    assert len(gb.load_checkpoint(tmp_path / "elsewhere" / "run.npz").history) == 1


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
def test_what_is_no_file_is_left_as_it_is(make, path):
    make(path)
    with pytest.raises(OSError, match=r"run\.npz is not a regular file"):
        writing.write_whole(path, b"")
    assert path.exists()


# --- what cannot be saved ---------------------------------------------------------------


class Doubled(gb.RNNModel):
    def hybrid_forward(self, F, inputs, state):
        logits, state = super().hybrid_forward(F, inputs, state)
        return logits * 2, state


def with_activation():
    model = new_model()
    model.dense = nn.Dense(TEXT.size, activation="relu")
    return model


def with_more():
    model = new_model()
    model.more = nn.Dense(4)
    return model


OTHERS = {
    "a class of a reader's own": lambda: Doubled(rnn.RNN(4), TEXT.size),
    "another output layer": with_activation,
    "one layer more": with_more,
    "a cell": lambda: new_model(lambda: rnn.LSTMCell(4)),
    "another order of axes": lambda: new_model(lambda: rnn.RNN(4, layout="NTC")),
    "a projection": lambda: new_model(lambda: rnn.LSTM(4, projection_size=2)),
    "a cut state": lambda: new_model(lambda: rnn.LSTM(4, state_clip_min=-1, state_clip_max=1)),
}


@pytest.mark.parametrize("make", OTHERS.values(), ids=OTHERS)
def test_a_model_that_would_be_another_is_refused(make, path):
    with pytest.raises(TypeError, match=r"can be saved, without further parts or options"):
        gb.Checkpoint(path, make(), TEXT.chars)


def test_what_cannot_be_kept_is_refused_before_training(path):
    with pytest.raises(TypeError, match="not JSON serializable"):
        gb.Checkpoint(path, new_model(), TEXT.chars, {"layer": nd.zeros})
    with pytest.raises(ValueError, match="vocab_size is 3, but the model was made for 28"):
        gb.Checkpoint(path, new_model(), "abc")


def test_a_model_that_has_diverged_does_not_replace_a_good_one(path):
    begin(path, num_epochs=1)
    saved = gb.load_checkpoint(path)
    before = path.read_bytes()
    saved.model.dense.bias.set_data(nd.full((TEXT.size,), np.nan))
    with pytest.raises(FloatingPointError, match=r"dense.bias is infinite or NaN"):
        saved.checkpoint.save()
    assert path.read_bytes() == before
