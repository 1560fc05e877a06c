"""Callbacks for `gb.train`: measure a model on held-out text, and keep its best epoch."""

from gluonbook.ground.checks import check_indices, with_finite_logits
from gluonbook.lesson.evaluation import evaluate_perplexity
from gluonbook.lesson.models import params_of, try_gpu
from gluonbook.services.parameters import set_params, vocab_size_of


class HeldOutCurve(list):
    """A callback that measures the perplexity on a held-out text while a model is being trained.

    The object is a list that `plot_learning_curves` can draw. It contains one `Epoch` for every
    `period` epochs, and is cleared when a new training run begins. The other arguments are those of
    `evaluate_perplexity`.
    """

    def __init__(self, model, held_out, ctx=None, period=5):
        super().__init__()
        self.model, self.held_out, self.period = model, held_out, period
        self.ctx = ctx or try_gpu()

    def __call__(self, epoch):
        """Every `period` epochs, append the `Epoch` with the perplexity on the held-out text."""
        if self and epoch.number <= self[-1].number:
            self.clear()
        if epoch.number % self.period == 0:
            if not self:
                check_indices(self.held_out, vocab_size_of(self.model, self.ctx))
            measure = with_finite_logits(evaluate_perplexity)
            perplexity = measure(self.model, self.held_out, self.ctx)
            self.append(epoch._replace(perplexity=perplexity))


class KeepBest(HeldOutCurve):
    """A `HeldOutCurve` on a validation text that keeps the parameters of the best epoch.

    After training, `restore` sets the model's parameters to these values, as if training had stopped
    after the best epoch. This technique is called early stopping (L. Prechelt, 1998, *Early stopping - but
    when?*).
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
        """Set the model's parameters, on all of its devices, to their values after the best epoch."""
        if self.best is None:
            raise ValueError(
                f"no epoch was measured, because training ended before epoch {self.period}: train "
                "for more epochs or use a smaller period"
            )
        set_params(self.model, self._kept)
