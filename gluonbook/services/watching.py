"""Show progress to anyone who is watching a training run, and let them stop the run."""

import contextlib
import os
import signal
import threading

from IPython import get_ipython

ANSWER = b"\nTraining stops after this epoch. Press Ctrl-C again to stop now and lose this epoch.\n"


def bar_options():
    """Return options with which tqdm shows a bar in a terminal and in a notebook, but not in a file.

    Where a notebook's outputs are stored, ``TQDM_DISABLE=1`` hides the bar.
    """
    return {} if hasattr(get_ipython(), "kernel") else {"disable": None}


@contextlib.contextmanager
def stop_after_this_epoch():
    """Yield an event that Ctrl-C sets within the ``with`` block; a second Ctrl-C interrupts at once."""
    stopped = threading.Event()

    def stop(*args):
        stopped.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        with contextlib.suppress(OSError):  # stderr may be closed
            os.write(2, ANSWER)  # not print, which the signal may have interrupted

    # Only the main thread receives signals, and a handler that the reader has set stays in place.
    in_main_thread = threading.current_thread() is threading.main_thread()
    if not in_main_thread or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield stopped
        return
    signal.signal(signal.SIGINT, stop)
    try:
        yield stopped
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
