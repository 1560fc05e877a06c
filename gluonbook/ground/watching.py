"""Show how far a training run is, where somebody watches."""

import os
import sys
from typing import Any

from IPython import get_ipython
from IPython.display import display

# Set while a notebook is executed to store or check its outputs. Nobody watches then, and
# something would be left behind.
UNWATCHED = "GLUONBOOK_UNWATCHED"


def watched_in_a_notebook() -> bool:
    """Tell whether somebody may look at the outputs of this process in a notebook."""
    return hasattr(get_ipython(), "kernel") and not os.environ.get(UNWATCHED)


class Bar:
    """A callback that shows how many epochs are over, in a terminal and in a live notebook.

    After the last of `num_epochs` nothing of it is left.
    """

    def __init__(self, num_epochs: int):
        self.num_epochs, self._shown = num_epochs, None

    def __call__(self, epoch: Any) -> None:
        """Show how many epochs are over."""
        left = self.num_epochs - epoch.number
        to_go = f"about {left * epoch.seconds:.0f} s to go"
        line = f"epoch {epoch.number} of {self.num_epochs}, {to_go}" if left else ""
        if watched_in_a_notebook():
            data = {"text/plain": line} if line else {}
            if self._shown:
                self._shown.update(data, raw=True)
            else:
                self._shown = display(data, raw=True, display_id=True)
        elif sys.stderr.isatty():
            # The cursor goes back, so that what is printed next takes the place of this.
            print(f"{line:<50}", end="\r", file=sys.stderr, flush=True)
