"""Make an `RNNModel` train in less time, and write several texts at once.

A subclass of `RNNModel` may compute something else, so it runs unchanged.
"""

import numpy as np
from mxnet import nd
from mxnet.gluon import nn
from mxnet.gluon.rnn import GRU, LSTM, RNN

from gluonbook.ground.checks import with_finite_logits
from gluonbook.lesson.models import RNNModel, try_gpu
from gluonbook.lesson.prediction import greedy, temperature_sampling, write


def is_plain_rnn(model):
    """Return whether a model is an `RNNModel` of stock Gluon layers without special options."""
    if type(model) is not RNNModel:
        return False
    layer, dense, params = model.rnn, model.dense, model.collect_params().values()
    return (
        type(layer) in (RNN, GRU, LSTM)
        and (layer._layout, layer._dir, layer._projection_size) == ("TNC", 1, None)
        and (layer._lstm_state_clip_min, layer._lstm_state_clip_max) == (None, None)
        and not layer._use_sequence_length
        and type(dense) is nn.Dense
        and (dense._units, dense.act) == (model.vocab_size, None)
        and dense.bias is not None
        and all(param.dtype in ("float32", np.float32) for param in params)
    )


def speed_up(model):
    """Compile a plain `RNNModel` as one graph with static memory."""
    if is_plain_rnn(model):
        model.hybridize(static_alloc=True, static_shape=True)


def generate(model, text, *, prefixes, num_chars=50, temperature=None, ctx=None):
    """Continue several prefixes as `write` does; an `RNNModel` continues all of them at once.

    Any other model continues the prefixes one at a time. The lengths of the prefixes may differ.

    With a `temperature`, characters are drawn as by `temperature_sampling`. By default, the most probable
    character is always chosen. All texts share one sequence of random numbers, so the characters that
    are drawn depend on the number of texts. The other arguments are those of `write`.
    """
    ctx = ctx or try_gpu()
    choose = greedy if temperature is None else temperature_sampling(temperature)
    if is_plain_rnn(model) and len(prefixes):
        return with_finite_logits(write_together)(model, text, prefixes, num_chars, choose, ctx)
    write_on = with_finite_logits(write)
    return [write_on(model, text, prefix, num_chars, choose, ctx=ctx) for prefix in prefixes]


def write_together(model, text, prefixes, num_chars, choose, ctx):
    """Read the prefixes one at a time, and continue them together, as the rows of a mini-batch."""
    last, states, written = [], [], []
    for prefix in prefixes:
        X = nd.array([text.encode(prefix)], ctx=ctx)
        logits, state = model(X, model.begin_state(batch_size=1, ctx=ctx))
        last.append(logits[-1:])
        states.append(state)
    logits = nd.concat(*last, dim=0)
    state = [nd.concat(*arrays, dim=1) for arrays in zip(*states, strict=True)]
    for _ in range(num_chars):
        if written:
            logits, state = model(written[-1].reshape((-1, 1)), state)
        written.append(choose(logits))
    rows = np.array([chars.asnumpy() for chars in written]).reshape(num_chars, len(prefixes)).T
    return [prefix + text.decode(row) for prefix, row in zip(prefixes, rows, strict=True)]
