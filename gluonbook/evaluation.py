"""Measure what a model has learned, how large it is, and what it copies."""

import math
from collections.abc import Sequence

import mxnet as mx
import numpy as np
from mxnet import Context, autograd, gluon, init, nd
from mxnet.gluon import loss as gloss
from mxnet.ndarray import NDArray

from gluonbook.checks import check_has_successor, check_sizes
from gluonbook.models import RNNModel
from gluonbook.run import Epoch, wait_if_far_ahead
from gluonbook.training import grad_clipping

# The vocabulary of the recall task: four characters to remember, four fillers.
RECALL_SYMBOLS = "abcdwxyz"


def evaluate_perplexity(
    model: gluon.Block, corpus_indices: Sequence[int], ctx: Context, *, num_steps: int = 500
) -> float:
    """Measure a model's perplexity on a text, usually one it was not trained on.

    The text is read once from beginning to end, the state carried all the way,
    and every character but the first, which nothing precedes, counts once.

    Parameters
    ----------
    model : mxnet.gluon.Block
        As for `train_and_predict_rnn_gluon`.
    corpus_indices : sequence of int
        The text, one index a character.
    ctx : mxnet.context.Context
        The device of the model's parameters.
    num_steps : int
        Characters read at a time. It changes time and memory, not the result.

    Returns
    -------
    float
        The perplexity: the exponential of the mean cross-entropy, in nats a character.

    Raises
    ------
    TypeError, ValueError
        If `num_steps` is not a whole number, 1 or more, or the text has no two characters.
    """
    check_sizes(num_steps=num_steps)
    check_has_successor(len(corpus_indices))
    corpus = np.asarray(corpus_indices)
    loss = gloss.SoftmaxCrossEntropyLoss()
    losses = []
    state = model.begin_state(batch_size=1, ctx=ctx)
    for start in range(0, len(corpus) - 1, num_steps):
        # The last piece may be shorter than the others.
        piece = nd.array(corpus[start : start + num_steps + 1], ctx=ctx, dtype="float32")
        logits, state = model(piece[:-1].reshape((1, -1)), state)
        losses.append(loss(logits, piece[1:]).sum())
        wait_if_far_ahead(losses)
    total = nd.concat(*losses, dim=0).asnumpy().sum(dtype="float64")
    return math.exp(total / (len(corpus) - 1))


class HeldOutCurve(list):
    """A callback that collects the perplexity on a held-out text while a model trains.

    It is a list of `Epoch`, which `plot_learning_curves` draws as it is.

    Parameters
    ----------
    model : mxnet.gluon.Block
        The model that is trained, as for `train_and_predict_rnn_gluon`.
    held_out : sequence of int
        The text, one index a character.
    ctx : mxnet.context.Context
        The device of the model's parameters.
    period : int
        Measure every so many epochs.

    Raises
    ------
    TypeError, ValueError
        If `period` is not a whole number, 1 or more, or the text has no two characters.
    """

    def __init__(self, model: gluon.Block, held_out: Sequence[int], ctx: Context, period: int):
        super().__init__()
        check_sizes(period=period)
        check_has_successor(len(held_out))
        self.model, self.held_out, self.ctx, self.period = model, held_out, ctx, period

    def __call__(self, epoch: Epoch) -> None:
        """Measure, if it is time, and keep the epoch with the perplexity on the held-out text."""
        if epoch.number % self.period == 0:
            perplexity = evaluate_perplexity(self.model, self.held_out, self.ctx)
            self.append(epoch._replace(perplexity=perplexity))


def num_params(layer: gluon.Block, vocab_size: int) -> int:
    """Count the parameters of a language model with this recurrent layer.

    Parameters
    ----------
    layer : mxnet.gluon.rnn.RNN, mxnet.gluon.rnn.GRU or mxnet.gluon.rnn.LSTM
        The recurrent layer. It is initialised on the CPU.
    vocab_size : int
        Characters in the vocabulary.

    Returns
    -------
    int
        The numbers in recurrent layer and output layer, every bias that Gluon keeps included.
    """
    model = RNNModel(layer, vocab_size)
    model.initialize()
    # Gluon knows the shapes only once it has seen an input.
    model(nd.zeros((1, 1)), model.begin_state(batch_size=1))
    return sum(param.data().size for param in model.collect_params().values())


