"""Measure how fast the model trains and writes in each framework: ``python -m benchmarks.frameworks``.

All frameworks have the same weights, and take turns, so that a busy moment of the machine slows all of
them down. With the chapter's 10,000 characters, an epoch has eight steps. Each step is timed as a whole:
reading, the gradient, clipping and the update.
"""

import os
import tempfile
import time
from pathlib import Path
from statistics import median

from mxnet import init, nd
from mxnet.gluon import rnn
from tqdm import trange

import gluonbook as gb
from benchmarks.peers import in_gluon, in_numpy
from gluonbook import tool
from gluonbook.runs import circumstances

PEERS = {"gluonbook": in_gluon, "NumPy": in_numpy}
try:
    from benchmarks.peers import in_pytorch

    PEERS["PyTorch"] = in_pytorch
except ModuleNotFoundError:
    print("PyTorch is not measured: `make peers` installs it\n")
NUM_HIDDENS = 256  # as in the chapter's section on Gluon
ROUNDS, EPOCHS, NUM_CHARS = 5, 10, 3000


def measure(names, layer, text):
    """Return the figures of each framework: seconds per epoch, and characters a second."""
    model = gb.RNNModel(layer, text.size)
    model.initialize(init.Normal(0.01))
    model(nd.zeros((1, 1)), model.begin_state(batch_size=1))  # this determines the shapes
    figures = {name: ([], []) for name in names}
    with tempfile.TemporaryDirectory() as folder:
        weights = Path(folder) / "model.npz"
        # An untrained model generates text as fast as a trained one.
        tool.Checkpoint(model, text, weights).save()
        for _ in trange(ROUNDS, leave=False):
            for name, (seconds, speeds) in figures.items():
                peer = PEERS[name]
                if peer is not in_numpy:  # which only writes
                    seconds.append(seconds_per_epoch(peer, weights, text.train.tolist()))
                speeds.append(chars_per_second(peer, weights, text.encode("time").tolist()))
    return figures


def seconds_per_epoch(peer, weights, indices):
    """Return how many seconds an epoch takes."""
    model = peer.load(weights)
    peer.train(model, indices, 1)  # slower
    start = time.perf_counter()
    peer.train(model, indices, EPOCHS)
    return (time.perf_counter() - start) / EPOCHS


def chars_per_second(peer, weights, prefix):
    """Return how many characters a model writes in a second."""
    model = peer.load(weights)
    peer.write(model, prefix, NUM_CHARS)  # slower: graphs are recorded
    start = time.perf_counter()
    peer.write(model, prefix, NUM_CHARS)
    return NUM_CHARS / (time.perf_counter() - start)


def main():
    """Print a table in Markdown, with a line about the machine, for benchmarks/README.md."""
    text, here = gb.load_text(), circumstances()
    print("| | seconds per epoch | characters a second |\n|---|---:|---:|")
    for kind, layer in {"RNN": rnn.RNN, "GRU": rnn.GRU, "LSTM": rnn.LSTM}.items():
        # The version in NumPy has only the plain layer.
        names = [name for name in PEERS if kind == "RNN" or name != "NumPy"]
        for name, (seconds, speeds) in measure(names, layer(NUM_HIDDENS), text).items():
            epoch = f"{median(seconds):.4f}" if seconds else "-"
            print(f"| {kind}, {name} | {epoch} | {median(speeds):,.0f} |")
    print(f"\nMeasured on {here['date']}: {here['machine']}, load {os.getloadavg()[0]:.1f},")
    print(", ".join(f"{package} {version}" for package, version in here["versions"].items()))


if __name__ == "__main__":
    main()
