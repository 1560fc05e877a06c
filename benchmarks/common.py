"""The code that the benchmarks share: settings, a description of the machine, storing tables."""

import datetime
import os
import sys
from pathlib import Path

from gluonbook.tool.many import circumstances

ROOT = Path(__file__).resolve().parents[1]
PEERS_ENVIRONMENT = ROOT / ".venv-peers"

# The settings of the chapter's section on Gluon.
NUM_HIDDENS, NUM_STEPS, BATCH_SIZE = 256, 35, 32
LR, CLIPPING_THETA = 1e2, 1e-2


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


def save(title, header, rows):
    """Print a table in Markdown, and put it in the place of the script's table in benchmarks/README.md."""
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    table = "\n".join(f"| {' | '.join(map(str.rjust, line, widths))} |" for line in lines)
    versions = peers_packages()
    peers = ", ".join(f"{name} {versions.get(name, 'not installed')}" for name in ("torch", "jax"))
    text = f"{title}:\n\n{table}\n\nMeasured on {datetime.date.today()}: {machine()}, {peers}.\n"
    print(text)
    page = ROOT / "benchmarks" / "README.md"
    start, end = f"<!-- table: {Path(sys.argv[0]).stem} -->", "<!-- end -->"
    before, found, rest = page.read_text(encoding="utf-8").partition(f"{start}\n")
    old, ended, after = rest.partition(end)
    if not ended or "<!-- table:" in old:
        missing = end if found else start
        sys.exit(f"{page} lacks the line {missing}: add the line, and copy the table into the page")
    page.write_text(before + found + text + ended + after, encoding="utf-8")
