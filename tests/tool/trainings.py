"""What stands in for trainings: quick, and each leaves a trace of having run."""

import os
import random
import signal
import threading
from pathlib import Path

import numpy as np
from mxnet import nd


def leave_trace(setting, seed):
    """Add a line to a file of the setting's: the process, and what it trains. It may be killed."""
    with Path(setting["trace"]).open("a") as trace:
        trace.write(f"{os.getpid()} {setting['name']} {seed}\n")
    if setting["name"] == "killed":
        os.kill(os.getpid(), signal.SIGKILL)


def draw(setting, seed):
    """Say what the random generators bring, and what a run finds around it."""
    leave_trace(setting, seed)
    return {
        "drawn": [
            random.random(),
            np.random.random(),
            nd.random.uniform(shape=(1,)).asscalar().item(),
        ],
        "threads": os.environ.get("OMP_NUM_THREADS"),
    }


def fall(setting, seed):
    """Come to the end that the setting names, unless the file "mended" is there."""
    leave_trace(setting, seed)
    if not Path(setting["trace"]).with_name("mended").exists():
        if setting["name"] == "error":
            raise ValueError("no such luck")
        if setting["name"] == "nan":
            return float("nan")
    return seed


def wait_or_not(setting, seed):
    """Return at once, or never."""
    print("something")
    leave_trace(setting, seed)
    if setting["name"] == "endless":
        threading.Event().wait()
    return seed
