"""An exported model computes in other programs what it computes in MXNet."""

import gluonbook as gb  # isort: skip  # before mxnet
import json
import os
import sys

import mxnet as mx
import numpy as np
import onnx
import onnxruntime
import pytest
from mxnet import nd
from mxnet.gluon import nn, rnn

from tests.support.test_recorded import LAYERS

VOCABULARY = [*"abcdefghij", "ä", "中", '"', "\\", " "]
VOCAB_SIZE, NUM_HIDDENS, NUM_STEPS = len(VOCABULARY), 24, 200


def make_model(kind, num_layers, **options):
    mx.random.seed(2)
    layer, activation = LAYERS[kind]
    model = gb.RNNModel(layer(NUM_HIDDENS, num_layers, **activation, **options), VOCAB_SIZE)
    # With larger weights a plain layer is chaotic: rounding grows from step to step.
    model.initialize(mx.init.Normal(0.2 if layer is rnn.RNN else 0.5))
    model(nd.zeros((1, 1)), model.begin_state(batch_size=1))
    # Two biases that differ, and differ from gate to gate, show every confusion of them.
    for name, parameter in model.collect_params().items():
        if name.endswith("bias"):
            parameter.set_data(nd.random.normal(scale=0.3, shape=parameter.shape))
    return model


class Runtime:
    """An exported file, called as the model itself is."""

    def __init__(self, path):
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 2  # warnings are printed
        self.session = onnxruntime.InferenceSession(
            path, options, providers=["CPUExecutionProvider"]
        )

    def __call__(self, indices, state):
        names = [node.name for node in self.session.get_inputs()]
        assert names == ["indices", "state", "cell"][: 1 + len(state)]
        logits, *state = self.session.run(None, dict(zip(names, [indices, *state], strict=True)))
        return logits, state


@pytest.mark.parametrize("num_layers", [1, 2, 3])
@pytest.mark.parametrize("kind", LAYERS)
def test_every_step_agrees(kind, num_layers, tmp_path, capfd):
    model = make_model(kind, num_layers, dropout=0.3)
    gb.export_onnx(model, tmp_path / "model.onnx", VOCABULARY)
    exported = Runtime(tmp_path / "model.onnx")
    indices = np.random.default_rng(0).integers(VOCAB_SIZE, size=(3, NUM_STEPS))
    zeros = [np.zeros((num_layers, 3, NUM_HIDDENS), "float32")] * (2 if kind == "lstm" else 1)

    logits, state = model(nd.array(indices), model.begin_state(batch_size=3))
    expected = logits.asnumpy().reshape((NUM_STEPS, 3, VOCAB_SIZE)).swapaxes(0, 1)
    whole, whole_state = exported(indices, zeros)
    by_step, one_state = [], zeros
    for t in range(NUM_STEPS):
        scores, one_state = exported(indices[:, t : t + 1], one_state)
        by_step.append(scores)

    for scores, end in [(whole, whole_state), (np.concatenate(by_step, axis=1), one_state)]:
        np.testing.assert_allclose(scores, expected, rtol=0, atol=1e-5)
        for got, wanted in zip(end, state, strict=True):
            np.testing.assert_allclose(got, wanted.asnumpy(), rtol=0, atol=1e-5)
    assert np.ptp(expected) > 0.5
    assert capfd.readouterr().err == ""


def test_names_and_axes_are_those_that_are_promised(tmp_path):
    gb.export_onnx(make_model("lstm", 2), tmp_path / "model.onnx", VOCABULARY)
    session = Runtime(tmp_path / "model.onnx").session
    state = [2, "batch_size", NUM_HIDDENS]
    assert {node.name: (node.type, node.shape) for node in session.get_inputs()} == {
        "indices": ("tensor(int64)", ["batch_size", "num_steps"]),
        "state": ("tensor(float)", state),
        "cell": ("tensor(float)", state),
    }
    assert {node.name: (node.type, node.shape) for node in session.get_outputs()} == {
        "logits": ("tensor(float)", ["batch_size", "num_steps", VOCAB_SIZE]),
        "next_state": ("tensor(float)", state),
        "next_cell": ("tensor(float)", state),
    }


