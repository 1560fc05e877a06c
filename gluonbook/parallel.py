"""Train on several devices at once, in this process and in others connected to it."""

from collections.abc import Callable, Sequence
from typing import Any

import mxnet as mx
from mxnet import Context, autograd, gluon, init
from mxnet.gluon import loss as gloss
from mxnet.ndarray import NDArray

from gluonbook.corpus import MiniBatches, data_iter_consecutive
from gluonbook.support.checks import checked_parallel_training
from gluonbook.support.run import Epoch, TrainingRun
from gluonbook.support.workers import add_up, start_together
from gluonbook.training import grad_clipping


@checked_parallel_training
def train_data_parallel(
    model: gluon.Block,
    vocab_size: int,
    ctxs: Sequence[Context],
    corpus_indices: Sequence[int],
    num_epochs: int,
    num_steps: int,
    lr: float,
    clipping_theta: float,
    batch_size: int,
    *,
    kvstore: mx.kv.KVStore | None = None,
    callbacks: Sequence[Callable[[Epoch], Any]] = (),
    history: Sequence[Epoch] = (),
) -> list[Epoch]:
    r"""Train a Gluon model on several devices as `train_and_predict_rnn_gluon` does on one.

    Each device holds all parameters and reads a share of the rows of every
    mini-batch. The gradients of the shares are added up, and the sum is clipped, so
    each step is the one that a single device would take, to rounding.

    Parameters
    ----------
    model : mxnet.gluon.Block
        As for `train_and_predict_rnn_gluon`.
    vocab_size : int
        Characters in the vocabulary.
    ctxs : sequence of mxnet.context.Context
        The devices of this process.
    corpus_indices : sequence of int
        The training text, one index per character.
    num_epochs : int
        How often to read the text, epochs of `history` included.
    num_steps : int
        Characters of a row in a mini-batch.
    lr : float
        Learning rate.
    clipping_theta : float
        Greatest norm of the summed gradient, above zero.
    batch_size : int
        Rows in a mini-batch, those of all devices of all processes together.
    kvstore : mxnet.kv.KVStore, optional
        What adds up the gradients: by default a store of this process alone. With the
        store that `gluonbook.cluster.join` returns, each worker calls this function with
        the same arguments; they start from the parameters of worker 0.
    callbacks : sequence of callable
        Each is called with an `Epoch` at the end of every epoch.
    history : sequence of Epoch
        Epochs that the model was trained for before. Training continues after them, from
        the parameters that the model has; of several workers, from those of worker 0.

    Returns
    -------
    list of Epoch
        Every epoch, those before included. The perplexity is that of all rows. An
        interrupt (Ctrl-C) ends the training run as it ends `train_and_predict_rnn_gluon`.

    Raises
    ------
    FloatingPointError
        If the loss becomes NaN or infinite.
    RuntimeError
        If another thread trains the model.
    TypeError, ValueError
        If an argument makes no sense; before the model is touched.

    References
    ----------
    Goyal, P., Dollár, P., Girshick, R. et al. (2017). Accurate, large minibatch SGD:
    Training ImageNet in 1 hour. arXiv:1706.02677, section 3.
    """
    kvstore = kvstore or mx.kv.create("device")
    if history:
        model.collect_params().reset_ctx(ctxs)
    else:
        model.initialize(init.Normal(0.01), ctx=ctxs, force_reinit=True)
    params = model.collect_params()
    trainer = gluon.Trainer(
        params,
        "sgd",
        {"learning_rate": lr},
        kvstore=kvstore,
        update_on_kvstore=False,  # so that there is a moment between the sum and the step
    )
    loss = gloss.SoftmaxCrossEntropyLoss()
    num_rows = batch_size // kvstore.num_workers // len(ctxs)
    num_batches = (len(corpus_indices) - 1) // (batch_size * num_steps)
    with TrainingRun(
        params.values(), num_epochs, num_batches, history, callbacks, num_ahead=1
    ) as run:
        start_together(model, trainer, kvstore, ctxs, len(history))
        for _ in run.epochs():
            batches = run.watch(
                data_iter_consecutive(corpus_indices, batch_size, num_steps, mx.cpu())
            )
            states = [model.begin_state(batch_size=num_rows, ctx=ctx) for ctx in ctxs]
            losses = train_epoch_parallel(
                model, batches, states, loss, trainer, kvstore, clipping_theta, ctxs
            )
            run.finish(add_up(losses, model, kvstore))
    return run.history


