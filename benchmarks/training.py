"""Measure the seconds that an epoch of training takes with Gluon, PyTorch and JAX.

With the chapter's 10,000 characters, an epoch has eight steps. Each step is timed as a whole: reading,
the gradient, clipping and the update.

In each round, every framework trains for a few epochs, on one processor and on all, each time in a new
process. The frameworks take turns, so that a busy moment of the machine slows all of them down.
"""

import tempfile
from pathlib import Path

import numpy as np
from mxnet.gluon import rnn
from tqdm import tqdm

import gluonbook as gb
from benchmarks.common import NUM_HIDDENS, save
from benchmarks.frameworks import ALL, NAMES, ONE, can_compute, new_weights, peers, train

ROUNDS, EPOCHS = 5, 10
LAYERS = {
    "RNN": lambda: rnn.RNN(NUM_HIDDENS),
    "GRU": lambda: rnn.GRU(NUM_HIDDENS),
    # The sizes of LSTMs in the studies, which mostly train LSTMs, and the size in the chapter.
    "LSTM, 150 units": lambda: rnn.LSTM(150),
    "LSTM": lambda: rnn.LSTM(NUM_HIDDENS),
    "LSTM, 512 units": lambda: rnn.LSTM(512),
}


def main():
    text, names = gb.load_text(), ["in_gluon", *peers()]
    ways = [
        (kind, name)
        for kind, make_layer in LAYERS.items()
        for name in names
        if can_compute(name, make_layer())
    ]
    cases = [(*way, cores) for way in ways for cores in (ONE, ALL)]
    seconds = {case: [] for case in cases}
    with tempfile.TemporaryDirectory() as folder:
        weights = {
            kind: new_weights(make_layer(), Path(folder) / f"{kind}.npz", text, 0.01)
            for kind, make_layer in LAYERS.items()
        }
        for kind, name, cores in tqdm(cases * ROUNDS, "runs", leave=False):
            taken = train(name, weights[kind], text.train.tolist(), EPOCHS, cores)
            seconds[kind, name, cores] += taken
    rows = []
    for kind, name in ways:
        row = [f"{kind}, {NAMES[name]}"]
        for cores in (ONE, ALL):
            low, median, high = np.quantile(seconds[kind, name, cores], [0.1, 0.5, 0.9])
            ours = np.median(seconds[kind, "in_gluon", cores])
            row += [f"{median:.4f}", f"{low:.3f} to {high:.3f}", f"{ours / median:.2f}"]
        rows.append(row)
    header = ["", *(title for cores in (ONE, ALL) for title in (cores, "spread", "times as fast"))]
    save("Seconds per epoch of training, with eight steps on 10,000 characters", header, rows)


if __name__ == "__main__":
    main()
