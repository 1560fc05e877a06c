"""The door of the package: what its functions expect of their arguments.

The lesson examines nothing, so that it can be read in peace. `gluonbook` lets the functions of the lesson
and of the services that it exports examine their arguments, with `guard`: once, and before anything is
drawn or changed. In this package, an argument of one name means the same everywhere, so what is expected
of it is written once: each ``check_…`` below examines every function that has all of its arguments.
"""

import contextlib
import functools
import inspect
import os
import re

import mxnet as mx
import numpy as np
from mxnet import gluon

from gluonbook.ground.checks import (
    TINY,
    check_held_out,
    check_indices,
    check_known,
    check_number,
    check_sizes,
    with_finite_logits,
)
from gluonbook.ground.novel import warn
from gluonbook.ground.reading import read_text
from gluonbook.lesson import models, ngrams, prediction, training
from gluonbook.lesson import text as texts
from gluonbook.lesson.attention import CausalAttention
from gluonbook.lesson.models import RNNModel, ScratchModel
from gluonbook.lesson.text import Text
from gluonbook.services.callbacks import HeldOutCurve
from gluonbook.services.parameters import device_of, is_initialized, vocab_size_of

# Whole numbers, with the least that makes sense.
SIZES = {"longest": 0, "num_chars": 0, "window": 2}
SIZES |= dict.fromkeys(["batch_size", "num_batches", "num_epochs", "num_held_out", "num_steps"], 1)
SIZES |= dict.fromkeys(
    ["beam_width", "k", "n", "num_draws", "period", "pred_len", "pred_period"], 1
)
SIZES |= dict.fromkeys(
    ["distance", "num_heads", "num_hiddens", "num_pairs", "size", "vocab_size"], 1
)

CLIPPING = "above zero, or infinite to clip nothing"
# Other limits: what messages call a number, what it must be, the least and the most.
NUMBERS = {
    "alpha": ("alpha", "above zero", TINY, 1e100),
    "clipping_theta": ("the clipping threshold clipping_theta", CLIPPING, TINY, np.inf),
    "discount": ("discount", "from 0 to 1", 0, 1),
    "lr": ("the learning rate lr", "from 0 to 3.4e+38", 0, 3.4e38),  # the largest number of 32 bits
    "multiplier": ("multiplier", "above zero", TINY, 1e100),
    "num_pairs": ("num_pairs", "from 1 to 26, because each pair has its own letter", 1, 26),
    "p": ("p", "a probability above 0 and at most 1", TINY, 1),
    "temperature": (
        "the temperature",
        "above zero (greedy takes the most probable character)",
        TINY,
        np.inf,
    ),
    "theta": ("the clipping threshold theta", CLIPPING, TINY, np.inf),
    "weight": ("weight", "from 0 to 1", 0, 1),
}

# The functions that call a model to predict, whose logits are examined as well.
PREDICTING = {"beam_search", "evaluate_perplexity", "letter_costs", "loss_by_context"}
PREDICTING |= {"next_char_probabilities", "write"}


def guarded(function):
    """Return a function that examines its arguments, and then does what another one does.

    An argument that is what it is by default is examined only together with others.
    """
    if function.__name__ in PREDICTING:
        function = with_finite_logits(function)
    signature = inspect.signature(function)
    parameters = signature.parameters
    checks = [(check, names) for check, names in CHECKS if parameters.keys() >= {*names}]

    @functools.wraps(function)
    def with_checks(*args, **kwargs):
        call = None
        with contextlib.suppress(TypeError):
            call = signature.bind(*args, **kwargs)
        if call is None:
            return function(*args, **kwargs)  # Python says what is missing or too much
        call.apply_defaults()
        given = call.arguments
        new = [name for name in parameters if given[name] is not parameters[name].default]
        for name in new:
            require_size_or_number(name, given[name])
        for check, names in checks:
            if len(names) > 1 or names[0] in new:
                check(**{name: given[name] for name in names})
        return function(*args, **kwargs)

    if "." not in function.__qualname__:  # a method stays where its class is
        with_checks.__module__ = __package__  # where pickle looks for it
    return with_checks


def guard(names):
    """Let those functions among some names that the lesson or the services define examine their arguments."""
    for name, value in [*names.items()]:
        if inspect.isfunction(value) and re.match("gluonbook.(lesson|services)", value.__module__):
            names[name] = guarded(value)


def require_size_or_number(name, value):
    """Check an argument that is a number."""
    if name in SIZES:
        check_sizes(least=SIZES[name], **{name: value})
    if name in NUMBERS:
        label, words, least, most = NUMBERS[name]
        check_number(label, value, words, least, most)


