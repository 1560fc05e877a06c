"""The door of the package: what its functions expect of their arguments.

The lesson examines nothing, so that it can be read in peace. `gluonbook` therefore exports the functions
of this module. Each has the name, the signature and the docstring of a function of the lesson or of the
services, examines arguments before anything is drawn or changed, and calls the function. The functions
below the decorator `checked` say what is examined. Classes have only one form, in which ``__init__``
and some methods are checked, wherever they are called.
"""

import functools
import inspect
import os

import mxnet as mx
import numpy as np
from mxnet import gluon

from gluonbook.ground.checks import (
    check_corpus,
    check_counts,
    check_held_out,
    check_indices,
    check_known,
    check_lengths,
    check_number,
    check_prefixes,
    check_rate,
    check_sizes,
    check_string,
    check_temperature,
    check_threshold,
    check_vocabulary,
    check_weights,
    with_finite_logits,
)
from gluonbook.ground.novel import warn
from gluonbook.ground.reading import read_text
from gluonbook.lesson import (
    attention,
    corpus,
    evaluation,
    memory_tasks,
    models,
    ngrams,
    prediction,
    training,
)
from gluonbook.lesson import scan as scans
from gluonbook.lesson import text as texts
from gluonbook.services import callbacks, fast, parallel
from gluonbook.services import training as services
from gluonbook.services.parameters import device_of, is_initialized, vocab_size_of


def checked(original, method="__init__"):
    """Return a decorator: the function below it examines arguments of a function or method before a call.

    The parameters of the decorated function name the arguments that it examines. It may return other values
    for some of them, in a dictionary. Instead of it, the decorator returns the function with its checks, or
    the class, of which it has replaced the method.
    """
    owner = original if isinstance(original, type) else None
    plain = vars(owner)[method] if owner else original
    function = getattr(plain, "__func__", plain)  # of a class method
    signature = inspect.signature(function)

    def decorate(check):
        names = inspect.signature(check).parameters

        @functools.wraps(function)
        def with_checks(*args, **kwargs):
            try:
                call = signature.bind(*args, **kwargs)
            except TypeError:
                return function(*args, **kwargs)  # Python says what is missing or too much
            call.apply_defaults()
            call.arguments |= check(**{name: call.arguments[name] for name in names}) or {}
            return function(*call.args, **call.kwargs)

        if owner:
            setattr(
                owner, method, type(plain)(with_checks) if function is not plain else with_checks
            )
            return owner
        return stands_for(function)(with_checks)

    return decorate


def stands_for(function):
    """Return a decorator: the function below it has the documentation of another, and is found here."""

    def decorate(door):
        door = functools.update_wrapper(door, function)
        door.__module__ = __name__  # where pickle looks for it
        return door

    return decorate


# --- texts --------------------------------------------------------------------------------


@checked(texts.load_text)
def load_text(path, num_train, num_held_out):
    check_sizes(num_held_out=num_held_out)
    if num_train == "all":
        return
    if isinstance(num_train, str):
        raise ValueError(f'num_train must be a number of characters or "all", not {num_train!r}')
    check_sizes(num_train=num_train)
    needed = texts.length_needed(num_train, num_held_out)
    if path is None or num_train != 10_000 or os.path.getsize(path) <= 2 * needed:
        return
    length = len(read_text(path))  # which is not the number of bytes
    if length > 2 * needed:
        warn(
            f"only the first {needed:,} of {length:,} characters are used: pass a larger num_train, or "
            'num_train="all", to train on more of the text'
        )


@checked(texts.Text)
def Text(string, num_train, num_held_out):
    if not isinstance(string, str):
        raise TypeError(
            f"a Text is made from a string, not from {type(string).__name__}: to read a file, "
            "call gb.load_text with its path"
        )
    if not string:
        raise ValueError("the text is empty: it needs at least one character")
    if num_train is None:
        return
    check_sizes(num_train=num_train, num_held_out=num_held_out)
    needed = texts.length_needed(num_train, num_held_out)
    if len(string) < needed:
        raise ValueError(
            f"a text of {len(string)} characters is too short for {num_train} training characters and "
            f"two held-out parts of {num_held_out} characters from character {texts.HELD_OUT_FROM} on: "
            f"it must have {needed} or more. Take a longer text or smaller parts"
        )


