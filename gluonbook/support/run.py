"""What a training loop hands over once per epoch: progress, history, reports, a clean end on Ctrl-C."""

import math
import random
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import TracebackType
from typing import Any

from mxnet import autograd, nd
from mxnet.gluon import Parameter
from mxnet.ndarray import NDArray

from gluonbook.support.progress import progress_bar, say
from gluonbook.support.watchdog import watchdog
from gluonbook.training import Epoch

MiniBatch = tuple[NDArray, NDArray]

# How many mini-batches Python may be ahead of the device. Each that waits in line needs
# memory; a line of this length never runs empty.
MINI_BATCHES_AHEAD = 100

# How to continue after an interrupt. A callback that knows another way has an `advice` of its own.
ADVICE = (
    "To continue, call the function again with history=history, where history is what this call "
    "returned"
)


class TrainingRun:
    """Count epochs, report how each of them went, and end cleanly on Ctrl-C.

    Used in a ``with`` statement around the training loop, which draws its mini-batches through
    `watch` and hands the losses of each epoch to `finish`. When the loop is interrupted, it ends
    at the next mini-batch, the parameters become again what they were after the last finished
    epoch, a message says how to continue, and the program goes on after the ``with``.

    Parameters
    ----------
    params : iterable of mxnet.gluon.Parameter or of mxnet.ndarray.NDArray
        The parameters that the loop changes.
    num_epochs : int
        Epochs altogether, including previous ones.
    num_batches : int
        Mini-batches in an epoch, for the bar.
    history : sequence of Epoch
        The previous epochs, if a training run is continued.
    callbacks : sequence of callable
        Each is called with an `Epoch` at the end of every epoch.
    num_ahead : int
        How many mini-batches Python may be ahead of the device.
    """

    def __init__(
        self,
        params: Iterable[Parameter] | Iterable[NDArray],
        num_epochs: int,
        num_batches: int,
        history: Sequence[Epoch] = (),
        callbacks: Sequence[Callable[[Epoch], Any]] = (),
        num_ahead: int = MINI_BATCHES_AHEAD,
    ):
        self.params, self.num_epochs = params, num_epochs
        self.callbacks, self.num_ahead = callbacks, num_ahead
        self.history = list(history)
        """The finished epochs."""
        self._kept = (len(self.history), [], random.getstate())
        self._interrupted = False
        self._bar = progress_bar(
            total=num_epochs * num_batches,
            initial=len(self.history) * num_batches,
            bar_format="{desc}: {percentage:3.0f}%|{bar}| {elapsed} < {remaining}{postfix}",
        )

    def __enter__(self) -> "TrainingRun":
        """Begin the training run, or continue it."""
        # An exception can come at any moment, and is lost if that is when Python frees an
        # array. So Ctrl-C is noted, and acted upon between two mini-batches.
        self._catches = (
            threading.current_thread() is threading.main_thread()
            and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        )
        if self._catches:
            signal.signal(signal.SIGINT, self._note_interrupt)
        watchdog.pat()
        return self

    def _note_interrupt(self, *args: object) -> None:
        self._interrupted = True
        # A second one need not wait for a mini-batch.
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def epochs(self) -> Iterator[int]:
        """Count the epochs that are still to come."""
        if self.history:
            self._keep()
        for number in range(len(self.history) + 1, self.num_epochs + 1):
            self._bar.set_description_str(f"epoch {number} of {self.num_epochs}", refresh=False)
            self._start, self._num_chars = time.perf_counter(), 0
            yield number

    def watch(self, batches: Iterable[MiniBatch]) -> Iterator[MiniBatch]:
        """Go through the mini-batches of an epoch, and do what is due in between.

        The bar moves, Ctrl-C is noticed, and if Python is far ahead of the device, it waits:
        each mini-batch in the queue needs memory.

        Parameters
        ----------
        batches : iterable of (mxnet.ndarray.NDArray, mxnet.ndarray.NDArray)
            The mini-batches, as a sampler yields them.

        Yields
        ------
        (mxnet.ndarray.NDArray, mxnet.ndarray.NDArray)
            The same mini-batches.

        Raises
        ------
        KeyboardInterrupt
            If Ctrl-C was pressed.
        """
        steps = deque(maxlen=self.num_ahead + 1)
        for X, Y in batches:
            yield X, Y
            # A number that is there as soon as the device has taken this step.
            steps.append(next(arrays_of(self.params)).slice_axis(axis=0, begin=0, end=1))
            wait_if_far_ahead(steps, self.num_ahead)
            watchdog.pat()
            self._num_chars += X.size
            self._bar.update()
            if self._interrupted:
                raise KeyboardInterrupt

    def finish(self, losses: Sequence[NDArray]) -> None:
        """Wait until an epoch is over, record it, and call the callbacks.

        Parameters
        ----------
        losses : sequence of mxnet.ndarray.NDArray
            The mean loss of each mini-batch, in nats per character, of shape ``(1,)``.

        Raises
        ------
        FloatingPointError
            If their mean is NaN or infinite.
        """
        # Only here does Python wait for the device.
        mean_loss = nd.concat(*losses, dim=0).mean().asscalar()
        number, seconds = len(self.history) + 1, time.perf_counter() - self._start
        epoch = Epoch(number, to_perplexity(mean_loss, number), seconds)
        self.history.append(epoch)
        self._keep()
        watchdog.pat()
        speed = self._num_chars / max(seconds, 1e-9)
        self._bar.set_postfix_str(
            f"perplexity {epoch.perplexity:.3f}, {speed:,.0f} characters a second"
        )
        for callback in self.callbacks:
            callback(epoch)

    def report(self, texts: Iterable[str]) -> None:
        """Print how the last epoch went, and what the model generates now.

        Parameters
        ----------
        texts : iterable of str
            Generated texts, one per line.
        """
        last = self.history[-1]
        say(f"epoch {last.number}, perplexity {last.perplexity:f}, time {last.seconds:.2f} sec")
        for text in texts:
            say(f" - {text}")

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
        """Remove the bar, and undo an interrupted epoch."""
        watchdog.rest()
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
        advice = next((each.advice for each in self.callbacks if hasattr(each, "advice")), ADVICE)
        say(
            f"interrupted: the model is as it was after epoch {num_finished}. {advice}"
            if num_finished
            else "interrupted before the first epoch was over: nothing is kept, so start again"
        )
        return True


