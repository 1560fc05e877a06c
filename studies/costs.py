"""Measure how the cost of an epoch of training grows with the text and the mini-batch.

One size changes at a time. The settings take turns, so that a busy moment of the machine slows all of
them down. Only the first mini-batches of an epoch are timed.
"""

import itertools
import statistics
import time

import numpy as np
from mxnet import gluon, init
from mxnet.gluon import rnn
from tqdm import trange

import gluonbook as gb
from gluonbook.fast import speed_up
from studies import common
from studies.common import BATCH_SIZE, CLIPPING_THETA, LR, NUM_STEPS

ROUNDS, NUM_BATCHES = 15, 8
VOCAB_SIZE, NUM_HIDDENS = 43, 256  # as in the section on Gluon
# Without the biases, which need no multiplication.
NUM_WEIGHTS = VOCAB_SIZE * NUM_HIDDENS + NUM_HIDDENS**2 + NUM_HIDDENS * VOCAB_SIZE
BASE = {"length": 10_000, "batch size": BATCH_SIZE}
CHANGES = {
    "length": [10_000, 10_000_000],
    "batch size": [8, 16, 32, 64, 128],
}


def num_batches(setting):
    """Count the mini-batches of an epoch."""
    return (setting["length"] - 1) // (setting["batch size"] * NUM_STEPS)


def epochs(setting):
    """Train on the first few mini-batches of each epoch; yield how many seconds a full epoch would take."""
    corpus = np.random.default_rng(1).integers(VOCAB_SIZE, size=setting["length"])
    model = gb.RNNModel(rnn.RNN(NUM_HIDDENS), VOCAB_SIZE)
    model.initialize(init.Normal(0.01))
    speed_up(model)
    trainer = gluon.Trainer(model.collect_params(), "sgd", {"learning_rate": LR})
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    loss.hybridize()
    while True:
        start = time.perf_counter()
        batches = gb.data_iter_consecutive(corpus, setting["batch size"], NUM_STEPS)
        prepared = time.perf_counter()
        state = model.begin_state(batch_size=setting["batch size"])
        first = itertools.islice(batches, NUM_BATCHES)
        mean_loss, norms = gb.train_epoch(model, first, state, loss, trainer, CLIPPING_THETA)
        mean_loss.wait_to_read()
        each = (time.perf_counter() - prepared) / len(norms)
        yield prepared - start + each * num_batches(setting)


def figures_of(setting, seconds):
    """Return the figures for a setting, from its seconds in each round."""
    chars = num_batches(setting) * setting["batch size"] * NUM_STEPS
    return {
        **setting,
        "weights": NUM_WEIGHTS,
        # For each weight and character: 2 operations in the forward pass, and 4 in the backward pass.
        "operations": 6 * NUM_WEIGHTS * chars,
        "seconds": statistics.median(seconds),
    }


def measure():
    """Measure all settings in turn, round by round; return the figures."""
    settings = [
        {"changes": name, **BASE, name: value}
        for name, values in CHANGES.items()
        for value in values
    ]
    # In each round, all are measured in this order.
    measurements = [*map(epochs, settings)]
    for measurement in measurements:
        next(measurement)  # the first is slower: operators are looked up, graphs compiled
    measured = [list(map(next, measurements)) for _ in trange(ROUNDS, leave=False)]
    seconds = zip(*measured, strict=True)
    return [figures_of(*found) for found in zip(settings, seconds, strict=True)]


if __name__ == "__main__":
    common.measure_once("costs", measure)
