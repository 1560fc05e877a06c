"""The training loop, with Gluon and from scratch."""

import contextlib
import math
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import mxnet as mx
from mxnet import Context, autograd, gluon, init, nd
from mxnet.gluon import loss as gloss
from mxnet.ndarray import NDArray

from gluonbook.corpus import data_iter_consecutive, data_iter_random
from gluonbook.fast import speed_up
from gluonbook.ground.checks import (
    check_loss,
    check_model,
    check_prefixes,
    check_sizes,
    check_threshold,
    check_training,
)
from gluonbook.ground.watching import Bar
from gluonbook.models import ScratchModel, params_of, try_gpu
from gluonbook.prediction import write
from gluonbook.text import IndexedText

# --- a step -------------------------------------------------------------------------------


def grad_clipping(params: Sequence[NDArray], theta: float, ctx: Context | None) -> NDArray:
    r"""Shorten the gradient of all parameters together to a norm of at most `theta`, in place.

    .. math:: g \leftarrow \min\left(1, \frac{\theta}{\lVert g \rVert}\right) g

    Parameters
    ----------
    params : sequence of mxnet.ndarray.NDArray
        Parameters whose gradients `backward` has filled, all on one device.
    theta : float
        The greatest norm allowed, above zero.
    ctx : mxnet.context.Context
        The device. The arrays know it; the name stays for older code.

    Returns
    -------
    mxnet.ndarray.NDArray
        The norm before, of shape ``(1,)``. Nothing has waited for it.

    References
    ----------
    Pascanu, R., Mikolov, T. and Bengio, Y. (2013). On the difficulty of training
    recurrent neural networks. ICML, Algorithm 1.
    """
    check_threshold(theta)
    grads = [param.grad for param in params]
    # In 64 bits the square of a small number is not rounded to zero.
    vectors = [grad.reshape(-1).astype("float64") for grad in grads]
    norm = nd.add_n(*[nd.dot(v, v) for v in vectors]).sqrt().astype(grads[0].dtype)
    scale = nd.minimum(theta / norm, 1)  # a gradient of zeros: theta / 0 is infinite, so 1
    for grad in grads:
        grad *= scale
    return norm


def sgd(params: Sequence[NDArray], lr: float, batch_size: int) -> None:
    """Take one step of plain stochastic gradient descent, in place, with the learning rate `lr`.

    The gradients, which `backward` has filled, are divided by `batch_size`: the number of examples
    if the loss is their sum, 1 if it is their mean.
    """
    for param in params:
        param[:] = param - lr * param.grad / batch_size


class SGD:
    """Gradient descent for the parameters of a model from scratch, called as Gluon's trainer is."""

    def __init__(self, params: Sequence[NDArray], lr: float):
        self.params, self.lr = params, lr

    def step(self, batch_size: int) -> None:
        """Take one step."""
        sgd(self.params, self.lr, batch_size)


def train_step(model, X, Y, state, loss, trainer, clipping_theta):
    """Read a mini-batch, and take a step of gradient descent.

    Parameters
    ----------
    model, clipping_theta
        As for `train`.
    X, Y : mxnet.ndarray.NDArray
        The mini-batch, each of shape ``(batch_size, num_steps)``.
    state : sequence of mxnet.ndarray.NDArray
        The state before it.
    loss : mxnet.gluon.loss.Loss
        ``loss(logits, targets)`` returns a loss for each character.
    trainer : mxnet.gluon.Trainer or SGD
        Takes the step: ``trainer.step(1)`` follows the gradients as they are.

    Returns
    -------
    batch_loss, norm, state
        The mean loss, and the norm of the gradient before clipping, both of shape ``(1,)``: nothing
        has waited for them. The state after the mini-batch.
    """
    # Carry the state's values over, but not what they were computed from.
    state = [s.detach() for s in state]
    with autograd.record():
        logits, state = model(X, state)
        # The logits come time step by time step, and so must the targets.
        batch_loss = loss(logits, Y.T.reshape((-1,))).mean()
    batch_loss.backward()
    norm = grad_clipping(params_of(model), clipping_theta, X.context)
    trainer.step(1)  # not divided by the batch size: the loss is a mean already
    return batch_loss, norm, state


# --- an epoch -----------------------------------------------------------------------------


