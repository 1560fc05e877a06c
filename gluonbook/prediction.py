"""Generate text with a trained model."""

from collections.abc import Callable

from mxnet import nd
from mxnet.ndarray import NDArray

from gluonbook.fast import NUM_STEPS, is_known, writer
from gluonbook.ground.checks import (
    check_batch_axis,
    check_logits,
    check_prediction,
    check_sizes,
    check_temperature,
)
from gluonbook.models import to_onehot, try_gpu

# --- one character after another ----------------------------------------------------------


def greedy(logits: NDArray) -> NDArray:
    """Choose the most probable character: of logits of shape ``(1, vocab_size)``, its index.

    Examples
    --------
    >>> int(gb.greedy(nd.array([[0.1, 2.0, 1.0]])).asscalar())
    1
    """
    return logits.argmax(axis=1)


def predict_rnn(
    prefix, num_chars, rnn, params, init_rnn_state, num_hiddens, vocab_size, ctx, idx_to_char,
    char_to_idx,
):  # fmt: skip
    """Continue a prefix with the most probable characters of a model from scratch.

    The model is what makes a `ScratchModel`: `rnn`, its parameters `params`, `init_rnn_state` and
    `num_hiddens`. The rest is as for `predict_rnn_gluon`.
    """
    check_prediction([prefix], num_chars, vocab_size, idx_to_char, char_to_idx)
    state = init_rnn_state(1, num_hiddens, ctx)
    X = nd.array([[char_to_idx[char] for char in prefix]], ctx=ctx)
    written = []
    for _ in range(num_chars):
        outputs, state = rnn(to_onehot(X, vocab_size), state, params)
        best = greedy(outputs[-1])
        written.append(best)
        X = best.reshape((1, 1))
    return prefix + "".join(idx_to_char[int(idx.asscalar())] for idx in written)


def predict_rnn_gluon(
    prefix, num_chars, model, vocab_size, ctx, idx_to_char, char_to_idx, *, choose=greedy
):
    """Continue a prefix with the characters that a model chooses.

    Parameters
    ----------
    prefix : str
        The beginning of the text, at least one character.
    num_chars : int
        How many characters to generate after it.
    model : mxnet.gluon.Block or ScratchModel
        Called as `RNNModel` is, with the same `begin_state`.
    vocab_size : int
        Characters in the vocabulary.
    ctx : mxnet.context.Context
        The device of the model's parameters.
    idx_to_char : sequence of str
        The vocabulary.
    char_to_idx : mapping of str to int
        The index of each character.
    choose : callable
        Maps logits of shape ``(1, vocab_size)`` to the index of the next character,
        of shape ``(1,)``.

    Returns
    -------
    str
        The prefix and what follows it.
    """
    check_prediction([prefix], num_chars, vocab_size, idx_to_char, char_to_idx)
    state = model.begin_state(batch_size=1, ctx=ctx)
    X = nd.array([[char_to_idx[char] for char in prefix]], ctx=ctx)
    written = []
    for _ in range(num_chars):
        # First the whole prefix, then one character at a time.
        logits, state = model(X, state)
        check_logits(logits, vocab_size)
        best = choose(logits[-1:])
        # The index stays on the device: nothing waits for it until the text is complete.
        written.append(best)
        X = best.reshape((1, 1))
    return prefix + "".join(idx_to_char[int(idx.asscalar())] for idx in written)


def write(model, text, *, prefix="traveller", num_chars=50, choose=greedy, ctx=None):
    """Let a model continue a prefix, with the vocabulary of the `Text` that it was trained on.

    It is `predict_rnn_gluon`, on the device that `try_gpu` finds unless `ctx` names another.
    """
    vocabulary = text.size, ctx or try_gpu(), text.chars, text.index
    return predict_rnn_gluon(prefix, num_chars, model, *vocabulary, choose=choose)


# --- drawing the next character -----------------------------------------------------------


