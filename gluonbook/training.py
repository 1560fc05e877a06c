"""The training loop, with Gluon and from scratch."""

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import mxnet as mx
from mxnet import Context, autograd, gluon, init, nd
from mxnet.gluon import loss as gloss
from mxnet.ndarray import NDArray

from gluonbook.corpus import MiniBatches, data_iter_consecutive, data_iter_random
from gluonbook.models import ScratchModel, to_onehot
from gluonbook.prediction import predict_rnn, predict_rnn_gluon, write
from gluonbook.support.checks import (
    check_clipping,
    check_corpus,
    check_indices,
    check_learning_rate,
    check_made_for,
    check_prefixes,
    check_sizes,
    check_threshold,
    checked_training,
)
from gluonbook.support.device import try_gpu
from gluonbook.support.run import Epoch, TrainingRun
from gluonbook.text import Text


def grad_clipping(params: Sequence[NDArray], theta: float, ctx: Context | None) -> None:
    r"""Scale the gradient of all parameters together down to a norm of at most `theta`.

    .. math:: g \leftarrow \min\left(1, \frac{\theta}{\lVert g \rVert}\right) g

    Nothing waits for the result: norm and comparison stay on the device. A gradient longer than
    about 1e19, whose square is too large for 32 bits, becomes NaN, so that the training run ends
    with an error instead of standing still.

    Parameters
    ----------
    params : sequence of mxnet.ndarray.NDArray
        Parameters whose gradients `backward` has filled. The gradients change in place.
    theta : float
        The greatest norm allowed, above zero.
    ctx : mxnet.context.Context
        The device that holds all parameters.

    Raises
    ------
    ValueError
        If `theta` is not above zero, a parameter has no gradient, there is no
        parameter, or they are on several devices.

    References
    ----------
    Pascanu, R., Mikolov, T. and Bengio, Y. (2013). On the difficulty of training
    recurrent neural networks. ICML, Algorithm 1.
    """
    check_clipping(params, theta, ctx)
    grads = [param.grad for param in params]
    # One operator squares and adds up: it returns a sum for each array.
    norm = nd.multi_sum_sq(*grads, num_arrays=len(grads)).sum().sqrt()
    # The norm of a gradient of zeros gives infinity here, and so a scale of 1. One that is too
    # long for 32 bits becomes NaN, since zeros would hide it.
    scale = nd.minimum(theta / norm, 1) + (norm - norm)
    for grad in grads:
        grad *= scale


def sgd(params: Sequence[NDArray], lr: float, batch_size: int) -> None:
    """Take one step of plain stochastic gradient descent, in place.

    Parameters
    ----------
    params : sequence of mxnet.ndarray.NDArray
        Parameters whose gradients `backward` has filled.
    lr : float
        Learning rate.
    batch_size : int
        What the gradient is divided by: the number of examples if the loss is
        their sum, 1 if it is their mean.
    """
    for param in params:
        param[:] = param - lr * param.grad / batch_size


def train_epoch_rnn_gluon(
    model: gluon.Block,
    batches: MiniBatches,
    state: list[NDArray],
    loss: gluon.Block,
    trainer: gluon.Trainer,
    clipping_theta: float,
) -> list[NDArray]:
    """Read a text once, and take a step of gradient descent after each mini-batch.

    Parameters
    ----------
    model : mxnet.gluon.Block
        As for `train_and_predict_rnn_gluon`.
    batches : iterator of (mxnet.ndarray.NDArray, mxnet.ndarray.NDArray)
        Mini-batches in the order of the text, as `data_iter_consecutive` yields them.
    state : list of mxnet.ndarray.NDArray
        The state before the first mini-batch.
    loss : mxnet.gluon.loss.Loss
        ``loss(logits, targets)`` returns a loss for each character.
    trainer : mxnet.gluon.Trainer
        Takes the steps.
    clipping_theta : float
        Greatest norm of the gradient, above zero.

    Returns
    -------
    list of mxnet.ndarray.NDArray
        The mean loss of each mini-batch, of shape ``(1,)``. Nothing has waited for them.
    """
    params = model.collect_params().values()
    losses = []
    for X, Y in batches:
        # Carry the state's values over, but not what they were computed from.
        state = [s.detach() for s in state]
        with autograd.record():
            logits, state = model(X, state)
            # The logits come time step by time step, and so must the targets.
            batch_loss = loss(logits, Y.T.reshape((-1,))).mean()
        batch_loss.backward()
        grad_clipping([p.data() for p in params], clipping_theta, X.context)
        trainer.step(1)  # not divided by the batch size: the loss is a mean already
        losses.append(batch_loss)
    return losses


