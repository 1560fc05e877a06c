"""A file of finished runs: a list in JSON, one run per line.

The file is replaced in one step whenever a run is added, so it is complete at all times. Runs
are in the order of their settings and seeds, not in the order in which they finished.
"""

import contextlib
import datetime
import fcntl
import hashlib
import json
import os
import platform
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import mxnet
import numpy

from gluonbook.support.device import num_processors, processor
from gluonbook.support.writing import write_whole


class Run(NamedTuple):
    """A finished run, and what is needed to trust it or repeat it."""

    setting: Any
    """What was trained."""
    seed: int
    """The seed of the random generators."""
    result: Any
    """What the training function returned."""
    seconds: float
    """Time that it took, on one thread, with other runs beside it."""
    files: dict[str, str]
    """The SHA-256 of each file that the run read, by file name."""
    date: str
    """The day on which it ended, as in 2026-11-26."""
    machine: str
    """The processor, how many of them could be used, and the system."""
    versions: dict[str, str]
    """The versions of Python and of the packages that compute."""


def load_runs(path: str | os.PathLike[str]) -> list[Run]:
    """Read the runs that `train_many` stored.

    Parameters
    ----------
    path : str or path-like
        The file.

    Returns
    -------
    list of Run
        In the order of settings and seeds.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it holds something else.
    """
    try:
        runs = json.loads(Path(path).read_text(encoding="utf-8"))
        if not isinstance(runs, list):
            raise TypeError("it is not a list")
        return [Run(**run) for run in runs]
    except (TypeError, ValueError) as error:  # ValueError: neither JSON nor UTF-8
        raise ValueError(
            f"{path} does not hold runs that train_many has stored ({error}). It is left as it is: "
            "name another file, or restore the one that was here"
        ) from error


def select_runs(runs: Iterable[Run], **setting: Any) -> list[Run]:
    """Return the runs whose setting has certain values.

    Parameters
    ----------
    runs : iterable of Run
        Runs whose settings are mappings.
    **setting
        Names and values.

    Raises
    ------
    ValueError
        If there is no such run.
    """
    found = [run for run in runs if setting.items() <= run.setting.items()]
    if not found:
        raise ValueError(f"no run has {setting} in its setting: look at the settings of the runs")
    return found


def store(path: Path, run: Run) -> None:
    """Add a run to a file, replacing one with the same setting, seed and files."""
    with alone(path.parent):
        runs = load_runs(path) if path.exists() else []
        runs = [other for other in runs if identity(other) != identity(run)] + [run]
        lines = (json.dumps(r._asdict(), ensure_ascii=False) for r in sorted(runs, key=identity))
        write_whole(path, ("[\n" + ",\n".join(lines) + "\n]\n").encode())


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep other processes from storing runs in a folder, inside the ``with``."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def identity(run: Run) -> tuple[str, int, str]:
    """Return what is the same for two runs of which one replaces the other."""
    return canonical(run.setting), run.seed, canonical(run.files)


def canonical(value: Any) -> str:
    """Return a value as JSON, the same for equal values.

    Raises
    ------
    TypeError, ValueError
        If JSON cannot represent it.
    """
    return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False)


def hash_of(path: str | os.PathLike[str]) -> str:
    """Return the SHA-256 of a file."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def circumstances() -> dict[str, Any]:
    """Return when, on what and with what a run was done, under the names that `Run` uses."""
    return {
        "date": datetime.date.today().isoformat(),
        "machine": f"{processor()}, {num_processors()} processors, "
        f"{platform.system()} {platform.machine()}",
        "versions": {
            "python": platform.python_version(),
            "mxnet": mxnet.__version__,
            "numpy": numpy.__version__,
        },
    }
