"""Write a trained model as an ONNX file, for programs without MXNet."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import numpy as np
from mxnet.gluon.rnn import GRU, LSTM, RNN

from gluonbook.ground.checks import check_made_for
from gluonbook.models import RNNModel
from gluonbook.text import Text
from gluonbook.tool.atomic import write_atomically
from gluonbook.tool.run_file import architecture_of

# For Gluon's name of each layer: the ONNX operator, an attribute, and the places of its gates in Gluon,
# which orders them as reset, update, new (GRU) and as input, forget, new, output (LSTM).
OPERATORS = {
    "rnn_relu": ("RNN", ', activations = ["Relu"]', [0]),
    "rnn_tanh": ("RNN", ', activations = ["Tanh"]', [0]),
    # In Gluon the reset gate is applied after the product with the weights, not before it.
    "gru": ("GRU", ", linear_before_reset = 1", [1, 0, 2]),
    "lstm": ("LSTM", "", [0, 3, 1, 2]),
}
# Old enough for every runtime in use, and new enough for all operators used here.
OPERATOR_SET, FILE_FORMAT = 17, 8


def export_onnx(model: RNNModel, text: Text, path: str | os.PathLike[str]) -> None:
    """Write a model and its vocabulary to one ONNX file.

    The graph reads ``indices``, 64-bit integers of shape ``(batch_size, num_steps)``; ``state``, of
    shape ``(num_layers, batch_size, num_hiddens)``, initially zeros; and for an LSTM ``cell``, its
    memory cells, of the same shape. It returns ``logits``, of shape ``(batch_size, num_steps,
    vocab_size)``, the scores for the character after each position; ``next_state``; and
    ``next_cell``. ``batch_size`` and ``num_steps`` may differ from call to call.

    The metadata contain the ``vocabulary``, a JSON list, the kind of ``layer``, ``num_layers`` and
    ``num_hiddens``. Dropout is omitted, because it is only used in training.

    Parameters
    ----------
    model : RNNModel
        A trained model whose layer is a unidirectional `RNN`, `GRU` or `LSTM` of Gluon.
    text : Text
        The text that the model was trained on, which provides the vocabulary.
    path : str or path-like
        The file, which is written atomically. Only an ONNX file is replaced.

    Raises
    ------
    ImportError, OSError, TypeError, ValueError
        If the package ``onnx`` is missing, if the file cannot be written or already exists and is
        not an ONNX file, or if the model is of another kind or was made for another vocabulary.
    """
    try:
        import onnx
    except ImportError as error:
        raise ImportError(
            "the export needs the package onnx: install it with `pip install onnx`"
        ) from error

    about = architecture_of(model)
    check_made_for(text.size, model)
    check_replaceable(onnx, path)
    program, constants = program_of(model)
    exported = onnx.parser.parse_model(program)
    for name, array in constants.items():
        exported.graph.initializer.append(onnx.numpy_helper.from_array(array, name))
    metadata = {name: str(about[name]) for name in ("layer", "num_layers", "num_hiddens")}
    metadata["vocabulary"] = json.dumps(list(text.chars))
    onnx.helper.set_model_props(exported, metadata)
    write_atomically(path, exported.SerializeToString())


def check_replaceable(onnx: ModuleType, path: str | os.PathLike[str]) -> None:
    """Check that there is an ONNX file, an empty file or no file at a path."""
    path = Path(path)
    if not path.is_file() or not path.stat().st_size:
        return
    try:
        found = onnx.ModelProto.FromString(path.read_bytes())
    except Exception:  # from protobuf, which onnx is built on
        found = onnx.ModelProto()
    if not (found.ir_version and found.HasField("graph")):
        raise FileExistsError(f"{path} exists and is not an ONNX file: name another file")


def program_of(model: RNNModel) -> tuple[str, dict[str, np.ndarray]]:
    """Return a model's computation in ONNX's own language, and the constants in it."""
    layer, num_layers, num_hiddens = model.rnn, model.rnn._num_layers, model.rnn._hidden_size
    operator, attribute, gates = OPERATORS[layer._mode]
    states = ["state", "cell"] if operator == "LSTM" else ["state"]
    after = [f"next_{state}" for state in states]

    def of_layers(name: str) -> str:
        return ", ".join(f"{name}_{i}" for i in range(num_layers))

    def declared(names: Sequence[str]) -> str:
        return ", ".join(f"float[{num_layers}, batch_size, {num_hiddens}] {name}" for name in names)

    constants = {
        "vocab_size": np.array(model.vocab_size),
        "off_and_on": np.array([0, 1], "float32"),
        "directions": np.array([1]),  # the axis of the directions, which has length 1
        "W_output": model.dense.weight.data().asnumpy().T,
        "b_output": model.dense.bias.data().asnumpy(),
    }
    lines = [
        f'<ir_version: {FILE_FORMAT}, opset_import: ["": {OPERATOR_SET}]>',
        "character_level_language_model",
        f"(int64[batch_size, num_steps] indices, {declared(states)}) =>",
        f"(float[batch_size, num_steps, {model.vocab_size}] logits, {declared(after)}) {{",
        "indices_by_step = Transpose <perm = [1, 0]> (indices)",
        "input_0 = OneHot <axis = -1> (indices_by_step, vocab_size, off_and_on)",
        *(f"{of_layers(state)} = Split <axis = 0> ({state})" for state in states),
    ]
    for i in range(num_layers):
        weights = layer_weights(layer, i, gates)
        constants |= weights
        # An empty name omits an input: the lengths of the texts, which are all equal here.
        inputs = ", ".join([f"input_{i}", *weights, "", *(f"{state}_{i}" for state in states)])
        outputs = ", ".join([f"output_{i}", *(f"{state}_{i}" for state in after)])
        lines += [
            f"{outputs} = {operator} <hidden_size = {num_hiddens}{attribute}> ({inputs})",
            # The output of a layer is the input of the next one.
            f"input_{i + 1} = Squeeze (output_{i}, directions)",
        ]
    lines += [
        *(f"{state} = Concat <axis = 0> ({of_layers(state)})" for state in after),
        f"products = MatMul (input_{num_layers}, W_output)",
        "logits_by_step = Add (products, b_output)",
        "logits = Transpose <perm = [1, 0, 2]> (logits_by_step)",
        "}",
    ]
    return "\n".join(lines), constants


def layer_weights(layer: RNN | GRU | LSTM, i: int, gates: Sequence[int]) -> dict[str, np.ndarray]:
    """Return the weights of layer `i` with an axis for the direction and the gates in ONNX's order."""

    def by_gate(name: str) -> np.ndarray:
        array = getattr(layer, f"l{i}_{name}").data().asnumpy()
        parts = np.split(array, len(gates))
        return np.concatenate([parts[gate] for gate in gates])

    return {
        f"W_input_{i}": by_gate("i2h_weight")[np.newaxis],
        f"W_state_{i}": by_gate("h2h_weight")[np.newaxis],
        f"b_{i}": np.concatenate([by_gate("i2h_bias"), by_gate("h2h_bias")])[np.newaxis],
    }
