"""End this process when it waits too long for something that may never come.

MXNet waits for other processes without a limit, inside calls that Python cannot
interrupt, so a separate thread watches the clock.
"""

import math
import os
import sys
import threading
import time


class Watchdog:
    """A thread that ends the process, with a message, when it is not patted in time.

    It begins to watch when it is given a `patience`, and stops when it is told to rest.
    """

    def __init__(self):
        self._patience, self._message = math.inf, ""
        self._deadline = math.inf
        self._thread = None

    def start(self, patience: float, message: str) -> None:
        """Begin to watch.

        Parameters
        ----------
        patience : float
            Seconds that may pass from one pat to the next.
        message : str
            What is written to stderr before the process ends with exit code 1.
        """
        self._patience, self._message = patience, message
        self.pat()
        if self._thread is None:
            self._thread = threading.Thread(target=self._watch, daemon=True)
            self._thread.start()

    def pat(self) -> None:
        """Report that there is progress."""
        self._deadline = time.monotonic() + self._patience

    def rest(self) -> None:
        """Stop watching until the next pat."""
        self._deadline = math.inf

    def _watch(self) -> None:
        while time.monotonic() < self._deadline:
            time.sleep(0.1)
        print(self._message, file=sys.stderr, flush=True)
        # Not `sys.exit`, which would not reach the thread that waits.
        os._exit(1)


watchdog = Watchdog()
"""The watchdog of this process."""
