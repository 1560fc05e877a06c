"""One text: its characters as indices, its vocabulary, and its three parts."""

from collections.abc import Iterable, Sequence
from os import PathLike

import numpy as np

from gluonbook.corpus import HELD_OUT_FROM, read_text, split_corpus
from gluonbook.errors import check_known, check_sizes
from gluonbook.fetch import novel_or_stand_in


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
        The vocabulary, sorted.
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
        self.train, self.validation, self.test = (
            (indices, indices[:0], indices[:0])
            if num_train is None
            else split_corpus(indices, num_train, num_held_out)
        )

    def __repr__(self) -> str:
        """Say how long the parts are, and not what is in them."""
        parts = ", ".join(f"{name}={len(vars(self)[name]):,}" for name in PARTS)
        return f"Text({parts} characters of a vocabulary of {self.size})"

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


PARTS: Sequence[str] = ("train", "validation", "test")


def load_text(
    path: str | PathLike[str] | None = None, *, num_train: int = 10_000, num_held_out: int = 5_000
) -> Text:
    """Load a text file, *The Time Machine* if none is named, in three parts.

    Line breaks become spaces, and the text is put into lower case. Only as much of it is kept as
    the three parts need, so the vocabulary is that of these parts. Where the novel cannot be
    downloaded, a stand-in is read, with a warning.

    Parameters
    ----------
    path : str or path-like, optional
        A UTF-8 text file.
    num_train : int
        Characters of the training text.
    num_held_out : int
        Characters of the validation text, and of the test text.

    Returns
    -------
    Text

    Raises
    ------
    OSError
        If the file cannot be read.
    TypeError, ValueError
        If it is not UTF-8, empty or too short, or a size is not a whole number, 1 or more.
    """
    check_sizes(num_train=num_train, num_held_out=num_held_out)
    string = read_text(path or novel_or_stand_in())
    needed = max(num_train, HELD_OUT_FROM) + 2 * num_held_out
    return Text(string[:needed], num_train, num_held_out)
