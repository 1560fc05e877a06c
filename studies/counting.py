"""Count models of long texts, fast: what `gluonbook.ngrams` computes, for every character at once.

A text is an array of indices. An n-gram is written as one whole number, with the vocabulary size
as the base, so that NumPy can sort and count them.
"""

import numpy as np

LONGEST = 11  # characters in the longest n-gram; with 41 characters or fewer it fits in 63 bits


class Counts:
    """The n-grams of a training text, up to some length.

    Parameters
    ----------
    text : numpy.ndarray
        The training text, one index per character.
    vocab_size : int
        Characters in the vocabulary.
    longest : int
        Characters in the longest n-gram.
    """

    def __init__(self, text, vocab_size, longest=LONGEST):
        self.vocab_size, self.longest = vocab_size, longest
        raw = [np.unique(self.codes(text, n), return_counts=True) for n in range(1, longest + 1)]
        self.raw = [Table(grams, counts, vocab_size) for grams, counts in raw]
        # How many different characters came before an n-gram: Kneser and Ney's counts.
        self.continuations = [
            Table(*np.unique(grams % vocab_size**n, return_counts=True), vocab_size)
            for n, (grams, _) in enumerate(raw[1:], start=1)
        ]

    def codes(self, text, n):
        """Return the n-grams of a text, in its order, each as one number."""
        text = text.astype("int64")
        number = max(len(text) - n + 1, 0)
        code = np.zeros(number, "int64")
        for i in range(n):
            code = code * self.vocab_size + text[i : i + number]
        return code

    def look_up(self, tables, text):
        """Look up the n-gram that ends at each character of a text but the first.

        Returns
        -------
        list of tuple of numpy.ndarray
            For n = 1, 2, …: how often the n-gram came, how often its context did, and how
            many different characters followed the context. Where the text has too few
            characters before a place, the context counts as never seen.
        """
        found = []
        for n, table in enumerate(tables, start=1):
            columns = np.zeros((3, len(text) - 1), "int64")
            columns[:, max(n - 2, 0) :] = table.look_up(self.codes(text, n)[n == 1 :])
            found.append(columns)
        return found


class Table:
    """How often each n-gram of one length came, and each of their contexts."""

    def __init__(self, grams, counts, vocab_size):
        self.grams, self.counts, self.vocab_size = grams, counts, vocab_size
        self.contexts, starts = np.unique(grams // vocab_size, return_index=True)
        self.totals = np.add.reduceat(counts, starts)
        self.followers = np.diff(np.append(starts, len(grams)))

    def look_up(self, grams):
        """Return the count of each n-gram, the total of its context, and its number of followers."""
        count = self._find(self.grams, grams, self.counts)
        contexts = grams // self.vocab_size
        return (
            count,
            self._find(self.contexts, contexts, self.totals),
            self._find(self.contexts, contexts, self.followers),
        )

    @staticmethod
    def _find(known, wanted, values):
        place = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
        return np.where(known[place] == wanted, values[place], 0)


def interpolated(counts, text, weight):
    """Probabilities of the characters of a text but the first, for every n.

    It is `gluonbook.interpolate`, with one weight for all contexts.

    Returns
    -------
    dict of int to numpy.ndarray
        For n = 0, 1, 2, …: one probability per character.
    """
    probabilities = {0: np.full(len(text) - 1, 1 / counts.vocab_size)}
    for n, (count, total, _) in enumerate(counts.look_up(counts.raw, text), start=1):
        share = count / np.maximum(total, 1)
        mixed = weight * share + (1 - weight) * probabilities[n - 1]
        probabilities[n] = np.where(total > 0, mixed, probabilities[n - 1])
    return probabilities


def kneser_ney(counts, text, discount):
    """Probabilities of the characters of a text but the first, for every n from 1 on.

    Interpolated Kneser-Ney smoothing with one discount: an n-gram model whose shorter contexts
    count after how many different characters something came, and not how often.

    Returns
    -------
    dict of int to numpy.ndarray
        For n = 1, 2, …: one probability per character.

    References
    ----------
    Chen, S. F. and Goodman, J. (1999). An empirical study of smoothing techniques for language
    modeling. Computer Speech & Language, 13(4), 359-394, section 2.7.
    """
    shorter = np.full(len(text) - 1, 1 / counts.vocab_size)
    raw = counts.look_up(counts.raw, text)
    continuations = counts.look_up(counts.continuations, text)
    probabilities = {}
    for n in range(1, counts.longest + 1):
        probabilities[n] = discounted(*raw[n - 1], discount, shorter)
        if n < counts.longest:
            shorter = discounted(*continuations[n - 1], discount, shorter)
    return probabilities


def discounted(count, total, followers, discount, shorter):
    """Take a discount from each count, and share out what was taken as the shorter context says."""
    total_or_1 = np.maximum(total, 1)
    share = np.maximum(count - discount, 0) / total_or_1
    left_over = discount * followers / total_or_1
    return np.where(total > 0, share + left_over * shorter, shorter)


def best(probabilities_of, choices, counts, validation, test):
    """Choose n and a setting on the validation text; return them, and both texts' probabilities."""
    candidates = (
        (perplexity(probabilities), n, choice)
        for choice in choices
        for n, probabilities in probabilities_of(counts, validation, choice).items()
    )
    _, n, choice = min(candidates)
    on_validation, on_test = (probabilities_of(counts, t, choice)[n] for t in (validation, test))
    return {"n": n, "choice": choice}, on_validation, on_test


def perplexity(probabilities):
    """Return the perplexity of some probabilities."""
    return float(np.exp(-np.log(probabilities).mean()))


KINDS = {
    "interpolated": (interpolated, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]),
    "Kneser-Ney": (kneser_ney, [0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95]),
}


def measure(kind, training, validation, test, vocab_size):
    """Choose n and the weight or discount on the validation text, and measure both texts.

    Returns
    -------
    dict
        What was chosen, how many n-grams were counted, and the perplexities.
    on_validation, on_test : numpy.ndarray
        The probabilities of the characters.
    """
    counts = Counts(training, vocab_size)
    chosen, on_validation, on_test = best(*KINDS[kind], counts, validation, test)
    num_grams = sum(len(table.grams) for table in counts.raw[: chosen["n"]])
    found = {**chosen, "num_params": num_grams, **perplexities(on_validation, on_test)}
    return found, on_validation, on_test


def perplexities(on_validation, on_test):
    """Return the perplexities that some probabilities make on both texts."""
    return {"validation": perplexity(on_validation), "test": perplexity(on_test)}
