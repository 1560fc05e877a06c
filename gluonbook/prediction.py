"""Let a trained model write."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mxnet import Context, nd
from mxnet.gluon import Block
from mxnet.ndarray import NDArray

from gluonbook.checks import check_prefix
from gluonbook.models import to_onehot


def greedy(logits: NDArray) -> NDArray:
    """Choose the character that the model thinks most likely.

    Parameters
    ----------
    logits : mxnet.ndarray.NDArray
        Scores of the next character, of shape ``(1, vocab_size)``.

    Returns
    -------
    mxnet.ndarray.NDArray
        The index of the best character, of shape ``(1,)``.
    """
    return logits.argmax(axis=1)


def predict_rnn_gluon(
    prefix: str,
    num_chars: int,
    model: Block,
    vocab_size: int,
    ctx: Context,
    idx_to_char: Sequence[str],
    char_to_idx: Mapping[str, int],
    *,
    choose: Callable[[NDArray], NDArray] = greedy,
) -> str:
    """Continue a prefix with the characters that a Gluon model chooses.

    Parameters
    ----------
    prefix : str
        The beginning of the text, at least one character.
    num_chars : int
        How many characters to write after it.
    model : mxnet.gluon.Block
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

    Raises
    ------
    ValueError
        If the prefix is empty or has a character that the vocabulary lacks.
    """
    check_prefix(prefix, char_to_idx)
    state = model.begin_state(batch_size=1, ctx=ctx)
    X = nd.array([[char_to_idx[char] for char in prefix]], ctx=ctx)
    written = []
    for _ in range(num_chars):
        logits, state = model(X, state)
        best = choose(logits[-1:])
        # The index stays on the device: nothing waits for it before the text is complete.
        written.append(best)
        X = best.reshape((1, 1))
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
    """Continue a prefix with the characters that a model from scratch thinks most likely.

    Parameters
    ----------
    prefix : str
        The beginning of the text, at least one character.
    num_chars : int
        How many characters to write after it.
    rnn : callable
        ``rnn(inputs, state, params)`` returns outputs and a state, as `rnn_forward` does.
    params : sequence of mxnet.ndarray.NDArray
        The parameters of `rnn`.
    init_rnn_state : callable
        ``init_rnn_state(batch_size, num_hiddens, ctx)`` returns a first state.
    num_hiddens : int
        Hidden units.
    vocab_size : int
        Characters in the vocabulary.
    ctx : mxnet.context.Context
        The device of the parameters.
    idx_to_char : sequence of str
        The vocabulary.
    char_to_idx : mapping of str to int
        The index of each character.

    Returns
    -------
    str
        The prefix and what follows it.

    Raises
    ------
    ValueError
        If the prefix is empty or has a character that the vocabulary lacks.
    """
    check_prefix(prefix, char_to_idx)
    state = init_rnn_state(1, num_hiddens, ctx)
    X = nd.array([[char_to_idx[char] for char in prefix]], ctx=ctx)
    written = []
    for _ in range(num_chars):
        outputs, state = rnn(to_onehot(X, vocab_size), state, params)
        best = greedy(outputs[-1])
        written.append(best)
        X = best.reshape((1, 1))
    return prefix + "".join(idx_to_char[int(idx.asscalar())] for idx in written)
