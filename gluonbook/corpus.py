"""Cut a text into mini-batches, at random or one continuing another."""

import random

import numpy as np
from mxnet import nd

from gluonbook.ground.checks import check_corpus


def data_iter_random(corpus_indices, batch_size, num_steps, ctx=None):
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

    Raises
    ------
    TypeError, ValueError
        If the text is not indices or too short for one mini-batch, or a size is not a whole
        number, 1 or more.
    """
    check_corpus(corpus_indices, batch_size, num_steps)
    corpus = np.asarray(corpus_indices)
    # The last character has no successor, so it is not part of an example.
    num_examples = (len(corpus) - 1) // num_steps
    starts = [num_steps * example for example in range(num_examples)]
    random.shuffle(starts)

    def examples_at(positions):
        examples = np.stack([corpus[p : p + num_steps] for p in positions])
        return nd.array(examples, ctx=ctx, dtype="float32")

    # All of them are on the device before the first is asked for: nothing waits later.
    inputs, targets = examples_at(starts), examples_at([start + 1 for start in starts])
    return (
        (inputs[i : i + batch_size], targets[i : i + batch_size])
        for i in range(0, num_examples // batch_size * batch_size, batch_size)
    )


def data_iter_consecutive(corpus_indices, batch_size, num_steps, ctx=None):
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
