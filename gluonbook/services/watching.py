"""Show progress to anyone who is watching a training run, and let them stop the run."""

import contextlib
import os
import signal
import sys
import threading

from IPython import get_ipython

# This variable is set while a notebook is executed to store or check its outputs. Nobody is watching
# then, and a progress bar would be stored with the outputs.
UNWATCHED = "GLUONBOOK_UNWATCHED"

ANSWER = b"\nTraining stops after this epoch. Press Ctrl-C again to stop now and lose this epoch.\n"


def somebody_watches():
    """Return whether somebody might be watching this process, in a notebook or in a terminal."""
    in_a_notebook = hasattr(get_ipython(), "kernel") and not os.environ.get(UNWATCHED)
    return in_a_notebook or sys.stderr.isatty()


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
