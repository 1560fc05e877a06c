"""Evaluate a model: measure its perplexity on held-out text, and keep its best epoch."""

import math

import numpy as np
from mxnet import nd
from mxnet.gluon import loss as gloss

from gluonbook.ground.checks import (
    LARGEST_LOSS,
    check_finite_logits,
    check_held_out,
    check_indices,
    check_sizes,
)
from gluonbook.models import check_initialized, params_of, set_params, try_gpu


def evaluate_perplexity(model, corpus_indices, ctx=None, *, num_steps=500):
    """Return a model's perplexity on a text, usually one that it was not trained on.

    The model reads the text once from beginning to end, and its state is carried over throughout. Every
    character counts once, except the first, because no character precedes it.

    Parameters
    ----------
    model : mxnet.gluon.Block or ScratchModel
        As for `train`.
    corpus_indices : sequence of int
        The text, one index per character.
    ctx : mxnet.context.Context, optional
        The device of the model's parameters; `try_gpu` by default.
    num_steps : int
        Number of characters read at a time. It affects time and memory use, but not the result.

    Returns
    -------
    float
        The perplexity, which is the exponential of the mean cross-entropy in nats per character, or
        infinity if the perplexity is too large for a 64-bit number.

    Raises
    ------
    TypeError, ValueError
        If the text is not a sequence of at least two indices from the model's vocabulary.
    FloatingPointError
        If a logit is NaN or infinite, because training diverged.
    """
    check_sizes(num_steps=num_steps)
    check_held_out(corpus_indices)
    check_initialized(model)
    ctx = ctx or try_gpu()
    corpus = np.asarray(corpus_indices)
    loss = gloss.SoftmaxCrossEntropyLoss()
    state = model.begin_state(batch_size=1, ctx=ctx)
    total = 0.0
    for start in range(0, len(corpus) - 1, num_steps):
        piece = nd.array(corpus[start : start + num_steps + 1], ctx=ctx, dtype="float32")
        logits, state = model(piece[:-1].reshape((1, -1)), state)
        check_finite_logits(logits)  # a loss may not show a NaN that belongs to no target
        total += loss(logits, piece[1:]).sum().asscalar()
    # The number of logits is the size of the model's vocabulary.
    check_indices(corpus, logits.shape[1])
    mean_loss = total / (len(corpus) - 1)
    return math.exp(mean_loss) if mean_loss < LARGEST_LOSS else math.inf


class HeldOutCurve(list):
    """A callback that measures the perplexity on a held-out text while a model is being trained.

    The object is a list that `plot_learning_curves` can draw. It contains one `Epoch` for every
    `period` epochs, and is cleared when a new training run begins.

    Parameters
    ----------
    model, ctx
        As for `evaluate_perplexity`.
    held_out : sequence of int
        The text, as a sequence of at least two indices, one per character.
    period : int
        Measure the perplexity after every `period` epochs.
    """

    def __init__(self, model, held_out, ctx=None, period=5):
        check_sizes(period=period)
        check_held_out(held_out)
        super().__init__()
        self.model, self.held_out, self.ctx, self.period = model, held_out, ctx, period

    def __call__(self, epoch):
        """Every `period` epochs, append the `Epoch` with the perplexity on the held-out text."""
        if self and epoch.number <= self[-1].number:
            self.clear()
        if epoch.number % self.period == 0:
            perplexity = evaluate_perplexity(self.model, self.held_out, self.ctx)
            self.append(epoch._replace(perplexity=perplexity))


class KeepBest(HeldOutCurve):
    """A `HeldOutCurve` on a validation text that keeps the parameters of the best epoch.

    After training, `restore` sets the model's parameters to these values, as if training had stopped
    after the best epoch. This technique is called early stopping.

    References
    ----------
    Prechelt, L. (1998). Early stopping - but when? Neural Networks: Tricks of the Trade, 55-69.
    """

    @property
    def best(self):
        """The `Epoch` with the lowest validation perplexity, or None before the first measurement."""
        return min(self, key=lambda epoch: epoch.perplexity, default=None)

    def __call__(self, epoch):
        """Measure every `period` epochs, and keep the parameters if the perplexity is a new minimum."""
        super().__call__(epoch)
        if self.best and self.best.number == epoch.number:
            self._kept = [array.copy() for array in params_of(self.model, self.ctx)]

    def restore(self):
        """Set the model's parameters, on all of its devices, to their values after the best epoch.

        Raises
        ------
        ValueError
            If no epoch was measured.
        """
        if self.best is None:
            raise ValueError(
                f"no epoch was measured, because training ended before epoch {self.period}: train "
                "for more epochs or use a smaller period"
            )
        set_params(self.model, self._kept)


def bootstrap_range(differences, num_draws=1000):
    """Return a 95-percent bootstrap interval for the mean over the blocks of a text.

    Each of `num_draws` repetitions draws as many blocks as the text has, with replacement, and computes
    their mean. Suppose that `differences` contains the difference between the losses of two models on
    each block. If the interval contains zero, the text does not show which model is better. With few
    blocks the interval is too narrow: for normally distributed blocks, 84 percent of the intervals
    contain the true mean with 5 blocks, 90 percent with 20, and 95 percent with 50.

    Parameters
    ----------
    differences : sequence of float
        A number for each block. There must be at least two blocks.
    num_draws : int
        Number of repetitions.

    Returns
    -------
    numpy.ndarray
        The lower and the upper end of the interval. Every call uses the same random numbers.

    Raises
    ------
    ValueError
        If `differences` contains fewer than two numbers or is not one-dimensional.

    References
    ----------
    Künsch, H. R. (1989). The jackknife and the bootstrap for general stationary observations.
    The Annals of Statistics, 17(3), 1217-1241.

    Examples
    --------
    >>> gb.bootstrap_range([0.5, 0.5, 0.5]).tolist()
    [0.5, 0.5]
    """
    if np.ndim(differences) != 1 or len(differences) < 2:
        raise ValueError(
            "a bootstrap needs a one-dimensional sequence with a number for each of two or more "
            f"blocks, not an array of shape {np.shape(differences)}: divide the text into more blocks"
        )
    drawn = np.random.default_rng(1).choice(differences, (num_draws, len(differences)))
    return np.quantile(drawn.mean(axis=1), [0.025, 0.975])
