"""Who watches a training run: show progress to them, and let them stop it."""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator

from IPython import get_ipython

# Set while a notebook is executed to store or check its outputs. Nobody watches then, and a
# progress bar would stay behind in the outputs.
UNWATCHED = "GLUONBOOK_UNWATCHED"


def watched_in_a_notebook() -> bool:
    """Return whether somebody may be looking at this process's outputs in a notebook."""
    return hasattr(get_ipython(), "kernel") and not os.environ.get(UNWATCHED)


def watched() -> bool:
    """Return whether somebody may be looking at this process, in a notebook or in a terminal."""
    return watched_in_a_notebook() or sys.stderr.isatty()


@contextlib.contextmanager
def stop_after_this_epoch(
    answer: Callable[[], None] | None = None,
) -> Iterator[threading.Event]:
    """Within this context, Ctrl-C sets the event that it yields; a second Ctrl-C interrupts at once.

    The first one also calls `answer`, if there is one.
    """
    stopped = threading.Event()

    def stop(*args: object) -> None:
        stopped.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if answer:
            answer()

    # Only the main thread receives signals, and a handler of the reader's own stays.
    in_main_thread = threading.current_thread() is threading.main_thread()
    if not in_main_thread or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield stopped
        return
    signal.signal(signal.SIGINT, stop)
    try:
        yield stopped
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
