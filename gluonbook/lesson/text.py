"""Load a text as a sequence of indices, with its vocabulary and its three parts."""

import numpy as np

from gluonbook.ground.novel import novel_or_stand_in
from gluonbook.ground.reading import read_text

# The held-out parts begin here, however long the training text is.
HELD_OUT_FROM = 10_000


class Text:
    """A text in the form that a model reads: a sequence of indices into a vocabulary of characters.

    The string is used unchanged, whereas `load_text` converts a file to lower case. By default, the whole
    text is training text. If its length `num_train` is given, the validation and test texts have
    `num_held_out` characters each.

    Attributes
    ----------
    chars : list of str
        The vocabulary. It is sorted so that each character has the same index in every process.
    index : dict
        The index of each character in the vocabulary, which has `size` characters.
    train, validation, test : numpy.ndarray
        The three parts, with one index per character, as `split_corpus` returns them.

    Examples
    --------
    >>> text = gb.Text("to be or not to be")
    >>> text.size, text.chars
    (7, [' ', 'b', 'e', 'n', 'o', 'r', 't'])
    >>> text.decode(text.train[:5])
    'to be'
    """

    def __init__(self, string, num_train=None, num_held_out=5_000):
        self.chars = sorted(set(string))
        self.index = {char: idx for idx, char in enumerate(self.chars)}
        self.size = len(self.chars)
        indices = self.encode(string)
        if num_train is None:
            self.train, self.validation, self.test = indices, indices[:0], indices[:0]
        else:
            self.train, self.validation, self.test = split_corpus(indices, num_train, num_held_out)

    @classmethod
    def of_vocabulary(cls, chars, indices=()):
        """Return a text with a given vocabulary, in its order; `indices` are its training text."""
        text = cls.__new__(cls)
        text.chars, text.size = list(chars), len(chars)
        text.index = {char: idx for idx, char in enumerate(chars)}
        text.train, text.validation, text.test = indices, [], []
        return text

    def encode(self, string):
        """Return the index of each character of a string, as an array of integers."""
        return np.array([self.index[char] for char in string], dtype="int32")

    def decode(self, indices):
        """Return the string whose characters have these indices."""
        return "".join(self.chars[int(idx)] for idx in indices)


def length_needed(num_train, num_held_out):
    """Return the number of characters that a text must have for its three parts."""
    return max(num_train, HELD_OUT_FROM) + 2 * num_held_out


def split_corpus(indices, num_train, num_held_out):
    """Split a text into arrays of indices: a training, a validation and a test text.

    The validation text begins at character 10,000, and the test text follows it. The training text
    begins at the start of the whole text. If `num_train` is more than 10,000, the training text
    continues after the test text, so that the held-out texts do not depend on its length.
    """
    middle, end = HELD_OUT_FROM + num_held_out, HELD_OUT_FROM + 2 * num_held_out
    needed = length_needed(num_train, num_held_out)
    training = np.concatenate([indices[: min(num_train, HELD_OUT_FROM)], indices[end:needed]])
    return training, indices[HELD_OUT_FROM:middle], indices[middle:end]


def load_text(path=None, *, num_train=10_000, num_held_out=5_000):
    """Load a UTF-8 text file, by default *The Time Machine*, as a `Text` with three parts.

    The text is converted to lower case, line breaks become spaces, and `split_corpus` splits the text.
    Any text beyond the three parts is dropped, so it does not contribute to the vocabulary. If
    `num_train` is ``"all"``, nothing is dropped: the training text is all text that is not held out.

    The first call without a path downloads the novel. If that is not possible, a warning is issued,
    and a stand-in text is loaded whose first 10,000 characters have the same vocabulary. A warning is
    also issued if `num_train` is 10,000, which is the default, and most of another text is dropped.
    """
    string = read_text(novel_or_stand_in() if path is None else path)
    if num_train == "all":
        num_train = max(len(string) - 2 * num_held_out, HELD_OUT_FROM)
    needed = length_needed(num_train, num_held_out)
    return Text(string[:needed], num_train, num_held_out)
