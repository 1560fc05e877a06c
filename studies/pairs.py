"""Which layers learn to look up a letter among pairs, and what a state of fixed size has to be like.

Rows like k7a0t3a, whose letters and digits are drawn anew each time: what came with the last letter?
One look of attention; the same look without its softmax, which is a matrix of fixed size that is added
to; and recurrent layers. All get the same mini-batches, and one of them four times as many on four
pairs, as a control. The learning rate of each is chosen with seed 0, by its mean accuracy over all numbers of
pairs; of equal rates, the middle one.
"""

import mxnet as mx
from mxnet import nd
from mxnet.gluon import rnn

import gluonbook as gb
from studies import common
from studies.memory import choose_rate

NUM_PAIRS = (1, 2, 4, 8, 16)
RATES = (0.001, 0.003, 0.01, 0.03, 0.1)
NUM_BATCHES = 300
SEEDS = range(1, 6)


class MatrixState(gb.OneLook):
    """One look without a softmax: each place adds key times value to a matrix, which the query reads."""

    def forward(self, X, state):
        """Map ``(num_steps, batch_size, num_inputs)`` to what the last place finds."""
        before = nd.concat(nd.zeros_like(X[:1]), X[:-1], dim=0)
        Q, K = self.query(X[-1:]), self.key(nd.concat(before, X, dim=2))
        Q, K, V = (part.swapaxes(0, 1) for part in (Q, K, X))
        matrix = nd.batch_dot(K, V, transpose_a=True)  # (batch_size, size, num_inputs)
        return nd.batch_dot(Q, matrix).swapaxes(0, 1), state


LAYERS = {
    "attention": lambda: gb.OneLook(32),
    "matrix, 32 x 36": lambda: MatrixState(32),
    "matrix, 8 x 36": lambda: MatrixState(8),
    "GRU, 64 units": lambda: rnn.GRU(64),
    "GRU, 128 units": lambda: rnn.GRU(128),
    "LSTM, 64 units": lambda: rnn.LSTM(64),
}
LONGER, FEW = "GRU, 64 units", 4  # what is trained four times as long, and on how many pairs


def run(setting, seed):
    """Train one layer on each number of pairs, from the same seed."""
    rate, num_batches = setting["rate"], setting["num_batches"]
    accuracies = {}
    for num_pairs in setting.get("pairs", NUM_PAIRS):
        layer = LAYERS[setting["layer"]]()
        accuracy = gb.train_pairs(layer, num_pairs, mx.cpu(), rate, num_batches, seed=seed)
        accuracies[str(num_pairs)] = round(float(accuracy), 4)
    return {"accuracy": accuracies}


def main():
    """Choose a rate for every layer, and train it from five seeds."""
    settings = [{"layer": layer, "num_batches": NUM_BATCHES} for layer in LAYERS]
    chosen = {one["layer"]: one | {"rate": choose_rate(run, one, RATES)} for one in settings}
    longer = chosen[LONGER] | {"num_batches": 4 * NUM_BATCHES, "pairs": [FEW]}
    common.run_all(run, [*chosen.values(), longer], SEEDS)


if __name__ == "__main__":
    main()