def train_epoch(model, batches, state, loss, trainer, clipping_theta, is_random_iter=False):
    """Read a text once, and take a `train_step` after each mini-batch that a sampler yields.

    The `state` is that before the first mini-batch; if they come from random places, before each.

    Returns
    -------
    losses, norms : list of mxnet.ndarray.NDArray
        The mean loss of each mini-batch, and the norm of its gradient before clipping.
    """
    first_state, losses, norms = state, [], []
    for X, Y in batches:
        if is_random_iter:
            state = first_state
        batch_loss, norm, state = train_step(model, X, Y, state, loss, trainer, clipping_theta)
        losses.append(batch_loss)
        norms.append(norm)
        if len(losses) % 100 == 0:
            batch_loss.wait_to_read()  # each step that waits in line for the device needs memory
    return losses, norms


class Epoch(NamedTuple):
    """What is known about an epoch when it is over."""

    number: int
    """Counted from 1."""
    perplexity: float
    """On the training text, while the parameters changed."""
    seconds: float
    """Time that the epoch took."""


# --- a training run -----------------------------------------------------------------------


@contextlib.contextmanager
def stop_after_this_epoch(answer: Callable[[], None] | None = None) -> Iterator[threading.Event]:
    """Let Ctrl-C inside the ``with`` set an event, which it gives; a second one interrupts at once.

    The first one calls `answer`, if there is one.
    """
    stopped = threading.Event()

    def stop(*args):
        stopped.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if answer:
            answer()

    # Only the main thread hears signals, and who handles this one already keeps it.
    hears = threading.current_thread() is threading.main_thread()
    if not hears or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield stopped
        return
    signal.signal(signal.SIGINT, stop)
    try:
        yield stopped
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def train_epochs(read_text, num_epochs, *, callbacks=(), history=()):
    """Train for some epochs; Ctrl-C ends after the present one.

    In each, `read_text` reads the text once and returns losses and norms, as `train_epoch` does.
    The rest is as for `train`, and so is what is returned.
    """
    history = list(history)
    bar = Bar(num_epochs)
    with stop_after_this_epoch() as stopped:
        for number in range(len(history) + 1, num_epochs + 1):
            start = time.perf_counter()
            losses, norms = read_text()
            mean_loss = nd.concat(*losses, dim=0).mean().asscalar()  # only here Python waits
            check_loss(mean_loss, nd.concat(*norms, dim=0).asnumpy(), number)
            history.append(Epoch(number, math.exp(mean_loss), time.perf_counter() - start))
            for callback in [*callbacks, bar]:
                callback(history[-1])
            if stopped.is_set():
                print(
                    f"stopped after epoch {number}: to continue, give what this returns as history"
                )
                break
    return history


def reporter(model, text, pred_period, pred_len, prefixes, ctx):
    """Return a callback that prints how training goes, and how the model continues some prefixes."""
    check_sizes(pred_period=pred_period, pred_len=pred_len)
    check_prefixes(prefixes, text.index)

    def report(epoch):
        if epoch.number % pred_period == 0:
            number, perplexity, seconds = epoch
            print(f"epoch {number}, perplexity {perplexity:f}, time {seconds:.2f} sec")
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
    history=(),
):
    """Train a model on the training part of a text. Ctrl-C ends it after the present epoch.

    Parameters
    ----------
    model : mxnet.gluon.Block or ScratchModel
        ``model(X, state)`` takes indices of shape ``(batch_size, num_steps)`` and returns logits of
        shape ``(num_steps * batch_size, vocab_size)`` and a new state; ``model.begin_state`` takes
        a `batch_size` and a `ctx` and returns a first state, a list of arrays. `RNNModel` is one
        such, and is compiled first. The parameters are drawn anew, unless there is a `history`.
    text : Text
        The model reads ``text.train``.
    lr : float
        Learning rate.
    num_epochs : int
        How often to read the text.
    num_steps, batch_size : int
        Characters of a row in a mini-batch, and rows.
    clipping_theta : float
        Greatest norm of the gradient, above zero.
    optimizer : str
        ``"sgd"`` or another of Gluon's, such as ``"adam"``. A model from scratch takes ``"sgd"``.
    is_random_iter : bool
        Whether mini-batches come from random places, each with a first state, or continue one
        another, with the state carried over and cut off from the gradient.
    seed : int, optional
        Makes the drawn parameters, and the order of random sampling, repeatable.
    ctx : mxnet.context.Context, optional
        The device; `try_gpu` by default.
    pred_period : int, optional
        Report every so many epochs; without it, never.
    pred_len, prefixes : int, sequence of str
        How many characters to generate in a report, after each of these prefixes.
    callbacks : sequence of callable
        Each is called with an `Epoch` at the end of every epoch.
    history : sequence of Epoch
        What an interrupted call returned. Training continues after these epochs. With ``"sgd"`` and
        mini-batches that continue one another it is as if it had never stopped; another optimiser
        begins with a new state.

    Returns
    -------
    list of Epoch
        Every epoch, those before included.

    Raises
    ------
    TypeError, ValueError
        If an argument makes no sense, or text and model do not fit.
    FloatingPointError
        If the loss, or the norm of a gradient, is NaN or infinite.
    """
    check_training(model, text, lr, num_epochs, num_steps, batch_size, clipping_theta)
    ctx = ctx or try_gpu()
    if pred_period is not None:
        callbacks = [*callbacks, reporter(model, text, pred_period, pred_len, prefixes, ctx)]
    if seed is not None:
        mx.random.seed(seed)
        random.seed(seed)
    if not history:
        model.initialize(init.Normal(0.01), ctx=ctx, force_reinit=True)
    speed_up(model)  # the same numbers in less time
    check_model(model, text.size, ctx)
    trainer = trainer_for(model, optimizer, lr)
    loss = gloss.SoftmaxCrossEntropyLoss()
    loss.hybridize()
    data_iter = data_iter_random if is_random_iter else data_iter_consecutive

    def read_text():
        batches = data_iter(text.train, batch_size, num_steps, ctx)
        state = model.begin_state(batch_size=batch_size, ctx=ctx)
        return train_epoch(model, batches, state, loss, trainer, clipping_theta, is_random_iter)

    return train_epochs(read_text, num_epochs, callbacks=callbacks, history=history)