@checked(texts.Text, "of_vocabulary")
def _(chars):
    check_vocabulary(chars)


@checked(texts.Text, "encode")
def _(self, string):
    check_known(string, self.index)


@checked(texts.Text, "decode")
def _(self, indices):
    if not isinstance(indices, np.ndarray):
        indices = [idx if isinstance(idx, str) else float(idx) for idx in indices]
    check_indices(indices, self.size)
    return {"indices": indices}


@checked(corpus.data_iter_random)
def data_iter_random(corpus_indices, batch_size, num_steps):
    check_corpus(corpus_indices, batch_size, num_steps)


@checked(corpus.data_iter_consecutive)
def data_iter_consecutive(corpus_indices, batch_size, num_steps):
    check_corpus(corpus_indices, batch_size, num_steps)


def check_text(text):
    """Check that a text is a `Text`, which has a vocabulary."""
    if not isinstance(text, texts.Text):
        raise TypeError(
            f"a model needs a Text, not {type(text).__name__}: pass gb.Text(string), or what gb.load_text "
            "returns"
        )


# --- n-grams ------------------------------------------------------------------------------


@checked(ngrams.perplexity)
def perplexity(probabilities):
    if not len(probabilities):
        raise ValueError("a perplexity needs at least one probability, but none was given")
    # Because of rounding, a model's probability may slightly exceed 1.
    if not all(0 <= probability <= 1 + 1e-9 for probability in probabilities):
        raise ValueError(
            f"every probability must be from 0 to 1, but they are from {min(probabilities)} to "
            f"{max(probabilities)}"
        )


@stands_for(ngrams.perplexity_on)
def perplexity_on(model, string):
    check_string(string, least=2)
    try:
        return ngrams.perplexity_on(model, string)
    except KeyError as error:
        raise ValueError(
            f"the model has no probability for {error}, because it was made for another vocabulary"
        ) from error


@checked(ngrams.uniform_model)
def uniform_model(chars):
    check_vocabulary(chars)


@checked(ngrams.count_followers)
def count_followers(string, longest):
    check_string(string, least=0)
    check_sizes(least=0, longest=longest)


@checked(ngrams.add_alpha)
def add_alpha(counts, n, alpha, chars):
    check_counts(counts, n, chars)
    check_number("alpha", alpha, most=1e100)


@checked(ngrams.interpolate)
def interpolate(counts, n, weight, chars):
    check_counts(counts, n, chars)
    check_number("weight", weight, "from 0 to 1", least=0, most=1)


@checked(ngrams.kneser_ney)
def kneser_ney(counts, n, discount, chars):
    check_counts(counts, n, chars)
    check_number("discount", discount, "from 0 to 1", least=0, most=1)


@checked(ngrams.witten_bell)
def witten_bell(counts, n, multiplier, chars):
    check_counts(counts, n, chars)
    check_number("multiplier", multiplier, most=1e100)


@checked(ngrams.counting_baseline)
def counting_baseline(text):
    check_text(text)
    for part in (text.validation, text.test):
        check_held_out(part)


# --- models -------------------------------------------------------------------------------


@checked(models.RNNModel)
def RNNModel(rnn_layer, vocab_size):
    if isinstance(rnn_layer, type):
        raise TypeError(
            f"rnn_layer must be a layer, not the class {rnn_layer.__name__}: give it a number of "
            f"hidden units, as in rnn.{rnn_layer.__name__}(256)"
        )
    check_sizes(vocab_size=vocab_size)


@checked(models.ScratchModel)
def ScratchModel(num_hiddens, vocab_size):
    check_sizes(num_hiddens=num_hiddens, vocab_size=vocab_size)


@checked(models.ScratchModel, "__call__")
def _(self):
    check_initialized(self)