@checked_training
def train_and_predict_rnn_gluon(
    model: gluon.Block,
    num_hiddens: int,
    vocab_size: int,
    ctx: Context,
    corpus_indices: Sequence[int],
    idx_to_char: Sequence[str],
    char_to_idx: Mapping[str, int],
    num_epochs: int,
    num_steps: int,
    lr: float,
    clipping_theta: float,
    batch_size: int,
    pred_period: int,
    pred_len: int,
    prefixes: Sequence[str],
    *,
    callbacks: Sequence[Callable[[Epoch], Any]] = (),
    history: Sequence[Epoch] = (),
) -> list[Epoch]:
    """Train a Gluon model, and report the text that it generates as it learns.

    The text is read in order, so the hidden state is carried from one mini-batch
    to the next and cut off from the gradient there. Each step clips the gradient
    and takes one step of plain stochastic gradient descent. Python runs ahead of the
    device, at most 100 mini-batches, and waits for it at the end of an epoch.

    Parameters
    ----------
    model : mxnet.gluon.Block
        ``model(X, state)`` takes indices of shape ``(batch_size, num_steps)`` and returns
        logits of shape ``(num_steps * batch_size, vocab_size)`` and a new state;
        ``model.begin_state(batch_size=, ctx=)`` returns a first state, a list of arrays.
        `RNNModel` is one such. Its parameters are drawn anew, unless there is a `history`.
    num_hiddens : int
        Hidden units. The model knows them; the name stays for older code.
    vocab_size : int
        Characters in the vocabulary.
    ctx : mxnet.context.Context
        The device to train on.
    corpus_indices : sequence of int
        The training text, one index per character.
    idx_to_char : sequence of str
        The vocabulary.
    char_to_idx : mapping of str to int
        The index of each character.
    num_epochs : int
        How often to read the text.
    num_steps : int
        Characters of a row in a mini-batch.
    lr : float
        Learning rate.
    clipping_theta : float
        Greatest norm of the gradient, above zero.
    batch_size : int
        Rows in a mini-batch.
    pred_period : int
        Report every so many epochs.
    pred_len : int
        How many characters to generate after each prefix in a report.
    prefixes : sequence of str
        What the model is to continue in a report.
    callbacks : sequence of callable
        Each is called with an `Epoch` at the end of every epoch.
    history : sequence of Epoch
        What an interrupted call returned. Training continues after these epochs,
        from the model's present parameters, up to epoch `num_epochs`.

    Returns
    -------
    list of Epoch
        Every epoch, those before included. An interrupt (Ctrl-C) ends the training run
        after the last finished epoch: the parameters are as they were then.

    Raises
    ------
    FloatingPointError
        If the loss becomes NaN or infinite.
    RuntimeError
        If another thread trains the model.
    TypeError, ValueError
        If an argument makes no sense; before the model is touched. That a model without an
        attribute `vocab_size` has another number of logits is seen in the first mini-batch.
    """
    if not history:
        model.initialize(init.Normal(0.01), ctx=ctx, force_reinit=True)
    params = model.collect_params()
    trainer = gluon.Trainer(params, "sgd", {"learning_rate": lr})
    loss = gloss.SoftmaxCrossEntropyLoss()
    num_batches = (len(corpus_indices) - 1) // (batch_size * num_steps)

    def write(prefix: str) -> str:
        return predict_rnn_gluon(prefix, pred_len, model, vocab_size, ctx, idx_to_char, char_to_idx)

    with TrainingRun(params.values(), num_epochs, num_batches, history, callbacks) as run:
        for epoch in run.epochs():
            batches = run.watch(data_iter_consecutive(corpus_indices, batch_size, num_steps, ctx))
            state = model.begin_state(batch_size=batch_size, ctx=ctx)
            run.finish(train_epoch_rnn_gluon(model, batches, state, loss, trainer, clipping_theta))
            if epoch % pred_period == 0:
                run.report(write(prefix) for prefix in prefixes)
    return run.history


