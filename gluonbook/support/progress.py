"""Show how far a long computation is, where somebody watches."""

import os
import sys
import threading
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from tqdm.auto import tqdm as live_tqdm
from tqdm.std import tqdm as terminal_tqdm

T = TypeVar("T")

# Set in the kernels of Jupyter's servers and of VS Code, not in those that execute
# a notebook to store or to check its outputs, where a bar would be left behind.
LIVE_NOTEBOOK = ("JPY_SESSION_NAME", "VSCODE_PID")

# Each process here has bars of its own, so threads are all that a lock must keep apart. The one
# that tqdm makes is shared with other processes: since Python 3.14 that starts a process to look
# after it, which complains on stderr when this one is killed.
terminal_tqdm.set_lock(threading.RLock())


def watched_in_a_notebook() -> bool:
    """Tell whether somebody looks at the outputs of this process in a live notebook."""
    return any(os.environ.get(name) for name in LIVE_NOTEBOOK)


def progress_bar(*args: Any, **options: Any) -> terminal_tqdm:
    """Open a bar of tqdm's, in a terminal and in a live notebook and nowhere else.

    Parameters
    ----------
    *args, **options
        For `tqdm.tqdm`.

    Returns
    -------
    tqdm.tqdm
        The bar. It vanishes when it is closed.
    """
    if watched_in_a_notebook():
        return live_tqdm(*args, **options, leave=False)
    return terminal_tqdm(*args, **options, leave=False, disable=not sys.stderr.isatty())


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
    terminal_tqdm.write(line)