def recall_batch(batch_size: int, distance: int, ctx: Context) -> tuple[NDArray, NDArray]:
    """Draw a mini-batch of the recall task.

    Each row begins with a character to remember, one of four, and goes on with
    fillers, drawn from four others.

    Parameters
    ----------
    batch_size : int
        Rows.
    distance : int
        Fillers in a row.
    ctx : mxnet.context.Context
        The device of the arrays.

    Returns
    -------
    X : mxnet.ndarray.NDArray
        Indices, of shape ``(batch_size, 1 + distance)``.
    first : mxnet.ndarray.NDArray
        The first index of each row, of shape ``(batch_size,)``.
    """
    first = nd.random.randint(0, 4, shape=(batch_size, 1), ctx=ctx)
    fillers = nd.random.randint(4, 8, shape=(batch_size, distance), ctx=ctx)
    X = nd.concat(first, fillers, dim=1).astype("float32")
    return X, X[:, 0]


def train_recall(
    layer: gluon.Block,
    distance: int,
    ctx: Context,
    lr: float = 0.01,
    num_batches: int = 200,
    batch_size: int = 16,
    seed: int = 1,
) -> float:
    """Train a model to name the first character of a row; return its accuracy on new rows.

    The optimiser is Adam, and the gradient is clipped to a length of 1.

    Parameters
    ----------
    layer : mxnet.gluon.rnn.RNN, mxnet.gluon.rnn.GRU or mxnet.gluon.rnn.LSTM
        A new recurrent layer. What has no initialiser of its own is drawn by Xavier's.
    distance : int
        Fillers between the character and the question.
    ctx : mxnet.context.Context
        The device to train on.
    lr : float
        Learning rate.
    num_batches : int
        Mini-batches to train on.
    batch_size : int
        Rows in a mini-batch.
    seed : int
        Where the random numbers of parameters and rows begin.

    Returns
    -------
    float
        The share of 500 new rows whose first character is the likeliest answer.

    References
    ----------
    Kingma, D. P. and Ba, J. (2015). Adam: a method for stochastic optimization. ICLR.
    """
    mx.random.seed(seed)
    model = RNNModel(layer, len(RECALL_SYMBOLS))
    model.initialize(init.Xavier(), ctx=ctx)
    model.hybridize()
    trainer = gluon.Trainer(model.collect_params(), "adam", {"learning_rate": lr})
    loss = gloss.SoftmaxCrossEntropyLoss()
    for _ in range(num_batches):
        X, first = recall_batch(batch_size, distance, ctx)
        with autograd.record():
            logits, _ = model(X, model.begin_state(batch_size=batch_size, ctx=ctx))
            # Only the answer after the last filler counts.
            batch_loss = loss(logits[-batch_size:], first).mean()
        batch_loss.backward()
        grad_clipping([p.data() for p in model.collect_params().values()], 1, ctx)
        trainer.step(1)
    X, first = recall_batch(500, distance, ctx)
    logits, _ = model(X, model.begin_state(batch_size=500, ctx=ctx))
    return (logits[-500:].argmax(axis=1) == first).mean().asscalar()


def longest_copy(written: str, source: str) -> str:
    """Return the longest piece of a written text that the source has, character by character.

    Parameters
    ----------
    written : str
        What a model wrote.
    source : str
        What it may have copied from, usually the training text.

    Returns
    -------
    str
        The first of the longest pieces; the empty string if no character is shared.
    """
    best = ""
    for start in range(len(written)):
        while start + len(best) < len(written) and written[start : start + len(best) + 1] in source:
            best = written[start : start + len(best) + 1]
    return best
