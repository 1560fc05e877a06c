"""Make an `RNNModel` train and write in less time.

The operator behind Gluon's recurrent layers is designed to process many time steps in one call. Each
call has to set it up again, and for a single character the set-up takes nearly all of the time. The
graph that generates text therefore uses Gluon's cells: a few small operators on the same parameters,
recorded once, in memory that is allocated once. A subclass of `RNNModel` may compute something else,
so it runs unchanged.
"""

import weakref

from mxnet import nd, symbol
from mxnet.gluon import SymbolBlock, nn
from mxnet.gluon.rnn import GRU, LSTM, RNN

from gluonbook.ground.checks import check_finite_logits, with_finite_logits
from gluonbook.lesson.models import RNNModel, try_gpu
from gluonbook.lesson.prediction import greedy, temperature_sampling, write

# The number of steps in one graph. A longer graph takes longer to record and is hardly any faster.
NUM_STEPS = 50
# The graphs that were recorded for a recurrent layer, as long as the layer exists.
GRAPHS = weakref.WeakKeyDictionary()


def is_plain_rnn(model):
    """Return whether a model is an `RNNModel` of stock Gluon layers without special options."""
    if type(model) is not RNNModel:
        return False
    layer, dense = model.rnn, model.dense
    return (
        type(layer) in (RNN, GRU, LSTM)
        and (layer._layout, layer._dir, layer._projection_size) == ("TNC", 1, None)
        and (layer._lstm_state_clip_min, layer._lstm_state_clip_max) == (None, None)
        and type(dense) is nn.Dense
        and (dense._units, dense.act) == (model.vocab_size, None)
        and dense.bias is not None
    )


def speed_up(model):
    """Compile a plain `RNNModel` as one graph with static memory."""
    if is_plain_rnn(model):
        model.hybridize(static_alloc=True, static_shape=True)


def generate(model, text, *, prefixes, num_chars=50, temperature=None, ctx=None):
    """Continue several prefixes as `write` does, but faster if the model is an `RNNModel`.

    An `RNNModel` continues all prefixes at once, using a graph that contains many steps. The first call
    for a model takes longer, because it records this graph. Any other model continues the prefixes one
    at a time. The lengths of the prefixes may differ.

    With a `temperature`, characters are drawn as by `temperature_sampling`. By default, the most probable
    character is always chosen. All texts share one sequence of random numbers, so the characters that
    are drawn depend on the number of texts. The other arguments are those of `write`.
    """
    ctx = ctx or try_gpu()
    if is_plain_rnn(model) and len(prefixes) and num_chars:
        return write_by_graph(model, text, prefixes, num_chars, temperature, ctx)
    choose = greedy if temperature is None else temperature_sampling(temperature)
    write_on = with_finite_logits(write)
    return [write_on(model, text, prefix, num_chars, choose, ctx=ctx) for prefix in prefixes]


def write_by_graph(model, text, prefixes, num_chars, temperature, ctx):
    """Do what `generate` does, for a plain `RNNModel`, and for one or more prefixes and characters."""
    logits, state = read_prefixes(model, text, prefixes, ctx)
    more = [] if temperature is None else [nd.array([[temperature]], ctx=ctx)]
    graph = graph_of(model.rnn, model.dense, draws=bool(more))
    written, chosen_from = [], []
    for _ in range(0, num_chars, NUM_STEPS):
        chars, before, logits, state = graph(logits, state, *more)
        written.append(chars)
        chosen_from.append(before)
    # The last graph may have computed steps that nobody has asked for. This line waits for the device.
    check_finite_logits(nd.concat(*chosen_from, dim=1)[:, :num_chars])
    rows = nd.concat(*written, dim=1).asnumpy()[:, :num_chars]
    return [prefix + text.decode(row) for prefix, row in zip(prefixes, rows, strict=True)]


def read_prefixes(model, text, prefixes, ctx):
    """Read the prefixes one at a time; return the last logits and the state of each cell as batches."""
    last, states = [], []
    for prefix in prefixes:
        X = nd.array([text.encode(prefix)], ctx=ctx)
        logits, state = model(X, model.begin_state(batch_size=1, ctx=ctx))
        last.append(logits[-1:])
        # Each array of the state holds all layers of the stack, but a cell takes only its own layer.
        states.append([array[layer] for layer in range(len(state[0])) for array in state])
    states = [nd.concat(*batch, dim=0) for batch in zip(*states, strict=True)]
    return nd.concat(*last, dim=0), states


def graph_of(layer, dense, draws):
    """Return the graph of `record_graph`, which is recorded when it is needed for the first time."""
    graphs = GRAPHS.setdefault(layer, {})
    if (dense, draws) not in graphs:
        graphs[dense, draws] = record_graph(layer, dense, draws)
    return graphs[dense, draws]


def record_graph(layer, dense, draws):
    """Record the graph that chooses a character and reads it, `NUM_STEPS` times.

    The graph shares the layers' parameters, so it always uses their current values. Its inputs are the
    logits, the state of each cell and, if `draws` is true, a temperature of shape ``(1, 1)``. It
    returns the characters, of shape ``(batch_size, NUM_STEPS)``, the logits from which each of them was
    chosen, the next logits and the new state.
    """
    num_arrays = layer._num_layers * len(layer.state_info())
    stack, params = layer._unfuse(), layer.collect_params()
    params.update(dense.collect_params())
    logits = first = symbol.var("logits", dtype="float32")
    temperature = [symbol.var("temperature", dtype="float32")] if draws else []
    cells = state = [symbol.var(f"state_{i}", dtype="float32") for i in range(num_arrays)]
    written, chosen_from = [], []
    for _ in range(NUM_STEPS):
        chosen_from.append(logits)
        written.append(next_char_symbol(logits, *temperature))  # (batch_size,)
        Y, cells = stack(symbol.one_hot(written[-1], dense._units), cells)
        logits = dense(Y)
    outputs = [symbol.stack(*each, axis=1) for each in (written, chosen_from)]
    outputs += [logits, cells]
    graph = SymbolBlock(outputs, [first, state, *temperature], params=params)
    graph.hybridize(static_alloc=True, static_shape=True)
    return graph


def next_char_symbol(logits, temperature=None):
    """Draw a character if a temperature is given; otherwise take the most probable character."""
    if temperature is None:
        return logits.argmax(axis=1)
    probabilities = symbol.softmax(symbol.broadcast_div(logits, temperature))
    return symbol.sample_multinomial(probabilities, dtype="float32")
