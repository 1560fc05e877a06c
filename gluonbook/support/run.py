"""What a training keeps from epoch to epoch, and what is left when it is interrupted."""

import random
import signal
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextvars import ContextVar
from types import TracebackType
from typing import NamedTuple

from mxnet import autograd
from mxnet.gluon import Parameter
from mxnet.ndarray import NDArray

from gluonbook.support.progress import progress_bar, say

# How many mini-batches Python may be ahead of the device. Each that waits in line needs
# memory; a line of this length never runs empty.
MINI_BATCHES_AHEAD = 100

# How to go on after an interrupt, as a program is told that has called a training function.
# One that goes on in another way says that itself, and sets this to nothing.
ADVICE: ContextVar[str] = ContextVar(
    "ADVICE",
    default="To go on, call the function again with history=history, where history is what "
    "this call returned",
)


class Epoch(NamedTuple):
    """What is known of an epoch when it is over."""

    number: int
    """Counted from 1."""
    perplexity: float
    """On the training text, while the parameters changed."""
    seconds: float
    """Time that the epoch took."""
    num_chars: int = 0
    """Characters that were predicted."""


class TrainingRun:
    """Count epochs, keep what each of them brought, and end cleanly on Ctrl-C.

    Used in a ``with`` statement around the training loop. When the loop is interrupted,
    it ends at the next mini-batch, the parameters become again what they were after the
    last finished epoch, a message says how to go on, and the program goes on after the
    ``with``.

    Parameters
    ----------
    params : iterable of mxnet.gluon.Parameter or of mxnet.ndarray.NDArray
        The parameters that the loop changes.
    num_epochs : int
        Epochs altogether, those before included.
    num_batches : int
        Mini-batches in an epoch, for the bar.
    history : sequence of Epoch
        The epochs before, if the loop goes on with a training.
    """

    def __init__(
        self,
        params: Iterable[Parameter] | Iterable[NDArray],
        num_epochs: int,
        num_batches: int,
        history: Sequence[Epoch] = (),
    ):
        self.params, self.num_epochs = params, num_epochs
        self.history = list(history)
        """The finished epochs."""
        self._kept = (0, [], random.getstate())
        self._interrupted = False
        self._bar = progress_bar(
            total=num_epochs * num_batches,
            initial=len(self.history) * num_batches,
            bar_format="{desc}: {percentage:3.0f}%|{bar}| {elapsed} < {remaining}{postfix}",
        )

    def __enter__(self) -> "TrainingRun":
        """Begin the training, or go on with it."""
        if self.history:
            self._keep()
        # An exception that came at any moment would be lost if it came while Python tidies
        # up an array. So Ctrl-C is noted, and acted upon between two mini-batches.
        self._catches = (
            threading.current_thread() is threading.main_thread()
            and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        )
        if self._catches:
            signal.signal(signal.SIGINT, self._note_interrupt)
        return self

    def _note_interrupt(self, *args: object) -> None:
        self._interrupted = True
        # A second one need not wait for a mini-batch.
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def epochs(self) -> Iterator[int]:
        """Count the epochs that are still to come."""
        for number in range(len(self.history) + 1, self.num_epochs + 1):
            self._bar.set_description_str(f"epoch {number} of {self.num_epochs}", refresh=False)
            yield number

    def keep_pace(self, losses: Sequence[NDArray]) -> None:
        """Move the bar, wait for the device if Python is far ahead of it, and heed Ctrl-C.

        Parameters
        ----------
        losses : sequence of mxnet.ndarray.NDArray
            The losses of this epoch's mini-batches up to now.

        Raises
        ------
        KeyboardInterrupt
            If Ctrl-C was pressed.
        """
        if self._interrupted:
            raise KeyboardInterrupt
        wait_if_far_ahead(losses)
        self._bar.update()

    def finish(self, epoch: Epoch) -> None:
        """Keep a finished epoch, and the parameters as they are now."""
        self.history.append(epoch)
        self._keep()
        speed = epoch.num_chars / max(epoch.seconds, 1e-9)
        self._bar.set_postfix_str(
            f"perplexity {epoch.perplexity:.3f}, {speed:,.0f} characters a second"
        )

    def _keep(self) -> None:
        # Everything at once: an interrupt in between finds the epoch before, complete.
        copies = [(array, array.copy()) for array in arrays_of(self.params)]
        self._kept = (len(self.history), copies, random.getstate())

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        """Take the bar away; undo the epoch that was interrupted."""
        self._bar.close()
        if self._catches:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        if kind is not KeyboardInterrupt:
            return False
        num_finished, copies, random_state = self._kept
        del self.history[num_finished:]
        with autograd.pause():
            for array, copy in copies:
                array[:] = copy
        random.setstate(random_state)
        say(
            f"interrupted: the model is as it was after epoch {num_finished}. {ADVICE.get()}".rstrip()
            if num_finished
            else "interrupted before the first epoch was over: nothing is kept, so begin anew"
        )
        return True


def arrays_of(params: Iterable[Parameter] | Iterable[NDArray]) -> Iterator[NDArray]:
    """Go through the arrays of some parameters, on every device that has one."""
    for param in params:
        yield from param.list_data() if isinstance(param, Parameter) else [param]


def wait_if_far_ahead(results: Sequence[NDArray]) -> None:
    """Wait for the device if Python has queued much more than the device has computed.

    Parameters
    ----------
    results : sequence of mxnet.ndarray.NDArray
        What is computed, one array a mini-batch, in the order of the queue.
    """
    if len(results) > MINI_BATCHES_AHEAD:
        results[-MINI_BATCHES_AHEAD - 1].wait_to_read()