@stands_for(models.num_params)
def num_params(model):
    if not isinstance(model, gluon.Block):
        check_initialized(model)
    try:
        return models.num_params(model)
    except (AttributeError, NotImplementedError):  # the model is not a graph
        raise ValueError(
            "the shapes of the parameters are unknown until the model has been called: call it once"
        ) from None


def check_initialized(model):
    """Check that a model has parameters, or will draw them when it is called for the first time."""
    if isinstance(model, type) or not hasattr(model, "begin_state"):
        raise TypeError(f"a model needs a method begin_state, as an RNNModel has, not {model!r}")
    if not is_initialized(model):
        raise ValueError(
            "the model has no parameters yet: train it, or call model.initialize(ctx=gb.try_gpu())"
        )


def check_model(model, ctx, vocab_size=None):
    """Check that a model has parameters, and a logit for each character; return the number of logits."""
    check_initialized(model)
    found = vocab_size_of(model, ctx or models.try_gpu())
    if vocab_size not in (None, found):
        raise ValueError(
            f"vocab_size is {vocab_size}, but the model returns {found} logits for each character: pass "
            "the text that it was made for"
        )
    return found


# --- prediction ---------------------------------------------------------------------------


def check_prediction(model, text, prefixes, num_chars, ctx):
    """Check the arguments of a function that generates text."""
    check_text(text)
    check_prefixes(prefixes)
    check_sizes(least=0, num_chars=num_chars)
    check_model(model, ctx, text.size)


@checked(with_finite_logits(prediction.write))
def write(model, text, prefix, num_chars, ctx):
    check_prediction(model, text, [prefix], num_chars, ctx)


@checked(prediction.draw)
def draw(weights):
    check_weights(weights)


@checked(prediction.temperature_sampling)
def temperature_sampling(temperature):
    check_temperature(temperature)


@stands_for(prediction.top_k_sampling)
def top_k_sampling(k, temperature=1):
    check_sizes(k=k)
    check_temperature(temperature)
    choose = prediction.top_k_sampling(k, temperature)

    def choose_from_enough(logits):
        if k > logits.shape[1]:
            raise ValueError(
                f"k = {k} is more than the {logits.shape[1]} characters to choose from"
            )
        return choose(logits)

    return choose_from_enough


@checked(prediction.nucleus_sampling)
def nucleus_sampling(p, temperature):
    check_number("p", p, "a probability above 0 and at most 1", most=1)
    check_temperature(temperature)


@checked(with_finite_logits(prediction.beam_search))
def beam_search(model, text, prefix, num_chars, beam_width, ctx):
    check_sizes(beam_width=beam_width)
    check_prediction(model, text, [prefix], num_chars, ctx)
    shapes = [s.shape for s in model.begin_state(batch_size=1, ctx=ctx or models.try_gpu())]
    if any(shape[1:2] != (1,) for shape in shapes):
        raise ValueError(
            "beam_search needs the batch in axis 1 of each array in the state, but the state of "
            f"{type(model).__name__} has the shapes {shapes}: use write instead"
        )


@checked(fast.generate)
def generate(model, text, prefixes, num_chars, temperature, ctx):
    check_prediction(model, text, prefixes, num_chars, ctx)
    if temperature is not None:
        check_temperature(temperature)


# --- training -----------------------------------------------------------------------------


@stands_for(training.grad_clipping)
def grad_clipping(params, theta, ctx=None):  # with the device, as in 2018
    check_threshold(theta)
    without = sum(param.grad is None for param in params)
    if without or not len(params):
        raise ValueError(
            f"{without} of {len(params)} parameters have no gradient to clip: first call attach_grad "
            "on each parameter, and backward on a loss"
        )
    return training.grad_clipping(params, theta)


del grad_clipping.__wrapped__  # which has another signature


@checked(training.train_step)
def train_step(clipping_theta):
    check_threshold(clipping_theta)


@checked(training.train_epoch)
def train_epoch(clipping_theta):
    check_threshold(clipping_theta)


