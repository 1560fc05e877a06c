"""Measure how fast the model trains and writes in each framework: ``python -m benchmarks.frameworks``.

All frameworks have the same weights, and take turns, so that a busy moment of the machine slows all of
them down. With the chapter's 10,000 characters, an epoch has eight steps. Each step is timed as a whole:
reading, the gradient, clipping and the update.
"""

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

FOLDER = Path(__file__).resolve().parent / "peers"
PEERS_ENVIRONMENT = FOLDER.parents[1] / ".venv-peers"  # with PyTorch and JAX: `make peers`
NAMES = {"in_gluon": "gluonbook", "in_numpy": "NumPy", "in_pytorch": "PyTorch", "in_jax": "JAX"}
# The packages that are not in the book's environment.
PACKAGES = {"in_pytorch": "torch", "in_jax": "jax"}
ONLY_PLAIN = ("in_numpy", "in_jax")  # these files have only the plain layer
NUM_HIDDENS = 256  # as in the chapter's section on Gluon
ROUNDS, EPOCHS, NUM_CHARS = 5, 10, 3000


def peers_packages():
    """Return the version of each package in the environment of PyTorch and JAX."""
    packages = PEERS_ENVIRONMENT.glob("lib/python*/site-packages/*.dist-info")
    return dict(package.stem.split("-")[:2] for package in packages)


def run(name, *task):
    """Start a framework with a thread for each processor, let it do a task, and return the result."""
    python = PEERS_ENVIRONMENT / "bin" / "python" if name in PACKAGES else sys.executable
    done = subprocess.run(
        [python, FOLDER / "run.py", name, *map(str, task)],
        env=os.environ | {"OMP_NUM_THREADS": str(num_processors())},
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout)


def measure(names, layer, text):
    """Return the figures of each framework: seconds per epoch, and characters a second."""
    model = gb.RNNModel(layer, text.size)
    model.initialize(init.Normal(0.01))
    model(nd.zeros((1, 1)), model.begin_state(batch_size=1))  # this determines the shapes
    train = "train", json.dumps(text.train.tolist()), EPOCHS
    # An untrained model generates text as fast as a trained one.
    write = "write", json.dumps(text.encode("time traveller").tolist()), NUM_CHARS
    figures = {name: ([], []) for name in names}
    with tempfile.TemporaryDirectory() as folder:
        weights = Path(folder) / "model.npz"
        tool.Checkpoint(model, text, weights).save()
        for _ in trange(ROUNDS, leave=False):
            for name, (seconds, speeds) in figures.items():
                if name != "in_numpy":  # which only writes
                    taken = [taken for _, taken in run(name, weights, *train)]
                    seconds += taken[1:]  # the first epoch is slower
                speeds.append(NUM_CHARS / run(name, weights, *write)[1])
    return figures


def main():
    """Print a table in Markdown, with a line about the machine, for benchmarks/README.md."""
    text, versions, here = gb.load_text(), peers_packages(), circumstances()
    names = [name for name in NAMES if name not in PACKAGES or PACKAGES[name] in versions]
    print("| | seconds per epoch | characters a second |\n|---|---:|---:|")
    for kind, layer in {"RNN": rnn.RNN, "GRU": rnn.GRU, "LSTM": rnn.LSTM}.items():
        able = [name for name in names if kind == "RNN" or name not in ONLY_PLAIN]
        for name, (seconds, speeds) in measure(able, layer(NUM_HIDDENS), text).items():
            epoch = f"{median(seconds):.4f}" if seconds else "-"
            print(f"| {kind}, {NAMES[name]} | {epoch} | {median(speeds):,.0f} |")
    packages = here["versions"] | {name: versions.get(name, "missing") for name in ("torch", "jax")}
    print(f"\nMeasured on {here['date']}: {here['machine']}, load {os.getloadavg()[0]:.1f},")
    print(", ".join(f"{package} {version}" for package, version in packages.items()))


if __name__ == "__main__":
    main()