# --- texts --------------------------------------------------------------------------------


def check_text(text):
    if not isinstance(text, Text):
        raise TypeError(
            f"a model needs a Text, not {type(text).__name__}: pass gb.Text(string), or what gb.load_text "
            "returns"
        )


def check_string(string):
    if not isinstance(string, str):
        raise TypeError(
            f"a text must be a string, not {type(string).__name__}: text.decode converts indices, and "
            "gb.load_text reads a file"
        )
    if not string:
        raise ValueError("the string is empty: it needs at least one character")


def check_num_train(num_train):
    if not isinstance(num_train, str):
        check_sizes(num_train=num_train)
    elif num_train != "all":
        raise ValueError(f'num_train must be a number of characters or "all", not {num_train!r}')


def check_parts(string, num_train, num_held_out):
    if num_train is None:
        return
    check_sizes(num_train=num_train)
    needed = texts.length_needed(num_train, num_held_out)
    if len(string) < needed:
        raise ValueError(
            f"a text of {len(string)} characters is too short for {num_train} training characters and "
            f"two held-out parts of {num_held_out} characters from character {texts.HELD_OUT_FROM} on: "
            f"it must have {needed} or more. Take a longer text or smaller parts"
        )


def check_long_file(path, num_train, num_held_out):
    if path is None or num_train != 10_000:
        return
    needed = texts.length_needed(num_train, num_held_out)
    # Of a long file, count the characters, which are fewer than its bytes.
    length = len(read_text(path)) if os.path.getsize(path) > 2 * needed else 0
    if length > 2 * needed:
        warn(
            f"only the first {needed:,} of {length:,} characters are used: pass a larger num_train, or "
            'num_train="all", to train on more of the text'
        )


def check_corpus(corpus_indices, batch_size, num_steps):
    check_indices(corpus_indices)
    require_one_batch(corpus_indices, batch_size, num_steps)


def require_one_batch(indices, batch_size, num_steps):
    """Check that a text is long enough for one mini-batch and the character that follows."""
    needed = batch_size * num_steps + 1
    if len(indices) < needed:
        raise ValueError(
            f"a text of {len(indices)} characters is too short for one mini-batch of "
            f"batch_size * num_steps = {batch_size} * {num_steps} characters and the character to "
            f"predict after them: it must have {needed} or more. "
            "Take a longer text, a smaller batch_size or a smaller num_steps"
        )


# --- n-grams ------------------------------------------------------------------------------


def check_chars(chars):
    check_sizes(vocab_size=len(chars))
    if len(set(chars)) < len(chars):
        raise ValueError(
            "a character occurs twice in the vocabulary: pass the vocabulary of the text, such as text.chars"
        )


def check_counts(counts, n, chars):
    if n > 1 and not any(len(context) == n - 1 for context in counts):
        raise ValueError(
            f"n = {n} needs counts for contexts of {n - 1} characters, and there are none: "
            f"call count_followers with longest={n - 1} or more, on a longer text"
        )
    if unknown := set(counts.get("", ())).difference(chars):
        raise ValueError(
            f"{len(unknown)} of the characters that were counted are not in the vocabulary, for example "
            f"{min(unknown)!r}: pass the vocabulary of the text, such as text.chars"
        )


def check_probabilities(probabilities):
    if not len(probabilities):
        raise ValueError("a perplexity needs at least one probability, but none was given")
    # Because of rounding, a model's probability may slightly exceed 1.
    if not all(0 <= probability <= 1 + 1e-9 for probability in probabilities):
        raise ValueError(
            f"every probability must be from 0 to 1, but they are from {min(probabilities)} to "
            f"{max(probabilities)}"
        )


# --- models -------------------------------------------------------------------------------


def check_rnn_layer(rnn_layer):
    if isinstance(rnn_layer, type):
        raise TypeError(
            f"rnn_layer must be a layer, not the class {rnn_layer.__name__}: give it a number of "
            f"hidden units, as in rnn.{rnn_layer.__name__}(256)"
        )


def check_num_heads(size, num_heads):
    if size % num_heads:
        raise ValueError(
            f"size must be a multiple of num_heads, but {size} numbers cannot be divided evenly "
            f"among {num_heads} heads"
        )


def check_factors(a, b, h):
    if a.shape != b.shape or h.shape != (1, *b.shape[1:]):
        raise ValueError(
            "a and b must have the same shape, (num_steps, batch_size, num_hiddens), and h that shape with "
            f"a single step, but the shapes are {a.shape}, {b.shape} and {h.shape}"
        )


