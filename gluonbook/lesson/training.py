"""The training loop, for a model from scratch and for a Gluon model."""

import ast
import functools
import math
import random
import time
from typing import NamedTuple

import mxnet as mx
import numpy as np
from mxnet import autograd, gluon, init, nd, symbol
from mxnet.gluon import loss as gloss
from tqdm import tqdm

from gluonbook.fast import speed_up
from gluonbook.ground.checks import (
    LARGEST_LOSS,
    check_prefixes,
    check_shape_of_logits,
    check_sizes,
    check_threshold,
    check_training,
)
from gluonbook.ground.watching import somebody_watches, stop_after_this_epoch
from gluonbook.lesson.corpus import data_iter_consecutive, data_iter_random
from gluonbook.lesson.models import check_initialized, is_initialized, params_of, try_gpu
from gluonbook.lesson.prediction import write

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


def grad_clipping(params, theta, ctx=None):
    r"""Scale the gradients of all parameters together so that their norm is at most `theta`.

    .. math:: g \leftarrow \min\left(1, \frac{\theta}{\lVert g \rVert}\right) g

    The parameters are on one device, and their gradients, which `backward` has computed, are changed in
    place. The norm before clipping, of shape ``(1,)``, is returned; Python does not wait for it to be
    computed. Older code passes `ctx`, which is ignored. See Pascanu et al. (2013), algorithm 1.
    """
    check_threshold(theta)
    without = sum(param.grad is None for param in params)
    if without:
        raise ValueError(
            f"{without} of {len(params)} parameters have no gradient to clip: first call attach_grad "
            "on each parameter, and backward on a loss"
        )
    grads = [param.grad for param in params]
    norm = nd.empty((1,), ctx=grads[0].context, dtype=grads[0].dtype)
    graph = clipping_graph(len(grads), float(theta), grads[0].dtype)
    graph(*grads, out=[norm, *grads])  # in place
    return norm


@functools.lru_cache(maxsize=32)
def clipping_graph(num_grads, theta, dtype):
    """Record what `grad_clipping` computes, the norm and the scaled gradients, as one graph.

    Python takes much longer to call these small operators one by one than to call the graph.
    """
    grads = [symbol.var(f"grad_{i}") for i in range(num_grads)]
    # In 64 bits, because the square of a small number becomes zero in 32 bits.
    vectors = [grad.reshape(-1).astype("float64") for grad in grads]
    norm = symbol.add_n(*[symbol.dot(v, v) for v in vectors]).sqrt().astype(dtype)
    # If the norm is 0, theta / norm is infinite and the scale is 1.
    scale = symbol.minimum(theta / norm, 1)
    scaled = [symbol.broadcast_mul(grad, scale) for grad in grads]
    return nd.CachedOp(symbol.Group([norm, *scaled]))


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


class Epoch(NamedTuple):
    """The record of a finished epoch."""

    number: int  #: counted from 1
    perplexity: float  #: on the training text, measured while the parameters were changing
    seconds: float  #: how long the epoch took


# --- a training run -----------------------------------------------------------------------


def wait_every_hundred(batches):
    """Yield mini-batches; after every hundredth one, wait until the device has caught up.

    Python can run far ahead of the device, and every step still to be computed takes up memory.
    """
    for number, batch in enumerate(batches, start=1):
        yield batch
        if number % 100 == 0:
            nd.waitall()


