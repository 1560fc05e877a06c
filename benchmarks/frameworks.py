"""Run the model in each framework, in the framework's environment, on one processor or on all."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from mxnet import init, nd
from mxnet.gluon import rnn
from tqdm import tqdm

import gluonbook as gb
from benchmarks.common import PEERS_ENVIRONMENT, peers_packages
from gluonbook import tool
from gluonbook.runs import num_processors

FOLDER = Path(__file__).resolve().parent / "peers"
NAMES = {
    "in_gluon": "gluonbook",
    "in_numpy": "NumPy",
    "in_pytorch": "PyTorch",
    "in_jax": "JAX",
}
# The packages that are not in the book's environment.
PACKAGES = {"in_pytorch": "torch", "in_jax": "jax"}
ROUNDS = 5
ONE, ALL = "one core", f"{num_processors()} cores"


def peers():
    """Return the frameworks that are installed in .venv-peers."""
    installed = peers_packages()
    return [name for name, package in PACKAGES.items() if package in installed]


def can_compute(name, layer):
    """Tell whether a file supports this kind of layer: the files in JAX and NumPy support only some."""
    if name not in ("in_jax", "in_numpy"):
        return True
    return isinstance(layer, rnn.RNN) and (layer._num_layers == 1 or name == "in_numpy")


def take_turns(names, all_cores, make_layer, text, *task):
    """Let frameworks take turns at a task, all with the same weights; return the results of each.

    So a busy moment of the machine slows all of them down.
    """
    names = [name for name in names if can_compute(name, make_layer())]
    results = {(name, cores): [] for name in names for cores in all_cores}
    model = gb.RNNModel(make_layer(), text.size)
    model.initialize(init.Normal(0.01))
    model(nd.zeros((1, 1)), model.begin_state(batch_size=1))  # this determines the shapes
    with tempfile.TemporaryDirectory() as folder:
        weights = Path(folder) / "model.npz"
        tool.Checkpoint(model, text, weights).save()
        for name, cores in tqdm([*results] * ROUNDS, leave=False):
            results[name, cores].append(run(name, cores, weights, *task))
    return results


def run(name, cores, *task):
    """Start a framework on one processor or on all, let it do a task, and return the result."""
    # A process chooses its number of threads when it starts, so set its processors before.
    place = ["taskset", "--cpu-list", str(min(os.sched_getaffinity(0)))] if cores == ONE else []
    threads = "1" if cores == ONE else str(num_processors())
    python = PEERS_ENVIRONMENT / "bin" / "python" if name in PACKAGES else sys.executable
    done = subprocess.run(
        [*place, python, FOLDER / "run.py", name, *map(str, task)],
        env=os.environ | {"OMP_NUM_THREADS": threads},
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout)
