"""Train on several devices at once: in this process, and in others that it is connected to."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import mxnet as mx
from mxnet import Context, autograd, gluon, init, nd
from mxnet.gluon import loss as gloss
from mxnet.ndarray import NDArray

from gluonbook.corpus import data_iter_consecutive
from gluonbook.support.checks import checked_parallel_training
from gluonbook.support.run import Epoch, TrainingRun
from gluonbook.support.watchdog import watchdog
from gluonbook.training import grad_clipping, to_perplexity


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
        The training text, one index a character.
    num_epochs : int
        How often to read the text, epochs of `history` included.
    num_steps : int
        Characters of a row in a mini-batch.
    lr : float
        Learning rate.
    clipping_theta : float
        Greatest length of the summed gradient, above zero.
    batch_size : int
        Rows in a mini-batch, those of all devices of all processes together.
    kvstore : mxnet.kv.KVStore, optional
        What adds up the gradients: by default a store of this process alone. With the
        store that `gluonbook.cluster.join` returns, each worker calls this function with
        the same arguments; they start from the parameters of worker 0.
    callbacks : sequence of callable
        Each is called with an `Epoch` at the end of every epoch.
    history : sequence of Epoch
        Epochs that the model was trained for before. Training goes on after them, from
        the parameters that the model has; of several workers, from those of worker 0.

    Returns
    -------
    list of Epoch
        Every epoch, those before included. The perplexity is that of all rows. An
        interrupt (Ctrl-C) ends the training as it ends `train_and_predict_rnn_gluon`.

    Raises
    ------
    FloatingPointError
        If the loss becomes NaN or infinite.
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
    trainer = gluon.Trainer(
        model.collect_params(),
        "sgd",
        {"learning_rate": lr},
        kvstore=kvstore,
        update_on_kvstore=False,  # so that there is a moment between the sum and the step
    )
    start_together(model, trainer, kvstore, ctxs, len(history))
    loss = gloss.SoftmaxCrossEntropyLoss()
    params = model.collect_params().values()
    num_batches = (len(corpus_indices) - 1) // (batch_size * num_steps)
    with TrainingRun(params, num_epochs, num_batches, history) as run:
        for epoch in run.epochs():
            start = time.time()
            losses = []
            num_rows = batch_size // kvstore.num_workers // len(ctxs)
            states = [model.begin_state(batch_size=num_rows, ctx=ctx) for ctx in ctxs]
            for X, Y in data_iter_consecutive(corpus_indices, batch_size, num_steps, mx.cpu()):
                inputs, targets = my_rows(X, kvstore, ctxs), my_rows(Y, kvstore, ctxs)
                states = [[s.detach() for s in state] for state in states]
                shares = []
                with autograd.record():
                    for i in range(len(ctxs)):
                        logits, states[i] = model(inputs[i], states[i])
                        char_losses = loss(logits, targets[i].T.reshape((-1,)))
                        # Divided by the characters of all rows: shares of the mean add up to it.
                        shares.append(char_losses.sum() / X.size)
                autograd.backward(shares)
                trainer.allreduce_grads()
                # Each device has the same sum now, and so shortens it by the same factor.
                for ctx in ctxs:
                    grad_clipping([p.data(ctx) for p in params], clipping_theta, ctx)
                trainer.update(1)
                losses.append(sum(share.as_in_context(ctxs[0]) for share in shares))
                # Wait for the mini-batch before, so that the devices have work meanwhile.
                if len(losses) > 1:
                    losses[-2].wait_to_read()
                watchdog.pat()
                run.keep_pace(losses)
            mean_loss = add_up(nd.concat(*losses, dim=0).mean(), model, kvstore)
            perplexity, seconds = to_perplexity(mean_loss, epoch), time.time() - start
            done = Epoch(epoch, perplexity, seconds, num_chars=len(losses) * X.size)
            run.finish(done)
            for callback in callbacks:
                callback(done)
    watchdog.rest()
    return run.history


def my_rows(batch: NDArray, kvstore: mx.kv.KVStore, ctxs: Sequence[Context]) -> list[NDArray]:
    """Pick this worker's rows of a mini-batch, and share them out among its devices.

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
        One array a device, of shape ``(batch_size / num_workers / num_devices, num_steps)``.
    """
    num_rows = len(batch) // kvstore.num_workers
    start = kvstore.rank * num_rows
    return gluon.utils.split_and_load(batch[start : start + num_rows], ctxs)


def start_together(
    model: gluon.Block,
    trainer: gluon.Trainer,
    kvstore: mx.kv.KVStore,
    ctxs: Sequence[Context],
    num_epochs_before: int,
) -> None:
    """Give every device of every worker the parameters of worker 0, and wait for all of them.

    Left alone, the trainer would do it in the middle of the first step, when gradients
    have been computed from other parameters already and some may have been sent.

    Parameters
    ----------
    model, trainer, kvstore, ctxs
        What belongs together.
    num_epochs_before : int
        Epochs that the model was trained for before.

    Raises
    ------
    ValueError
        If it was another number for worker 0.
    """
    watchdog.pat()
    # The shapes of the parameters become known when the model reads its first character.
    for ctx in ctxs:
        model(nd.zeros((1, 1), ctx=ctx), model.begin_state(batch_size=1, ctx=ctx))
    trainer._init_kvstore()
    trainer._init_params()
    first_worker = nd.array([num_epochs_before])
    kvstore.broadcast(free_key(model), first_worker, first_worker)
    nd.waitall()
    kvstore._barrier()
    if first_worker.asscalar() != num_epochs_before:
        raise ValueError(
            f"worker {kvstore.rank} is to go on after epoch {num_epochs_before}, but worker 0 after "
            f"epoch {first_worker.asscalar():g}: give all of them the same history"
        )


def add_up(share: NDArray, model: gluon.Block, kvstore: mx.kv.KVStore) -> float:
    """Add up a number over all workers.

    Parameters
    ----------
    share : mxnet.ndarray.NDArray
        This worker's number, of shape ``(1,)``. It becomes the sum.
    model, kvstore
        What belongs together.

    Returns
    -------
    float
        The sum.
    """
    kvstore.pushpull(free_key(model), share)
    return float(share.asscalar())


def free_key(model: gluon.Block) -> int:
    """Return a key of the store that no parameter has: the trainer counts them from 0."""
    return len(model.collect_params().keys())
