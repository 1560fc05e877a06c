"""What each process of `train_many` does: train once, and report the outcome."""

import json
import os
import random
import sys
import threading
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from multiprocessing.process import parent_process
from pathlib import Path
from typing import Any

import mxnet as mx
import numpy as np

from gluonbook.support.progress import tell_elsewhere

SECONDS_BETWEEN_SHARES = 0.5


def work(
    train: Callable[[Any, int], Any], setting: Any, seed: int, other: Connection, output: Path
) -> None:
    """Train once, and report progress and outcome to the process that started this one.

    A message begins with a word: ``"share"``, followed by how much is done, from 0 to 1; then
    ``"result"``, followed by the result and the seconds that it took, or ``"error"``, followed
    by a traceback.

    Parameters
    ----------
    train : callable
        ``train(setting, seed)`` returns something that JSON can represent.
    setting : object
        What to train.
    seed : int
        Seed of the random generators of Python, NumPy and MXNet.
    other : multiprocessing.connection.Connection
        The connection to the other process.
    output : pathlib.Path
        A file for everything that is printed.
    """
    print_into(output)
    threading.Thread(target=end_with_the_other_process, daemon=True).start()
    tell_elsewhere(lambda share: other.send(("share", share)), interval=SECONDS_BETWEEN_SHARES)
    other.send(("share", 0.0))
    start = time.time()
    try:
        random.seed(seed)
        np.random.seed(seed)
        mx.random.seed(seed)
        # Through JSON, so that a result it cannot represent is refused here, not when it is stored.
        result = json.loads(json.dumps(train(setting, seed), allow_nan=False))
        other.send(("result", result, round(time.time() - start, 3)))
    except (Exception, SystemExit):
        other.send(("error", traceback.format_exc()))


def print_into(path: Path) -> None:
    """Redirect everything that this process prints to a file, including what C libraries print."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
        os.dup2(file, stream.fileno())
    os.close(file)


def end_with_the_other_process() -> None:
    """End this process as soon as the one that started it has ended, even if that was killed."""
    wait([parent_process().sentinel])
    os._exit(1)