def require_parameters(model):
    """Check that a model has parameters, or will draw them when it is called for the first time."""
    if isinstance(model, type) or not hasattr(model, "begin_state"):
        raise TypeError(f"a model needs a method begin_state, as an RNNModel has, not {model!r}")
    if not is_initialized(model):
        raise ValueError(
            "the model has no parameters yet: train it, or call model.initialize(ctx=gb.try_gpu())"
        )


def require_logits(model, ctx, vocab_size=None):
    """Check that a model has parameters, and a logit for each character; return the number of logits."""
    require_parameters(model)
    found = vocab_size_of(model, ctx or models.try_gpu())
    if vocab_size not in (None, found):
        raise ValueError(
            f"vocab_size is {vocab_size}, but the model returns {found} logits for each character: pass "
            "the text that it was made for"
        )
    return found


# --- prediction ---------------------------------------------------------------------------


def check_prefixes(prefixes):
    if isinstance(prefixes, str) or not hasattr(prefixes, "__len__"):
        raise TypeError(
            f"prefixes must be a list of strings, such as ['traveller'], not {prefixes!r}"
        )
    for prefix in prefixes:
        check_prefix(prefix)


def check_prefix(prefix):
    """Check that a prefix is a string with at least one character."""
    if not isinstance(prefix, str):
        raise TypeError(f"a prefix must be a string, such as 'traveller', not {prefix!r}")
    if not prefix:
        raise ValueError("the prefix is empty, but a model needs a character to start from")


def check_ctx(ctx):
    if not isinstance(ctx, mx.Context):
        raise TypeError(f"ctx must be a device, such as mx.cpu(), not {ctx!r}")


def check_writer(model, text, num_chars, ctx):
    require_logits(model, ctx, text.size)


def check_beams(model, beam_width, ctx):
    shapes = [s.shape for s in model.begin_state(batch_size=1, ctx=ctx or models.try_gpu())]
    if any(shape[1:2] != (1,) for shape in shapes):
        raise ValueError(
            "beam_search needs the batch in axis 1 of each array in the state, but the state of "
            f"{type(model).__name__} has the shapes {shapes}: use write instead"
        )


def check_weights(weights):
    values = weights.asnumpy()
    totals = values.sum(axis=1)
    if not ((values >= 0).all() and (totals > 0).all() and np.isfinite(totals).all()):
        raise ValueError(
            "the weights of characters must be finite and not negative, and one must be above zero, not "
            f"{values[0, :20].tolist()}: a model whose training diverged has only weights that are NaN"
        )


# --- training -----------------------------------------------------------------------------


def check_gradients(params, theta):
    without = sum(param.grad is None for param in params)
    if without or not len(params):
        raise ValueError(
            f"{without} of {len(params)} parameters have no gradient to clip: first call attach_grad "
            "on each parameter, and backward on a loss"
        )


def check_training_text(text, batch_size, num_steps):
    check_indices(text.train, text.size)
    require_one_batch(text.train, batch_size, num_steps)


def check_callbacks(callbacks):
    if callable(callbacks) or not all(map(callable, callbacks)):
        raise TypeError(f"callbacks must be a list of functions, not {callbacks!r}")


def check_history(model, history):
    if history is None:
        return
    if not hasattr(history, "__len__") or not all(hasattr(e, "perplexity") for e in history):
        raise TypeError(
            f"history must be the list of epochs that an earlier call returned, not {history!r}"
        )
    if len(history):
        require_parameters(model)


def check_prefixes_of_report(text, prefixes, pred_len):
    for prefix in prefixes:
        check_known(prefix, text.index)


def check_optimizer(model, optimizer):
    if not isinstance(model, gluon.Block) and optimizer != "sgd":
        raise ValueError(f"a model from scratch trains only with 'sgd', not with {optimizer!r}")
    if str(optimizer).lower() not in mx.optimizer.Optimizer.opt_registry:
        raise ValueError(
            "optimizer must be the name of one of Gluon's optimisers, such as 'sgd' or 'adam', not "
            f"{optimizer!r}"
        )


def check_devices(model, ctxs, batch_size, kvstore):
    are_devices = isinstance(ctxs, list | tuple) and all(isinstance(c, mx.Context) for c in ctxs)
    if not ctxs or not are_devices:
        raise TypeError(f"ctxs must be a list of devices, such as [mx.cpu(0)], not {ctxs!r}")
    if not isinstance(model, gluon.Block):
        raise TypeError(f"only a Gluon model trains on several devices, not {type(model).__name__}")
    num_workers = kvstore.num_workers if kvstore else 1
    num_devices = num_workers * len(ctxs)
    if batch_size % num_devices:
        raise ValueError(
            f"{batch_size} examples cannot be split evenly among {num_workers} workers with "
            f"{len(ctxs)} devices each. Use a batch_size that is a multiple of {num_devices}"
        )


