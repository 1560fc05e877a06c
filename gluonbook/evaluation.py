"""Measure a model: its perplexity on held-out text, its size, and what it copies."""

import math
from collections.abc import Sequence

import numpy as np
from mxnet import Context, gluon, nd
from mxnet.gluon import loss as gloss

from gluonbook.ground.checks import (
    LARGEST_LOSS,
    check_held_out,
    check_indices,
    check_measured,
    check_sizes,
)
from gluonbook.models import RNNModel, params_of, try_gpu
from gluonbook.training import Epoch


def evaluate_perplexity(model, corpus_indices, ctx=None, *, num_steps=500):
    """Measure a model's perplexity on a text, usually one it was not trained on.

    The text is read once from beginning to end with the state carried all the way.
    Every character but the first, which nothing precedes, counts once.

    Parameters
    ----------
    model : mxnet.gluon.Block or ScratchModel
        As for `train`.
    corpus_indices : sequence of int
        The text, one index per character.
    ctx : mxnet.context.Context, optional
        The device of the model's parameters; `try_gpu` by default.
    num_steps : int
        Characters read at a time. This changes time and memory, not the result.

    Returns
    -------
    float
        The perplexity: the exponential of the mean cross-entropy, in nats per character.
        Infinite if that is too large for a number.
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
    # Only the logits tell how many characters the model knows.
    check_indices(corpus, logits.shape[1])
    check_measured(total)
    mean_loss = total / (len(corpus) - 1)
    return math.exp(mean_loss) if mean_loss < LARGEST_LOSS else math.inf


class HeldOutCurve(list):
    """A callback that collects the perplexity on a held-out text while a model trains.

    It is a list of `Epoch`, one for every `period` epochs, which `plot_learning_curves` draws as it
    is. When a training run begins anew, so does the list. `held_out` is the text, as indices; `model`
    and `ctx` are as for `evaluate_perplexity`. A `period` below 1, or a text of fewer than two
    characters, is a ValueError.
    """

    def __init__(self, model, held_out: np.ndarray, ctx: Context | None = None, period: int = 5):
        check_sizes(period=period)
        check_held_out(held_out)
        super().__init__()
        self.model, self.held_out, self.ctx, self.period = model, held_out, ctx, period

    def __call__(self, epoch: Epoch) -> None:
        """Every `period` epochs, append the epoch with its perplexity on the held-out text."""
        if self and epoch.number <= self[-1].number:
            self.clear()
        if epoch.number % self.period == 0:
            perplexity = evaluate_perplexity(self.model, self.held_out, self.ctx)
            self.append(epoch._replace(perplexity=perplexity))


class KeepBest(HeldOutCurve):
    """A curve on a validation text that keeps the parameters of its lowest point.

    When the training run is over, `restore` gives them back to the model: as if the run had been
    stopped where it was best. Also called early stopping. It takes what `HeldOutCurve` takes.

    References
    ----------
    Prechelt, L. (1998). Early stopping - but when? Neural Networks: Tricks of the Trade, 55-69.
    """

    @property
    def best(self) -> Epoch | None:
        """The `Epoch` with the lowest perplexity on the validation text; None before one is measured."""
        return min(self, key=lambda epoch: epoch.perplexity, default=None)

    def __call__(self, epoch: Epoch) -> None:
        """Measure, if it is time, and keep the parameters if they are better than all before."""
        super().__call__(epoch)
        if self.best and self.best.number == epoch.number:
            self._kept = [(array, array.copy()) for array in params_of(self.model, self.ctx)]

    def restore(self) -> None:
        """Give the model the parameters of its best epoch; a ValueError if none was measured."""
        if self.best is None:
            raise ValueError(
                f"no epoch was measured, so none is the best: every {self.period} epochs one is. "
                "Train for longer, or take a smaller period"
            )
        for array, values in self._kept:
            array[:] = values


def bootstrap_range(differences: Sequence[float], num_draws: int = 1000) -> np.ndarray:
    """Return the range in which the mean would mostly lie, had other blocks of the text been drawn.

    In `differences` is a number for each block, such as how much greater the loss of one model is in
    it. As many are drawn again, with replacement, and the mean of those is taken, `num_draws` times.
    If the range includes zero, the text does not tell which model is better.

    Returns
    -------
    numpy.ndarray
        The lower and the upper end of the middle 95 percent of the means. The draws are the same
        each time.

    References
    ----------
    Künsch, H. R. (1989). The jackknife and the bootstrap for general stationary observations.
    The Annals of Statistics, 17(3), 1217-1241.

    Examples
    --------
    >>> gb.bootstrap_range([0.5, 0.5, 0.5]).tolist()
    [0.5, 0.5]
    """
    drawn = np.random.default_rng(1).choice(differences, (num_draws, len(differences)))
    return np.quantile(drawn.mean(axis=1), [0.025, 0.975])


def num_params(layer: gluon.Block, vocab_size: int) -> int:
    """Count the parameters of an `RNNModel` with this recurrent layer, every bias of Gluon's included.

    The layer is initialised on the CPU.

    Examples
    --------
    >>> gb.num_params(mx.gluon.rnn.RNN(256), vocab_size=43)
    88107
    """
    model = RNNModel(layer, vocab_size)
    model.initialize()
    # Gluon knows the shapes only once it has seen an input.
    model(nd.zeros((1, 1)), model.begin_state(batch_size=1))
    return sum(param.data().size for param in model.collect_params().values())


def longest_copy(written: str, source: str) -> str:
    """Return the longest piece of a generated text that is also in its source.

    Of several it is the first, and the empty string if no character is shared.

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
