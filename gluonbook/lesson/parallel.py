"""Train on several devices at once, in one process or in several."""

import mxnet as mx
from mxnet import autograd, gluon, nd
from mxnet.gluon import loss as gloss

from gluonbook.ground.checks import check_training
from gluonbook.lesson.corpus import data_iter_consecutive
from gluonbook.lesson.models import params_of
from gluonbook.lesson.training import (
    check_model,
    continues,
    grad_clipping,
    infer_shapes,
    initialize,
    train_epochs,
)


def train_data_parallel(
    model,
    text,
    *,
    ctxs,
    lr=1e2,
    num_epochs=50,
    num_steps=35,
    batch_size=32,
    clipping_theta=1e-2,
    kvstore=None,
    callbacks=(),
    history=None,
):
    """Train a Gluon model on several devices as `train` does on one.

    Each device holds all parameters and reads a share of the examples in every mini-batch. The
    gradients from all shares are added, and their sum is clipped. Up to rounding, each step is
    therefore the same as on a single device.

    The model is trained by stochastic gradient descent with adjacent sampling, and no reports are
    printed. `ctxs` are the devices of this process, and `batch_size` is the total number of examples on
    all devices of all processes. The store `kvstore` sums the gradients; by default, it is a store for
    this process alone. If it belongs to a cluster, every worker must call this function with the same
    arguments, and all workers start from the parameters of worker 0. The other arguments are those of
    `train`. See Goyal et al. (2017), section 3.
    """
    kvstore = NewKeys(kvstore or mx.kv.create("device"))
    sizes = num_epochs, num_steps, batch_size
    check_training(text, lr, *sizes, clipping_theta, callbacks, history, ctxs)
    check_model(model, text, history)
    num_devices = kvstore.num_workers * len(ctxs)
    if batch_size % num_devices:
        raise ValueError(
            f"{batch_size} examples cannot be split evenly among {kvstore.num_workers} workers with "
            f"{len(ctxs)} devices each. Use a batch_size that is a multiple of {num_devices}"
        )
    if continues(model, history):
        model.collect_params().reset_ctx(ctxs)
    else:
        initialize(model, ctxs)
    trainer = gluon.Trainer(
        model.collect_params(),
        "sgd",
        {"learning_rate": lr},
        kvstore=kvstore,
        update_on_kvstore=False,  # because the summed gradient is clipped before the step
    )
    loss = gloss.SoftmaxCrossEntropyLoss()
    num_rows = batch_size // num_devices
    spare_key = len(model.collect_params().keys())  # the trainer numbers the parameters from 0
    infer_shapes(model, text.size, ctxs[0])  # which start_together needs to know
    start_together(trainer, kvstore, spare_key)

    def one_epoch():
        batches = data_iter_consecutive(text.train, batch_size, num_steps, mx.cpu())
        states = [model.begin_state(batch_size=num_rows, ctx=ctx) for ctx in ctxs]
        share, norms = train_epoch_parallel(
            model, batches, states, loss, trainer, kvstore, clipping_theta, ctxs
        )
        kvstore.pushpull(spare_key, share)  # adds up the shares of all workers
        return share, norms

    return train_epochs(one_epoch, num_epochs, callbacks=callbacks, history=history)


def train_epoch_parallel(model, batches, states, loss, trainer, kvstore, clipping_theta, ctxs):
    """Train for one epoch on several devices, which all take a step for each mini-batch.

    The mini-batches contain the examples of all workers, and are in the order of the text. `states`
    contains the state of each device before the first mini-batch. Return this worker's share of the mean
    loss, of shape ``(1,)``, and the norm of each summed gradient before clipping.
    """
    losses, norms = [], []
    for X, Y in batches:
        inputs, targets = (rows_of_this_worker(part, kvstore, ctxs) for part in (X, Y))
        shares, states = forward_on_devices(model, inputs, targets, states, loss, X.size)
        autograd.backward(shares)
        trainer.allreduce_grads()
        # Every device has the same sum now, so all of them scale it by the same factor.
        for ctx in ctxs:
            norm = grad_clipping(params_of(model, ctx), clipping_theta)
        trainer.update(1)
        losses.append(sum(share.as_in_context(ctxs[0]) for share in shares))
        norms.append(norm.as_in_context(ctxs[0]))
        losses[-1].wait_to_read()  # MXNet only queues a step, and queued steps need memory
    return nd.concat(*losses, dim=0).mean(), norms


def forward_on_devices(model, inputs, targets, states, loss, num_chars):
    """Return each device's share of the mean loss over `num_chars` characters, and its new state."""
    shares, states_after = [], []
    with autograd.record():
        for X, Y, state in zip(inputs, targets, states, strict=True):
            logits, state = model(X, [s.detach() for s in state])
            # Divided by the characters of all examples, so that the shares add up to the mean.
            shares.append(loss(logits, Y.T.reshape((-1,))).sum() / num_chars)
            states_after.append(state)
    return shares, states_after


def rows_of_this_worker(batch, kvstore, ctxs):
    """Select this worker's examples from a mini-batch, and split them among its devices."""
    num_rows = len(batch) // kvstore.num_workers
    start = kvstore.rank * num_rows
    return gluon.utils.split_and_load(batch[start : start + num_rows], ctxs)


class NewKeys(mx.kv.KVStore):
    """A store in which one training run has keys of its own.

    The trainer numbers its keys from 0, and a key can be initialised only once.
    """

    def __init__(self, store):
        super().__init__(store.handle)
        self.store, self.first = store, getattr(store, "num_keys", 0)

    def __del__(self):
        """Leave the store to its owner."""

    def init(self, key, value):
        """Initialise a key."""
        super().init(self.first + key, value)
        self.store.num_keys = self.first + key + 1

    def broadcast(self, key, value, out, priority=0):
        """Initialise a key with the value of worker 0."""
        super().broadcast(self.first + key, value, out, priority)

    def pushpull(self, key, value, out=None, priority=0):
        """Add up the values of all workers."""
        super().pushpull(self.first + key, value, out, priority)


def start_together(trainer, kvstore, spare_key):
    """Copy the parameters of worker 0 to every device of every worker, and wait for all workers.

    Otherwise the trainer would copy the parameters in the middle of the first step, when gradients
    have already been computed with different parameters and some may have been sent.
    """
    trainer._init_kvstore()
    trainer._init_params()
    kvstore.init(spare_key, nd.zeros((1,)))
    nd.waitall()
    kvstore._barrier()
