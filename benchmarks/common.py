"""The code that the benchmarks share: settings, a description of the machine, tables."""

import datetime
import os
from pathlib import Path

from gluonbook.runs import circumstances

ROOT = Path(__file__).resolve().parents[1]
PEERS_ENVIRONMENT = ROOT / ".venv-peers"

NUM_HIDDENS = 256  # as in the chapter's section on Gluon


def machine():
    """Describe the machine, how busy it is, and the versions of the packages, in one line."""
    here = circumstances()
    threads = os.environ.get("OMP_NUM_THREADS", "unset")
    versions = [f"{package} {version}" for package, version in here["versions"].items()]
    load = f"load {os.getloadavg()[0]:.1f}"
    return ", ".join([here["machine"], load, f"OMP_NUM_THREADS {threads}", *versions])


def peers_packages():
    """Return the version of each package in the environment of PyTorch and JAX."""
    packages = PEERS_ENVIRONMENT.glob("lib/python*/site-packages/*.dist-info")
    return dict(package.stem.split("-")[:2] for package in packages)


def show(title, header, rows):
    """Print a table in Markdown, with a line about the machine, for benchmarks/README.md."""
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    versions = peers_packages()
    peers = ", ".join(f"{name} {versions.get(name, 'not installed')}" for name in ("torch", "jax"))
    print(f"{title}:\n")
    for line in lines:
        print(f"| {' | '.join(line)} |")
    print(f"\nMeasured on {datetime.date.today()}: {machine()}, {peers}.\n")
