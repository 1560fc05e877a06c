"""From a text to indices, and from indices to mini-batches."""

import random
from collections.abc import Iterator, Sequence
from os import PathLike
from pathlib import Path

import numpy as np
from mxnet import Context, nd
from mxnet.ndarray import NDArray

from gluonbook.checks import check_corpus_length, check_sizes
from gluonbook.novel import find_novel, novel_or_stand_in

__all__ = [
    "data_iter_consecutive",
    "data_iter_random",
    "find_novel",
    "load_corpus",
    "load_data_time_machine",
]

Corpus = tuple[list[int], dict[str, int], list[str], int]
MiniBatches = Iterator[tuple[NDArray, NDArray]]


def load_data_time_machine(*, num_chars: int | None = 10_000) -> Corpus:
    """Load the beginning of *The Time Machine* as indices.

    The novel is downloaded at the first call. Where that is not possible, a
    stand-in text is read, with a warning: its first 10,000 characters have the
    same vocabulary. `load_corpus` says how a text is prepared.

    Parameters
    ----------
    num_chars : int or None
        How many characters to keep; None keeps the whole text.

    Returns
    -------
    corpus_indices : list of int
        The text, one index a character.
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
    TypeError, ValueError
        If `num_chars` is not a whole number, 1 or more.
    """
    return load_corpus(novel_or_stand_in(), num_chars)


def load_corpus(path: str | PathLike[str], num_chars: int | None = None) -> Corpus:
    """Load any UTF-8 text as indices.

    Line breaks become spaces, capitals become small letters, and the first
    `num_chars` characters are kept. The vocabulary is sorted, so that a
    character has the same index in every process.

    Parameters
    ----------
    path : str or path-like
        The text file.
    num_chars : int, optional
        How many characters to keep; the whole text by default.

    Returns
    -------
    corpus_indices : list of int
        The text, one index a character.
    char_to_idx : dict of str to int
        The index of each character of the vocabulary.
    idx_to_char : list of str
        The vocabulary, sorted.
    vocab_size : int
        The number of characters in the vocabulary.

    Raises
    ------
    OSError
        If the file cannot be read.
    TypeError
        If `num_chars` is not a whole number.
    ValueError
        If the file is empty or not UTF-8, or `num_chars` is below 1.
    """
    if num_chars is not None:
        check_sizes(num_chars=num_chars)
    text = read_text(Path(path)).replace("\n", " ").lower()[:num_chars]
    idx_to_char = sorted(set(text))
    char_to_idx = {char: idx for idx, char in enumerate(idx_to_char)}
    return [char_to_idx[char] for char in text], char_to_idx, idx_to_char, len(idx_to_char)


def read_text(path: Path) -> str:
    """Read a UTF-8 text that is not empty, whatever its line ends and with or without a BOM."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path} is not UTF-8 text: byte {error.object[error.start]:#04x} at position "
            f"{error.start}. Save it as UTF-8 first, in an editor or with iconv"
        ) from error
    except OSError as error:
        reason = error.strerror or "unreadable"
        raise type(error)(
            error.errno, f"cannot read the corpus: {reason}. Name a text file", str(path)
        ) from error
    if not text:
        raise ValueError(f"{path} is empty: a corpus needs at least one character")
    return text


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
        The text, one index a character.
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

    Raises
    ------
    TypeError, ValueError
        If a size is not a whole number, 1 or more.
    ValueError
        If the corpus is too short for one mini-batch.
    """
    check_sizes(batch_size=batch_size, num_steps=num_steps)
    check_corpus_length(len(corpus_indices), batch_size, num_steps)
    corpus = np.asarray(corpus_indices, dtype="float32")
    # The last character has no successor, so it is not part of an example.
    num_examples = (len(corpus) - 1) // num_steps
    starts = [num_steps * example for example in range(num_examples)]
    random.shuffle(starts)

    def examples_at(positions: Sequence[int]) -> NDArray:
        return nd.array([corpus[p : p + num_steps] for p in positions], ctx=ctx)

    batches = (starts[i : i + batch_size] for i in range(0, num_examples, batch_size))
    return (
        (examples_at(batch), examples_at([start + 1 for start in batch]))
        for batch in batches
        if len(batch) == batch_size
    )


def data_iter_consecutive(
    corpus_indices: Sequence[int], batch_size: int, num_steps: int, ctx: Context | None = None
) -> MiniBatches:
    """Walk through a corpus so that each mini-batch goes on where the last one ended.

    The text is cut into `batch_size` rows of equal length, one below the other.
    A mini-batch is the next `num_steps` columns: its row ``i`` continues row
    ``i`` of the mini-batch before, so the hidden state can be carried over.

    Parameters
    ----------
    corpus_indices : sequence of int
        The text, one index a character.
    batch_size : int
        Rows in a mini-batch.
    num_steps : int
        Columns in a mini-batch.
    ctx : mxnet.context.Context, optional
        The device of the mini-batches; MXNet's current one by default.

    Returns
    -------
    iterator of (mxnet.ndarray.NDArray, mxnet.ndarray.NDArray)
        ``X`` and ``Y``, each of shape ``(batch_size, num_steps)``: the characters
        and, for each, the one that follows it.

    Raises
    ------
    TypeError, ValueError
        If a size is not a whole number, 1 or more.
    ValueError
        If the corpus is too short for one mini-batch.
    """
    check_sizes(batch_size=batch_size, num_steps=num_steps)
    check_corpus_length(len(corpus_indices), batch_size, num_steps)
    corpus = np.asarray(corpus_indices, dtype="float32")
    row_length = len(corpus) // batch_size
    # Characters of a row that have a successor, in whole mini-batches. A row's last
    # successor may be the first character of the row below.
    columns = (len(corpus) - 1) // batch_size // num_steps * num_steps
    starts = [row_length * row for row in range(batch_size)]
    rows = nd.array([corpus[start : start + columns + 1] for start in starts], ctx=ctx)
    return (
        (rows[:, i : i + num_steps], rows[:, i + 1 : i + 1 + num_steps])
        for i in range(0, columns, num_steps)
    )
