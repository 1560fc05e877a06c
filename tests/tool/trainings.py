"""What stands in for a training: quick, and it leaves a trace of having run."""

import os
import random
import signal
import threading
from pathlib import Path

import numpy as np
from mxnet import nd


def train(setting, seed):
    """Come to the end that the setting names, and say what a run finds around it."""
    name, trace = setting["name"], Path(setting["trace"])
    with trace.open("a") as file:
        file.write(f"{os.getpid()} {name} {seed}\n")
    print("something")
    if name == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if name == "endless":
        threading.Event().wait()
    if name == "error" and not trace.with_name("mended").exists():
        raise ValueError("no such luck")
    if name == "nan":
        return float("nan")
    drawn = [random.random(), np.random.random(), nd.random.uniform(shape=1).asscalar().item()]
    return {"drawn": drawn, "threads": os.environ.get("OMP_NUM_THREADS")}


def other(setting, seed):
    """Be another training."""
    return train(setting, seed) | {"drawn": []}