@checked(training.train_model)
def train_model(model, text, lr, num_epochs, num_steps, batch_size, clipping_theta):
    if isinstance(model, gluon.Block):
        raise TypeError("train_model trains a ScratchModel: for a Gluon model, call gb.train")
    sizes = num_epochs, num_steps, batch_size
    check_training(model, text, lr, *sizes, clipping_theta, ctxs=[models.try_gpu()])


@checked(services.train)
def train(
    model,
    text,
    lr,
    num_epochs,
    num_steps,
    batch_size,
    clipping_theta,
    optimizer,
    ctx,
    pred_period,
    pred_len,
    prefixes,
    callbacks,
    history,
):
    sizes = num_epochs, num_steps, batch_size
    ctxs = [ctx or models.try_gpu()]
    check_training(model, text, lr, *sizes, clipping_theta, ctxs, optimizer, callbacks, history)
    if pred_period is not None:
        check_report(text, pred_period, pred_len, prefixes)


@checked(services.reporter)
def reporter(text, pred_period, pred_len, prefixes):
    check_report(text, pred_period, pred_len, prefixes)


@checked(parallel.train_data_parallel)
def train_data_parallel(
    model,
    text,
    ctxs,
    lr,
    num_epochs,
    num_steps,
    batch_size,
    clipping_theta,
    kvstore,
    callbacks,
    history,
):
    if not isinstance(model, gluon.Block):
        raise TypeError(f"several devices train a Gluon model, not {type(model).__name__}")
    sizes = num_epochs, num_steps, batch_size
    check_training(
        model, text, lr, *sizes, clipping_theta, ctxs, callbacks=callbacks, history=history
    )
    num_workers = kvstore.num_workers if kvstore else 1
    num_devices = num_workers * len(ctxs)
    if batch_size % num_devices:
        raise ValueError(
            f"{batch_size} examples cannot be split evenly among {num_workers} workers with "
            f"{len(ctxs)} devices each. Use a batch_size that is a multiple of {num_devices}"
        )


def check_training(
    model,
    text,
    lr,
    num_epochs,
    num_steps,
    batch_size,
    clipping_theta,
    ctxs,
    optimizer="sgd",
    callbacks=(),
    history=None,
):
    """Check the arguments of a training function, which draws new parameters and loses the old ones."""
    check_text(text)
    if not (
        isinstance(ctxs, list | tuple) and ctxs and all(isinstance(c, mx.Context) for c in ctxs)
    ):
        raise TypeError(f"ctxs must be a list of devices, such as [mx.cpu(0)], not {ctxs!r}")
    if callable(callbacks) or not all(map(callable, callbacks)):
        raise TypeError(f"callbacks must be a list of functions, not {callbacks!r}")
    epochs = () if history is None else history
    if not hasattr(epochs, "__len__") or not all(hasattr(e, "perplexity") for e in epochs):
        raise TypeError(
            f"history must be the list of epochs that an earlier call returned, not {history!r}"
        )
    check_sizes(num_epochs=num_epochs)
    check_corpus(text.train, batch_size, num_steps, text.size)
    check_threshold(clipping_theta)
    check_rate(lr)
    check_optimizer(model, optimizer)
    ctx = device_of(model)
    if ctx:
        check_model(model, ctx, text.size)
    elif history:
        check_initialized(model)


def check_optimizer(model, optimizer):
    """Check that a model can be trained with an optimiser of this name."""
    if not isinstance(model, gluon.Block) and optimizer != "sgd":
        raise ValueError(f"a model from scratch is trained with 'sgd', not with {optimizer!r}")
    if str(optimizer).lower() not in mx.optimizer.Optimizer.opt_registry:
        raise ValueError(
            "optimizer must be the name of one of Gluon's optimisers, such as 'sgd' or 'adam', not "
            f"{optimizer!r}"
        )


def check_report(text, pred_period, pred_len, prefixes):
    """Check what a report is told, before an epoch is trained for it."""
    check_sizes(pred_period=pred_period, pred_len=pred_len)
    check_prefixes(prefixes)
    for prefix in prefixes:
        check_known(prefix, text.index)