def test_the_file_passes_the_checker_and_knows_the_vocabulary(tmp_path):
    gb.export_onnx(make_model("gru", 2), tmp_path / "model.onnx", VOCABULARY)
    exported = onnx.load(tmp_path / "model.onnx")
    onnx.checker.check_model(exported, full_check=True)
    # Runtimes refuse what is newer than they are: ONNX Runtime reads this from 1.14 (2023) on.
    assert exported.ir_version <= 8
    assert [operators.version for operators in exported.opset_import] == [17]
    metadata = {entry.key: entry.value for entry in exported.metadata_props}
    assert json.loads(metadata.pop("vocabulary")) == VOCABULARY
    assert metadata == {"layer": "gru", "num_layers": "2", "num_hiddens": str(NUM_HIDDENS)}


def test_a_reader_s_own_class_with_the_same_parts_is_exported(tmp_path):
    class OwnModel(nn.Block):
        def __init__(self):
            super().__init__()
            self.vocab_size = VOCAB_SIZE
            self.rnn = rnn.RNN(NUM_HIDDENS)
            self.dense = nn.Dense(VOCAB_SIZE)

        def forward(self, X, state):
            Y, state = self.rnn(nd.one_hot(X.T, VOCAB_SIZE), state)
            return self.dense(Y.reshape((-1, NUM_HIDDENS))), state

    model = OwnModel()
    model.initialize(mx.init.Normal(0.2))
    logits, _ = model(nd.array([[1, 2, 3]]), model.rnn.begin_state(batch_size=1))
    gb.export_onnx(model, str(tmp_path / "model.onnx"), VOCABULARY)
    zeros = [np.zeros((1, 1, NUM_HIDDENS), "float32")]
    scores, _ = Runtime(tmp_path / "model.onnx")(np.array([[1, 2, 3]]), zeros)
    np.testing.assert_allclose(scores[0], logits.asnumpy(), rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (lambda: rnn.GRU(4, bidirectional=True), "one direction"),
        (lambda: rnn.LSTM(4, projection_size=2), "without projection"),
        (lambda: rnn.RNN(4, layout="NTC"), "layout 'TNC'"),
        (lambda: rnn.LSTMCell(4), "not RNNModel with the layer LSTMCell"),
    ],
)
def test_another_layer_is_refused_and_nothing_written(layer, message, tmp_path):
    with pytest.raises(TypeError, match=message):
        gb.export_onnx(gb.RNNModel(layer(), VOCAB_SIZE), tmp_path / "model.onnx", VOCABULARY)
    assert not list(tmp_path.iterdir())


def test_a_model_with_more_parts_is_refused(tmp_path):
    class Deeper(gb.RNNModel):
        def __init__(self):
            super().__init__(rnn.RNN(4), VOCAB_SIZE)
            self.more = nn.Dense(4)

    with pytest.raises(TypeError, match="not Deeper"):
        gb.export_onnx(Deeper(), tmp_path / "model.onnx", VOCABULARY)


def test_a_vocabulary_of_another_model_is_refused(tmp_path):
    with pytest.raises(ValueError, match="has 3 characters, but the model knows 15"):
        gb.export_onnx(make_model("relu", 1), tmp_path / "model.onnx", "abc")
    assert not list(tmp_path.iterdir())


def test_a_model_without_parameters_is_refused(tmp_path):
    model = gb.RNNModel(rnn.RNN(4), VOCAB_SIZE)
    with pytest.raises(RuntimeError, match="has not been initialized"):
        gb.export_onnx(model, tmp_path / "model.onnx", VOCABULARY)
    assert not list(tmp_path.iterdir())


def test_the_file_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "model.onnx"
    gb.export_onnx(make_model("relu", 1), path, VOCABULARY)
    before = path.read_bytes()
    gb.export_onnx(make_model("gru", 1), path, VOCABULARY)
    after = path.read_bytes()
    assert before != after

    def full(part):
        raise OSError("no space left on device")

    monkeypatch.setattr("gluonbook.support.writing.wait_for_disk", full)
    with pytest.raises(OSError, match="no space"):
        gb.export_onnx(make_model("lstm", 1), path, VOCABULARY)
    assert [file.name for file in tmp_path.iterdir()] == ["model.onnx"]
    assert path.read_bytes() == after


