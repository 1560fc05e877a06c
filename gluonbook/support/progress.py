"""Show the progress of a long computation, where somebody watches."""

import io
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from IPython import get_ipython
from IPython.display import display
from tqdm import tqdm

T = TypeVar("T")

# Set while a notebook is executed to store or check its outputs. Nobody watches then, and a bar
# would leave something behind.
UNWATCHED = "GLUONBOOK_UNWATCHED"

# No two processes share a bar here, so the lock need only keep threads apart. The one that tqdm
# makes is shared between processes: since Python 3.14 that starts a helper process, which
# complains on stderr when this one is killed.
tqdm.set_lock(threading.RLock())


def watched_in_a_notebook() -> bool:
    """Tell whether somebody may look at the outputs of this process in a notebook."""
    return hasattr(get_ipython(), "kernel") and not os.environ.get(UNWATCHED)


def running_cell() -> str:
    """Return an identifier of the run of the notebook cell that this code is part of.

    A cell that runs again has another.
    """
    return get_ipython().get_parent()["header"]["msg_id"]


class OutputLine:
    """A file whose last line is shown in a notebook, as an output of its own.

    Every front end can show it, and if the line is blank in the end, nothing of it is left.
    """

    encoding = "utf-8"

    def __init__(self) -> None:
        self._output = display({}, raw=True, display_id=True)

    def write(self, text: str) -> None:
        """Show what is written, in place of what was shown before."""
        line = text.strip("\r ")
        self._output.update({"text/plain": line} if line else {}, raw=True)

    def flush(self) -> None:
        """Do nothing: what is written is shown at once."""


def progress_bar(*args: Any, **options: Any) -> tqdm:
    """Open a tqdm bar, shown in a terminal and in a live notebook and nowhere else.

    Parameters
    ----------
    *args, **options
        For `tqdm.tqdm`.

    Returns
    -------
    tqdm.tqdm
        The bar. It vanishes when it is closed.
    """
    if BarElsewhere.tell:
        return BarElsewhere(*args, **options)
    if watched_in_a_notebook():
        return tqdm(*args, **options, leave=False, file=OutputLine(), position=0, ncols=100)
    return tqdm(*args, **options, leave=False, disable=not sys.stderr.isatty())


class BarElsewhere(tqdm):
    """A bar that shows nothing, in a process whose progress another process shows."""

    tell: Callable[[float], None] | None = None
    """Called with the share that is done, from 0 to 1."""
    interval: float
    """Least number of seconds between two calls."""
    monitor_interval = 0  # without the thread of tqdm that would call it in between

    def __init__(self, *args: Any, **options: Any):
        super().__init__(*args, **options, file=io.StringIO(), mininterval=self.interval)

    def display(self, *args: Any, **options: Any) -> None:
        """Report the share that is done."""
        if self.total:
            type(self).tell(self.n / self.total)


def tell_elsewhere(tell: Callable[[float], None], interval: float) -> None:
    """From now on show no bar in this process, and report the progress instead.

    Parameters
    ----------
    tell : callable
        Called with the share that is done, from 0 to 1.
    interval : float
        Least number of seconds between two calls.
    """
    BarElsewhere.tell, BarElsewhere.interval = staticmethod(tell), interval


def with_progress(steps: Sequence[T], description: str) -> Iterator[T]:
    """Go through some steps, with a bar that vanishes when they are done.

    The bar is shown in a terminal and in a live notebook, and nowhere else.

    Parameters
    ----------
    steps : sequence
        The steps, with a length.
    description : str
        The word in front of the bar.

    Returns
    -------
    iterator
        The same steps.
    """
    return iter(progress_bar(steps, desc=description))


def say(line: str) -> None:
    """Print a line above the bar, if there is one."""
    tqdm.write(line)
