"""Have an `RNNModel` compute the same numbers in less time.

The operator behind Gluon's recurrent layers is made for many time steps at once. Each call sets it
up again, which takes nearly all of the time when it reads a single character. So a graph that
generates text uses Gluon's cells: a few small operators on the same parameters, recorded once, with
memory that is allocated once.

Only what is known is treated so: `RNNModel` itself, with one of Gluon's layers. A class that is
derived from it may do anything, and runs as it is.
"""

import functools
import types
from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from mxnet import symbol
from mxnet.gluon import SymbolBlock
from mxnet.gluon.nn import Dense
from mxnet.gluon.rnn import GRU, LSTM, RNN
from mxnet.symbol import Symbol

from gluonbook.models import RNNModel

# Steps in one graph. More take longer to record, and hardly make it faster.
NUM_STEPS = 50


def is_known(model: Any) -> bool:
    """Tell whether a model is made of nothing but what is known here."""
    if type(model) is not RNNModel:
        return False
    layer, dense, params = model.rnn, model.dense, model.collect_params().values()
    return (
        type(layer) in (RNN, GRU, LSTM)
        and (layer._layout, layer._dir, layer._projection_size) == ("TNC", 1, None)
        and (layer._lstm_state_clip_min, layer._lstm_state_clip_max) == (None, None)
        and not layer._use_sequence_length
        and type(dense) is Dense
        and (dense._units, dense.act) == (model.vocab_size, None)
        and dense.bias is not None
        and all(param.dtype in ("float32", np.float32) for param in params)
    )


# --- training ---------------------------------------------------------------------------


class JoiningRows:
    """MXNet's operators, with another way to join the parameters of a layer into one vector.

    MXNet copies number by number when it joins vectors, and row by row when it joins matrices,
    which takes a tenth of the time. The matrices need equally many columns, and every parameter
    fits in as many as there are hidden units.
    """

    def __init__(self, operators: types.ModuleType, num_hiddens: int):
        self._operators, self._num_hiddens = operators, num_hiddens
        self._internal = types.SimpleNamespace(_rnn_param_concat=self._join)

    def __getattr__(self, name: str) -> object:
        """Hand on all the other operators."""
        return getattr(self._operators, name)

    def _join(self, *params, dim):
        rows = [param.reshape((-1, self._num_hiddens)) for param in params]
        return self._operators._internal._rnn_param_concat(*rows, dim=dim).reshape(-1)


def joining_rows(layer: RNN | GRU | LSTM, F: types.ModuleType, *args: Any, **params: Any) -> Any:
    """Compute what a recurrent layer computes, with `JoiningRows`."""
    return type(layer)._forward_kernel(layer, JoiningRows(F, layer._hidden_size), *args, **params)


def speed_up(model: Any) -> None:
    """Have a known model compiled as one graph, with memory that stays and joined rows."""
    if is_known(model):
        model.rnn._forward_kernel = functools.partial(joining_rows, model.rnn)
        model.hybridize(static_alloc=True, static_shape=True)


# --- generating -------------------------------------------------------------------------

# The graphs of a model are kept as long as the model.
GRAPHS: WeakKeyDictionary[RNNModel, dict[bool, SymbolBlock]] = WeakKeyDictionary()


def writer(model: RNNModel, *, draws: bool) -> SymbolBlock:
    """Return the graph that chooses a character and reads it, `NUM_STEPS` times.

    It shares the model's parameters, so it follows when they change. It takes the logits, the state,
    and a temperature of shape ``(1, 1)`` if it `draws` characters and does not take the best. It
    returns the characters, of shape ``(batch_size, NUM_STEPS)``, the next logits and the new state.
    """
    graphs = GRAPHS.setdefault(model, {})
    if draws not in graphs:
        graphs[draws] = record(model, draws)
    return graphs[draws]


def record(model: RNNModel, draws: bool) -> SymbolBlock:
    """Record the graph, see `writer`."""
    num_layers = model.rnn._num_layers
    stack = model.rnn._unfuse()
    logits = first = symbol.var("logits", dtype="float32")
    temperature = [symbol.var("temperature", dtype="float32")] if draws else []
    state = [symbol.var(f"state_{i}", dtype="float32") for i in range(len(model.rnn.state_info()))]
    # The layer has one array for all of its layers; each cell has its own.
    apart = (s.split(num_layers, axis=0, squeeze_axis=True) for s in state)
    cells = [s for arrays in zip(*apart, strict=True) for s in arrays]
    written = []
    for _ in range(NUM_STEPS):
        written.append(choose(logits, temperature))  # (batch_size,)
        X = symbol.one_hot(written[-1], model.vocab_size)
        Y, cells = stack(X, cells)
        logits = model.dense(Y)
    new_state = [symbol.stack(*cells[i :: len(state)], axis=0) for i in range(len(state))]
    outputs = [symbol.stack(*written, axis=1), logits, new_state]
    graph = SymbolBlock(outputs, [first, state, *temperature], params=model.collect_params())
    graph.hybridize(static_alloc=True, static_shape=True)
    return graph


def choose(logits: Symbol, temperature: Sequence[Symbol]) -> Symbol:
    """Draw a character at a temperature, if there is one; else take the best."""
    if not temperature:
        return logits.argmax(axis=1)
    probabilities = symbol.softmax(symbol.broadcast_div(logits, *temperature))
    return symbol.sample_multinomial(probabilities, dtype="float32")