def test_what_is_missing_is_said(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match="pip install onnx"):
        gb.export_onnx(make_model("relu", 1), tmp_path / "model.onnx", VOCABULARY)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", ["folder", "link", "pipe", "link to nothing"])
def test_what_is_no_file_is_left_as_it_is(kind, tmp_path):
    path, target = tmp_path / "model.onnx", tmp_path / "precious"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        if kind == "link":
            target.write_text("precious")
        path.symlink_to(target)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(FileExistsError, match="is not a regular file, and is left as it is"):
        gb.export_onnx(make_model("relu", 1), path, VOCABULARY)
    assert sorted(tmp_path.iterdir()) == before
    assert kind != "link" or target.read_text() == "precious"


def test_a_file_that_ends_in_part_is_the_reader_s(tmp_path):
    (tmp_path / "model.onnx.part").write_text("precious")
    gb.export_onnx(make_model("relu", 1), tmp_path / "model.onnx", VOCABULARY)
    assert (tmp_path / "model.onnx.part").read_text() == "precious"
    assert len([*tmp_path.iterdir()]) == 2


def test_a_name_may_be_as_long_as_names_can_be(tmp_path):
    path = tmp_path / ("m" * 255)
    gb.export_onnx(make_model("relu", 1), path, VOCABULARY)
    assert [*tmp_path.iterdir()] == [path]


def test_a_folder_that_is_missing_is_named(tmp_path):
    with pytest.raises(NotADirectoryError, match=f"no such folder: '{tmp_path}/nowhere'"):
        gb.export_onnx(make_model("relu", 1), tmp_path / "nowhere" / "model.onnx", VOCABULARY)


def test_more_layers_than_have_names_are_refused(tmp_path):
    model = gb.RNNModel(rnn.RNN(4, 11), VOCAB_SIZE)
    model.initialize()
    with pytest.raises(TypeError, match="a model of 11 layers cannot be saved"):
        gb.export_onnx(model, tmp_path / "model.onnx", VOCABULARY)


class Doubled(gb.RNNModel):
    def hybrid_forward(self, F, inputs, state):
        logits, state = super().hybrid_forward(F, inputs, state)
        return logits * 2, state


def with_activation():
    model = gb.RNNModel(rnn.RNN(4), VOCAB_SIZE)
    model.dense = nn.Dense(VOCAB_SIZE, activation="relu")
    return model


@pytest.mark.parametrize("make", [lambda: Doubled(rnn.RNN(4), VOCAB_SIZE), with_activation])
def test_a_model_that_would_be_another_is_not_exported(make, tmp_path):
    model = make()
    model.initialize(mx.init.Normal(0.2))
    with pytest.raises(TypeError, match=r"does not compute what|cannot be saved: "):
        gb.export_onnx(model, tmp_path / "model.onnx", VOCABULARY)
    assert not list(tmp_path.iterdir())


def test_a_model_that_has_seen_no_mini_batch_is_exported(tmp_path):
    model = gb.RNNModel(rnn.GRU(4, 2), VOCAB_SIZE)
    model.initialize(mx.init.Normal(0.2))
    gb.export_onnx(model, tmp_path / "model.onnx", VOCABULARY)
    zeros = [np.zeros((2, 1, 4), "float32")]
    scores, _ = Runtime(tmp_path / "model.onnx")(np.array([[1, 2, 3]]), zeros)
    logits, _ = model(nd.array([[1, 2, 3]]), model.begin_state(batch_size=1))
    np.testing.assert_allclose(scores[0], logits.asnumpy(), rtol=0, atol=1e-5)


def test_exporting_leaves_the_random_numbers_as_they_are(tmp_path):
    model = make_model("lstm", 2, dropout=0.5)
    drawn = []
    for export in (lambda: None, lambda: gb.export_onnx(model, tmp_path / "m", VOCABULARY)):
        mx.random.seed(5)
        export()
        drawn.append(nd.random.uniform().asscalar())
    assert drawn[0] == drawn[1]
