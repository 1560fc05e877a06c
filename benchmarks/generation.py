"""Measure how many characters per second a model generates in each framework, on one core.

The frameworks take turns: in each round, every framework generates one text with the same weights. So a
busy moment of the machine slows all of them down.
"""

import contextlib
import statistics
import tempfile
import time
from pathlib import Path

from mxnet.gluon import rnn
from tqdm import tqdm

import gluonbook as gb
from benchmarks.common import NUM_HIDDENS, save
from benchmarks.frameworks import NAMES, can_compute, new_weights, peers, writer

ROUNDS, NUM_CHARS, PREFIX = 7, 3000, "time traveller"
LAYERS = {
    "RNN": lambda: rnn.RNN(NUM_HIDDENS),
    "GRU": lambda: rnn.GRU(NUM_HIDDENS),
    "LSTM": lambda: rnn.LSTM(NUM_HIDDENS),
    "RNN, 2 layers": lambda: rnn.RNN(NUM_HIDDENS, 2),
    "LSTM, 2 layers": lambda: rnn.LSTM(NUM_HIDDENS, 2),
}


def measure(make_layer, text, names):
    """Let the frameworks take turns; return the characters per second of each, for each round."""
    prefix, speeds = text.encode(PREFIX).tolist(), {name: [] for name in names}
    with contextlib.ExitStack() as ends:
        folder = Path(ends.enter_context(tempfile.TemporaryDirectory()))
        # An untrained model generates text as fast as a trained one.
        weights = new_weights(make_layer(), folder / "model.npz", text, 0.05)
        writers = {
            name: ends.enter_context(writer(name, weights, prefix, NUM_CHARS))
            for name in names
            if can_compute(name, make_layer())
        }
        for write in writers.values():
            write()  # the first text is slower: graphs are recorded or compiled
        for name in [*writers] * ROUNDS:
            start = time.perf_counter()
            writers[name]()
            speeds[name].append(NUM_CHARS / (time.perf_counter() - start))
    return speeds


def median(speeds):
    """Return the median as text, or a dash if a framework does not support the layer."""
    return f"{statistics.median(speeds):,.0f}" if speeds else "-"


def main():
    text, names = gb.load_text(), ["in_gluon", "in_onnx", "in_numpy", *peers()]
    measured = [measure(layer, text, names) for layer in tqdm(LAYERS.values(), leave=False)]
    rows = [[NAMES[name], *(median(speeds[name]) for speeds in measured)] for name in names]
    title = f"Characters generated per second, {NUM_CHARS:,} in each text, on one core"
    save(title, ["", *LAYERS], rows)


if __name__ == "__main__":
    main()
