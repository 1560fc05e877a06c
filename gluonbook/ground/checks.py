"""Argument checks, for mistakes that MXNet would not notice or would report unhelpfully."""

import functools
import math
from numbers import Integral, Real

import numpy as np

# The exponential of any larger number overflows in 64 bits.
LARGEST_LOSS = math.log(np.finfo("float64").max)
# Much smaller positive numbers become zero in 32 bits.
TINY = 1e-30

# --- numbers ------------------------------------------------------------------------------


def check_sizes(*, least=1, **sizes):
    """Check that each named size is an integer of at least `least`."""
    for name, size in sizes.items():
        if not isinstance(size, Integral):
            raise TypeError(f"{name} must be a whole number, not {size!r}")
        if size < least:
            raise ValueError(f"{name} must be {least} or more, not {size}")


def check_number(name, value, words, least, most):
    """Check that a value is between `least` and `most`; `words` describes that range in the message."""
    if not isinstance(value, Real):
        raise TypeError(f"{name} must be a number, not {value!r}")
    if not least <= value <= most:  # written this way, it also rejects NaN
        raise ValueError(f"{name} must be {words}, not {value!r}")


# --- texts and vocabularies ---------------------------------------------------------------


def check_indices(indices, vocab_size=None):
    """Check that a text is a sequence of indices, which are below `vocab_size` if that is given."""
    if isinstance(indices, str):
        raise TypeError(
            "a model reads indices, not a string: convert it with text.encode(string), or with "
            "[char_to_idx[char] for char in string]"
        )
    array = np.asarray(indices)
    is_vector = array.ndim == 1 and array.dtype.kind in "iuf"  # integers or floats
    if not (is_vector and (array == np.floor(array)).all()):
        raise TypeError(
            "a text must be a list or an array of whole numbers, the index of each character, as "
            f"text.encode returns them, not {type(indices).__name__} of shape {array.shape} and "
            f"type {array.dtype}"
        )
    if not len(array):
        return
    known = "an index is 0 or more"
    if vocab_size:
        known = f"for a vocab_size of {vocab_size} an index is from 0 to {vocab_size - 1}"
    for idx in (array.min(), array.max()):
        if not 0 <= idx < (vocab_size or math.inf):  # MXNet would turn such an index into zeros
            raise ValueError(
                f"the text has the index {idx}, but {known}. Use the vocab_size that came with the text"
            )


def check_held_out(indices, vocab_size=None):
    """Check that a perplexity can be measured on a text."""
    check_indices(indices, vocab_size)
    if len(indices) < 2:
        raise ValueError(
            f"a text of {len(indices)} characters has no perplexity, because the first is not "
            "predicted: pass a text of 2 or more"
        )


def check_known(string, index):
    """Check that every character of a string is in the vocabulary."""
    unknown = sorted(set(string) - set(index))
    if unknown:
        lower = string.lower()
        advice = f" In lower case they are: use {lower!r}." if set(lower) <= set(index) else ""
        raise ValueError(
            f"{string[:80]!r} has characters that are not in the vocabulary: "
            f"{', '.join(map(repr, unknown[:20]))}.{advice} "
            f"The vocabulary is: {''.join(sorted(index))[:200]!r}"
        )


# --- models -------------------------------------------------------------------------------


def check_finite_logits(logits):
    """Raise a FloatingPointError if a logit is NaN or infinite; this waits for the device."""
    # Minus infinity is allowed, because it stands for a probability of zero.
    if not logits.asnumpy().max() < math.inf:  # written this way, it also rejects NaN
        raise FloatingPointError(
            "the model's logits are NaN or infinite, so it cannot predict a character: its training "
            "diverged. Train it again with a smaller learning rate"
        )


def with_finite_logits(function):
    """Let a function raise an error if the logits of its model, the first argument, are NaN or infinite."""

    @functools.wraps(function)
    def watching(model, *args, **kwargs):
        if not hasattr(model, "begin_state"):  # an n-gram model has no logits
            return function(model, *args, **kwargs)
        watched = WatchedModel(model)
        result = function(watched, *args, **kwargs)
        for logit in watched.largest:
            check_finite_logits(logit)
        return result

    return watching


class WatchedModel:
    """A model that keeps the largest logit of each call, which is NaN if any logit is.

    Waiting for the device after every character would take more time than everything else.
    """

    def __init__(self, model):
        self.model, self.begin_state, self.largest = model, model.begin_state, []

    def __call__(self, X, state):
        """Call the model."""
        logits, state = self.model(X, state)
        self.largest.append(logits.max())
        return logits, state
