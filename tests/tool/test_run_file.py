"""A training run that was killed continues with the same numbers, and its file is never damaged."""

import json
import random
import sys

import mxnet as mx
import numpy as np
import pytest
from mxnet import nd
from mxnet.gluon import rnn

import gluonbook as gb
from gluonbook import tool
from tests import ROOT
from tests.processes import finished
from tests.test_training import PANGRAM as TEXT
from tests.test_training import perplexities
from tests.tool import in_this_order

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
    return train(model, num_epochs, callbacks=[tool.Checkpoint(model, TEXT, path, SETTINGS)])


def resume(path, num_epochs=6):
    saved = tool.load_checkpoint(path, TEXT)
    return train(saved.model, num_epochs, history=saved.history, callbacks=[saved])


def params(path):
    with np.load(path) as file:
        return {name: file[name].tobytes() for name in file if name != "run"}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.npz"


# --- resuming -------------------------------------------------------------------------

LAYERS = {
    "tanh": lambda: rnn.RNN(16, activation="tanh"),
    "gru": lambda: rnn.GRU(16, 2),
    "lstm": lambda: rnn.LSTM(16, 2, dropout=0.5),
}


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
def test_a_resumed_run_gives_the_same_numbers(layer, path, tmp_path):
    expected = begin(tmp_path / "whole.npz", new_model(layer), num_epochs=4)
    begin(path, new_model(layer), num_epochs=2)
    mx.random.seed(99)  # as another process would be
    saved = tool.load_checkpoint(path)
    assert saved.settings == SETTINGS
    assert saved.model.rnn._dropout == layer()._dropout
    assert perplexities(resume(path, 4)) == perplexities(expected)
    assert params(path) == params(tmp_path / "whole.npz")


def test_the_random_generators_continue(path):
    drawn = []
    tool.Checkpoint(with_params(), TEXT, path).save()
    for _ in range(2):
        drawn.append((random.random(), nd.random.uniform().asscalar()))
        tool.load_checkpoint(path)
    assert drawn[0] == drawn[1]


def test_numpy_alone_reads_the_file(path):
    begin(path, new_model(LAYERS["gru"]), num_epochs=2)
    # In a process that could not import MXNet.
    program = """
import json, sys
sys.modules["mxnet"] = None
import numpy as np
file = np.load(sys.argv[1])
run = json.loads(file["run"].item())
print(run["architecture"]["layer"], len(run["vocabulary"]), run["history"][-1][0], file["dense.weight"].shape)
"""
    done = finished([sys.executable, "-c", program, path])
    assert done.stdout == f"gru {TEXT.size} 2 ({TEXT.size}, 16)\n"


def test_a_run_is_not_resumed_with_another_vocabulary(path):
    begin(path, num_epochs=1)
    before = path.read_bytes()
    other = gb.Text("".join(TEXT.chars).replace("z", "ß"))
    with pytest.raises(ValueError, match=r"a vocabulary that differs from that .*: .*z', not .*ß'"):
        tool.load_checkpoint(path, other)
    with pytest.raises(ValueError, match="a vocabulary that differs"):
        tool.load_checkpoint(path, in_this_order(TEXT.chars[::-1]))
    saved = tool.load_checkpoint(path)
    with pytest.raises(ValueError, match=r"load it with its text, load_checkpoint\(path, text\)"):
        train(saved.model, 2, history=saved.history, callbacks=[saved])
    assert path.read_bytes() == before


# --- whole or not at all --------------------------------------------------------------


KILLED = """
import os, sys
import gluonbook as gb
from tests.tool import test_run_file as t
num_calls = iter(range(1000))

def killing(call):
    def call_or_die(*args, **options):
        if next(num_calls) == int(sys.argv[2]):
            os._exit(9)
        return call(*args, **options)
    return call_or_die

os.fsync = killing(os.fsync)
os.replace = killing(os.replace)
t.begin(sys.argv[1])
"""


def test_a_killed_process_leaves_a_complete_file(path, tmp_path):
    """Two steps a save: written, moved. The process is killed in the third save."""
    expected = perplexities(begin(tmp_path / "whole.npz"))
    command = [sys.executable, "-c", KILLED, path, "5"]
    assert finished(command, cwd=ROOT).returncode == 9
    assert perplexities(tool.load_checkpoint(path).history) == expected[:2]
    assert perplexities(resume(path)) == expected


def test_a_damaged_file_is_reported_and_not_changed(path):
    begin(path, num_epochs=1)
    data = path.read_bytes()
    middle = len(data) // 2
    flipped = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
    np.savez(path, weights=np.zeros(3))
    for content in (data[:middle], flipped, b"once upon a time", path.read_bytes()):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"run\.npz is damaged, or is not a training run"):
            tool.load_checkpoint(path)
        assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("format", [1]),
        ("architecture", [1]),
        ("vocabulary", ["a"] * 28),  # which has each character once
        ("random", {"python": random.getstate(), "mxnet": 1.5}),
    ],
)
def test_a_file_with_other_content_is_refused(name, content, path):
    tool.Checkpoint(with_params(), TEXT, path).save()
    with np.load(path) as file:
        arrays = dict(file)
    run = json.loads(arrays.pop("run").item()) | {name: content}
    np.savez(path, run=np.array(json.dumps(run)), **arrays)
    with pytest.raises(ValueError, match=r"is damaged, or is not a training run"):
        tool.load_checkpoint(path)


# --- what cannot be saved ---------------------------------------------------------------


def test_a_model_that_could_not_be_restored_is_refused(path):
    clipped = gb.RNNModel(rnn.LSTM(4, state_clip_max=1), TEXT.size)
    with pytest.raises(TypeError, match="can be saved, not "):
        tool.Checkpoint(clipped, TEXT, path)
    with pytest.raises(TypeError, match="can be saved, not "):
        tool.export_onnx(clipped, TEXT, path)
    assert not path.exists()


def test_what_cannot_be_saved_is_refused_before_training(path):
    with pytest.raises(TypeError, match="not JSON serializable"):
        tool.Checkpoint(new_model(), TEXT, path, {"layer": nd.zeros})
    with pytest.raises(ValueError, match="vocab_size is 3, but the model was made for 28"):
        tool.Checkpoint(new_model(), gb.Text("abc"), path)
