"""Run the other frameworks beside ours: each in the environment that has it, on some processors."""

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from benchmarks.common import PEERS_ENVIRONMENT, num_processors

FOLDER = Path(__file__).resolve().parent / "peers"
PYTHON = PEERS_ENVIRONMENT / "bin" / "python"
NAMES = {"in_pytorch": "PyTorch", "in_jax": "JAX", "in_numpy": "NumPy"}
PACKAGES = {"in_pytorch": "torch", "in_jax": "jax"}
ONE, ALL = "one core", f"{num_processors()} cores"


def peers():
    """Return the peers that are to be measured, and can be: those that PEERS names."""
    wanted = os.environ.get("PEERS", " ".join(PACKAGES)).split()
    return [name for name in wanted if is_installed(PACKAGES[name])]


def is_installed(package):
    """Tell whether the peers' environment has a package."""
    return any(PEERS_ENVIRONMENT.glob(f"lib/python*/site-packages/{package}/__init__.py"))


def not_measured():
    """Return the names of those that are left out."""
    return [NAMES[name] for name in PACKAGES if name not in peers()]


def save_weights(model, path, vocabulary):
    """Save a model's weights for NumPy, under the names that `save_parameters` has for them."""
    params = model._collect_params_with_prefix()
    arrays = {name: param.data().asnumpy() for name, param in params.items()}
    np.savez(path, vocabulary=vocabulary, **arrays)


def on_cores(cores, command):
    """Return a command that runs on one processor or on all, and the environment for it."""
    one = str(min(os.sched_getaffinity(0)))
    # Threads are counted when a process begins, so it begins where it is to stay.
    pinned = ["taskset", "--cpu-list", one, *command] if cores == ONE else command
    threads = "1" if cores == ONE else str(num_processors())
    return pinned, os.environ | {"OMP_NUM_THREADS": threads}


def command(name, *arguments):
    """Return the command that lets a peer do something."""
    python = sys.executable if name == "in_numpy" else str(PYTHON)
    return [python, str(FOLDER / "run.py"), name, *map(str, arguments)]


def ask(name, *arguments, cores=ONE):
    """Let a peer do something; return what it prints."""
    pinned, environment = on_cores(cores, command(name, *arguments))
    done = subprocess.run(pinned, env=environment, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


@contextlib.contextmanager
def writer(name, path, prefix, num_chars):
    """Start a peer that writes whenever it is asked to; it ends with the ``with``.

    It shares the processors that this process has.
    """
    arguments = command(name, path, "write", json.dumps(prefix), num_chars)
    with subprocess.Popen(
        arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:

        def write():
            print(file=process.stdin, flush=True)
            return json.loads(process.stdout.readline())

        yield write
        process.stdin.close()
