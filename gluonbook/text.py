"""Read a text: its characters as indices, its vocabulary, and its three parts."""

from collections.abc import Iterable
from io import BytesIO, TextIOWrapper
from os import PathLike
from pathlib import Path

import numpy as np

from gluonbook.ground.checks import check_known, check_sizes, check_vocabulary
from gluonbook.ground.novel import novel_or_stand_in

# Where `split_corpus` begins to hold out text, however much is trained on.
HELD_OUT_FROM = 10_000


def read_text(path: str | PathLike[str]) -> str:
    """Read a UTF-8 text, in lower case and with spaces for line breaks.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is empty or not UTF-8.
    """
    return decode_text(Path(path).read_bytes(), path)


def decode_text(data: bytes, path: str | PathLike[str]) -> str:
    """Decode the content of a file, see `read_text`."""
    try:
        text = TextIOWrapper(BytesIO(data), encoding="utf-8-sig").read()
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path} is not UTF-8 text: byte {error.object[error.start]:#04x} at position "
            f"{error.start}. Save it as UTF-8 first, in an editor or with iconv"
        ) from error
    if not text:
        raise ValueError(f"{path} is empty: a text needs at least one character")
    return text.replace("\n", " ").lower()


class Text:
    """A text as a model reads it: indices, and the vocabulary that they point into.

    Parameters
    ----------
    string : str
        The text. It is taken as it is: `load_text` puts a file into lower case first.
    num_train : int, optional
        Characters of the training text. Without it all of the text is training text, and
        nothing is held out.
    num_held_out : int
        Characters of the validation text, and of the test text.

    Attributes
    ----------
    chars : list of str
        The vocabulary, sorted, so that a character has the same index in every process.
    index : dict
        The index of each character.
    size : int
        How many characters the vocabulary has.
    train, validation, test : numpy.ndarray
        The three parts, one index per character, cut as `split_corpus` says.

    Raises
    ------
    TypeError, ValueError
        If the text is empty or too short for its parts, or a size is not a whole number,
        1 or more.

    Examples
    --------
    >>> text = gb.Text("to be or not to be")
    >>> text.size, text.chars
    (7, [' ', 'b', 'e', 'n', 'o', 'r', 't'])
    >>> text.decode(text.train[:5])
    'to be'
    """

    def __init__(self, string: str, num_train: int | None = None, num_held_out: int = 5_000):
        if not isinstance(string, str):
            raise TypeError(
                f"a text is a string, not {type(string).__name__}: to read a file, "
                "call gb.load_text with its path"
            )
        if not string:
            raise ValueError("the text is empty: it needs at least one character")
        self.chars = sorted(set(string))
        self.index = {char: idx for idx, char in enumerate(self.chars)}
        self.size = len(self.chars)
        indices = self.encode(string)
        if num_train is None:
            self.train, self.validation, self.test = indices, indices[:0], indices[:0]
        else:
            self.train, self.validation, self.test = split_corpus(indices, num_train, num_held_out)

    def __repr__(self) -> str:
        """Say how long the parts are, and not what is in them."""
        return (
            f"Text(train={len(self.train):,}, validation={len(self.validation):,}, "
            f"test={len(self.test):,} characters of a vocabulary of {self.size})"
        )

    def encode(self, string: str) -> np.ndarray:
        """Return the index of each character of a string.

        Raises
        ------
        ValueError
            If a character is not in the vocabulary.
        """
        check_known(string, self.index)
        return np.array([self.index[char] for char in string], dtype="int32")

    def decode(self, indices: Iterable[int]) -> str:
        """Return the string that some indices stand for."""
        return "".join(self.chars[int(idx)] for idx in indices)


def split_corpus(corpus_indices: np.ndarray, num_train: int, num_held_out: int):
    """Cut a text into training, validation and test text, always at the same places.

    The validation text begins at character 10,000, and the test text follows it. The
    training text is what stands before them, up to `num_train` characters, and if these
    are not enough, what stands after them. So a longer training text leaves validation and
    test text as they are.

    Learning rates, sizes and stopping are chosen on the validation text. The test text is
    for the one measurement at the end.

    Raises
    ------
    TypeError, ValueError
        If the text is too short for its parts, or a size is not a whole number, 1 or more.
    """
    check_sizes(num_train=num_train, num_held_out=num_held_out)
    corpus = np.asarray(corpus_indices)
    middle, end = HELD_OUT_FROM + num_held_out, HELD_OUT_FROM + 2 * num_held_out
    needed = end + max(0, num_train - HELD_OUT_FROM)
    if len(corpus) < needed:
        raise ValueError(
            f"a corpus of {len(corpus)} characters is too short for {num_train} characters "
            f"to train on and twice {num_held_out} that are held out from character "
            f"{HELD_OUT_FROM} on: it must have {needed} or more. Take a longer text, or less of it"
        )
    training = np.concatenate([corpus[: min(num_train, HELD_OUT_FROM)], corpus[end:needed]])
    return training, corpus[HELD_OUT_FROM:middle], corpus[middle:end]


def load_text(path=None, *, num_train=10_000, num_held_out=5_000):
    """Load a text file, *The Time Machine* if none is named, in three parts.

    The file is UTF-8. Line breaks become spaces, and the text is put into lower case. The parts are
    cut as `split_corpus` says, and of the file only what they need is kept, so the vocabulary is
    theirs. The first call downloads the novel. Where that is not possible, a stand-in text is read, with a
    warning: its first 10,000 characters have the same vocabulary.

    Raises
    ------
    OSError
        If the file cannot be read, or ``GLUONBOOK_DATA_DIR`` names something that is no folder.
    TypeError, ValueError
        If it is not UTF-8, empty or too short, or a size is not a whole number, 1 or more.
    """
    check_sizes(num_train=num_train, num_held_out=num_held_out)
    string = read_text(path or novel_or_stand_in())
    needed = max(num_train, HELD_OUT_FROM) + 2 * num_held_out
    return Text(string[:needed], num_train, num_held_out)


# --- the names and results of older code ---------------------------------------------------


def load_data_time_machine(*, num_chars: int | None = 10_000) -> tuple:
    """Load the beginning of *The Time Machine*, see `load_text`, as `load_corpus` returns a text."""
    return load_corpus(novel_or_stand_in(), num_chars)


def load_corpus(path: str | PathLike[str], num_chars: int | None = None) -> tuple:
    """Load a text file, or its first `num_chars` characters, as four values.

    Returns
    -------
    corpus_indices : list of int
        One index per character.
    char_to_idx : dict of str to int
        The index of each character of the vocabulary.
    idx_to_char : list of str
        The vocabulary, sorted.
    vocab_size : int
        The number of characters in the vocabulary.
    """
    if num_chars is not None:
        check_sizes(num_chars=num_chars)
    text = Text(read_text(path)[:num_chars])
    return text.train.tolist(), text.index, text.chars, text.size


class IndexedText(Text):
    """A text from the four values that `load_corpus` returns: all of it is training text."""

    def __init__(self, corpus_indices, char_to_idx, idx_to_char, vocab_size):
        check_vocabulary(vocab_size, idx_to_char, char_to_idx)
        self.train, self.validation, self.test = corpus_indices, [], []
        self.index, self.chars, self.size = char_to_idx, idx_to_char, vocab_size
