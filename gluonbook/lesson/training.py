"""The training loop, for a model from scratch and for a Gluon model."""

import mxnet as mx
from mxnet import autograd, nd
from mxnet.gluon import loss as gloss

from gluonbook.lesson.corpus import data_iter_consecutive
from gluonbook.lesson.models import params_of, try_gpu

# --- all of training in one function ------------------------------------------------------


def train_model(model, text, num_epochs, lr, clipping_theta, batch_size=32, num_steps=35, seed=1):
    """Train a model from scratch, and do nothing else; `train` adds services to the same loop.

    The function returns the perplexity of each epoch, measured while the parameters were changing, and
    the norm of each gradient before clipping.
    """
    ctx, loss = try_gpu(), gloss.SoftmaxCrossEntropyLoss()
    mx.random.seed(seed)
    model.initialize(ctx)
    trainer = SGD(model.params, lr)
    perplexities, norms = [], []
    for _ in range(num_epochs):
        batches = data_iter_consecutive(text.train, batch_size, num_steps, ctx=ctx)
        state = model.begin_state(batch_size, ctx)
        mean_loss, new_norms = train_epoch(model, batches, state, loss, trainer, clipping_theta)
        perplexities.append(mean_loss.exp().asscalar())
        norms += [norm.asscalar() for norm in new_norms]
    return perplexities, norms


# --- a step -------------------------------------------------------------------------------


def grad_clipping(params, theta):
    r"""Scale the gradients of all parameters together so that their norm is at most `theta`.

    .. math:: g \leftarrow \min\left(1, \frac{\theta}{\lVert g \rVert}\right) g

    The parameters are on one device, and their gradients, which `backward` has computed, are changed in
    place. The norm before clipping, of shape ``(1,)``, is returned; Python does not wait for it to be
    computed. See Pascanu et al. (2013), algorithm 1.
    """
    grads = [param.grad for param in params]
    # In 64 bits, because the square of a small number becomes zero in 32 bits.
    vectors = [grad.reshape(-1).astype("float64") for grad in grads]
    norm = nd.add_n(*[nd.dot(v, v) for v in vectors]).sqrt().astype(grads[0].dtype)
    # If the norm is 0, theta / norm is infinite and the scale is 1.
    scale = nd.minimum(theta / norm, 1)
    for grad in grads:
        grad *= scale
    return norm


def sgd(params, lr, batch_size):
    """Take one step of stochastic gradient descent with learning rate `lr`, in place.

    The gradients are divided by `batch_size`: the number of examples if the loss is a sum over the
    examples, or 1 if it is a mean.
    """
    for param in params:
        param[:] = param - lr * param.grad / batch_size


class SGD:
    """Stochastic gradient descent for a model from scratch; `step` is called as that of Gluon's trainer."""

    def __init__(self, params, lr):
        self.params, self.lr = params, lr

    def step(self, batch_size):
        """Take one step with `sgd`."""
        sgd(self.params, self.lr, batch_size)


def train_step(model, X, Y, state, loss, trainer, clipping_theta):
    """Train on one mini-batch: compute the loss and its gradient, clip the gradient, and take a step.

    `X` and `Y`, the characters and their successors, have the shape ``(batch_size, num_steps)``;
    ``loss(logits, targets)`` returns a loss for each character; ``trainer.step(1)`` takes a step without
    rescaling the gradients.

    The function returns the mean loss and the norm of the gradient before clipping, both of shape
    ``(1,)``, for which Python does not wait, and the state after the mini-batch.
    """
    # Keep the values of the state, but not the computation that led to them.
    state = [s.detach() for s in state]
    with autograd.record():
        logits, state = model(X, state)
        # The logits are ordered by time step, so the targets have to be as well.
        batch_loss = loss(logits, Y.T.reshape((-1,))).mean()
    batch_loss.backward()
    norm = grad_clipping(params_of(model), clipping_theta)
    trainer.step(1)  # not divided by the batch size, because the loss is a mean already
    return batch_loss, norm, state


# --- an epoch -----------------------------------------------------------------------------


def train_epoch(model, batches, state, loss, trainer, clipping_theta, is_random_iter=False):
    """Train for one epoch: read a text once, with a `train_step` for each of its mini-batches.

    `state` is the state before the first mini-batch. With random sampling, every mini-batch starts
    from this state; otherwise the state is carried over from each mini-batch to the next.

    The function returns the mean loss of the mini-batches and the norm of each gradient before clipping,
    all of shape ``(1,)``. Python does not wait for them to be computed.
    """
    first_state, losses, norms = state, [], []
    for X, Y in batches:
        if is_random_iter:
            state = first_state
        batch_loss, norm, state = train_step(model, X, Y, state, loss, trainer, clipping_theta)
        losses.append(batch_loss)
        norms.append(norm)
    return nd.concat(*losses, dim=0).mean(), norms
