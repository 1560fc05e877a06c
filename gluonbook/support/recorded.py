"""Generate text fast: record many steps of a model as one graph.

The operator behind Gluon's recurrent layers is made for many time steps at once. Each call
sets it up again, which takes nearly all of the time when it reads a single character. So the
steps here use Gluon's cells: a few small operators on the same parameters, recorded once as
a graph, with memory that is allocated once.
"""

import copy
from collections.abc import Callable, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from mxnet import symbol
from mxnet.gluon import Block, SymbolBlock
from mxnet.gluon.rnn import GRU, LSTM, RNN
from mxnet.symbol import Symbol

# Steps in one graph of `generate`. More take longer to record, and hardly make it faster.
NUM_STEPS = 50

LAYERS = (RNN, GRU, LSTM)

# The graphs of a model are kept as long as the model.
GRAPHS: WeakKeyDictionary[Block, dict[Any, SymbolBlock]] = WeakKeyDictionary()


def one_step(model: Block) -> Callable[..., Any]:
    """Return a function that computes the same as a model, and is fast for one character.

    It is called as the model is, with ``X`` of shape ``(batch_size, 1)``. It shares the
    model's parameters, so it follows when they change.

    Parameters
    ----------
    model : mxnet.gluon.Block
        A model such as `RNNModel`.

    Returns
    -------
    callable
        The model itself, if it has none of Gluon's recurrent layers as an attribute, or
        computes something that cannot be recorded as a graph.
    """
    try:
        return recorded(model, read_one, ["X"])
    except TypeError:
        return model


# What is recorded ---------------------------------------------------------------------


def read_one(step, state, X):
    """Take one step; return the logits and the new state."""
    logits, state = step(X, state)
    return [logits], state


def write_best(step, state, logits):
    """Take many steps with the best character; return the characters, the logits and the state."""
    return write_many(step, state, logits, lambda logits: logits.argmax(axis=1, keepdims=True))


def write_drawn(step, state, logits, temperature):
    """Take many steps with a drawn character; return the characters, the logits and the state."""

    def draw(logits):
        probabilities = symbol.softmax(symbol.broadcast_div(logits, temperature))
        return symbol.sample_multinomial(probabilities, dtype="float32").reshape((-1, 1))

    return write_many(step, state, logits, draw)


def write_many(step, state, logits, choose):
    """Choose a character and read it, `NUM_STEPS` times."""
    written = []
    for _ in range(NUM_STEPS):
        X = choose(logits)  # (batch_size, 1)
        logits, state = step(X, state)
        written.append(X)
    return [symbol.concat(*written, dim=1), logits], state


# How it is recorded -------------------------------------------------------------------


class Cells:
    """The cells of a recurrent layer, called as the layer is, with symbols of one time step.

    They share the layer's parameters. Their state is a flat list: the arrays of the first
    layer, then those of the second, each of shape ``(batch_size, num_hiddens)``.
    """

    def __init__(self, layer: RNN | GRU | LSTM):
        self.stack = layer._unfuse()
        self.time_axis = layer._layout.find("T")

    def __call__(self, X: Symbol, state: list[Symbol]) -> tuple[Symbol, list[Symbol]]:
        """Return the output and the new state."""
        Y, state = self.stack(X.reshape((-3, 0)), state)  # (batch_size, num_features)
        return Y.expand_dims(self.time_axis), state


def recorded(model: Block, compute: Callable[..., Any], names: Sequence[str]) -> SymbolBlock:
    """Return the graph of a computation with a model, recording it at the first call.

    Parameters
    ----------
    model : mxnet.gluon.Block
        A model with a recurrent layer.
    compute : callable
        ``compute(step, state, *inputs)``, where ``step`` is called as the model is and the
        rest are symbols. It returns a list of outputs, and the new state.
    names : sequence of str
        The names of the inputs other than the state.

    Returns
    -------
    mxnet.gluon.SymbolBlock
        It takes the first input, the state, and the other inputs, and returns the outputs
        and the new state, in the form that the model's state has.

    Raises
    ------
    TypeError
        If there is no recurrent layer, or the computation cannot be recorded.
    """
    names_of_layers = [name for name, part in vars(model).items() if isinstance(part, LAYERS)]
    if len(names_of_layers) != 1:
        raise TypeError(
            f"{type(model).__name__} does not have one of Gluon's RNN, GRU or LSTM layers as an "
            "attribute, so its steps cannot be recorded: use predict_rnn_gluon, which calls it"
        )
    graphs = GRAPHS.setdefault(model, {})
    # A model with another layer has other parameters, and needs another graph.
    key = (compute, *model.collect_params().values())
    if key not in graphs:
        try:
            graphs[key] = record(model, *names_of_layers, compute, names)
        except Exception as error:
            raise TypeError(
                f"the steps of {type(model).__name__} cannot be recorded, because it does "
                "something that a hybridized model cannot do (see the error above): "
                "use predict_rnn_gluon, which calls it"
            ) from error
    return graphs[key]


def record(
    model: Block, layer_name: str, compute: Callable[..., Any], names: Sequence[str]
) -> SymbolBlock:
    """Record a computation with a model, see `recorded`."""
    layer = getattr(model, layer_name)
    # The model's own computation, with cells in place of the layer.
    step = copy.copy(model)
    vars(step)[layer_name] = Cells(layer)

    first, *others = (symbol.var(name, dtype="float32") for name in names)
    state = [symbol.var(f"state_{i}", dtype="float32") for i in range(len(layer.state_info()))]
    # The layer has one array for all of its layers; each cell has its own.
    apart = (s.split(layer._num_layers, axis=0, squeeze_axis=True) for s in state)
    cells = [s for arrays in zip(*apart, strict=True) for s in arrays]
    outputs, cells = compute(step, cells, first, *others)
    new_state = [symbol.stack(*cells[i :: len(state)], axis=0) for i in range(len(state))]

    inputs = [first, state, *others]
    graph = SymbolBlock([*outputs, new_state], inputs, params=model.collect_params())
    graph.hybridize(static_alloc=True, static_shape=True)
    return graph
