"""What the benchmarks share: the setting, the machine in a line, a table."""

import datetime
import json
import os
import platform
import sys
from importlib import metadata
from pathlib import Path

import numpy as np

import gluonbook as gb
from gluonbook.owntext.machine import num_processors, processor

PEERS_ENVIRONMENT = Path(__file__).resolve().parents[1] / ".venv-peers"

# The setting of the chapter's section on Gluon.
NUM_HIDDENS, NUM_STEPS, BATCH_SIZE = 256, 35, 32
LR, CLIPPING_THETA = 1e2, 1e-2


def train(model, text, num_epochs):
    """Train a model with gluonbook; return the seconds of each epoch."""
    sizes = {"num_steps": NUM_STEPS, "batch_size": BATCH_SIZE}
    history = gb.train(
        model, text, lr=LR, num_epochs=num_epochs, clipping_theta=CLIPPING_THETA, **sizes
    )
    return [epoch.seconds for epoch in history]


def machine():
    """Return in one line what the numbers are measured on."""
    return ", ".join(
        [
            f"{num_processors()} processors ({platform.machine()})",
            f"load {os.getloadavg()[0]:.1f}",
            f"OMP_NUM_THREADS {os.environ.get('OMP_NUM_THREADS', 'unset')}",
            f"Python {platform.python_version()}",
            *map(version, ["mxnet", "numpy"]),
            *versions_of_peers(),
        ]
    )


def save(title, header, rows, **figures):
    """Keep a table, and the figures behind it, for `make tables`.

    The file is named for the script, and says what it was measured on.
    """
    folder = Path(__file__).resolve().parents[1] / "_build" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    content = {
        "title": title,
        "machine": f"{processor()}, {machine()}",
        "date": datetime.date.today().isoformat(),
        "header": header,
        "rows": rows,
        **figures,
    }
    path = folder / f"{Path(sys.argv[0]).stem}.json"
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def version(package):
    return f"{package} {metadata.version(package)}"


def versions_of_peers():
    """Return the versions of PyTorch and JAX, where their environment is made."""
    packages = PEERS_ENVIRONMENT.glob("lib/python*/site-packages/*.dist-info")
    found = dict(package.stem.split("-")[:2] for package in packages)
    return [f"{name} {found.get(name, 'not there')}" for name in ("torch", "jax")]


def spread(numbers, form):
    """Return between which values the middle four fifths of some numbers lie."""
    low, high = np.quantile(numbers, [0.1, 0.9])
    return f"{low:{form}} to {high:{form}}"


def print_table(header, rows):
    """Print rows of strings in columns, the first aligned left and the others right."""
    rows = [header, *rows]
    first, *others = (max(map(len, column)) for column in zip(*rows, strict=True))
    for name, *numbers in rows:
        cells = (number.rjust(width) for number, width in zip(numbers, others, strict=True))
        print(name.ljust(first), *cells, sep="  ")
