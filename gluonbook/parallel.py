"""Train on several devices at once: in this process, and in others that it is connected to."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import mxnet as mx
from mxnet import Context, autograd, gluon, init, nd
from mxnet.gluon import loss as gloss
from mxnet.ndarray import NDArray

from gluonbook.checks import (
    check_corpus_length,
    check_shares,
    check_sizes,
    check_threshold,
    check_vocabulary,
)
from gluonbook.corpus import data_iter_consecutive
from gluonbook.progress import with_progress
from gluonbook.training import Epoch, grad_clipping, to_perplexity
from gluonbook.watchdog import watchdog


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
        the parameters that the model has. Of several workers, worker 0's counts.

    Returns
    -------
    list of Epoch
        `history`, followed by the new epochs. The perplexity is that of all rows.

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
    check_sizes(vocab_size=vocab_size, num_epochs=num_epochs)
    check_corpus_length(len(corpus_indices), batch_size, num_steps)
    check_vocabulary(corpus_indices, vocab_size)
    check_threshold(clipping_theta)
    kvstore = kvstore or mx.kv.create("device")
    check_shares(batch_size, kvstore.num_workers, ctxs)

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
    first_epoch = 1 + start_together(model, trainer, kvstore, ctxs, len(history))
    loss = gloss.SoftmaxCrossEntropyLoss()
    history = list(history)
    for epoch in with_progress(range(first_epoch, num_epochs + 1), "epochs"):
        start = time.time()
        losses = []
        num_rows = batch_size // kvstore.num_workers // len(ctxs)
        states = [model.begin_state(batch_size=num_rows, ctx=ctx) for ctx in ctxs]
        for X, Y in data_iter_consecutive(corpus_indices, batch_size, num_steps, mx.cpu()):
            inputs, targets = (my_rows(batch, kvstore, ctxs) for batch in (X, Y))
            states = [[s.detach() for s in state] for state in states]
            shares = []
            with autograd.record():
                for i in range(len(ctxs)):
                    logits, states[i] = model(inputs[i], states[i])
                    char_losses = loss(logits, targets[i].T.reshape((-1,)))
                    # Divided by the characters of all shares: these add up to the mean loss.
                    shares.append(char_losses.sum() / X.size)
            autograd.backward(shares)
            trainer.allreduce_grads()
            # Each device has the same sum now, and so shortens it by the same factor.
            for ctx in ctxs:
                params = [p.data(ctx) for p in model.collect_params().values()]
                grad_clipping(params, clipping_theta, ctx)
            trainer.update(1)
            losses.append(shares)
            # Wait for the mini-batch before this one, so that the devices have work meanwhile.
            if len(losses) > 1:
                losses[-2][0].wait_to_read()
            watchdog.pat()
        mean_loss = total(losses, model, kvstore)
        done = Epoch(epoch, to_perplexity(mean_loss, epoch), time.time() - start)
        history.append(done)
        for callback in callbacks:
            callback(done)
    watchdog.rest()
    return history


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
) -> int:
    """Give every device of every worker the parameters of worker 0, and wait for all of them.

    Left alone, the trainer would do it in the middle of the first step, when gradients
    have been computed from other parameters already and some may have been sent.

    Parameters
    ----------
    model, trainer, kvstore, ctxs
        What belongs together.
    num_epochs_before : int
        Epochs that the model was trained for before.

    Returns
    -------
    int
        What `num_epochs_before` is for worker 0.
    """
    watchdog.pat()
    # The shapes of the parameters become known when the model reads its first character.
    for ctx in ctxs:
        model(nd.zeros((1, 1), ctx=ctx), model.begin_state(batch_size=1, ctx=ctx))
    # The trainer's keys are 0, 1, 2 and so on.
    trainer._init_kvstore()
    trainer._init_params()
    before = nd.array([num_epochs_before], ctx=ctxs[0])
    kvstore.broadcast(free_key(model), before, before)
    nd.waitall()
    kvstore._barrier()
    return int(before.asscalar())


def total(losses: Sequence[Sequence[NDArray]], model: gluon.Block, kvstore: mx.kv.KVStore) -> float:
    """Average over the mini-batches, then add up over the devices of all workers.

    Parameters
    ----------
    losses : sequence of sequence of mxnet.ndarray.NDArray
        For each mini-batch, each device's share of the mean loss.
    model, kvstore
        What belongs to them.

    Returns
    -------
    float
        The mean loss of all rows.
    """
    shares = [nd.concat(*one_device, dim=0).mean() for one_device in zip(*losses, strict=True)]
    kvstore.pushpull(free_key(model), shares)
    return float(shares[0].asscalar())


def free_key(model: gluon.Block) -> int:
    """Return a key of the store that no parameter has: those are counted from 0."""
    return len(model.collect_params().keys())