# --- evaluation ---------------------------------------------------------------------------


@checked(with_finite_logits(evaluation.evaluate_perplexity))
def evaluate_perplexity(model, indices, ctx, num_steps):
    check_sizes(num_steps=num_steps)
    check_held_out(indices, check_model(model, ctx))


def check_letters(model, text, string, ctx):
    """Check the arguments of a function that asks a model for the probabilities of a string."""
    check_text(text)
    check_string(string, least=1)
    if hasattr(model, "begin_state"):  # a network, not an n-gram model
        check_model(model, ctx, text.size)


@checked(with_finite_logits(evaluation.next_char_probabilities))
def next_char_probabilities(model, text, string, ctx):
    check_letters(model, text, string, ctx)


@checked(with_finite_logits(evaluation.letter_costs))
def letter_costs(model, text, string, ctx):
    check_letters(model, text, string, ctx)


@checked(with_finite_logits(evaluation.loss_by_context))
def loss_by_context(model, text, lengths, held_out, ctx):
    check_text(text)
    indices = text.test if held_out is None else held_out
    check_indices(indices, text.size)
    check_lengths(lengths, len(indices))
    if hasattr(model, "begin_state"):
        check_model(model, ctx, text.size)


@checked(evaluation.bootstrap_interval)
def bootstrap_interval(values, baseline, num_draws):
    check_sizes(num_draws=num_draws)
    kinds = [np.asarray(kind) for kind in (values, baseline) if kind is not None]
    num_blocks = {kind.shape[-1] if kind.ndim in (1, 2) and kind.size else 0 for kind in kinds}
    if len(num_blocks) > 1 or min(num_blocks) < 2:
        raise ValueError(
            "a bootstrap needs the same two or more blocks of one or more seeds, in arrays of shape "
            f"(num_seeds, num_blocks), not {' and '.join(str(kind.shape) for kind in kinds)}"
        )
    if not all(np.isfinite(kind).all() for kind in kinds):
        raise ValueError("a bootstrap needs numbers, but a value is NaN or infinite")


@checked(callbacks.HeldOutCurve)
def HeldOutCurve(held_out, period):
    check_sizes(period=period)
    check_held_out(held_out)


# --- memory tasks -------------------------------------------------------------------------


def check_pairs(num_pairs):
    """Check that there are letters enough for all pairs."""
    check_sizes(num_pairs=num_pairs)
    words = "from 1 to 26, because each pair has its own letter"
    check_number("num_pairs", num_pairs, words, most=26)


@checked(memory_tasks.recall_batch)
def recall_batch(batch_size, distance):
    check_sizes(batch_size=batch_size, distance=distance)


@checked(memory_tasks.pairs_batch)
def pairs_batch(batch_size, num_pairs):
    check_sizes(batch_size=batch_size)
    check_pairs(num_pairs)


@checked(memory_tasks.train_recall)
def train_recall(distance, lr, num_batches):
    check_sizes(distance=distance, num_batches=num_batches)
    check_rate(lr)


@checked(memory_tasks.train_pairs)
def train_pairs(num_pairs, lr, num_batches):
    check_pairs(num_pairs)
    check_sizes(num_batches=num_batches)
    check_rate(lr)


# --- attention and scans ------------------------------------------------------------------


@checked(attention.CausalAttention)
def CausalAttention(size, num_heads, window):
    check_sizes(size=size, num_heads=num_heads)
    check_sizes(least=2, window=window)
    if size % num_heads:
        raise ValueError(
            f"size must be a multiple of num_heads, but {size} numbers cannot be divided evenly "
            f"among {num_heads} heads"
        )


@checked(scans.scan)
def scan(a, b, h):
    if a.shape != b.shape or h.shape != (1, *b.shape[1:]):
        raise ValueError(
            "a and b must have the same shape, (num_steps, batch_size, num_hiddens), and h that shape with "
            f"a single step, but the shapes are {a.shape}, {b.shape} and {h.shape}"
        )