def to_perplexity(loss: float, epoch: int) -> float:
    r"""Turn a mean cross-entropy into a perplexity, :math:`\exp(\text{loss})`.

    Parameters
    ----------
    loss : float
        Mean cross-entropy, in nats per character.
    epoch : int
        The epoch it was measured in, for the message.

    Raises
    ------
    FloatingPointError
        If the loss is NaN, infinite, or so large that its perplexity is.
    """
    try:
        perplexity = math.exp(loss)
    except OverflowError:
        perplexity = math.inf
    if not math.isfinite(perplexity):
        raise FloatingPointError(
            f"training diverged: the loss is {loss} in epoch {epoch}. Try a smaller learning "
            "rate lr, or clip the gradients harder with a smaller clipping_theta"
        )
    return perplexity


def arrays_of(params: Iterable[Parameter] | Iterable[NDArray]) -> Iterator[NDArray]:
    """Go through the arrays of some parameters, on every device that has one."""
    for param in params:
        yield from param.list_data() if isinstance(param, Parameter) else [param]


def wait_if_far_ahead(results: Sequence[NDArray], num_ahead: int = MINI_BATCHES_AHEAD) -> None:
    """Wait for the device if Python has queued much more than the device has computed.

    Parameters
    ----------
    results : sequence of mxnet.ndarray.NDArray
        What is computed, one array per mini-batch, in the order of the queue.
    num_ahead : int
        How many of them may be missing.
    """
    if len(results) > num_ahead:
        results[-num_ahead - 1].wait_to_read()
