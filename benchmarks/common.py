"""The code that the benchmarks share: settings, a description of the machine, storing figures."""

import datetime
import json
import os
import platform
import sys
from importlib import metadata
from pathlib import Path

import numpy as np

from gluonbook.tool.many import num_processors, processor

ROOT = Path(__file__).resolve().parents[1]
PEERS_ENVIRONMENT = ROOT / ".venv-peers"

# The settings of the chapter's section on Gluon.
NUM_HIDDENS, NUM_STEPS, BATCH_SIZE = 256, 35, 32
LR, CLIPPING_THETA = 1e2, 1e-2


def machine():
    """Describe in one line the machine and the packages that the figures were measured with."""
    packages = PEERS_ENVIRONMENT.glob("lib/python*/site-packages/*.dist-info")
    peers = dict(package.stem.split("-")[:2] for package in packages)
    return ", ".join(
        [
            processor(),
            f"{num_processors()} processors ({platform.machine()})",
            f"load {os.getloadavg()[0]:.1f}",
            f"OMP_NUM_THREADS {os.environ.get('OMP_NUM_THREADS', 'unset')}",
            f"Python {platform.python_version()}",
            *(f"{name} {metadata.version(name)}" for name in ("mxnet", "numpy")),
            *(f"{name} {peers.get(name, 'not there')}" for name in ("torch", "jax")),
        ]
    )


def save(title, header, rows, **figures):
    """Print a table, and store it with the figures behind it for `make tables`.

    The file has the name of the script, and includes a description of the machine.
    """
    content = {
        "title": title,
        "machine": machine(),
        "date": datetime.date.today().isoformat(),
        "header": header,
        "rows": rows,
        **figures,
    }
    print(f"{title}.", content["machine"])
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    for name, *cells in [header, *rows]:
        numbers = (cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True))
        print(name.ljust(widths[0]), *numbers, sep="  ")
    path = ROOT / "_build" / "bench" / f"{Path(sys.argv[0]).stem}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def spread(numbers, form):
    """Return the range of the middle four fifths of some numbers."""
    low, high = np.quantile(numbers, [0.1, 0.9])
    return f"{low:{form}} to {high:{form}}"
