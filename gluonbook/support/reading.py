"""Read a text of any size piece by piece, and turn its characters into indices."""

import codecs
import io
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

# How many bytes of a text are read at a time. With pieces of megabytes, training was 1.6
# times as slow afterwards: the memory that they leave changes how the C library gives more.
PIECE = 2**14


def read_text(path: Path) -> Iterator[str]:
    """Read a UTF-8 text that is not empty, whatever its line ends and with or without a BOM.

    Yields
    ------
    str
        Piece by piece, each a few characters or up to `PIECE` bytes.
    """
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    line_ends = io.IncrementalNewlineDecoder(decoder, translate=True)
    position, is_empty, is_last = 0, True, False
    try:
        with path.open("rb") as file:
            while not is_last:
                data = file.read(PIECE)
                position += len(data)
                is_last = not data
                if text := line_ends.decode(data, final=is_last):
                    is_empty = False
                    yield text
    except UnicodeDecodeError as error:
        # What could not be decoded ends where reading has come to.
        position += error.start - len(error.object)
        raise ValueError(
            f"{path} is not UTF-8 text: byte {error.object[error.start]:#04x} at position "
            f"{position}. Save it as UTF-8 first, in an editor or with iconv"
        ) from error
    except OSError as error:
        reason = error.strerror or "unreadable"
        raise type(error)(
            error.errno, f"cannot read the corpus: {reason}. Name a text file", str(path)
        ) from error
    if is_empty:
        raise ValueError(f"{path} is empty: a corpus needs at least one character")


def lower(pieces: Iterable[str]) -> Iterator[str]:
    """Turn capitals into small letters, piece by piece and yet as in the text as a whole.

    One letter depends on its neighbours: the Greek capital sigma is another small letter at
    the end of a word. What ends a word may be in the piece after, and what begins it in
    the piece before.
    """
    before = waiting = ""
    for piece in pieces:
        piece = waiting + piece
        end = len(piece)
        while end and is_passed_over(piece[end - 1]):
            end -= 1
        # A sigma whose word may go on waits for the next piece.
        cut = end - 1 if piece[:end].endswith("\N{GREEK CAPITAL LETTER SIGMA}") else len(piece)
        small = (before + piece).lower()
        piece, waiting = piece[:cut], piece[cut:]
        yield small[len(before.lower()) : len(small) - len(waiting.lower())]
        before = next((c for c in reversed(before + piece) if not is_passed_over(c)), "")
    yield (before + waiting).lower()[len(before.lower()) :]


def is_passed_over(char: str) -> bool:
    """Tell whether a character, such as an apostrophe, is passed over where a word is looked for."""
    sigma_is_last = [
        f"A\N{GREEK CAPITAL LETTER SIGMA}{char}{after}".lower()[1] for after in ("", "A")
    ]
    return sigma_is_last == ["\N{GREEK SMALL LETTER FINAL SIGMA}", "\N{GREEK SMALL LETTER SIGMA}"]


def first_characters(pieces: Iterable[str], num_chars: int | None) -> Iterator[str]:
    """Cut a text off after some characters, but read the rest of it: it may be unreadable."""
    left = sys.maxsize if num_chars is None else num_chars
    for piece in pieces:
        yield piece[:left]
        left -= min(left, len(piece))


def index_characters(pieces: Iterable[str]) -> tuple[np.ndarray, list[str]]:
    """Turn a text into indices, and its characters into a sorted vocabulary."""
    # Characters are numbered as they come, and renumbered when all of them are known.
    numbers: dict[str, int] = {}
    # Bytes, since these can grow without a second copy of them.
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
