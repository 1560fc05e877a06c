"""Generate text with a trained model."""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np
from mxnet import Context, nd
from mxnet.gluon import Block
from mxnet.ndarray import NDArray

from gluonbook.errors import (
    check_choice,
    check_choices,
    check_logits,
    check_made_for,
    check_prefixes,
    check_sizes,
    check_temperature,
    check_vocabulary,
)
from gluonbook.fast import NUM_STEPS, is_known, writer
from gluonbook.models import ScratchModel, to_onehot, try_gpu
from gluonbook.text import Text


def greedy(logits: NDArray) -> NDArray:
    """Choose the most probable character: of logits of shape ``(1, vocab_size)``, its index.

    Examples
    --------
    >>> int(gb.greedy(nd.array([[0.1, 2.0, 1.0]])).asscalar())
    1
    """
    return logits.argmax(axis=1)


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

    The logits are divided by the temperature before the softmax. Near 0 the best
    character always wins, at 1 the model's own probabilities apply, and far above
    1 all characters become equally likely.

    Parameters
    ----------
    temperature : float
        Above zero.

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
    >>> logits = nd.log(nd.array([[0.5, 0.3, 0.2]]))
    >>> choose = gb.temperature_sampling(0.01)
    >>> {int(choose(logits).asscalar()) for _ in range(100)}
    {0}
    """
    check_temperature(temperature)

    def choose(logits):
        # A softmax sums to 1 already, so there is nothing for draw to divide by.
        return nd.random.multinomial(nd.softmax(logits / temperature), dtype="float32")

    return choose


def top_k_sampling(k: int, temperature: float = 1) -> Callable[[NDArray], NDArray]:
    """Return a function that draws from the `k` most probable characters only.

    Parameters
    ----------
    k : int
        How many characters to keep, at most the whole vocabulary. 1 is greedy.
    temperature : float
        As for `temperature_sampling`, which tells what is returned, too.

    References
    ----------
    Fan, A., Lewis, M. and Dauphin, Y. (2018). Hierarchical neural story generation. ACL.

    Examples
    --------
    >>> logits = nd.log(nd.array([[0.5, 0.3, 0.2]]))
    >>> choose = gb.top_k_sampling(2)
    >>> {int(choose(logits).asscalar()) for _ in range(100)}
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

    Characters are added, the most probable first, until their probabilities sum to
    `p` or more. Also called top-p sampling.

    Parameters
    ----------
    p : float
        Above 0, at most 1. Near 0 it is greedy; 1 leaves nothing out.
    temperature : float
        As for `temperature_sampling`, which tells what is returned, too. It is applied
        before characters are left out.

    References
    ----------
    Holtzman, A., Buys, J., Du, L., Forbes, M. and Choi, Y. (2020). The curious case of
    neural text degeneration. ICLR.

    Examples
    --------
    >>> logits = nd.log(nd.array([[0.5, 0.3, 0.2]]))
    >>> choose = gb.nucleus_sampling(0.4)
    >>> {int(choose(logits).asscalar()) for _ in range(100)}
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


def predict_rnn_gluon(
    prefix: str,
    num_chars: int,
    model: Block | ScratchModel,
    vocab_size: int,
    ctx: Context,
    idx_to_char: Sequence[str],
    char_to_idx: Mapping[str, int],
    *,
    choose: Callable[[NDArray], NDArray] = greedy,
) -> str:
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
    check_prediction([prefix], num_chars, model, vocab_size, idx_to_char, char_to_idx)
    state = model.begin_state(batch_size=1, ctx=ctx)
    X = nd.array([[char_to_idx[char] for char in prefix]], ctx=ctx)
    written = []
    for _ in range(num_chars):
        # First the whole prefix, then one character at a time.
        logits, state = model(X, state)
        check_logits(logits, vocab_size)
        best = choose(logits[-1:])
        check_choice(best)
        # The index stays on the device: nothing waits for it until the text is complete.
        written.append(best)
        X = best.reshape((1, 1))
    check_choices(written, vocab_size)
    return prefix + "".join(idx_to_char[int(idx.asscalar())] for idx in written)


def predict_rnn(
    prefix: str,
    num_chars: int,
    rnn: Callable[..., Any],
    params: Sequence[NDArray],
    init_rnn_state: Callable[..., Any],
    num_hiddens: int,
    vocab_size: int,
    ctx: Context,
    idx_to_char: Sequence[str],
    char_to_idx: Mapping[str, int],
) -> str:
    """Continue a prefix with the most probable characters of a model from scratch.

    Parameters
    ----------
    prefix, num_chars, vocab_size, ctx, idx_to_char, char_to_idx
        As for `predict_rnn_gluon`.
    rnn, init_rnn_state, num_hiddens
        As for `ScratchModel`.
    params : sequence of mxnet.ndarray.NDArray
        The parameters of `rnn`.
    """
    check_prediction([prefix], num_chars, rnn, vocab_size, idx_to_char, char_to_idx)
    state = init_rnn_state(1, num_hiddens, ctx)
    X = nd.array([[char_to_idx[char] for char in prefix]], ctx=ctx)
    written = []
    for _ in range(num_chars):
        outputs, state = rnn(to_onehot(X, vocab_size), state, params)
        best = greedy(outputs[-1])
        written.append(best)
        X = best.reshape((1, 1))
    return prefix + "".join(idx_to_char[int(idx.asscalar())] for idx in written)


