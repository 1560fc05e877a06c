"""Load a text as indices, and cut it into mini-batches."""

import random
from collections.abc import Iterator, Sequence
from os import PathLike
from pathlib import Path

import numpy as np
from mxnet import Context, nd
from mxnet.ndarray import NDArray

from gluonbook.errors import check_corpus, check_sizes
from gluonbook.fetch import novel_or_stand_in

# Where the text that is held out begins, in every text and whatever is trained on.
HELD_OUT_FROM = 10_000

Corpus = tuple[Sequence[int], dict[str, int], list[str], int]
MiniBatches = Iterator[tuple[NDArray, NDArray]]


def load_data_time_machine(*, num_chars: int | None = 10_000) -> Corpus:
    """Load the beginning of *The Time Machine* as indices.

    The first call downloads the novel. Where that is not possible, a stand-in text
    is read, with a warning: its first 10,000 characters have the same vocabulary.
    `load_corpus` says how a text is prepared.

    Returns
    -------
    corpus_indices : list of int
        The text, or its first `num_chars` characters, one index per character.
    char_to_idx : dict of str to int
        The index of each character of the vocabulary.
    idx_to_char : list of str
        The vocabulary, sorted.
    vocab_size : int
        The number of characters in the vocabulary: 43 for the first 10,000 characters.

    Raises
    ------
    FileNotFoundError
        If ``GLUONBOOK_DATA_DIR`` names something that is not a folder.
    """
    return load_corpus(novel_or_stand_in(), num_chars)


def load_corpus(path: str | PathLike[str], num_chars: int | None = None) -> Corpus:
    """Load any UTF-8 text as indices.

    Parameters
    ----------
    path : str or path-like
        The text file, prepared as `read_text` says.
    num_chars : int, optional
        How many characters to keep; the whole text by default.

    Returns
    -------
    corpus_indices, char_to_idx, idx_to_char, vocab_size
        As `load_data_time_machine` returns them: the vocabulary is sorted, so that a character
        has the same index in every process.

    Raises
    ------
    OSError
        If the file cannot be read.
    TypeError, ValueError
        If it is empty, blank or not UTF-8, or `num_chars` is not a whole number, 1 or more.
    """
    if num_chars is not None:
        check_sizes(num_chars=num_chars)
    text = read_text(path)[:num_chars]
    if text.isspace():
        raise ValueError(f"{path} has nothing but blanks, from which there is nothing to learn")
    idx_to_char = sorted(set(text))
    char_to_idx = {char: idx for idx, char in enumerate(idx_to_char)}
    return [char_to_idx[char] for char in text], char_to_idx, idx_to_char, len(idx_to_char)


