"""Names that sections still call until they are rewritten. Nothing new may be added here."""

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from mxnet import nd

from gluonbook import parallel, prediction, training
from gluonbook.errors import (
    check_corpus,
    check_loss,
    check_prefixes,
    check_sizes,
    check_temperature,
)
from gluonbook.ngrams import last_characters
from gluonbook.text import Text

__all__ = [
    "check_corpus",
    "check_sizes",
    "check_temperature",
    "last_characters",
]


def _nothing(*args: Any, **kwargs: Any) -> None:
    """Check nothing."""


check_clipping = check_corpus_length = check_has_successor = _nothing


def check_prefix(prefix, char_to_idx):
    """Check a prefix."""
    check_prefixes([prefix], char_to_idx)


def _as_it_is(function: Any) -> Any:
    return function


checked_parallel_training = checked_prediction = checked_training = one_step = _as_it_is


def with_progress(steps: Any, description: str) -> Any:
    """Go through some steps."""
    return iter(steps)


def to_perplexity(loss: float, epoch: int) -> float:
    """Return the exponential of a loss."""
    check_loss(loss, np.zeros(1), epoch)
    return math.exp(loss)


class TrainingRun:
    """Count epochs, and report how each of them went."""

    def __init__(self, params, num_epochs, num_batches, history=(), callbacks=(), num_ahead=100):
        self.num_epochs, self.callbacks, self.history = num_epochs, callbacks, list(history)

    def __enter__(self):
        return self

    def epochs(self):
        """Count epochs."""
        for number in range(len(self.history) + 1, self.num_epochs + 1):
            self.start = time.perf_counter()
            yield number

    def watch(self, batches):
        """Go through mini-batches."""
        return batches

    def finish(self, losses):
        """End an epoch."""
        number, loss = len(self.history) + 1, nd.concat(*losses, dim=0).mean().asscalar()
        seconds = time.perf_counter() - self.start
        self.history.append(training.Epoch(number, to_perplexity(loss, number), seconds))
        for callback in self.callbacks:
            callback(self.history[-1])

    def report(self, texts):
        """Print how it goes."""
        number, perplexity, seconds = self.history[-1]
        print(f"epoch {number}, perplexity {perplexity:f}, time {seconds:.2f} sec")
        for text in texts:
            print(" -", text)

    def __exit__(self, *args):
        return None


def train_epoch_rnn_gluon(model, batches, state, loss, trainer, clipping_theta):
    """Return the losses of `train_epoch`."""
    return training.train_epoch(model, batches, state, loss, trainer, clipping_theta)[0]


def train_epoch_rnn(
    rnn, params, batches, first_state, is_random_iter, vocab_size, loss, lr, clipping_theta
):
    """Return the losses of an epoch from scratch."""
    model = training.ScratchModel(rnn, lambda *_: params, None, None, vocab_size)
    model.initialize(ctx=None)
    trainer = training.SGD(params, lr)
    return training.train_epoch(
        model, batches, first_state, loss, trainer, clipping_theta, is_random_iter
    )[0]


def text_of(indices: Any, size: int, chars: Any, index: Any) -> Text:
    """Return a text of these."""
    text = Text.__new__(Text)
    text.train, text.size, text.chars, text.index = indices, size, list(chars), index
    return text


def with_old_arguments(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let `generate` and `beam_search` take the arguments that they had."""

    def call(first, *args, **kwargs):
        if not isinstance(first, str | list | tuple):
            return function(first, *args, **kwargs)
        num_chars, model, size, ctx, chars, index = args
        text = text_of(None, size, chars, index)
        name = "prefix" if isinstance(first, str) else "prefixes"
        return function(model, text, num_chars=num_chars, ctx=ctx, **{name: first}, **kwargs)

    return call


generate = with_old_arguments(prediction.generate)
beam_search = with_old_arguments(prediction.beam_search)


def train_data_parallel(model, text, *args, **kwargs):
    """Take the arguments that it had, too."""
    if not isinstance(text, int):
        return parallel.train_data_parallel(model, text, *args, **kwargs)
    names = [
        "ctxs",
        "corpus_indices",
        "num_epochs",
        "num_steps",
        "lr",
        "clipping_theta",
        "batch_size",
    ]
    kwargs |= dict(zip(names, args, strict=False))
    text = text_of(kwargs.pop("corpus_indices"), text, [], {})
    return parallel.train_data_parallel(model, text, **kwargs)
