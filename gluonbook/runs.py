"""Stored training runs: what a study has measured, and a section plots."""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple


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
    function: str = ""
    """The training function, as in ``models.run``: its file and its name."""


def load_runs(path: str | os.PathLike[str]) -> list[Run]:
    """Read the runs that `train_many` stored in a file, in the order of settings and seeds.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it holds something else.
    """
    try:
        return [Run(**run) for run in json.loads(Path(path).read_text(encoding="utf-8"))]
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{path} does not hold runs that train_many has stored ({error}). It is left as it is: "
            "name another file, or restore the one that was here"
        ) from error


def select_runs(runs: Iterable[Run], **setting: Any) -> list[Run]:
    """Return the runs whose setting, a mapping, has certain values under certain names.

    Raises
    ------
    ValueError
        If there is no such run.
    """
    found = [run for run in runs if setting.items() <= run.setting.items()]
    if not found:
        raise ValueError(f"no run has {setting} in its setting: look at the settings of the runs")
    return found