def read_text(path: str | PathLike[str]) -> str:
    """Read a UTF-8 text, in lower case and with spaces for line breaks.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is empty or not UTF-8.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        reason = error.strerror or "unreadable"
        raise type(error)(
            error.errno, f"cannot read the text: {reason}. Name a text file", str(path)
        ) from error
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path} is not UTF-8 text: byte {error.object[error.start]:#04x} at position "
            f"{error.start}. Save it as UTF-8 first, in an editor or with iconv"
        ) from error
    if not text:
        raise ValueError(f"{path} is empty: a text needs at least one character")
    return text.replace("\n", " ").lower()


def split_corpus(
    corpus_indices: Sequence[int], num_train: int = 10_000, num_held_out: int = 5_000
) -> tuple[Sequence[int], Sequence[int], Sequence[int]]:
    """Cut a text into training, validation and test text, always at the same places.

    The validation text begins at character 10,000, and the test text follows it. The
    training text is what stands before them, up to `num_train` characters, and if these
    are not enough, what stands after them. So a longer training text leaves validation and
    test text as they are.

    Learning rates, sizes and stopping are chosen on the validation text. The test text is
    for the one measurement at the end.

    Parameters
    ----------
    corpus_indices : sequence of int
        The text, one index per character.
    num_train : int
        Characters of the training text.
    num_held_out : int
        Characters of the validation text, and of the test text.

    Returns
    -------
    training, validation, test : sequence of int
        Of the kind that `corpus_indices` is: lists, or an array.

    Examples
    --------
    >>> training, validation, test = gb.split_corpus(range(100_000), num_train=30_000)
    >>> len(training), len(validation), len(test)
    (30000, 5000, 5000)
    >>> training[9_999], validation[0], test[0], training[10_000]
    (9999, 10000, 15000, 20000)
    """
    check_sizes(num_train=num_train, num_held_out=num_held_out)
    middle, end = HELD_OUT_FROM + num_held_out, HELD_OUT_FROM + 2 * num_held_out
    needed = end + max(0, num_train - HELD_OUT_FROM)
    if len(corpus_indices) < needed:
        raise ValueError(
            f"a corpus of {len(corpus_indices)} characters is too short for {num_train} characters "
            f"to train on and twice {num_held_out} that are held out from character "
            f"{HELD_OUT_FROM} on: it must have {needed} or more. Take a longer text, or less of it"
        )
    before, after = corpus_indices[: min(num_train, HELD_OUT_FROM)], corpus_indices[end:needed]
    is_array = isinstance(corpus_indices, np.ndarray)
    return (
        np.concatenate([before, after]) if is_array else [*before, *after],
        corpus_indices[HELD_OUT_FROM:middle],
        corpus_indices[middle:end],
    )


def data_iter_random(
    corpus_indices: Sequence[int], batch_size: int, num_steps: int, ctx: Context | None = None
) -> MiniBatches:
    """Cut a corpus into examples and deal them out in random order.

    The examples do not overlap and begin at 0, `num_steps`, ``2 * num_steps`` and
    so on, up to the last one whose every character has a successor. Those that
    do not fill a mini-batch at the end are left out, different ones each time.
    The order comes from the module `random`.

    Parameters
    ----------
    corpus_indices : sequence of int
        The text, one index per character.
    batch_size : int
        Examples in a mini-batch.
    num_steps : int
        Characters in an example.
    ctx : mxnet.context.Context, optional
        The device of the mini-batches; MXNet's current one by default.

    Returns
    -------
    iterator of (mxnet.ndarray.NDArray, mxnet.ndarray.NDArray)
        ``X`` and ``Y``, each of shape ``(batch_size, num_steps)``: the characters
        and, for each, the one that follows it.

    """
    check_corpus(corpus_indices, batch_size, num_steps)
    corpus = np.asarray(corpus_indices)
    # The last character has no successor, so it is not part of an example.
    num_examples = (len(corpus) - 1) // num_steps
    starts = [num_steps * example for example in range(num_examples)]
    random.shuffle(starts)

    def examples_at(positions: Sequence[int]) -> NDArray:
        examples = np.stack([corpus[p : p + num_steps] for p in positions])
        return nd.array(examples, ctx=ctx, dtype="float32")

    # All of them are on the device before the first is asked for: nothing waits later.
    inputs, targets = examples_at(starts), examples_at([start + 1 for start in starts])
    return (
        (inputs[i : i + batch_size], targets[i : i + batch_size])
        for i in range(0, num_examples // batch_size * batch_size, batch_size)
    )


def data_iter_consecutive(
    corpus_indices: Sequence[int], batch_size: int, num_steps: int, ctx: Context | None = None
) -> MiniBatches:
    """Walk through a corpus so that each mini-batch continues where the last one ended.

    The text is cut into `batch_size` rows of equal length, one below the other.
    A mini-batch is the next `num_steps` columns: its row ``i`` continues row
    ``i`` of the mini-batch before, so the hidden state can be carried over.

    Parameters, results and errors are those of `data_iter_random`.
    """
    check_corpus(corpus_indices, batch_size, num_steps)
    corpus = np.asarray(corpus_indices)
    row_length = len(corpus) // batch_size
    # Characters of a row that have a successor, in whole mini-batches. A row's last
    # successor may be the first character of the row below.
    length = (len(corpus) - 1) // batch_size // num_steps * num_steps
    rows = np.stack([corpus[row_length * row :][: length + 1] for row in range(batch_size)])
    # All of it is on the device before the first is asked for: nothing waits later.
    rows = nd.array(rows, ctx=ctx, dtype="float32")
    return (
        (rows[:, i : i + num_steps], rows[:, i + 1 : i + 1 + num_steps])
        for i in range(0, length, num_steps)
    )
