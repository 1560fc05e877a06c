"""Run the model in each framework, in the framework's environment, on one processor or on all."""

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
from mxnet import init, nd
from mxnet.gluon import rnn

import gluonbook as gb
from benchmarks.common import PEERS_ENVIRONMENT, peers_packages
from gluonbook.tool.many import num_processors

FOLDER = Path(__file__).resolve().parent / "peers"
NAMES = {
    "in_gluon": "gluonbook",
    "in_onnx": "ONNX Runtime",
    "in_numpy": "NumPy",
    "in_pytorch": "PyTorch",
    "in_jax": "JAX",
}
# The packages that are not in the book's environment.
PACKAGES = {"in_pytorch": "torch", "in_jax": "jax"}
ONE, ALL = "one core", f"{num_processors()} cores"


def peers():
    """Return the installed frameworks that PEERS names, and report the others."""
    wanted = os.environ.get("PEERS", " ".join(PACKAGES)).split()
    installed = peers_packages()
    found = [name for name in wanted if PACKAGES[name] in installed]
    for name in [name for name in PACKAGES if name not in found]:
        print(f"{NAMES[name]} is not compared, because it is not installed or PEERS omits it.")
    return found


def can_compute(name, layer):
    """Tell whether a file supports this kind of layer: the files in JAX and NumPy support only some."""
    if name not in ("in_jax", "in_numpy"):
        return True
    return isinstance(layer, rnn.RNN) and (layer._num_layers == 1 or name == "in_numpy")


def new_weights(layer, path, text, scale):
    """Initialize a model's weights as the training functions do, and save them for all frameworks."""
    model = gb.RNNModel(layer, text.size)
    model.initialize(init.Normal(scale))
    model(nd.zeros((1, 1)), model.begin_state(batch_size=1))  # this determines the shapes
    save_weights(model, path, text.chars)
    return path


def save_weights(model, path, vocabulary):
    """Save a model's weights in NumPy's format, under the names that `save_parameters` gives them."""
    params = model._collect_params_with_prefix()
    arrays = {name: param.data().asnumpy() for name, param in params.items()}
    np.savez(path, vocabulary=vocabulary, **arrays)


def command(name, *arguments):
    """Return the command that starts a framework in its environment; see peers/run.py."""
    python = PEERS_ENVIRONMENT / "bin" / "python" if name in PACKAGES else sys.executable
    return [str(part) for part in (python, FOLDER / "run.py", name, *arguments)]


@contextlib.contextmanager
def started(name, *arguments, cores):
    """Start a framework on one processor or on all; its process ends with the ``with`` block."""
    # A process chooses its number of threads when it starts, so set its processors before.
    place = ["taskset", "--cpu-list", str(min(os.sched_getaffinity(0)))] if cores == ONE else []
    threads = "1" if cores == ONE else str(num_processors())
    with subprocess.Popen(
        [*place, *command(name, *arguments)],
        env=os.environ | {"OMP_NUM_THREADS": threads},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.stdin.close()


def train(name, weights, indices, num_epochs, cores):
    """Train with a framework; return the seconds of each epoch but the first."""
    task = [weights, "train", json.dumps(indices), num_epochs]
    with started(name, *task, cores=cores) as process:
        return [seconds for _, seconds in json.loads(process.stdout.read())][1:]


@contextlib.contextmanager
def writer(name, weights, prefix, num_chars):
    """Start a framework on one processor, and yield a function that makes it generate a text."""
    task = [weights, "write", json.dumps(prefix), num_chars]
    with started(name, *task, cores=ONE) as process:

        def write():
            print(file=process.stdin, flush=True)
            return json.loads(process.stdout.readline())

        yield write