def train_epoch_rnn(
    rnn: Callable[..., Any],
    params: Sequence[NDArray],
    batches: MiniBatches,
    first_state: tuple[NDArray, ...],
    is_random_iter: bool,
    vocab_size: int,
    loss: gluon.Block,
    lr: float,
    clipping_theta: float,
) -> list[NDArray]:
    """Read a text once with a model from scratch, and take a step after each mini-batch.

    Parameters
    ----------
    rnn, params
        As for `train_and_predict_rnn`, and the parameters themselves.
    batches : iterator of (mxnet.ndarray.NDArray, mxnet.ndarray.NDArray)
        Mini-batches, as a sampler yields them.
    first_state : tuple of mxnet.ndarray.NDArray
        The state before the first mini-batch; with random sampling, before each.
    is_random_iter : bool
        Whether the mini-batches are from random places, or each continues where the last ended.
    vocab_size : int
        Characters in the vocabulary.
    loss : mxnet.gluon.loss.Loss
        ``loss(logits, targets)`` returns a loss for each character.
    lr : float
        Learning rate.
    clipping_theta : float
        Greatest norm of the gradient, above zero.

    Returns
    -------
    list of mxnet.ndarray.NDArray
        The mean loss of each mini-batch, of shape ``(1,)``. Nothing has waited for them.
    """
    state, losses = first_state, []
    for X, Y in batches:
        # From another place of the text, begin afresh; else carry the values over.
        state = first_state if is_random_iter else tuple(s.detach() for s in state)
        with autograd.record():
            outputs, state = rnn(to_onehot(X, vocab_size), state, params)
            # One row per character, time step by time step, and so the targets.
            batch_loss = loss(nd.concat(*outputs, dim=0), Y.T.reshape((-1,))).mean()
        batch_loss.backward()
        grad_clipping(params, clipping_theta, X.context)
        sgd(params, lr, 1)  # the loss is a mean already
        losses.append(batch_loss)
    return losses


@checked_training
def train_and_predict_rnn(
    rnn: Callable[..., Any],
    get_params: Callable[[], Sequence[NDArray]],
    init_rnn_state: Callable[..., Any],
    num_hiddens: int,
    vocab_size: int,
    ctx: Context,
    corpus_indices: Sequence[int],
    idx_to_char: Sequence[str],
    char_to_idx: Mapping[str, int],
    is_random_iter: bool,
    num_epochs: int,
    num_steps: int,
    lr: float,
    clipping_theta: float,
    batch_size: int,
    pred_period: int,
    pred_len: int,
    prefixes: Sequence[str],
    *,
    callbacks: Sequence[Callable[[Epoch], Any]] = (),
    history: Sequence[Epoch] = (),
) -> list[Epoch]:
    """Train a model written from scratch, and report the text that it generates as it learns.

    With random sampling the state starts from zeros in every mini-batch. With
    adjacent sampling it is carried over, cut off from the gradient.

    Parameters
    ----------
    rnn : callable
        ``rnn(inputs, state, params)`` returns outputs and a state, as `rnn_forward` does.
    get_params : callable
        Returns the parameters, drawn anew, with gradients attached.
    init_rnn_state : callable
        ``init_rnn_state(batch_size, num_hiddens, ctx)`` returns a first state.
    num_hiddens : int
        Hidden units.
    vocab_size : int
        Characters in the vocabulary.
    ctx : mxnet.context.Context
        The device to train on.
    corpus_indices : sequence of int
        The training text, one index per character.
    idx_to_char : sequence of str
        The vocabulary.
    char_to_idx : mapping of str to int
        The index of each character.
    is_random_iter : bool
        Random sampling if true, adjacent sampling if false.
    num_epochs : int
        How often to read the text.
    num_steps : int
        Characters of a row in a mini-batch.
    lr : float
        Learning rate.
    clipping_theta : float
        Greatest norm of the gradient, above zero.
    batch_size : int
        Rows in a mini-batch.
    pred_period : int
        Report every so many epochs.
    pred_len : int
        How many characters to generate after each prefix in a report.
    prefixes : sequence of str
        What the model is to continue in a report.
    callbacks : sequence of callable
        Each is called with an `Epoch` at the end of every epoch.
    history : sequence of Epoch
        What an interrupted call returned. Training continues after these epochs, up to
        epoch `num_epochs`. `get_params` has to return the parameters of that call then, as
        ``lambda: params`` does.

    Returns
    -------
    list of Epoch
        Every epoch, those before included. An interrupt (Ctrl-C) ends the training run
        after the last finished epoch: the parameters are as they were then.

    Raises
    ------
    FloatingPointError
        If the loss becomes NaN or infinite.
    TypeError, ValueError
        If an argument makes no sense.
    """
    data_iter = data_iter_random if is_random_iter else data_iter_consecutive
    params = get_params()
    loss = gloss.SoftmaxCrossEntropyLoss()
    num_batches = (len(corpus_indices) - 1) // (batch_size * num_steps)

    def write(prefix: str) -> str:
        model = (rnn, params, init_rnn_state, num_hiddens)
        return predict_rnn(prefix, pred_len, *model, vocab_size, ctx, idx_to_char, char_to_idx)

    with TrainingRun(params, num_epochs, num_batches, history, callbacks) as run:
        for epoch in run.epochs():
            batches = run.watch(data_iter(corpus_indices, batch_size, num_steps, ctx))
            state = init_rnn_state(batch_size, num_hiddens, ctx)
            losses = train_epoch_rnn(
                rnn, params, batches, state, is_random_iter, vocab_size, loss, lr, clipping_theta
            )
            run.finish(losses)
            if epoch % pred_period == 0:
                run.report(write(prefix) for prefix in prefixes)
    return run.history


