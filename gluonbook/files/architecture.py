"""Describe a model in a few words, build it from them, and check that it is the same."""

from collections.abc import Mapping
from typing import Any

import mxnet as mx
import numpy as np
from mxnet import Context, autograd, nd
from mxnet.gluon import Block
from mxnet.ndarray import NDArray

from gluonbook.models import LAYERS, RNNModel
from gluonbook.support.checks import arrays_of, check_finite

TOLERANCE = 1e-3
"""Relative to the largest number that is compared. Rounding causes less than a hundredth of it."""


def architecture_of(model: RNNModel) -> dict[str, Any]:
    """Describe what `build_model` needs to build a model of the same form.

    Raises
    ------
    TypeError
        If it could not build it.
    """
    layer = getattr(model, "rnn", None)
    if not isinstance(layer, tuple(LAYERS.values())):
        raise TypeError(
            "only an RNNModel with an RNN, GRU or LSTM layer of Gluon can be saved, "
            f"not {type(model).__name__} with the layer {layer}"
        )
    check_num_layers(layer._num_layers)
    architecture = {
        "layer": layer._mode,
        "num_hiddens": layer._hidden_size,
        "num_layers": layer._num_layers,
        "bidirectional": layer._dir == 2,
        "dropout": layer._dropout,
        "vocab_size": model.vocab_size,
    }
    built = build_model(architecture)
    # Names such as rnn.l0_i2h_weight, which a model with other parts would not have.
    if set(built._collect_params_with_prefix()) != set(model._collect_params_with_prefix()):
        raise TypeError(
            "only an RNNModel can be saved, a recurrent layer and an output layer, not "
            f"{type(model).__name__} with the parameters "
            f"{', '.join(model._collect_params_with_prefix())}"
        )
    for part in ("rnn", "dense"):
        own, plain = options_of(getattr(model, part)), options_of(getattr(built, part))
        changed = [f"{name[1:]}={own[name]!r}" for name in plain if own.get(name) != plain[name]]
        if changed:
            raise TypeError(
                f"{type(model).__name__} cannot be saved: {getattr(model, part)} has "
                f"{', '.join(changed)}, which the file could not keep"
            )
    return architecture


def check_num_layers(num_layers: int) -> None:
    """Check that MXNet has names for the parameters of so many layers.

    Raises
    ------
    TypeError
        If it has not.
    """
    if num_layers > 10:
        raise TypeError(
            f"a model of {num_layers} layers cannot be saved: MXNet has names for the "
            "parameters of ten"
        )


def options_of(layer: Block) -> dict[str, Any]:
    """Return the options of a layer, other than its sizes, that change what it computes."""
    names = "_layout _projection_size _use_sequence_length _dtype _units act"
    names += " _lstm_state_clip_min _lstm_state_clip_max _lstm_state_clip_nan"
    return {name: getattr(layer, name) for name in names.split() if hasattr(layer, name)}


def build_model(architecture: Mapping[str, Any]) -> RNNModel:
    """Build a model from what `architecture_of` returned."""
    kind, _, activation = architecture["layer"].partition("_")
    layer = LAYERS[kind](
        architecture["num_hiddens"],
        architecture["num_layers"],
        **({"activation": activation} if activation else {}),
        bidirectional=architecture["bidirectional"],
        dropout=architecture["dropout"],
    )
    return RNNModel(layer, architecture["vocab_size"])


def set_params(model: Block, arrays: Mapping[str, NDArray], ctx: Context) -> None:
    """Give a model its parameters, by Gluon's names for them."""
    for name, param in model._collect_params_with_prefix().items():
        param._load_init(arrays[name], ctx)


def know_shapes(model: Block) -> Context:
    """Have a model that has not seen a mini-batch yet read a character; return its device.

    Only then do its parameters have shapes and values.
    """
    ctx = next(iter(model.collect_params().values())).list_ctx()[0]
    if len(arrays_of(model)) < len(model.collect_params().values()):
        model(nd.zeros((1, 1), ctx=ctx), first_state(model, 1, ctx))
    return ctx


def check_same(model: RNNModel, arrays: Mapping[str, NDArray], *, in_training: bool = True) -> None:
    """Check that a plain `RNNModel` with some parameters computes what a model does.

    A reader's own class may have the parts of an `RNNModel` and do something else with them, so
    both read a few characters. This resets MXNet's random numbers, unless `in_training` is false.

    Parameters
    ----------
    model : RNNModel
        The model.
    arrays : mapping of str to mxnet.ndarray.NDArray
        The parameters that were written, by Gluon's names for them.
    in_training : bool
        Whether to compare them in training as well, with dropout.

    Raises
    ------
    TypeError
        If they compute different things.
    ValueError
        If a parameter is infinite or NaN.
    """
    ctx = know_shapes(model)
    check_finite(arrays_of(model))
    written = build_model(architecture_of(model))
    set_params(written, arrays, ctx)
    for mode in (autograd.predict_mode, autograd.train_mode)[: 1 + in_training]:
        seen = []
        for each in (written, model):
            if mode is autograd.train_mode:
                mx.random.seed(1)
            with mode():
                seen.append(read_a_little(each, ctx))
        expected, got = seen
        scale = max(np.abs(values).max() for values in expected) or 1
        worst = np.inf
        if [values.shape for values in expected] == [values.shape for values in got]:
            worst = max(np.abs(a - b).max() for a, b in zip(expected, got, strict=True))
        if not worst <= TOLERANCE * scale:
            raise TypeError(
                f"{type(model).__name__} does not compute what an RNNModel with its parameters does, "
                f"which is all that a file can keep: on a few characters they differ by {worst:.3g}, "
                f"where the largest number is {scale:.3g}. Save its parameters with "
                "save_parameters, and keep its class in your program"
            )


def read_a_little(model: Block, ctx: Context) -> list[np.ndarray]:
    """Read two pieces of two rows, the state carried over; return all logits and states."""
    pieces = np.linspace(0, model.vocab_size - 1, 12).astype(int).reshape((2, 2, 3))
    state, seen = first_state(model, 2, ctx), []
    for piece in pieces:
        logits, state = model(nd.array(piece, ctx=ctx), state)
        seen += [logits, *state]
    return [array.asnumpy() for array in seen]


def first_state(model: Block, batch_size: int, ctx: Context) -> list[NDArray]:
    """Return a first state of a model, or of its layer if it has no `begin_state` of its own."""
    begin_state = getattr(model, "begin_state", model.rnn.begin_state)
    return begin_state(batch_size=batch_size, ctx=ctx)
