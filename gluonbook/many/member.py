"""What a process does that `train_many` starts: it trains once, and says what came of it."""

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
    """Train once, and tell the other process how far it is and what came of it.

    A message is a word and what belongs to it: ``"share"`` and how much is done, from 0 to 1;
    then ``"result"``, the result and the seconds that it took, or ``"error"`` and a traceback.

    Parameters
    ----------
    train : callable
        ``train(setting, seed)`` returns what JSON can say.
    setting : object
        What to train.
    seed : int
        Where the random generators of Python, NumPy and MXNet begin.
    other : multiprocessing.connection.Connection
        The way to the other process.
    output : pathlib.Path
        A file for all that is printed.
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
        # By way of JSON, so that what it cannot say is refused here and not when it is stored.
        result = json.loads(json.dumps(train(setting, seed), allow_nan=False))
        other.send(("result", result, round(time.time() - start, 3)))
    except (Exception, SystemExit):
        other.send(("error", traceback.format_exc()))


def print_into(path: Path) -> None:
    """Let all that this process prints go into a file, also what libraries in C print."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
        os.dup2(file, stream.fileno())
    os.close(file)


def end_with_the_other_process() -> None:
    """End this process as soon as the one that started it is gone, even if that was killed."""
    wait([parent_process().sentinel])
    os._exit(1)