def draw(weights: NDArray) -> NDArray:
    """Draw a character, each with a probability in proportion to its weight.

    The weights have the shape ``(1, vocab_size)``; none is negative and not all are zero.
    `mxnet.random.seed` makes the draws repeatable.

    Examples
    --------
    >>> {int(gb.draw(nd.array([[1, 0, 3]])).asscalar()) for _ in range(100)}
    {0, 2}
    """
    return nd.random.multinomial(weights / weights.sum(axis=1, keepdims=True), dtype="float32")


def temperature_sampling(temperature: float) -> Callable[[NDArray], NDArray]:
    """Return a function that draws from all characters, more or less cautiously.

    The logits are divided by the temperature, which is above zero, before the softmax. Near 0 the
    best character always wins, at 1 the model's own probabilities apply, and far above 1 all
    characters become equally likely.

    Returns
    -------
    callable
        Maps logits of shape ``(1, vocab_size)`` to an index of shape ``(1,)``, for the
        argument `choose` of `write`.

    References
    ----------
    Graves, A. (2013). Generating sequences with recurrent neural networks.
    arXiv:1308.0850. (There ``1 / temperature - 1`` is called a bias.)

    Examples
    --------
    >>> choose = gb.temperature_sampling(0.01)
    >>> {int(choose(nd.array([[0.5, 0.3, 0.2]])).asscalar()) for _ in range(100)}
    {0}
    """
    check_temperature(temperature)

    def choose(logits):
        # A softmax sums to 1 already, so there is nothing for draw to divide by.
        return nd.random.multinomial(nd.softmax(logits / temperature), dtype="float32")

    return choose


def top_k_sampling(k: int, temperature: float = 1) -> Callable[[NDArray], NDArray]:
    """Return a function that draws from the `k` most probable characters only.

    The function takes and returns what the one of `temperature_sampling` does, and `temperature` is
    the same. A `k` of 1 is greedy; a `k` above the size of the vocabulary is a ValueError when the
    function is called.

    References
    ----------
    Fan, A., Lewis, M. and Dauphin, Y. (2018). Hierarchical neural story generation. ACL.

    Examples
    --------
    >>> choose = gb.top_k_sampling(2)
    >>> {int(choose(nd.array([[0.5, 0.3, 0.2]])).asscalar()) for _ in range(100)}
    {0, 1}
    """
    check_sizes(k=k)
    check_temperature(temperature)

    def choose(logits):
        if k > logits.shape[1]:
            raise ValueError(
                f"k = {k} is more than the {logits.shape[1]} characters to choose from"
            )
        probabilities = nd.softmax(logits / temperature)
        return draw(probabilities * probabilities.topk(axis=1, k=k, ret_typ="mask"))

    return choose


def nucleus_sampling(p: float, temperature: float = 1) -> Callable[[NDArray], NDArray]:
    """Return a function that draws from the fewest characters that together reach `p`.

    Characters are added, the most probable first, until their probabilities sum to `p` or more:
    near 0 it is greedy, and 1 leaves nothing out. Also called top-p sampling. The function takes and
    returns what the one of `temperature_sampling` does; `temperature` is applied first.

    References
    ----------
    Holtzman, A., Buys, J., Du, L., Forbes, M. and Choi, Y. (2020). The curious case of
    neural text degeneration. ICLR.

    Examples
    --------
    >>> choose = gb.nucleus_sampling(0.3)
    >>> {int(choose(nd.array([[0.5, 0.3, 0.2]])).asscalar()) for _ in range(100)}
    {0}
    """
    if not 0 < p <= 1:
        raise ValueError(f"p is a probability above 0 and at most 1, not {p!r}")
    check_temperature(temperature)

    def choose(logits):
        probabilities = nd.softmax(logits / temperature)
        best_first = probabilities.sort(axis=1, is_ascend=False)
        # The sum of all more probable characters. While that is below p, one more is needed.
        before = nd.cumsum(best_first, axis=1) - best_first
        place = draw(best_first * (before < p))
        return probabilities.argsort(axis=1, is_ascend=False)[0].take(place)

    return choose


# --- several texts side by side -----------------------------------------------------------