def train_epoch_parallel(
    model: gluon.Block,
    batches: MiniBatches,
    states: list[list[NDArray]],
    loss: gluon.Block,
    trainer: gluon.Trainer,
    kvstore: mx.kv.KVStore,
    clipping_theta: float,
    ctxs: Sequence[Context],
) -> list[NDArray]:
    """Read a text once on several devices, and take a step on all of them after each mini-batch.

    Parameters
    ----------
    model, loss
        As for `train_epoch_rnn_gluon`.
    batches : iterator of (mxnet.ndarray.NDArray, mxnet.ndarray.NDArray)
        Mini-batches of all workers, in the order of the text.
    states : list of list of mxnet.ndarray.NDArray
        The state of each device before the first mini-batch.
    trainer : mxnet.gluon.Trainer
        Adds up the gradients and takes the steps.
    kvstore : mxnet.kv.KVStore
        Knows which rows are this worker's.
    clipping_theta : float
        Greatest norm of the summed gradient, above zero.
    ctxs : sequence of mxnet.context.Context
        The devices.

    Returns
    -------
    list of mxnet.ndarray.NDArray
        This worker's share of the mean loss of each mini-batch, of shape ``(1,)``.
    """
    params = model.collect_params().values()
    losses = []
    for X, Y in batches:
        inputs, targets = my_rows(X, kvstore, ctxs), my_rows(Y, kvstore, ctxs)
        shares, states = shares_of_loss(model, inputs, targets, states, loss, X.size)
        autograd.backward(shares)
        trainer.allreduce_grads()
        # Each device has the same sum now, and so shortens it by the same factor.
        for ctx in ctxs:
            grad_clipping([p.data(ctx) for p in params], clipping_theta, ctx)
        trainer.update(1)
        losses.append(sum(share.as_in_context(ctxs[0]) for share in shares))
    return losses


def shares_of_loss(
    model: gluon.Block,
    inputs: Sequence[NDArray],
    targets: Sequence[NDArray],
    states: Sequence[list[NDArray]],
    loss: gluon.Block,
    num_chars: int,
) -> tuple[list[NDArray], list[list[NDArray]]]:
    """Have each device read its rows, and return its share of the mean loss.

    Parameters
    ----------
    model, loss
        As for `train_epoch_rnn_gluon`.
    inputs, targets : sequence of mxnet.ndarray.NDArray
        The rows of each device.
    states : sequence of list of mxnet.ndarray.NDArray
        The state of each device before.
    num_chars : int
        Characters in the mini-batch of all devices and workers.

    Returns
    -------
    shares : list of mxnet.ndarray.NDArray
        One of shape ``(1,)`` per device. Those of all devices add up to the mean loss.
    states : list of list of mxnet.ndarray.NDArray
        The state of each device afterwards.
    """
    shares, states_after = [], []
    with autograd.record():
        for X, Y, state in zip(inputs, targets, states, strict=True):
            logits, state = model(X, [s.detach() for s in state])
            # Divided by the characters of all rows: so the shares add up to the mean.
            shares.append(loss(logits, Y.T.reshape((-1,))).sum() / num_chars)
            states_after.append(state)
    return shares, states_after


def my_rows(batch: NDArray, kvstore: mx.kv.KVStore, ctxs: Sequence[Context]) -> list[NDArray]:
    """Pick this worker's rows of a mini-batch, and split them among its devices.

    Parameters
    ----------
    batch : mxnet.ndarray.NDArray
        The mini-batch of all workers, of shape ``(batch_size, num_steps)``.
    kvstore : mxnet.kv.KVStore
        Knows how many workers there are, and which of them this one is.
    ctxs : sequence of mxnet.context.Context
        The devices.

    Returns
    -------
    list of mxnet.ndarray.NDArray
        One array per device, of shape ``(batch_size / num_workers / num_devices, num_steps)``.
    """
    num_rows = len(batch) // kvstore.num_workers
    start = kvstore.rank * num_rows
    return gluon.utils.split_and_load(batch[start : start + num_rows], ctxs)
