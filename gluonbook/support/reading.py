"""Read a text of any size piece by piece, and turn its characters into indices."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

import numpy as np

# How many characters of a text are read at a time. After reading in pieces of megabytes, training
# took 1.6 times as long: the memory that they free changes how the C library allocates.
PIECE = 2**14


def read_text(path: Path) -> Iterator[str]:
    """Read a UTF-8 text, in lower case and with spaces for line breaks.

    A piece ends after a space, unless there is none in `PIECE` characters. In lower case, the
    Greek sigma is another letter at the end of a word, so a word must not be cut in two.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is not UTF-8, or empty.
    """
    try:
        with path.open(encoding="utf-8-sig") as file:
            word, is_empty = "", True
            while piece := read_piece(file):
                text = (word + piece).replace("\n", " ")
                end = text.rfind(" ") + 1 or len(text)
                yield text[:end].lower()
                word, is_empty = text[end:], False
            yield word.lower()
    except OSError as error:
        reason = error.strerror or "unreadable"
        raise type(error)(
            error.errno, f"cannot read the corpus: {reason}. Name a text file", str(path)
        ) from error
    if is_empty:
        raise ValueError(f"{path} is empty: a corpus needs at least one character")


def read_piece(file: TextIO) -> str:
    """Read up to `PIECE` characters.

    Raises
    ------
    ValueError
        If a byte is not UTF-8. The message says which, and where.
    """
    try:
        return file.read(PIECE)
    except UnicodeDecodeError as error:
        # The bytes that could not be decoded end where reading has stopped.
        position = file.buffer.tell() - len(error.object) + error.start
        raise ValueError(
            f"{file.name} is not UTF-8 text: byte {error.object[error.start]:#04x} at position "
            f"{position}. Save it as UTF-8 first, in an editor or with iconv"
        ) from error


def first_characters(pieces: Iterable[str], num_chars: int | None) -> Iterator[str]:
    """Cut a text off after some characters; None keeps all of them."""
    for piece in pieces:
        yield piece[:num_chars]
        if num_chars is not None:
            num_chars -= len(piece)
            if num_chars <= 0:
                return


def index_characters(pieces: Iterable[str]) -> tuple[np.ndarray, list[str]]:
    """Turn a text into indices, and its characters into a sorted vocabulary."""
    # Characters are numbered as they appear, and renumbered once all of them are known.
    numbers: dict[str, int] = {}
    # Bytes, because these can grow without a second copy.
    corpus, dtype = bytearray(), np.dtype("uint8")
    for piece in pieces:
        for char in sorted(set(piece) - numbers.keys()):
            numbers[char] = len(numbers)
        if len(numbers) > np.iinfo(dtype).max + 1:
            wider = np.min_scalar_type(len(numbers) - 1)
            corpus = bytearray(np.frombuffer(corpus, dtype).astype(wider))
            dtype = wider
        corpus += np.fromiter(map(numbers.__getitem__, piece), dtype, len(piece)).tobytes()
    indices = np.frombuffer(corpus, dtype)
    idx_to_char = sorted(numbers)
    index_of = np.empty(len(numbers), dtype)
    index_of[[numbers[char] for char in idx_to_char]] = range(len(numbers))
    for start in range(0, len(indices), PIECE):
        part = indices[start : start + PIECE]
        part[:] = index_of[part]
    return indices, idx_to_char