def beam_search(model, text, *, prefix="traveller", num_chars=50, beam_width, ctx=None):
    """Continue a prefix by following the most probable texts side by side.

    At each step, every text is continued with every character, and the `beam_width` most probable
    of all are kept; to keep 1 is greedy. The best text at the end need not be the most probable of
    its length: the beginning of a better one may have been dropped. The other arguments are those
    of `write`. Each array of the model's state has to have the texts in axis 1.

    References
    ----------
    Lowerre, B. T. (1976). The HARPY speech recognition system. PhD thesis, Carnegie
    Mellon University.
    """
    check_prediction([prefix], num_chars, text.size, text.chars, text.index)
    check_sizes(beam_width=beam_width)
    ctx = ctx or try_gpu()
    check_batch_axis(model, ctx)
    state = model.begin_state(batch_size=1, ctx=ctx)
    X = nd.array([text.encode(prefix)], ctx=ctx)
    scores = nd.zeros((1, 1), ctx=ctx)  # the log-probability of each beam, one beam at first
    steps = []
    for _ in range(num_chars):
        logits, state = model(X, state)
        check_logits(logits, text.size)
        # The last time step has one row of logits for each beam; so (beams, vocab_size), every
        # beam with every character after it.
        candidates = scores + nd.log_softmax(logits[-len(scores) :])
        num_kept = min(beam_width, candidates.size)
        scores, kept = candidates.reshape((-1,)).topk(k=num_kept, ret_typ="both")
        scores = scores.reshape((-1, 1))
        parents, chars = (kept / text.size).floor(), kept % text.size
        steps.append((parents, chars))
        state = [s.take(parents, axis=1) for s in state]
        X = chars.reshape((-1, 1))
    # The best beam comes first. Follow it back through its parents.
    written, beam = [], 0
    for parents, chars in reversed(steps):
        written.append(text.chars[int(chars[beam].asscalar())])
        beam = int(parents[beam].asscalar())
    return prefix + "".join(reversed(written))


def generate(model, text, *, prefixes, num_chars=50, temperature=None, ctx=None):
    """Continue several prefixes; side by side, and quickly, with an `RNNModel`.

    The texts are the same as those of `write`, whose arguments it takes, but many steps run as one
    graph, for all texts together. The first call for a model has to record that graph. Any other
    model continues one prefix after the other.

    Parameters
    ----------
    prefixes : sequence of str
        The beginnings, each of at least one character. They may differ in length.
    temperature : float, optional
        Above zero, to draw each character as `temperature_sampling` does; without it, the
        best one is taken. All texts share one sequence of random numbers, so what is
        drawn depends on how many there are.

    Returns
    -------
    list of str
        Each prefix and what follows it.
    """
    check_prediction(prefixes, num_chars, text.size, text.chars, text.index)
    ctx = ctx or try_gpu()
    draws = temperature is not None
    choose = temperature_sampling(temperature) if draws else greedy
    if not (is_known(model) and len(prefixes)):
        how = {"num_chars": num_chars, "choose": choose, "ctx": ctx}
        return [write(model, text, prefix=prefix, **how) for prefix in prefixes]
    logits, state = read_prefixes(model, text, prefixes, ctx)
    check_logits(logits, text.size)
    more = [nd.array([[temperature]], ctx=ctx)] if draws else []
    written = []
    # At least once, even for no character: there must be something to join.
    for _ in range(0, max(num_chars, 1), NUM_STEPS):
        chars, logits, state = writer(model, draws=draws)(logits, state, *more)
        written.append(chars)
    # Only here does anything wait for the device.
    rows = nd.concat(*written, dim=1).asnumpy()[:, :num_chars]
    return [prefix + text.decode(row) for prefix, row in zip(prefixes, rows, strict=True)]


def read_prefixes(model, text, prefixes, ctx):
    """Read one prefix after the other; return the last logits and the states, side by side."""
    last, states = [], []
    for prefix in prefixes:
        X = nd.array([text.encode(prefix)], ctx=ctx)
        logits, state = model(X, model.begin_state(batch_size=1, ctx=ctx))
        last.append(logits[-1:])
        states.append(state)
    parts = zip(*states, strict=True)  # the LSTM's state has two
    return nd.concat(*last, dim=0), [nd.concat(*part, dim=1) for part in parts]