def train(
    model: gluon.Block | ScratchModel,
    text: Text,
    *,
    lr: float = 1e2,
    num_epochs: int = 50,
    num_steps: int = 35,
    batch_size: int = 32,
    clipping_theta: float = 1e-2,
    optimizer: str = "sgd",
    is_random_iter: bool = False,
    seed: int | None = None,
    ctx: Context | None = None,
    pred_period: int | None = None,
    pred_len: int = 50,
    prefixes: Sequence[str] = (),
    callbacks: Sequence[Callable[[Epoch], Any]] = (),
    history: Sequence[Epoch] = (),
) -> list[Epoch]:
    """Train a model on the training part of a text.

    Parameters
    ----------
    model : mxnet.gluon.Block or ScratchModel
        As for `train_and_predict_rnn_gluon`, or a model from scratch. Its parameters are drawn
        anew, unless there is a `history`.
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
        Whether mini-batches come from random places, each with a state of zeros, or continue one
        another.
    seed : int, optional
        Makes the drawn parameters, and the order of random sampling, repeatable.
    ctx : mxnet.context.Context, optional
        The device; `try_gpu` by default.
    pred_period : int, optional
        Report every so many epochs; without it, never.
    pred_len : int
        How many characters to generate after each prefix in a report.
    prefixes : sequence of str
        What the model is to continue in a report.
    callbacks : sequence of callable
        Each is called with an `Epoch` at the end of every epoch.
    history : sequence of Epoch
        What an interrupted call returned. Training continues after these epochs.

    Returns
    -------
    list of Epoch
        Every epoch, those before included.

    Raises
    ------
    FloatingPointError
        If the loss becomes NaN or infinite.
    TypeError, ValueError
        If an argument makes no sense; before the model is touched.
    """
    check_sizes(num_epochs=num_epochs)
    check_corpus(text.train, batch_size, num_steps)
    check_indices(text.train, text.size)
    check_made_for(text.size, model)
    check_prefixes(prefixes, text.index)
    check_threshold(clipping_theta)
    check_learning_rate(lr)
    ctx = ctx or try_gpu()
    if seed is not None:
        mx.random.seed(seed)
        random.seed(seed)
    from_scratch = isinstance(model, ScratchModel)
    if not history and from_scratch:
        model.initialize(ctx)
    elif not history:
        model.initialize(init.Normal(0.01), ctx=ctx, force_reinit=True)
    if from_scratch:
        params, trainer = model.params, SGD(model.params, lr)
    else:
        params = model.collect_params().values()
        trainer = gluon.Trainer(model.collect_params(), optimizer, {"learning_rate": lr})
    loss = gloss.SoftmaxCrossEntropyLoss()
    data_iter = data_iter_random if is_random_iter else data_iter_consecutive
    num_batches = (len(text.train) - 1) // (batch_size * num_steps)
    with TrainingRun(params, num_epochs, num_batches, history, callbacks) as run:
        for epoch in run.epochs():
            batches = run.watch(data_iter(text.train, batch_size, num_steps, ctx))
            state = model.begin_state(batch_size=batch_size, ctx=ctx)
            losses = []
            for X, Y in batches:
                if is_random_iter:
                    state = model.begin_state(batch_size=batch_size, ctx=ctx)
                state = [s.detach() for s in state]
                with autograd.record():
                    logits, state = model(X, state)
                    batch_loss = loss(logits, Y.T.reshape((-1,))).mean()
                batch_loss.backward()
                arrays = params if from_scratch else [p.data() for p in params]
                grad_clipping(arrays, clipping_theta, ctx)
                trainer.step(1)
                losses.append(batch_loss)
            run.finish(losses)
            if pred_period and epoch % pred_period == 0:
                run.report(
                    write(model, text, prefix=prefix, num_chars=pred_len, ctx=ctx)
                    for prefix in prefixes
                )
    return run.history


class SGD:
    """Plain stochastic gradient descent for arrays, called as Gluon's trainer is."""

    def __init__(self, params: Sequence[NDArray], lr: float):
        self.params, self.lr = params, lr

    def step(self, batch_size: int) -> None:
        """Take one step."""
        sgd(self.params, self.lr, batch_size)
