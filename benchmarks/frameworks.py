"""Measure how fast the model trains and writes in each framework: ``python -m benchmarks.frameworks``.

All frameworks have the same weights, and take turns, so that a busy moment of the machine slows all of
them down. With the chapter's 10,000 characters, an epoch has eight steps. Each step is timed as a whole:
reading, the gradient, clipping and the update.
"""

import importlib.metadata
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from mxnet import init, nd
from mxnet.gluon import rnn
from tqdm import trange

import gluonbook as gb
from gluonbook import tool
from gluonbook.runs import circumstances, num_processors

RUN = Path(__file__).resolve().parent / "peers" / "run.py"
NAMES = {"in_gluon": "gluonbook", "in_numpy": "NumPy", "in_pytorch": "PyTorch"}
HAS_PYTORCH = importlib.util.find_spec("torch") is not None  # `make peers`
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
                of_epochs, speed = run(name, weights, text)
                seconds += of_epochs
                speeds.append(speed)
    return figures


def run(name, weights, text):
    """Measure a framework in a new process, with a thread for each processor."""
    done = subprocess.run(
        [sys.executable, RUN, name, weights, str(EPOCHS), str(NUM_CHARS)],
        env=os.environ | {"OMP_NUM_THREADS": str(num_processors())},
        input=json.dumps(text.train.tolist()).encode(),
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout)


def main():
    """Print a table in Markdown, with a line about the machine, for benchmarks/README.md."""
    text, here = gb.load_text(), circumstances()
    print("| | seconds per epoch | characters a second |\n|---|---:|---:|")
    for kind, layer in {"RNN": rnn.RNN, "GRU": rnn.GRU, "LSTM": rnn.LSTM}.items():
        names = [name for name in NAMES if name != "in_pytorch" or HAS_PYTORCH]
        if kind != "RNN":
            names.remove("in_numpy")  # which has only the plain layer
        for name, (seconds, speeds) in measure(names, layer(NUM_HIDDENS), text).items():
            epoch = f"{median(seconds):.4f}" if seconds else "-"
            print(f"| {kind}, {NAMES[name]} | {epoch} | {median(speeds):,.0f} |")
    packages = here["versions"]
    if HAS_PYTORCH:
        packages["torch"] = importlib.metadata.version("torch")
    print(f"\nMeasured on {here['date']}: {here['machine']}, load {os.getloadavg()[0]:.1f},")
    print(", ".join(f"{package} {version}" for package, version in packages.items()))


if __name__ == "__main__":
    main()
