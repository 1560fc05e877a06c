"""Which way of cutting a text into mini-batches leads to the best predictions, and why.

The order of the mini-batches, the state from which each of them starts, and the schedule of the learning
rate are varied independently.
All networks train on the first 10,000 characters of the novel, with the settings of *A recurrent neural
network from scratch*, and are measured on passages from the rest of the novel.
"""

import math
import random

import mxnet as mx
import numpy as np
from mxnet import gluon, init, nd
from mxnet.gluon import rnn

import gluonbook as gb
from gluonbook.ground.reading import read_text
from gluonbook.lesson.text import Text
from studies import common

NUM_EPOCHS, NUM_TRAIN = 60, 10_000
NUM_PASSAGES, PASSAGE = 20, 1_000
SEEDS = (1, 2, 3, 4, 5)
# The order of the mini-batches, and the state from which they start.
KINDS = (
    ("adjacent", "carried over"),
    ("adjacent", "of another row"),
    ("adjacent", "of random rows"),
    ("adjacent", "zeros"),
    ("shuffled", "carried over"),
    ("shuffled", "zeros"),
    ("random", "zeros"),
    ("random starts", "zeros"),
)
NUM_ADJACENT = 6  # the first kinds, in which the examples are side by side as in adjacent sampling


def batches_of(order, state, training):
    """Return the mini-batches of an epoch."""
    sizes = common.BATCH_SIZE, common.NUM_STEPS
    if order == "random":
        return gb.data_iter_random(training, *sizes, mx.cpu())
    if order == "random starts":
        return [start_anywhere(training, *sizes) for _ in range(len(training) // math.prod(sizes))]
    batches = list(gb.data_iter_consecutive(training, *sizes, mx.cpu()))
    if order == "shuffled":
        random.shuffle(batches)
    # A row that changes places starts from the state of another row: of that below it, or of any.
    rows = list(range(common.BATCH_SIZE))
    for number, batch in enumerate(batches):
        if state == "of another row":
            rows = rows[-1:] + rows[:-1]
        elif state == "of random rows":
            random.shuffle(rows)
        batches[number] = [part[rows] for part in batch]
    return batches


def start_anywhere(training, batch_size, num_steps):
    """Return a mini-batch of examples that start anywhere in the text."""
    starts = [random.randrange(len(training) - num_steps) for _ in range(batch_size)]
    examples = nd.array(np.stack([training[s : s + num_steps + 1] for s in starts]))
    return examples[:, :-1], examples[:, 1:]


def run(setting, seed):
    """Train a model with one kind of sampling, and return its losses in nats on each passage."""
    text = Text(read_text(common.novel()))
    training, rest = text.train[:NUM_TRAIN], text.train[20_000:]
    starts = np.linspace(0, len(rest) - PASSAGE, NUM_PASSAGES).astype(int)
    passages = np.stack([rest[start : start + PASSAGE] for start in starts])
    mx.random.seed(seed)
    random.seed(seed)
    model = gb.RNNModel(rnn.RNN(64, activation="tanh"), text.size)
    model.initialize(init.Normal(0.01))
    model.hybridize(static_alloc=True, static_shape=True)
    trainer = gluon.Trainer(model.collect_params(), "sgd", {"learning_rate": common.LR})
    how = gluon.loss.SoftmaxCrossEntropyLoss(), trainer, common.CLIPPING_THETA
    zeros = model.begin_state(batch_size=common.BATCH_SIZE, ctx=mx.cpu())
    for epoch in range(setting["epochs"]):
        if setting["schedule"] == "falling":
            trainer.set_learning_rate(common.LR * (1 - epoch / setting["epochs"]))
        batches = batches_of(setting["order"], setting["state"], training)
        gb.train_epoch(model, batches, zeros, *how, is_random_iter=setting["state"] == "zeros")
    losses = -np.log(common.probabilities(model, passages)).mean(axis=1)
    return {"at once": losses.round(4).tolist()}


def main():
    """Train each kind with five seeds, and adjacent sampling also at a learning rate that falls to zero."""
    for schedule, kinds in {"constant": KINDS, "falling": KINDS[:NUM_ADJACENT]}.items():
        settings = [
            {"order": order, "state": state, "schedule": schedule, "epochs": NUM_EPOCHS}
            for order, state in kinds
        ]
        common.run_all(run, settings, SEEDS, common.novel())


if __name__ == "__main__":
    main()
