"""Write a trained model as an ONNX file, for programs without MXNet."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from mxnet.gluon.rnn import GRU, LSTM, RNN

from gluonbook.ground.checks import check_made_for
from gluonbook.models import RNNModel
from gluonbook.text import Text
from gluonbook.tool.atomic import write_atomically
from gluonbook.tool.run_file import architecture_of

# Gluon's name of a layer: the ONNX operator, its attributes, and where its gates are in Gluon,
# which keeps them in the order reset, update, new and input, forget, new, output.
OPERATORS: dict[str, tuple[str, dict[str, Any], list[int]]] = {
    "rnn_relu": ("RNN", {"activations": ["Relu"]}, [0]),
    "rnn_tanh": ("RNN", {"activations": ["Tanh"]}, [0]),
    # In Gluon the reset gate acts after the product with the weights, not before it.
    "gru": ("GRU", {"linear_before_reset": 1}, [1, 0, 2]),
    "lstm": ("LSTM", {}, [0, 3, 1, 2]),
}
# Old enough for every runtime in use, and new enough for everything that is needed here.
OPERATOR_SET, FILE_FORMAT = 17, 8


def export_onnx(model: RNNModel, text: Text, path: str | os.PathLike[str]) -> None:
    """Write a model and its vocabulary to one ONNX file.

    The graph reads ``indices``, whole numbers of 64 bits, of shape ``(batch_size, num_steps)``;
    ``state``, of shape ``(num_layers, batch_size, num_hiddens)``, zeros at first; and for an LSTM
    ``cell``, its memory cells, of the same shape. It returns ``logits``, of shape ``(batch_size,
    num_steps, vocab_size)``, the scores of the character after each; ``next_state``; and
    ``next_cell``. ``batch_size`` and ``num_steps`` may differ from call to call.

    The metadata contain the ``vocabulary``, a JSON list, the kind of ``layer``, ``num_layers`` and
    ``num_hiddens``. Dropout is left out: it acts only in training.

    Parameters
    ----------
    model : RNNModel
        A trained model. Its layer is one of Gluon's `RNN`, `GRU` and `LSTM`, with one direction.
    text : Text
        The text that the model was trained on, for its vocabulary.
    path : str or path-like
        The file, which is written atomically. Only an ONNX file is replaced.

    Raises
    ------
    ImportError, OSError, TypeError, ValueError
        If the package ``onnx`` is missing, if the file cannot be written or exists and is something
        else, or if the model is of another kind or made for another vocabulary.
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
    operators = [onnx.helper.make_opsetid("", OPERATOR_SET)]
    graph = make_graph(onnx, model)
    exported = onnx.helper.make_model(graph, opset_imports=operators, ir_version=FILE_FORMAT)
    metadata = {name: str(about[name]) for name in ("layer", "num_layers", "num_hiddens")}
    metadata["vocabulary"] = json.dumps(list(text.chars))
    onnx.helper.set_model_props(exported, metadata)
    write_atomically(path, exported.SerializeToString())


def check_replaceable(onnx: ModuleType, path: str | os.PathLike[str]) -> None:
    """Check that a path leads to an ONNX file, an empty file, or nothing."""
    path = Path(path)
    if not path.is_file() or not path.stat().st_size:
        return
    try:
        found = onnx.ModelProto.FromString(path.read_bytes())
    except Exception:  # an error of protobuf, on which onnx is built
        found = onnx.ModelProto()
    if not (found.ir_version and found.HasField("graph")):
        raise FileExistsError(f"{path} is not an ONNX file and is not replaced: name another file")


def make_graph(onnx: ModuleType, model: RNNModel) -> Any:
    """Express in ONNX operators what a model computes."""
    layer, vocab_size = model.rnn, model.vocab_size
    operator, attributes, gates = OPERATORS[layer._mode]
    layers = range(layer._num_layers)
    states = ["state", "cell"] if operator == "LSTM" else ["state"]
    constants = {
        "vocab_size": np.array(vocab_size),
        "off_and_on": np.array([0, 1], "float32"),
        "directions": np.array([1]),  # the axis of the directions, of which there is one
        "W_output": model.dense.weight.data().asnumpy().T,
        "b_output": model.dense.bias.data().asnumpy(),
    }
    node = onnx.helper.make_node
    nodes = [
        node("Transpose", ["indices"], ["indices_by_step"], perm=[1, 0]),
        node("OneHot", ["indices_by_step", "vocab_size", "off_and_on"], ["input_0"], axis=-1),
        *(node("Split", [state], [f"{state}_{i}" for i in layers], axis=0) for state in states),
    ]
    for i in layers:
        weights = layer_weights(layer, i, gates)
        constants |= weights
        before = [f"{state}_{i}" for state in states]
        after = [f"next_{state}_{i}" for state in states]
        nodes += [
            node(
                operator,
                # An empty name leaves out an input: the lengths of the texts, all equal here.
                [f"input_{i}", *weights, "", *before],
                [f"output_{i}", *after],
                hidden_size=layer._hidden_size,
                **attributes,
            ),
            # The output of a layer is the input of the next one.
            node("Squeeze", [f"output_{i}", "directions"], [f"input_{i + 1}"]),
        ]
    nodes += [
        *(
            node("Concat", [f"next_{state}_{i}" for i in layers], [f"next_{state}"], axis=0)
            for state in states
        ),
        node("MatMul", [f"input_{len(layers)}", "W_output"], ["products"]),
        node("Add", ["products", "b_output"], ["logits_by_step"]),
        node("Transpose", ["logits_by_step"], ["logits"], perm=[1, 0, 2]),
    ]

    def declare(dtype, names, *shape):
        return [onnx.helper.make_tensor_value_info(name, dtype, shape) for name in names]

    whole, decimal = onnx.TensorProto.INT64, onnx.TensorProto.FLOAT
    state_shape = (len(layers), "batch_size", layer._hidden_size)
    return onnx.helper.make_graph(
        nodes,
        "character_level_language_model",
        declare(whole, ["indices"], "batch_size", "num_steps")
        + declare(decimal, states, *state_shape),
        declare(decimal, ["logits"], "batch_size", "num_steps", vocab_size)
        + declare(decimal, [f"next_{state}" for state in states], *state_shape),
        [onnx.numpy_helper.from_array(array, name) for name, array in constants.items()],
    )


def layer_weights(layer: RNN | GRU | LSTM, i: int, gates: Sequence[int]) -> dict[str, np.ndarray]:
    """Return the weights of layer `i` as ONNX expects them: one direction, gates in its order."""

    def by_gate(name):
        array = getattr(layer, f"l{i}_{name}").data().asnumpy()
        parts = np.split(array, len(gates))
        return np.concatenate([parts[gate] for gate in gates])

    return {
        f"W_input_{i}": by_gate("i2h_weight")[np.newaxis],
        f"W_state_{i}": by_gate("h2h_weight")[np.newaxis],
        f"b_{i}": np.concatenate([by_gate("i2h_bias"), by_gate("h2h_bias")])[np.newaxis],
    }
