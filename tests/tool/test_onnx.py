"""An exported model computes in other programs what it computes in MXNet."""

import json
import sys

import mxnet as mx
import numpy as np
import onnx
import pytest
from mxnet import nd
from mxnet.gluon import rnn

import gluonbook as gb
from gluonbook import tool
from tests.test_generating import LAYERS
from tests.tool import in_this_order

VOCABULARY = [*"abcdefghij", "ä", "中", '"', "\\", " "]  # in an order of its own
TEXT = in_this_order(VOCABULARY)
VOCAB_SIZE, NUM_HIDDENS, NUM_STEPS = len(VOCABULARY), 24, 50


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


@pytest.mark.skipif(sys.version_info >= (3, 15), reason="ONNX Runtime has no wheel for Python 3.15")
@pytest.mark.parametrize(
    ("kind", "num_layers"), [("relu", 1), ("tanh", 3), ("gru", 3), ("lstm", 1), ("lstm", 3)]
)
def test_every_step_agrees(kind, num_layers, tmp_path, capfd):
    import onnxruntime

    model = make_model(kind, num_layers, dropout=0.3)
    tool.export_onnx(model, TEXT, tmp_path / "model.onnx")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 2  # warnings are printed
    options.intra_op_num_threads = 1  # others ask for processors, which not every machine gives
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx", options)
    names = ["indices", "state", "cell"] if kind == "lstm" else ["indices", "state"]

    def run(indices, state):
        inputs = dict(zip(names, [indices, *state], strict=True))
        logits, *state = session.run(None, inputs)
        return logits, state

    indices = np.random.default_rng(0).integers(VOCAB_SIZE, size=(3, NUM_STEPS))
    zeros = [np.zeros((num_layers, 3, NUM_HIDDENS), "float32")] * len(names[1:])
    logits, state = model(nd.array(indices), model.begin_state(batch_size=3))
    expected = logits.asnumpy().reshape((NUM_STEPS, 3, VOCAB_SIZE)).swapaxes(0, 1)
    whole, whole_state = run(indices, zeros)
    by_step, one_state = [], zeros
    for t in range(NUM_STEPS):
        scores, one_state = run(indices[:, t : t + 1], one_state)
        by_step.append(scores)

    for scores, end in [(whole, whole_state), (np.concatenate(by_step, axis=1), one_state)]:
        np.testing.assert_allclose(scores, expected, rtol=0, atol=1e-5)
        for got, wanted in zip(end, state, strict=True):
            np.testing.assert_allclose(got, wanted.asnumpy(), rtol=0, atol=1e-5)
    assert np.ptp(expected) > 0.5
    assert capfd.readouterr().err == ""


def test_the_file_passes_the_checker_and_says_what_the_docstring_promises(tmp_path):
    tool.export_onnx(make_model("lstm", 2), TEXT, tmp_path / "model.onnx")
    exported = onnx.load(tmp_path / "model.onnx")
    onnx.checker.check_model(exported, full_check=True)
    # Runtimes refuse what is newer than they are: ONNX Runtime reads this from 1.14 (2023) on.
    assert exported.ir_version <= 8
    assert [operators.version for operators in exported.opset_import] == [17]
    assert [put.name for put in exported.graph.output] == ["logits", "next_state", "next_cell"]
    metadata = {entry.key: entry.value for entry in exported.metadata_props}
    assert json.loads(metadata.pop("vocabulary")) == VOCABULARY
    assert metadata == {"layer": "lstm", "num_layers": "2", "num_hiddens": str(NUM_HIDDENS)}


def test_what_cannot_be_exported_is_refused_and_nothing_written(tmp_path):
    model = gb.RNNModel(rnn.RNN(4), VOCAB_SIZE)
    with pytest.raises(ValueError, match="made for 15 characters"):
        tool.export_onnx(model, gb.Text("abc"), tmp_path / "model.onnx")
    with pytest.raises(RuntimeError, match="has not been initialized"):
        tool.export_onnx(model, TEXT, tmp_path / "model.onnx")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", [b"once upon a time\n" * 9, b":" * 99, b"\x08\x08"])
def test_only_an_onnx_file_is_replaced(content, tmp_path):
    model, path = make_model("relu", 1), tmp_path / "a book.onnx"
    path.write_bytes(content)
    with pytest.raises(FileExistsError, match=r"a book\.onnx exists and is not an ONNX file"):
        tool.export_onnx(model, TEXT, path)
    assert path.read_bytes() == content
    path.write_bytes(b"")
    tool.export_onnx(model, TEXT, path)
    exported = path.read_bytes()
    tool.export_onnx(make_model("gru", 1), TEXT, path)
    assert path.read_bytes() != exported
