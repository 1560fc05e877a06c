"""Measure a model: its perplexity on held-out text, and what it copies from its training text."""

import math

import numpy as np
from mxnet import nd
from mxnet.gluon import loss as gloss

from gluonbook.ground.checks import (
    LARGEST_LOSS,
    check_blocks,
    check_held_out,
    check_indices,
    check_measured,
    check_sizes,
)
from gluonbook.models import params_of, set_params, try_gpu


def evaluate_perplexity(model, corpus_indices, ctx=None, *, num_steps=500):
    """Return a model's perplexity on a text, usually one that it was not trained on.

    The model reads the text once from beginning to end, and carries its state all the way. Every
    character but the first, which nothing precedes, counts once.

    Parameters
    ----------
    model : mxnet.gluon.Block or ScratchModel
        As for `train`.
    corpus_indices : sequence of int
        The text, one index per character.
    ctx : mxnet.context.Context, optional
        The device of the model's parameters; `try_gpu` by default.
    num_steps : int
        Number of characters read at a time. It changes time and memory, but not the result.

    Returns
    -------
    float
        The perplexity: the exponential of the mean cross-entropy, in nats per character. It is
        infinite if it is too large for a 64-bit number.

    Raises
    ------
    TypeError, ValueError
        If the text is not a sequence of at least two indices of the model's vocabulary.
    FloatingPointError
        If the loss is NaN, because training diverged.
    """
    check_sizes(num_steps=num_steps)
    check_held_out(corpus_indices)
    ctx = ctx or try_gpu()
    corpus = np.asarray(corpus_indices)
    loss = gloss.SoftmaxCrossEntropyLoss()
    state = model.begin_state(batch_size=1, ctx=ctx)
    total = 0.0
    for start in range(0, len(corpus) - 1, num_steps):
        piece = nd.array(corpus[start : start + num_steps + 1], ctx=ctx, dtype="float32")
        logits, state = model(piece[:-1].reshape((1, -1)), state)
        total += loss(logits, piece[1:]).sum().asscalar()
    # The number of logits is the size of the model's vocabulary.
    check_indices(corpus, logits.shape[1])
    check_measured(total)
    mean_loss = total / (len(corpus) - 1)
    return math.exp(mean_loss) if mean_loss < LARGEST_LOSS else math.inf


class HeldOutCurve(list):
    """A callback that measures the perplexity on a held-out text while a model is trained.

    It is a list with an `Epoch` for every `period` epochs, which `plot_learning_curves` can draw. When
    a new training run begins, the list is cleared.

    Parameters
    ----------
    model, ctx
        As for `evaluate_perplexity`.
    held_out : sequence of int
        The text, one index per character, two or more.
    period : int
        Measure after every `period` epochs.
    """

    def __init__(self, model, held_out, ctx=None, period=5):
        check_sizes(period=period)
        check_held_out(held_out)
        super().__init__()
        self.model, self.held_out, self.ctx, self.period = model, held_out, ctx, period

    def __call__(self, epoch):
        """Every `period` epochs, append the epoch with its perplexity on the held-out text."""
        if self and epoch.number <= self[-1].number:
            self.clear()
        if epoch.number % self.period == 0:
            perplexity = evaluate_perplexity(self.model, self.held_out, self.ctx)
            self.append(epoch._replace(perplexity=perplexity))


class KeepBest(HeldOutCurve):
    """A `HeldOutCurve` on a validation text that keeps the parameters of the best epoch.

    After training, `restore` gives them back to the model, as if training had been stopped at its
    best epoch. This is early stopping.

    References
    ----------
    Prechelt, L. (1998). Early stopping - but when? Neural Networks: Tricks of the Trade, 55-69.
    """

    @property
    def best(self):
        """The `Epoch` with the lowest perplexity on the validation text, or None if there is none."""
        return min(self, key=lambda epoch: epoch.perplexity, default=None)

    def __call__(self, epoch):
        """Measure every `period` epochs, and keep the parameters if the perplexity is the lowest yet."""
        super().__call__(epoch)
        if self.best and self.best.number == epoch.number:
            self._kept = [array.copy() for array in params_of(self.model, self.ctx)]

    def restore(self):
        """Set the model's parameters, on all of its devices, to those of the best epoch.

        Raises
        ------
        ValueError
            If no epoch was measured.
        """
        if self.best is None:
            raise ValueError(
                f"no epoch was measured, because training ended before epoch {self.period}: train "
                "for longer or use a smaller period"
            )
        set_params(self.model, self._kept)


def bootstrap_range(differences, num_draws=1000):
    """Return a 95-percent bootstrap interval for the mean over the blocks of a text.

    Blocks are drawn with replacement, as many as there are, and their mean is taken; this is repeated
    `num_draws` times. If `differences` holds, for each block, how much larger the loss of one model
    is than that of another, and the interval contains zero, then the text does not decide which
    model is better. With few blocks the interval is too narrow: of intervals for normally
    distributed blocks, 84 percent contain the true mean with 5 blocks, 90 percent with 20, and 95
    percent with 50.

    Parameters
    ----------
    differences : sequence of float
        A number for each block, two or more.
    num_draws : int
        Number of repetitions.

    Returns
    -------
    numpy.ndarray
        The lower and the upper end of the interval. The same random numbers are used in each call.

    Raises
    ------
    ValueError
        If there are fewer than two numbers, or if they are not in one row.

    References
    ----------
    Künsch, H. R. (1989). The jackknife and the bootstrap for general stationary observations.
    The Annals of Statistics, 17(3), 1217-1241.

    Examples
    --------
    >>> gb.bootstrap_range([0.5, 0.5, 0.5]).tolist()
    [0.5, 0.5]
    """
    check_blocks(differences)
    drawn = np.random.default_rng(1).choice(differences, (num_draws, len(differences)))
    return np.quantile(drawn.mean(axis=1), [0.025, 0.975])


def longest_copy(written, source):
    """Return the longest part of a generated text that also occurs in its source.

    If several are equally long, the first is returned; if no character is shared, the empty string.

    Examples
    --------
    >>> gb.longest_copy("a time machine was here", "the time machine is gone")
    ' time machine '
    """
    best = ""
    for start in range(len(written)):
        while start + len(best) < len(written) and written[start : start + len(best) + 1] in source:
            best = written[start : start + len(best) + 1]
    return best