def trainer_for(model, optimizer, lr):
    """Return what takes the steps of a model."""
    if isinstance(model, gluon.Block):
        return gluon.Trainer(model.collect_params(), optimizer, {"learning_rate": lr})
    if optimizer != "sgd":
        raise ValueError(f"a model from scratch is trained with 'sgd', not with {optimizer!r}")
    return SGD(model.params, lr)


# --- the names and arguments of older code ------------------------------------------------


def train_and_predict_rnn_gluon(
    model, num_hiddens, vocab_size, ctx, corpus_indices, idx_to_char, char_to_idx, num_epochs,
    num_steps, lr, clipping_theta, batch_size, pred_period, pred_len, prefixes, *, callbacks=(),
    history=(),
):  # fmt: skip
    """Train a Gluon model, and report the text that it generates as it learns.

    It is `train` by the name and with the arguments of older code: `corpus_indices` is the training
    text, `idx_to_char` the vocabulary of `vocab_size` characters, `char_to_idx` the index of each.
    `num_hiddens` is known to the model.
    """
    return train(
        model, IndexedText(corpus_indices, char_to_idx, idx_to_char, vocab_size), lr=lr,
        num_epochs=num_epochs, num_steps=num_steps, batch_size=batch_size,
        clipping_theta=clipping_theta, ctx=ctx, pred_period=pred_period, pred_len=pred_len,
        prefixes=prefixes, callbacks=callbacks, history=history,
    )  # fmt: skip


def train_and_predict_rnn(
    rnn, get_params, init_rnn_state, num_hiddens, vocab_size, ctx, corpus_indices, idx_to_char,
    char_to_idx, is_random_iter, num_epochs, num_steps, lr, clipping_theta, batch_size,
    pred_period, pred_len, prefixes, *, callbacks=(), history=(),
):  # fmt: skip
    """Train a model written from scratch, and report the text that it generates as it learns.

    It is `train` with a `ScratchModel`, by the name and with the arguments of older code, see
    `train_and_predict_rnn_gluon`. Here `get_params` takes no argument. If there is a `history`,
    it has to return the parameters of that call, as ``lambda: params`` does.
    """
    model = ScratchModel(rnn, lambda *_: get_params(), init_rnn_state, num_hiddens, vocab_size)
    if history:
        model.initialize(ctx=ctx)
    return train(
        model, IndexedText(corpus_indices, char_to_idx, idx_to_char, vocab_size), lr=lr,
        num_epochs=num_epochs, num_steps=num_steps, batch_size=batch_size,
        clipping_theta=clipping_theta, is_random_iter=is_random_iter, ctx=ctx,
        pred_period=pred_period, pred_len=pred_len, prefixes=prefixes, callbacks=callbacks,
        history=history,
    )  # fmt: skip