def train_epochs(one_epoch, num_epochs, *, callbacks=(), history=None):
    """Train for several epochs; Ctrl-C ends training after the current epoch.

    ``one_epoch()`` trains for one epoch and returns the same values as `train_epoch`. The other
    parameters and the return value are the same as for `train`.
    """
    history = list(history or ())
    numbers = range(len(history) + 1, num_epochs + 1)
    with stop_after_this_epoch() as stopped:
        for number in tqdm(numbers, "epochs", leave=False, disable=not somebody_watches()):
            start = time.perf_counter()
            mean_loss, norms = one_epoch()
            mean_loss = mean_loss.asscalar()  # here Python waits for the device
            norms = nd.concat(*norms, dim=0).asnumpy()
            if not (mean_loss < LARGEST_LOSS and np.isfinite(norms).all()):
                raise FloatingPointError(
                    f"training diverged in epoch {number}: the loss is {mean_loss}, and the largest "
                    f"norm of a gradient is {norms.max()}. Try a smaller learning rate lr or a smaller "
                    "clipping_theta"
                )
            history.append(Epoch(number, math.exp(mean_loss), time.perf_counter() - start))
            with tqdm.external_write_mode():  # keeps the output of callbacks out of the bar
                for callback in callbacks:
                    callback(history[-1])
            if stopped.is_set():
                print(f"stopped after epoch {number} of {num_epochs}")
                break
    return history


def reporter(model, text, pred_period, pred_len, prefixes, ctx, held_out=None):
    """Return a callback that prints the perplexity and continues prefixes every `pred_period` epochs.

    If a function `held_out` is given, the perplexity that it returns is printed as well.
    """
    check_sizes(pred_period=pred_period, pred_len=pred_len)
    check_prefixes(prefixes, text.index)

    def report(epoch):
        if epoch.number % pred_period == 0:
            number, perplexity, seconds = epoch
            line = f"epoch {number}, perplexity {perplexity:f}, time {seconds:.2f} sec"
            print(line + (f", held out {held_out():f}" if held_out else ""))
            for prefix in prefixes:
                print(" -", write(model, text, prefix=prefix, num_chars=pred_len, ctx=ctx))

    return report


def train(
    model,
    text,
    *,
    lr=1e2,
    num_epochs=50,
    num_steps=35,
    batch_size=32,
    clipping_theta=1e-2,
    optimizer="sgd",
    is_random_iter=False,
    seed=None,
    ctx=None,
    pred_period=None,
    pred_len=50,
    prefixes=(),
    callbacks=(),
    history=None,
):
    """Train a model on the training part of a text, with the loop of `train_model` and with services.

    The model may be a Gluon model, and the optimiser another one. `train` also prints reports, calls
    callbacks, and ends after the current epoch on Ctrl-C. It returns a list of all epochs, including those
    in `history`; after Ctrl-C, pass the list as `history` to continue.

    Unless a `history` is given, the parameters are initialised first, even if the model has already
    been trained. With a history, training continues from the parameters that the model has.

    Parameters
    ----------
    model : mxnet.gluon.Block or ScratchModel
        A model that is called like an `RNNModel`, and whose ``begin_state`` takes a `batch_size` and a
        `ctx` and returns the initial state as a list of arrays. A plain `RNNModel` is compiled first.
    optimizer : str
        ``"sgd"`` or the name of another Gluon optimiser, such as ``"adam"``. A model from scratch
        can only be trained with ``"sgd"``.
    is_random_iter : bool
        True for random sampling, in which each mini-batch starts from the initial state. False for
        adjacent sampling, in which the state is carried over without its gradient.
    seed : int, optional
        A seed that makes the initial parameters and the order of random sampling reproducible.
    pred_period, pred_len, prefixes : int, int, sequence of str
        Every `pred_period` epochs, a report continues each of the prefixes by `pred_len` characters. By
        default, no reports are printed.
    callbacks : sequence of callable
        Functions that are called with the `Epoch` at the end of each epoch.
    history : sequence of Epoch, optional
        The epochs of an earlier call that this call continues; an empty sequence if they are not
        known. With ``"sgd"`` and adjacent sampling, the result is the same as that of one
        uninterrupted call; other optimisers start with a new internal state.
    """
    sizes = num_epochs, num_steps, batch_size
    ctx = ctx or try_gpu()
    check_training(text, lr, *sizes, clipping_theta, callbacks, history, [ctx])
    check_model(model, text, history, optimizer)
    if pred_period is not None:
        callbacks = [*callbacks, reporter(model, text, pred_period, pred_len, prefixes, ctx)]
    if seed is not None:
        mx.random.seed(seed)
        random.seed(seed)
    if not continues(model, history):
        initialize(model, ctx)
    speed_up(model)  # computes the same numbers in less time
    infer_shapes(model, text.size, ctx)
    trainer = trainer_for(model, optimizer, lr)
    loss = gloss.SoftmaxCrossEntropyLoss()
    loss.hybridize()
    data_iter = data_iter_random if is_random_iter else data_iter_consecutive

    def one_epoch():
        batches = wait_every_hundred(data_iter(text.train, batch_size, num_steps, ctx))
        state = model.begin_state(batch_size=batch_size, ctx=ctx)
        return train_epoch(model, batches, state, loss, trainer, clipping_theta, is_random_iter)

    return train_epochs(one_epoch, num_epochs, callbacks=callbacks, history=history)


