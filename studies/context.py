"""How much context does a model use? The loss by the position of a character in its context.

An LSTM and three transformers of the same size to within 4 %, with windows of 16, 64 and 256
characters, are trained on a quarter of Jane Austen's novels. Every context has 256 characters and starts
from the initial state, in training and in the test, so that the position of a character is the number of
characters that the model has seen. The gradient flows through the whole context. All models read the
same mini-batches.

On the test blocks, the losses are averaged for each position. The losses of characters that a look-up
could predict are also summed separately: such a character has at least 64 characters before it, and
together with the six before it forms a string that occurred earlier in the same context, though seldom
in the training text.

On one idle core, a run takes about ten seconds for an LSTM, and half a minute for a transformer.
Learning rates are chosen in trials two fifths as long; all transformers use the rate that is best with a
window of 64.
"""

import math
from functools import partial

import mxnet as mx
import numpy as np
from mxnet import nd

import gluonbook as gb
from gluonbook.successors import join_heads, split_heads
from studies import common, counting

TEXT = "austen"
BATCH_SIZE, LENGTH = 8, 256
UPDATES, TRIAL = 475, 190  # a quarter of an epoch, and two fifths of that
STRIDE = 37  # characters from the beginning of one test context to the next
FIRST_RATES = {"LSTM": 0.016, "window 64": 0.008}
SEEDS = (1, 2, 3)
# A repeated string has this length and occurs at most SELDOM times in the training text. The first FROM
# characters of a context are not counted.
REPEATED, SELDOM, FROM = 7, 20, 64
BASE = 97  # more than there are different characters in the text


class WholeContext(gb.CausalAttention):
    """Attention that reads a whole context at once, and passes nothing on to the next context."""

    def __init__(self, size, num_heads, window):
        super().__init__(size, num_heads, window)
        self.num_before = 0  # no position comes before the first

    def forward(self, X, state):
        """Map ``(batch_size, num_steps, size)`` to the same shape."""
        Q, K, V = (
            split_heads(part(X), self.num_heads) for part in (self.query, self.key, self.value)
        )
        Y, _ = gb.attend(Q, K, V, self.bias(X))
        return self.output(join_heads(Y, self.num_heads)), state

    def begin_state(self, batch_size, ctx=None):
        """Return an array that is never read."""
        return nd.zeros(1, ctx=ctx)


# The arguments of `common.new_model`: the hidden units of the LSTM, or the length of the vectors in a
# transformer, and its attention.
MODELS = {"LSTM": (88, None)} | {
    f"window {window}": (32, partial(WholeContext, num_heads=4, window=window))
    for window in (16, 64, 256)
}


def run(setting, seed):
    """Train one model on contexts, and measure its loss at each position."""
    chars, training, validation, test = common.blocks(TEXT)
    mx.random.seed(seed)
    model = common.new_model(len(chars), *MODELS[setting["model"]])
    curve = train(model, training, validation, setting["updates"], setting["rate"], seed)
    found = {"num_params": gb.num_params(model), "curve": curve, "validation": curve[-1][-1]}
    if setting["updates"] == TRIAL:
        return found
    losses = np.stack([losses_of(model, contexts(block)) for block in test])
    strings, counts = np.unique(counting.codes(training, REPEATED, BASE), return_counts=True)
    frequent = strings[counts > SELDOM]
    repeated = np.stack([repeats(contexts(block), frequent) for block in test])
    repeated[:, :, :FROM] = False
    return found | {
        "by position": [round(float(loss), 4) for loss in losses.mean(axis=(0, 1))],
        "repeated": [
            [int(mask.sum()), round(float(loss[mask].sum()), 3)]
            for loss, mask in zip(losses, repeated, strict=True)
        ],
    }


def contexts(block):
    """Cut a text into overlapping contexts, each with the character after it."""
    begins = range(0, len(block) - LENGTH, STRIDE)
    return np.stack([block[begin : begin + LENGTH + 1] for begin in begins])


def train(model, training, validation, num_updates, rate, seed):
    """Train on contexts in random order, and return a learning curve of ten points."""
    held_out = np.concatenate([validation[:, i * LENGTH :][:, : LENGTH + 1] for i in range(7)])

    def evaluate(model):
        return math.exp(losses_of(model, held_out).mean())

    batches, every = mini_batches(model, training, seed), num_updates // 10
    when = range(every, num_updates + 1, every)
    return list(common.train_with_adam(model, batches, num_updates, rate, evaluate, when))


def mini_batches(model, training, seed):
    """Yield mini-batches of contexts in random order, each with the initial state."""
    order = np.random.default_rng(seed).permutation((len(training) - 1) // LENGTH) * LENGTH
    for begins in order[: len(order) // BATCH_SIZE * BATCH_SIZE].reshape((-1, BATCH_SIZE)):
        rows = nd.array(np.stack([training[begin : begin + LENGTH + 1] for begin in begins]))
        yield rows[:, :-1], rows[:, 1:], model.begin_state(batch_size=BATCH_SIZE, ctx=mx.cpu())


def losses_of(model, rows):
    """Return the loss at each position of each context, of shape ``(num_contexts, LENGTH)``."""
    # The attention weights of more contexts at a time would take much memory.
    parts = np.split(rows, range(32, len(rows), 32))
    return -np.log(np.concatenate([common.probabilities(model, part, LENGTH) for part in parts]))


def repeats(rows, frequent):
    """Mark each target that completes a string that occurred earlier in its context and is infrequent."""
    marked = np.zeros((len(rows), LENGTH), bool)
    for row, marks in zip(rows, marked, strict=True):
        # The first string ends at the target at position REPEATED - 2.
        strings = counting.codes(row, REPEATED, BASE)
        _, first = np.unique(strings, return_index=True)
        again = np.ones(len(strings), bool)
        again[first] = False
        marks[REPEATED - 2 :] = again & ~np.isin(strings, frequent)
    return marked


def main():
    """Choose learning rates, and train all models with one seed after another."""
    rates = {}
    for model, first in FIRST_RATES.items():
        trial = {"model": model, "updates": TRIAL}
        chosen = common.choose_rate(run, trial, common.grid_around(first), common.path(TEXT))
        rates[model] = chosen["rate"]
    settings = [
        {"model": model, "rate": rates.get(model, rates["window 64"]), "updates": UPDATES}
        for model in MODELS
    ]
    for seed in SEEDS:
        common.run_all(run, settings, [seed], common.path(TEXT))


if __name__ == "__main__":
    main()
