"""What tests of several processes share."""

import time

import psutil

import gluonbook as gb
from tests import LIMIT


def in_this_order(chars, indices=(0,)):
    """Return a text whose vocabulary has an order of its own."""
    chars = list(chars)
    return gb.IndexedText(indices, {char: i for i, char in enumerate(chars)}, chars, len(chars))


def wait_until(condition):
    deadline = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)


def is_running(pid):
    """Tell whether a process is there and not merely waiting to be cleared away."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
