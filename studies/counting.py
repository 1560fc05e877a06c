"""Fast n-gram models of long texts: the models of `gluonbook.lesson.ngrams`, for all characters at once.

A text is an array of indices. All n-grams of one length are kept in a sorted array, in which each
n-gram is encoded as one integer: the position of the (n - 1)-gram with which it begins, times the
vocabulary size, plus its last character.
"""

import numpy as np

from studies.common import measured, perplexity

DISCOUNTS = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 1)


class Counts:
    """The counts of all n-grams of up to `longest` characters in a training text."""

    def __init__(self, text, vocab_size, longest):
        self.vocab_size, self.longest = vocab_size, longest
        self.grams, self.counts, self.predecessors, self.contexts = [], [], [], []
        # The position of each (n - 1)-gram of the text in its sorted array; for n = 1, of the empty string.
        places = np.zeros(len(text) + 1, "int64")
        for n in range(1, longest + 1):
            codes = places[: len(text) - n + 1] * vocab_size + text[n - 1 :]
            grams, first, inverse, counts = np.unique(codes, True, True, True)
            if n > 1:
                # The number of different characters that precede an n-gram: its Kneser-Ney count.
                predecessors = np.bincount(places[first + 1], minlength=len(self.grams[-1]))
                self.predecessors.append(predecessors.astype("int32"))
            self.grams.append(grams)
            self.counts.append(counts.astype("int32"))
            self.contexts.append((grams // vocab_size).astype("int32"))
            places = inverse
        self.prune(1)

    def prune(self, rarest):
        """Prune the n-grams of two characters or more that occurred fewer than `rarest` times."""
        kept = [counts >= (rarest if n else 1) for n, counts in enumerate(self.counts)]
        self.raw, self.continuations = (
            [Table(*of_n) for of_n in zip(counts, self.contexts, kept, strict=False)]
            for counts in (self.counts, self.predecessors)
        )

    def look_up(self, text):
        """Return raw and continuation counts of the n-grams that end at each character but the first.

        Both are lists of results of `Table.look_up`, for n = 1, 2, … Where too few characters precede
        a position of the text, the context counts as never seen.
        """
        found = [], []
        places = np.zeros(len(text) + 1, "int64")
        for n, grams in enumerate(self.grams, start=1):
            contexts = places[: len(text) - n + 1]
            codes = contexts * self.vocab_size + text[n - 1 :]
            places = np.minimum(np.searchsorted(grams, codes), len(grams) - 1)
            places[(grams[places] != codes) | (contexts < 0)] = -1
            for tables, columns in zip((self.raw, self.continuations), found, strict=True):
                if n <= len(tables):
                    column = np.zeros((6, len(text)), "int64")
                    column[:, n - 1 :] = tables[n - 1].look_up(places, contexts)
                    columns.append(column[:, 1:])
        return found

    def num_stored(self, n):
        """Count the probabilities and the back-off weights that an n-gram model stores."""
        return sum(table.num_stored for table in self.raw[:n])


class Table:
    """The counts of all n-grams of one length, zero if pruned, and the totals of their contexts."""

    def __init__(self, counts, contexts, kept):
        self.counts = np.where(kept, counts, 0).astype("int32")
        self.totals = np.bincount(contexts, counts).astype("int32")
        self.pruned = self.totals - np.bincount(contexts, self.counts).astype("int32")
        # The different characters that follow each context: all, and those that did so once and twice.
        self.followers, self.once, self.twice = (
            np.bincount(contexts, which).astype("int32")
            for which in (self.counts > 0, self.counts == 1, self.counts == 2)
        )
        self.num_stored = int(kept.sum() + (self.followers > 0).sum())

    def look_up(self, places, contexts):
        """Look up n-grams and their contexts by their positions, which are -1 if they never occurred.

        Return the count of each n-gram, the total of its context, the numbers of different characters
        that follow the context (all, once, and twice), and the part of the total that is pruned.
        """
        counts = np.where(places < 0, 0, self.counts[places])
        # A context at the end of the text has no followers, so it may lie beyond the end of the array.
        known = (contexts >= 0) & (contexts < len(self.totals))
        contexts = np.where(known, contexts, 0)
        of_contexts = (self.totals, self.followers, self.once, self.twice, self.pruned)
        return [counts, *(np.where(known, values[contexts], 0) for values in of_contexts)]


def kneser_ney(counts, text, discounts):
    """Return the probabilities of all characters but the first, for each n = 1, 2, … and discount.

    This is interpolated Kneser-Ney smoothing with one discount: Chen and Goodman (1999), section 2.7.
    """
    raw, continuations = counts.look_up(text)
    probabilities = {}
    for discount in discounts:
        shorter = np.full(len(text) - 1, 1 / counts.vocab_size)
        for n in range(1, counts.longest + 1):
            probabilities[n, discount] = discounted(*raw[n - 1], [discount] * 3, shorter)
            if n < counts.longest:
                shorter = discounted(*continuations[n - 1], [discount] * 3, shorter)
    return probabilities


def modified_kneser_ney(columns, discounts, vocab_size):
    """Return probabilities from the result of `columns_of`, with three discounts for each length.

    This is modified Kneser-Ney smoothing: Chen and Goodman (1999), section 3. A row of `discounts` has
    those of the counts 1, 2, and all larger ones.
    """
    probabilities = np.array(1 / vocab_size)
    for of_length, discounts_of_length in zip(columns, discounts, strict=True):
        probabilities = discounted(*of_length, discounts_of_length, probabilities)
    return probabilities


def columns_of(counts, blocks, n):
    """Return what an n-gram model needs of each length: an array of shape (6, blocks, characters but one)."""
    found = [counts.look_up(block) for block in blocks]
    # The longest n-grams have raw counts, which come first, and the others continuation counts.
    return [np.stack([of_block[k < n - 1][k] for of_block in found], axis=1) for k in range(n)]


def best_discounts(columns, vocab_size):
    """Return three discounts for each length, chosen one after the other, twice, on validation blocks."""
    discounts = np.full((len(columns), 3), 0.9)

    def loss(value):
        discounts[place] = value
        return perplexity(modified_kneser_ney(columns, discounts, vocab_size))

    for place in [*np.ndindex(discounts.shape)] * 2:
        # At most the whole count is subtracted.
        discounts[place] = min(np.arange(1, 10 * place[1] + 11) / 10, key=loss)
    return discounts


def discounted(count, total, followers, once, twice, pruned, discounts, shorter):
    """Subtract a discount from each count, and give the remaining probability to the shorter context."""
    total_or_1 = np.maximum(total, 1)
    share = np.maximum(count - np.take([0, *discounts], np.minimum(count, 3)), 0) / total_or_1
    subtracted = np.tensordot(discounts, [once, twice, followers - once - twice], 1)
    over = (subtracted + pruned) / total_or_1
    return np.where(total > 0, share + over * shorter, shorter)


def share_repeated(training, blocks, length=30):
    """Return the share of the blocks' sequences of `length` characters that occur in a training text."""
    known = set(sequences(training, length))
    return float(np.mean([part in known for block in blocks for part in sequences(block, length)]))


def quoted(training, blocks, length=30):
    """Return which characters of a training text are in a sequence of `length` that also occurs in a block."""
    known = {part for block in blocks for part in sequences(block, length)}
    found = np.zeros(len(training), bool)
    for start, part in enumerate(sequences(training, length)):
        if part in known:
            found[start : start + length] = True
    return found


def sequences(text, length):
    """Yield all sequences of `length` characters of a text, as bytes."""
    text = np.asarray(text, "uint16")
    return (text[i : i + length].tobytes() for i in range(len(text) - length + 1))


def best_for_each_n(counts, validation, test):
    """Return the results of a table for each n, with the discount that is best on validation blocks."""
    on_validation, on_test = (
        [kneser_ney(counts, block, DISCOUNTS) for block in blocks] for blocks in (validation, test)
    )
    tables = []
    for n in range(1, counts.longest + 1):
        candidates = {
            choice: np.array([found[n, choice] for found in on_validation]) for choice in DISCOUNTS
        }
        choice = min(DISCOUNTS, key=lambda choice: perplexity(candidates[choice]))
        on_test_blocks = np.array([found[n, choice] for found in on_test])
        found = {"n": n, "choice": choice, "num_params": counts.num_stored(n)}
        tables.append(found | measured(candidates[choice], on_test_blocks))
    return tables
