"""Associative recall: which layers learn to look up a letter among pairs.

In rows such as k7a0t3a, whose letters and digits are drawn at random each time, which digit followed
the last letter when it first occurred? Three kinds of layers are trained on the same mini-batches: a
single attention head; the same head without its softmax, whose state is a matrix of fixed size; and
recurrent layers. The head and the matrix form their keys from two neighbouring characters, so the GRU
reads two characters at a time, too. It is also trained for longer, on two pairs. With sixteen pairs,
matrices of several sizes are compared with recurrent layers whose state is as large.
"""

import mxnet as mx
from mxnet import nd
from mxnet.gluon import nn, rnn

import gluonbook as gb
from studies import common

NUM_PAIRS = (1, 2, 4, 8, 16)
RATES = (0.001, 0.003, 0.01, 0.03, 0.1)
NUM_BATCHES = 300
SEEDS = range(1, 6)


class WithPrevious(nn.HybridBlock):
    """A recurrent layer that reads each character together with the one before it."""

    def __init__(self, layer):
        super().__init__()
        self.layer, self.begin_state = layer, layer.begin_state

    def forward(self, X, state):
        """Map ``(num_steps, batch_size, num_inputs)`` to the outputs of the layer."""
        before = nd.concat(nd.zeros_like(X[:1]), X[:-1], dim=0)
        return self.layer(nd.concat(before, X, dim=2), state)


class MinGRULayer(gb.MinGRU):
    """A minimal GRU that is called as Gluon's layers are, with time as the first axis."""

    def forward(self, X, state):
        """Map ``(num_steps, batch_size, num_inputs)`` to ``(num_steps, batch_size, size)``."""
        Y, state = super().forward(X.swapaxes(0, 1), state)
        return Y.swapaxes(0, 1), state


LAYERS = {
    "attention": lambda: gb.AttentionHead(32),
    "matrix, 32 x 36": lambda: gb.MatrixState(32),
    "matrix, 8 x 36": lambda: gb.MatrixState(8),
    "GRU, 64 units, two characters": lambda: WithPrevious(rnn.GRU(64)),
}
# A layer that is also trained for longer.
GRU = "GRU, 64 units, two characters"
# Layers that are compared by the size of their state, with sixteen pairs.
SIZED = {
    "matrix, 2 x 36": lambda: gb.MatrixState(2),
    "matrix, 4 x 36": lambda: gb.MatrixState(4),
    "GRU, 288 units, two characters": lambda: WithPrevious(rnn.GRU(288)),
    "minimal GRU, 288 units, two characters": lambda: WithPrevious(MinGRULayer(288)),
}
FIRST_RATES = {
    "matrix, 2 x 36": (0.03, 0.1, 0.3),
    "matrix, 4 x 36": (0.01, 0.03, 0.1),
    "GRU, 288 units, two characters": (0.001, 0.003, 0.01),
    "minimal GRU, 288 units, two characters": (0.01, 0.03, 0.1),
}


def run(setting, seed):
    """Train one layer on each number of pairs, with the same seed."""
    rate, num_batches = setting["rate"], setting["num_batches"]
    accuracies = {}
    for num_pairs in setting.get("pairs", NUM_PAIRS):
        layer = (LAYERS | SIZED)[setting["layer"]]()
        accuracy = gb.train_pairs(layer, num_pairs, mx.cpu(), rate, num_batches, seed=seed)
        accuracies[str(num_pairs)] = round(float(accuracy), 4)
    return {"accuracy": accuracies}


def main():
    """Choose a learning rate for each layer, and train it with five seeds, one GRU also for longer."""
    trials = [({"layer": layer, "num_batches": NUM_BATCHES}, RATES, SEEDS) for layer in LAYERS]
    trials.append(({"layer": GRU, "num_batches": 4 * NUM_BATCHES, "pairs": [2]}, RATES, SEEDS))
    for layer, rates in FIRST_RATES.items():
        # The GRUs are slow, so that they are trained with one seed.
        seeds = SEEDS if "matrix" in layer else [1]
        trials.append(({"layer": layer, "num_batches": NUM_BATCHES, "pairs": [16]}, rates, seeds))
    for trial, rates, seeds in trials:
        chosen = common.choose_rate(run, trial, rates, loss_of=common.error_rate)
        common.run_all(run, [chosen], seeds)


if __name__ == "__main__":
    main()
