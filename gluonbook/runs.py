"""Stored training runs, which the studies produce and the sections plot."""

import datetime
import json
import os
import platform
import re
from pathlib import Path
from typing import Any, NamedTuple

import mxnet as mx
import numpy as np


class Run(NamedTuple):
    """A finished run, with the information needed to trust or repeat it."""

    setting: dict[str, Any]  #: determines the model and how it was trained
    seed: int  #: of the random number generators
    result: Any  #: what the training function returned
    seconds: float  #: how long it took, on one thread, while other runs may have been in progress
    files: dict[str, str]  #: the SHA-256 hash of each file that the run read, by file name
    date: str  #: the day on which the run ended, such as 2026-11-26
    machine: str  #: the processor, the number of processors available, and the operating system
    versions: dict[str, str]  #: of Python and of the packages that do the computation
    function: str  #: the file and the name of the training function, such as ``models.run``


def load_runs(path):
    """Read the runs that a study stored in a file, in the order of settings and seeds."""
    return [Run(**run) for run in json.loads(Path(path).read_text(encoding="utf-8"))]


def select_runs(runs, **setting):
    """Return the runs whose settings contain the given values; if there is none, raise a ValueError."""
    found = [run for run in runs if setting.items() <= run.setting.items()]
    if not found:
        raise ValueError(f"no run has {setting} in its setting: look at the settings of the runs")
    return found


def num_processors():
    """Count the processors that this process may use."""
    return len(os.sched_getaffinity(0))


def processor():
    """Return the name of the processor, as the system reports it."""
    name = re.search(r"^model name\s*: (.*)", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return name[1] if name else platform.machine()


def circumstances():
    """Return the date, the machine and the versions, under the names that `Run` uses."""
    return {
        "date": datetime.date.today().isoformat(),
        "machine": f"{processor()}, {num_processors()} processors, "
        f"{platform.system()} {platform.machine()}",
        "versions": {
            "python": platform.python_version(),
            "mxnet": mx.__version__,
            "numpy": np.__version__,
        },
    }