def check_model(model, text, history, optimizer="sgd"):
    """Check that a model can be trained on a text with an optimiser, before its parameters are lost."""
    if not isinstance(model, gluon.Block) and optimizer != "sgd":
        raise ValueError(f"a model from scratch is trained with 'sgd', not with {optimizer!r}")
    if str(optimizer).lower() not in mx.optimizer.Optimizer.opt_registry:
        raise ValueError(
            f"optimizer must be the name of one of Gluon's optimisers, such as 'sgd' or 'adam', not "
            f"{optimizer!r}"
        )
    if history:
        check_initialized(model)
    if ctx := device_of(model):
        infer_shapes(model, text.size, ctx)


def device_of(model):
    """Return a device that has the parameters of a model, or None if they have not been drawn yet."""
    try:
        if isinstance(model, gluon.Block):
            arrays = [param.list_data()[0] for param in model.collect_params().values()]
        else:
            arrays = model.params
        return arrays[0].context
    except (
        AttributeError,
        IndexError,
        RuntimeError,
    ):  # there are none, or their shapes are unknown
        return None


def continues(model, history):
    """Return whether training continues from the parameters of a model, instead of drawing new ones.

    The history of a model that was saved without epochs is empty, and does not say that it is new.
    """
    return history is not None and is_initialized(model)


def infer_shapes(model, vocab_size, ctx):
    """Call a model on a few characters, so that Gluon infers the shapes of all parameters.

    A model that was made for another vocabulary raises an error here, before it is trained.
    """
    logits, _ = model(nd.zeros((2, 3), ctx=ctx), model.begin_state(batch_size=2, ctx=ctx))
    check_shape_of_logits(logits, vocab_size)


def initialize(model, ctx):
    """Draw the initial parameters of a model, on a device or a list of devices."""
    if isinstance(model, gluon.Block):
        forget_inferred_shapes(model)
        model.initialize(init.Normal(0.01), ctx=ctx, force_reinit=True)
    else:
        model.initialize(ctx)


def forget_inferred_shapes(model):
    """Let the next call of a Gluon model infer shapes, as the first call of a new model does.

    MXNet draws a parameter when its shape becomes known. Only in this way do the parameters of a model
    that has already been called depend on the seed as those of a new model do.
    """
    for param in model.collect_params().values():
        # A parameter that has been used in a graph has a symbol, which keeps the shape from before.
        if param._var is not None:
            param._shape = ast.literal_eval(param._var.attr("__shape__"))
    model.apply(discard_graph)


def discard_graph(block):
    """Let the next call of a block compile its graph again, because a compiled graph infers no shapes."""
    if isinstance(block, gluon.HybridBlock):
        block._clear_cached_op()


def trainer_for(model, optimizer, lr):
    """Return an object whose `step` method updates the parameters of a model."""
    if isinstance(model, gluon.Block):
        return gluon.Trainer(model.collect_params(), optimizer, {"learning_rate": lr})
    return SGD(model.params, lr)
