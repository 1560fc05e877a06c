"""Train on several devices at once, in one process or in several."""

import mxnet as mx
from mxnet import gluon, nd
from mxnet.gluon import loss as gloss

from gluonbook.lesson.corpus import data_iter_consecutive
from gluonbook.lesson.parallel import train_epoch_parallel
from gluonbook.services.parameters import initialize, vocab_size_of
from gluonbook.services.training import continues, train_epochs


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
    all devices of all processes. The store `kvstore` sums the gradients of a single training run; by
    default, it is a new store for this process alone. If it belongs to a cluster, every worker must call
    this function with the same arguments, and all workers start from the parameters of worker 0. The other arguments are those of
    `train`. See Goyal et al. (2017), section 3.
    """
    kvstore = kvstore or mx.kv.create("device")
    num_devices = kvstore.num_workers * len(ctxs)
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
    vocab_size_of(model, ctxs[0])  # infers the shapes, which start_together needs to know
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
