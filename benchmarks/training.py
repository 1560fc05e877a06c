"""Measure the seconds that an epoch of training takes with Gluon, PyTorch and JAX.

With the chapter's 10,000 characters, an epoch has eight steps. Each step is timed as a whole: reading,
the gradient, clipping and the update.
"""

import json

import numpy as np
from mxnet.gluon import rnn

import gluonbook as gb
from benchmarks.common import NUM_HIDDENS, show
from benchmarks.frameworks import ALL, NAMES, ONE, peers, take_turns

EPOCHS = 10
LAYERS = {
    "RNN": lambda: rnn.RNN(NUM_HIDDENS),
    "GRU": lambda: rnn.GRU(NUM_HIDDENS),
    # The sizes of LSTMs in the studies, which mostly train LSTMs, and the size in the chapter.
    "LSTM, 150 units": lambda: rnn.LSTM(150),
    "LSTM": lambda: rnn.LSTM(NUM_HIDDENS),
    "LSTM, 512 units": lambda: rnn.LSTM(512),
}


def main():
    text, names, rows = gb.load_text(), ["in_gluon", *peers()], []
    task = "train", json.dumps(text.train.tolist()), EPOCHS
    for kind, make_layer in LAYERS.items():
        results = take_turns(names, (ONE, ALL), make_layer, text, *task)
        seconds = {
            case: [taken for epochs in runs for _, taken in epochs[1:]]  # the first is slower
            for case, runs in results.items()
        }
        for name in dict.fromkeys(name for name, _ in seconds):
            row = [f"{kind}, {NAMES[name]}"]
            for cores in (ONE, ALL):
                low, median, high = np.quantile(seconds[name, cores], [0.1, 0.5, 0.9])
                ours = np.median(seconds["in_gluon", cores])
                row += [f"{median:.4f}", f"{low:.3f} to {high:.3f}", f"{ours / median:.2f}"]
            rows.append(row)
    header = ["", *(title for cores in (ONE, ALL) for title in (cores, "spread", "times as fast"))]
    show("Seconds per epoch of training, with eight steps on 10,000 characters", header, rows)


if __name__ == "__main__":
    main()
