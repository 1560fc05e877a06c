"""The recall task: name the first character of a row after many others."""

import mxnet as mx
from mxnet import Context, autograd, gluon, init, nd
from mxnet.gluon import loss as gloss
from mxnet.ndarray import NDArray

from gluonbook.models import RNNModel
from gluonbook.training import grad_clipping

# The vocabulary of the recall task: four characters to remember, four fillers.
RECALL_SYMBOLS = "abcdwxyz"


def recall_batch(batch_size: int, distance: int, ctx: Context) -> tuple[NDArray, NDArray]:
    """Draw a mini-batch of the recall task.

    Each row begins with a character to remember, one of four. Fillers follow, drawn
    from four others.

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

    Examples
    --------
    >>> X, first = gb.recall_batch(batch_size=2, distance=5, ctx=mx.cpu())
    >>> X.shape, first.shape
    ((2, 6), (2,))
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
        A new recurrent layer. Parameters without an initialiser of their own get Xavier's.
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
        Seed of the random numbers, for parameters and rows.

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