def check_trained_model(model, text, num_epochs):
    if ctx := device_of(model):  # otherwise there are no parameters to lose
        require_logits(model, ctx, text.size)


# --- evaluation ---------------------------------------------------------------------------


def check_curve(held_out, period):
    check_held_out(held_out)


def check_measured_text(model, indices, ctx):
    check_held_out(indices, require_logits(model, ctx))


def check_costs(model, text, string, ctx):
    if hasattr(model, "begin_state"):  # a network, not an n-gram model
        require_logits(model, ctx, text.size)


def check_lengths(model, text, lengths, held_out, ctx):
    check_costs(model, text, None, ctx)
    indices = text.test if held_out is None else held_out
    check_indices(indices, text.size)
    for length in lengths:
        check_sizes(least=0, length=length)
    if not len(lengths) or max(lengths) >= len(indices):
        raise ValueError(
            f"lengths {list(lengths)} cannot be measured on a text of {len(indices)} characters: pass one "
            "length or more, all below the length of the text"
        )


def check_blocks(values, baseline):
    kinds = [np.asarray(kind) for kind in (values, baseline) if kind is not None]
    num_blocks = {kind.shape[-1] if kind.ndim in (1, 2) and kind.size else 0 for kind in kinds}
    if len(num_blocks) > 1 or min(num_blocks) < 2:
        raise ValueError(
            "a bootstrap needs arrays of shape (num_seeds, num_blocks), all with the same blocks, two "
            f"or more, not {' and '.join(str(kind.shape) for kind in kinds)}"
        )
    if not all(np.isfinite(kind).all() for kind in kinds):
        raise ValueError("a bootstrap needs finite numbers, but a value is NaN or infinite")


CHECKS = [
    (check, [*inspect.signature(check).parameters])
    for name, check in [*globals().items()]
    if name.startswith("check_") and check.__module__ == __name__
]

# --- what examines its arguments in a way of its own ----------------------------------------

for kind in (CausalAttention, HeldOutCurve, RNNModel, ScratchModel, Text):
    kind.__init__ = guarded(kind.__init__)
Text.of_vocabulary = classmethod(guarded(vars(Text)["of_vocabulary"].__func__))


@functools.wraps(Text.encode)
def encode(self, string):
    check_known(string, self.index)
    return encode.__wrapped__(self, string)


@functools.wraps(Text.decode)
def decode(self, indices):
    if not isinstance(indices, np.ndarray):
        indices = [idx if isinstance(idx, str) else float(idx) for idx in indices]
    check_indices(indices, self.size)
    return decode.__wrapped__(self, indices)


@functools.wraps(ScratchModel.__call__)
def call(self, X, state):
    require_parameters(self)
    return call.__wrapped__(self, X, state)


Text.encode, Text.decode, ScratchModel.__call__ = encode, decode, call


@guarded
@functools.wraps(ngrams.perplexity_on)
def perplexity_on(model, string):
    if len(string) < 2:
        raise ValueError(
            "a string of one character has no perplexity, because the first is not predicted: pass a longer one"
        )
    try:
        return ngrams.perplexity_on(model, string)
    except KeyError as error:
        raise ValueError(
            f"the model has no probability for {error}, because it was made for another vocabulary"
        ) from error


@guarded
@functools.wraps(ngrams.counting_baseline)
def counting_baseline(text):
    for part in (text.validation, text.test):
        check_held_out(part)
    return ngrams.counting_baseline(text)


@guarded
@functools.wraps(models.num_params)
def num_params(model):
    if not isinstance(model, gluon.Block):
        require_parameters(model)
    try:
        return models.num_params(model)
    except (AttributeError, NotImplementedError):  # the model is not a graph
        raise ValueError(
            "the shapes of the parameters are unknown until the model is called: call it once"
        ) from None


@guarded
@functools.wraps(prediction.top_k_sampling)
def top_k_sampling(k, temperature=1):
    choose = prediction.top_k_sampling(k, temperature)

    def choose_from_enough(logits):
        if k > logits.shape[1]:
            raise ValueError(
                f"k = {k} is more than the {logits.shape[1]} characters to choose from: pass a smaller k"
            )
        return choose(logits)

    return choose_from_enough


@guarded
def grad_clipping(params, theta, ctx=None):
    """Clip gradients with the lesson's `grad_clipping`; older code passes the device `ctx`, which is ignored."""
    return training.grad_clipping(params, theta)
