"""An epoch on several devices at once, in one process or in several."""

from mxnet import autograd, gluon, nd

from gluonbook.lesson.models import params_of
from gluonbook.lesson.training import grad_clipping


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
