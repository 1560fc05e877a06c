"""Cut a text into mini-batches, by random or by adjacent sampling."""

import random

import numpy as np
from mxnet import nd


def data_iter_random(corpus_indices, batch_size, num_steps, ctx=None):
    """Cut a corpus into examples and return mini-batches of them in random order.

    The examples do not overlap. They begin at positions 0, `num_steps`, ``2 * num_steps`` and so on,
    as long as every character of an example has a successor. Examples left over after the last full
    mini-batch are dropped, so each call may drop different ones. The order is drawn with the `random`
    module.

    The text has one index per character. Each mini-batch consists of ``X`` and ``Y``, the characters and
    their successors, each of shape ``(batch_size, num_steps)``, on the device `ctx`; by default MXNet's
    current device.
    """
    indices = np.asarray(corpus_indices)
    # The last character has no successor, so no example may contain it.
    num_examples = (len(indices) - 1) // num_steps
    starts = [num_steps * example for example in range(num_examples)]
    random.shuffle(starts)

    def examples_at(positions):
        examples = np.stack([indices[p : p + num_steps] for p in positions])
        return nd.array(examples, ctx=ctx, dtype="float32")

    # Copying everything to the device at once saves a copy for each mini-batch.
    inputs, targets = examples_at(starts), examples_at([start + 1 for start in starts])
    return (
        (inputs[i : i + batch_size], targets[i : i + batch_size])
        for i in range(0, num_examples // batch_size * batch_size, batch_size)
    )


def data_iter_consecutive(corpus_indices, batch_size, num_steps, ctx=None):
    """Walk through a corpus so that each mini-batch continues where the last one ended.

    The text is split into `batch_size` rows of equal length, which are arranged one below the other.
    Each mini-batch consists of the next `num_steps` columns. Its row ``i`` therefore continues row
    ``i`` of the previous mini-batch, so the hidden state can be carried over.

    The parameters and the return value are the same as for `data_iter_random`.
    """
    indices = np.asarray(corpus_indices)
    row_length = len(indices) // batch_size
    # How many characters of each row are inputs: those in whole mini-batches. The last
    # character of the text is never one, because it has no successor.
    length = (len(indices) - 1) // batch_size // num_steps * num_steps
    # One more column for the targets. It may hold the first character of the row below.
    rows = np.stack([indices[row_length * row :][: length + 1] for row in range(batch_size)])
    rows = nd.array(rows, ctx=ctx, dtype="float32")
    return (
        (rows[:, i : i + num_steps], rows[:, i + 1 : i + 1 + num_steps])
        for i in range(0, length, num_steps)
    )
