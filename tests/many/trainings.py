"""What stands in for trainings: quick, and each leaves a trace of having run."""

import os
import random
import signal
import sys
import threading
import time
from pathlib import Path

import numpy as np
from mxnet import nd

from gluonbook.support.progress import with_progress


def leave_trace(setting, seed):
    """Add a line to a file of the setting's: the process, and what it trains."""
    with Path(setting["trace"]).open("a") as trace:
        trace.write(f"{os.getpid()} {setting['name']} {seed}\n")


def draw(setting, seed):
    """Say what the random generators bring, and what a run finds around it."""
    leave_trace(setting, seed)
    return {
        "drawn": [
            random.random(),
            np.random.random(),
            nd.random.uniform(shape=(1,)).asscalar().item(),
        ],
        "threads": os.environ["OMP_NUM_THREADS"],
    }


def fall(setting, seed):
    """Come to the end that the setting names, unless the file "mended" is there."""
    leave_trace(setting, seed)
    if not Path(setting["trace"]).with_name("mended").exists():
        print("about to fall", flush=True)
        if setting["name"] == "error":
            raise ValueError("no such luck")
        if setting["name"] == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if setting["name"] == "exit":
            sys.exit("had enough")
        if setting["name"] == "nan":
            return float("nan")
    return seed


def wait_or_not(setting, seed):
    """Return at once, or never."""
    leave_trace(setting, seed)
    if setting["name"] == "endless":
        threading.Event().wait()
    return seed


def in_two_steps(setting, seed):
    """Take long enough for half of it to be seen."""
    for _ in with_progress(range(2), "steps"):
        time.sleep(0.6)
    return seed
