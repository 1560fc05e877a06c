"""Write a trained model as an ONNX file, for programs without MXNet."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from mxnet.gluon.rnn import GRU, LSTM, RNN

from gluonbook.files.architecture import check_num_layers, check_same, know_shapes
from gluonbook.models import RNNModel
from gluonbook.support.checks import check_characters
from gluonbook.support.turns import alone_with
from gluonbook.support.writing import check_replaceable, write_whole

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


def export_onnx(model: RNNModel, path: str | os.PathLike[str], idx_to_char: Sequence[str]) -> None:
    """Write a model and its vocabulary to one ONNX file.

    The graph reads

    - ``indices``, whole numbers of 64 bits, of shape ``(batch_size, num_steps)``;
    - ``state``, of shape ``(num_layers, batch_size, num_hiddens)``: zeros at first;
    - ``cell``, only for an LSTM, its memory cells: as ``state``;

    and returns

    - ``logits``, of shape ``(batch_size, num_steps, vocab_size)``: scores of the character
      after each that was read;
    - ``next_state``, and ``next_cell`` for an LSTM: what to continue with.

    ``batch_size`` and ``num_steps`` may differ from call to call. The metadata of the file
    contain the ``vocabulary``, a JSON list, the kind of ``layer``, ``num_layers`` and
    ``num_hiddens``. Dropout is left out: it acts only in training.

    Parameters
    ----------
    model : RNNModel
        An initialised model. Its layer is one of Gluon's `RNN`, `GRU` and `LSTM`, with
        one direction and any number of layers.
    path : str or path-like
        The file to write, completely or not at all. A regular file of that name is replaced.
    idx_to_char : sequence of str
        The vocabulary.

    Raises
    ------
    FileExistsError
        If `path` is a folder, a symbolic link, a device or anything else but a regular file.
    ImportError
        If the package ``onnx`` is missing.
    RuntimeError
        If another thread is training the model.
    TypeError
        If the model is another kind of model, or does not compute what an `RNNModel` with its
        parameters does.
    ValueError
        If the vocabulary has another size than the model's or a character twice, or a parameter
        is infinite or NaN.
    """
    path = Path(path)
    check_replaceable(path)
    onnx = import_onnx()
    check_exportable(model, idx_to_char)
    with alone_with(model):
        know_shapes(model)
        params = model._collect_params_with_prefix()
        arrays = {name: param.list_data()[0] for name, param in params.items()}
        check_same(model, arrays, in_training=False)
        graph = make_graph(onnx, model)
    layer = model.rnn
    exported = onnx.helper.make_model(
        graph,
        opset_imports=[onnx.helper.make_opsetid("", OPERATOR_SET)],
        ir_version=FILE_FORMAT,
        producer_name="gluonbook",
    )
    metadata = {
        "vocabulary": json.dumps(list(idx_to_char)),
        "layer": layer._mode,
        "num_layers": str(layer._num_layers),
        "num_hiddens": str(layer._hidden_size),
    }
    onnx.helper.set_model_props(exported, metadata)
    onnx.checker.check_model(exported, full_check=True)
    write_whole(path, exported.SerializeToString())


def import_onnx() -> ModuleType:
    """Import the package that knows the format, or say how to get it."""
    try:
        import onnx
    except ImportError as error:
        raise ImportError(
            "an ONNX file is written with the package onnx, which is missing: "
            'pip install onnx (or "gluonbook[onnx]")'
        ) from error
    return onnx


def check_exportable(model: RNNModel, idx_to_char: Sequence[str]) -> None:
    """Check that a graph can express what a model computes, and that the vocabulary is its own.

    Raises
    ------
    TypeError
        If the model is more or less than a recurrent layer of one direction and an output layer.
    ValueError
        If the vocabulary has another size.
    """
    layer = getattr(model, "rnn", None)
    if not isinstance(layer, RNN | GRU | LSTM) or list(model._children) != ["rnn", "dense"]:
        raise TypeError(
            "only an RNNModel with an RNN, GRU or LSTM layer of Gluon can be exported, "
            f"not {type(model).__name__} with the layer {layer}"
        )
    if layer._dir != 1 or layer._projection_size or layer._layout != "TNC":
        raise TypeError(
            "only a layer of one direction, without projection and with the layout 'TNC', "
            f"can be exported, not {layer}"
        )
    check_num_layers(layer._num_layers)
    check_characters(idx_to_char)
    if len(idx_to_char) != model.vocab_size:
        raise ValueError(
            f"the vocabulary has {len(idx_to_char)} characters, but the model knows "
            f"{model.vocab_size}: give the idx_to_char that it was trained with"
        )


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
