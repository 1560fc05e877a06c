"""Train a model with the lesson's loop, and with reports, callbacks, progress and Ctrl-C."""

import math
import random
import time
from typing import NamedTuple

import mxnet as mx
import numpy as np
from mxnet import gluon, nd
from mxnet.gluon import loss as gloss
from tqdm import tqdm

from gluonbook.ground.checks import LARGEST_LOSS, with_finite_logits
from gluonbook.lesson.corpus import data_iter_consecutive, data_iter_random
from gluonbook.lesson.models import try_gpu
from gluonbook.lesson.prediction import write
from gluonbook.lesson.training import SGD, train_epoch
from gluonbook.services.fast import speed_up
from gluonbook.services.parameters import initialize, is_initialized, vocab_size_of
from gluonbook.services.watching import bar_options, stop_after_this_epoch


class Epoch(NamedTuple):
    """The record of a finished epoch."""

    number: int  #: counted from 1
    perplexity: float  #: on the training text, measured while the parameters were changing
    seconds: float  #: how long the epoch took


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
    ctx = ctx or try_gpu()
    if pred_period is not None:
        callbacks = [*callbacks, reporter(model, text, pred_period, pred_len, prefixes, ctx)]
    if seed is not None:
        mx.random.seed(seed)
        random.seed(seed)
    if not continues(model, history):
        initialize(model, ctx)
    speed_up(model)  # computes the same numbers in less time
    vocab_size_of(model, ctx)  # the optimiser needs to know the shapes
    trainer = trainer_for(model, optimizer, lr)
    loss = gloss.SoftmaxCrossEntropyLoss()
    loss.hybridize()
    data_iter = data_iter_random if is_random_iter else data_iter_consecutive

    def one_epoch():
        batches = wait_every_hundred(data_iter(text.train, batch_size, num_steps, ctx))
        state = model.begin_state(batch_size=batch_size, ctx=ctx)
        return train_epoch(model, batches, state, loss, trainer, clipping_theta, is_random_iter)

    return train_epochs(one_epoch, num_epochs, callbacks=callbacks, history=history)


def continues(model, history):
    """Return whether training continues from the parameters of a model, instead of drawing new ones.

    The history of a model that was saved without epochs is empty, and does not say that it is new.
    """
    return history is not None and is_initialized(model)


def trainer_for(model, optimizer, lr):
    """Return an object whose `step` method updates the parameters of a model."""
    if isinstance(model, gluon.Block):
        return gluon.Trainer(model.collect_params(), optimizer, {"learning_rate": lr})
    return SGD(model.params, lr)


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
        for number in tqdm(numbers, "epochs", leave=False, **bar_options()):
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
    write_on = with_finite_logits(write)

    def report(epoch):
        if epoch.number % pred_period == 0:
            number, perplexity, seconds = epoch
            line = f"epoch {number}, perplexity {perplexity:f}, time {seconds:.2f} sec"
            print(line + (f", held out {held_out():f}" if held_out else ""))
            for prefix in prefixes:
                print(" -", write_on(model, text, prefix=prefix, num_chars=pred_len, ctx=ctx))

    return report