def check_prediction(
    prefixes: Sequence[str],
    num_chars: int,
    model: Any,
    vocab_size: int,
    idx_to_char: Sequence[str],
    char_to_idx: Mapping[str, int],
) -> None:
    """Check the arguments of a function that continues texts."""
    check_vocabulary(vocab_size, idx_to_char, char_to_idx)
    check_prefixes(prefixes, char_to_idx)
    check_sizes(least=0, num_chars=num_chars)
    check_made_for(vocab_size, model)


def write(
    model: Block | ScratchModel,
    text: Text,
    *,
    prefix: str = "traveller",
    num_chars: int = 50,
    choose: Callable[[NDArray], NDArray] = greedy,
    ctx: Context | None = None,
) -> str:
    """Let a model continue a prefix, with the vocabulary of the text that it was trained on.

    Parameters
    ----------
    model : mxnet.gluon.Block or ScratchModel
        As for `train`.
    text : Text
        The text that the model was trained on.
    prefix, num_chars, choose
        As for `predict_rnn_gluon`.
    ctx : mxnet.context.Context, optional
        The device of the model's parameters; `try_gpu` by default.
    """
    vocabulary = text.size, ctx or try_gpu(), text.chars, text.index
    return predict_rnn_gluon(prefix, num_chars, model, *vocabulary, choose=choose)


def beam_search(
    model: Block | ScratchModel,
    text: Text,
    *,
    prefix: str = "traveller",
    num_chars: int = 50,
    beam_width: int,
    ctx: Context | None = None,
) -> str:
    """Continue a prefix by following the most probable texts side by side.

    At each step, every text is continued with every character, and the
    `beam_width` most probable of all are kept. The best text at the end need not
    be the most probable of its length: the beginning of a better one may have been
    dropped.

    Parameters
    ----------
    model, text, prefix, num_chars, ctx
        As for `write`.
    beam_width : int
        How many texts to keep. 1 is greedy.

    References
    ----------
    Lowerre, B. T. (1976). The HARPY speech recognition system. PhD thesis, Carnegie
    Mellon University.
    """
    check_prediction([prefix], num_chars, model, text.size, text.chars, text.index)
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
        # Every beam with every character after it: (beams, vocab_size).
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


def check_batch_axis(model: Block | ScratchModel, ctx: Context) -> None:
    """Check that the texts stand side by side in axis 1 of each array of a model's state."""
    for size in (2, 3):
        for array in model.begin_state(batch_size=size, ctx=ctx):
            if array.ndim < 2 or array.shape[1] != size:
                raise ValueError(
                    f"the state of {type(model).__name__} has an array of shape {array.shape} for "
                    f"{size} texts, and beam_search expects them in axis 1, as Gluon's recurrent "
                    "layers have them: use write"
                )


def generate(
    model: Block | ScratchModel,
    text: Text,
    *,
    prefixes: Sequence[str],
    num_chars: int = 50,
    temperature: float | None = None,
    ctx: Context | None = None,
) -> list[str]:
    """Continue several prefixes; side by side, and quickly, with an `RNNModel`.

    The texts are the same as those of `write`, but many steps run as one graph, for all texts
    together. The first call for a model has to record that graph. Any other model continues one
    prefix after the other.

    Parameters
    ----------
    model, text, num_chars, ctx
        As for `write`.
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
    check_prediction(prefixes, num_chars, model, text.size, text.chars, text.index)
    draws, ctx = temperature is not None, ctx or try_gpu()
    choose = temperature_sampling(temperature) if draws else greedy
    if not is_known(model):
        how = {"num_chars": num_chars, "choose": choose, "ctx": ctx}
        return [write(model, text, prefix=prefix, **how) for prefix in prefixes]
    if not len(prefixes):
        return []
    logits, state = read_prefixes(model, text, prefixes, ctx)
    more = [nd.array([[temperature]], ctx=ctx)] if draws else []
    written = []
    for _ in range(0, num_chars, NUM_STEPS):
        chars, logits, state = writer(model, draws=draws)(logits, state, *more)
        written.append(chars)
    # Only here does anything wait for the device.
    rows = nd.concat(*written, dim=1).asnumpy()[:, :num_chars] if written else [[]] * len(prefixes)
    return [prefix + text.decode(row) for prefix, row in zip(prefixes, rows, strict=True)]


def read_prefixes(
    model: Block, text: Text, prefixes: Sequence[str], ctx: Context
) -> tuple[NDArray, list[NDArray]]:
    """Read all prefixes, those of equal length in one call; return the last logits and the state."""
    by_length = sorted(range(len(prefixes)), key=lambda row: len(prefixes[row]))
    parts = []
    for _, rows in groupby(by_length, key=lambda row: len(prefixes[row])):
        X = nd.array([text.encode(prefixes[row]) for row in rows], ctx=ctx)
        logits, state = model(X, model.begin_state(batch_size=len(X), ctx=ctx))
        parts.append((logits[-len(X) :], *state))
    logits, *state = zip(*parts, strict=True)
    place = nd.array(np.argsort(by_length), ctx=ctx)  # of each prefix, among those read
    return (
        nd.concat(*logits, dim=0).take(place),
        [nd.concat(*s, dim=1).take(place, axis=1) for s in state],
    )
