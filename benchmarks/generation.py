"""Measure how many characters per second a model generates in each framework, on one core."""

import json
import statistics

from mxnet.gluon import rnn

import gluonbook as gb
from benchmarks.common import NUM_HIDDENS, show
from benchmarks.frameworks import NAMES, ONE, peers, take_turns

NUM_CHARS, PREFIX = 3000, "time traveller"
LAYERS = {
    "RNN": lambda: rnn.RNN(NUM_HIDDENS),
    "GRU": lambda: rnn.GRU(NUM_HIDDENS),
    "LSTM": lambda: rnn.LSTM(NUM_HIDDENS),
    "RNN, 2 layers": lambda: rnn.RNN(NUM_HIDDENS, 2),
    "LSTM, 2 layers": lambda: rnn.LSTM(NUM_HIDDENS, 2),
}


def main():
    text, names = gb.load_text(), ["in_gluon", "in_numpy", *peers()]
    task = "write", json.dumps(text.encode(PREFIX).tolist()), NUM_CHARS
    rows = [[NAMES[name]] for name in names]
    for make_layer in LAYERS.values():
        # An untrained model generates text as fast as a trained one.
        results = take_turns(names, [ONE], make_layer, text, *task)
        for name, row in zip(names, rows, strict=True):
            speeds = [NUM_CHARS / seconds for _, seconds in results.get((name, ONE), [])]
            row.append(f"{statistics.median(speeds):,.0f}" if speeds else "-")
    title = f"Characters generated per second, {NUM_CHARS:,} in each text, on one core"
    show(title, ["", *LAYERS], rows)


if __name__ == "__main__":
    main()
