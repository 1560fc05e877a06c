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


def check_number(name, value, words="above zero", *, least=TINY, most=math.inf):
    """Check that a value is between `least` and `most`; `words` describes that range in the message."""
    if not isinstance(value, Real):
        raise TypeError(f"{name} must be a number, not {value!r}")
    if not least <= value <= most:  # written this way, it also rejects NaN
        raise ValueError(f"{name} must be {words}, not {value!r}")


def check_rate(lr):
    """Check that a value is a learning rate."""
    # MXNet computes in 32 bits, and this is the largest 32-bit number.
    check_number("the learning rate lr", lr, "from 0 to 3.4e+38", least=0, most=3.4e38)


def check_temperature(temperature):
    """Check that logits can be divided by a temperature."""
    words = "above zero (greedy takes the most probable character)"
    check_number("the temperature", temperature, words)


def check_threshold(clipping_theta):
    """Check that a value is a norm to which a gradient can be clipped."""
    words = "above zero, or float('inf') to clip nothing"
    check_number("the clipping threshold", clipping_theta, words)


def check_counts(counts, n, chars):
    """Check that an n-gram model for a vocabulary can be built from counts."""
    check_sizes(n=n)
    check_vocabulary(chars)
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


def check_weights(weights):
    """Check that characters can be drawn with these weights; this waits for the device."""
    values = weights.asnumpy()
    totals = values.sum(axis=1)
    if not ((values >= 0).all() and (totals > 0).all() and np.isfinite(totals).all()):
        raise ValueError(
            "the weights of characters must be finite, none below zero and one above zero, not "
            f"{values[0, :20].tolist()}: a model whose training diverged has only weights that are NaN"
        )


# --- texts and vocabularies ---------------------------------------------------------------


def check_vocabulary(chars):
    """Check that a vocabulary has characters, each of them once."""
    check_sizes(vocab_size=len(chars))
    if len(set(chars)) < len(chars):
        raise ValueError(
            "a character occurs twice in the vocabulary: pass the vocabulary of the text, such as text.chars"
        )


def check_string(string, least):
    """Check that a text is a string of at least so many characters."""
    if not isinstance(string, str):
        raise TypeError(
            f"a string is needed, not {type(string).__name__}: convert indices with text.decode(indices)"
        )
    if len(string) < least:
        raise ValueError(f"the string must have {least} or more characters, not {len(string)}")


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


def check_corpus(indices, batch_size, num_steps, vocab_size=None):
    """Check that a text is a sequence of indices, long enough for a mini-batch and one character more."""
    check_sizes(batch_size=batch_size, num_steps=num_steps)
    check_indices(indices, vocab_size)
    needed = batch_size * num_steps + 1
    if len(indices) < needed:
        raise ValueError(
            f"a text of {len(indices)} characters is too short for one mini-batch of "
            f"batch_size * num_steps = {batch_size} * {num_steps} characters and the character to "
            f"predict after them: it must have {needed} or more. "
            "Take a longer text, a smaller batch_size or a smaller num_steps"
        )


def check_held_out(indices, vocab_size=None):
    """Check that a perplexity can be measured on a text."""
    check_indices(indices, vocab_size)
    if len(indices) < 2:
        raise ValueError(
            f"a text of {len(indices)} characters has no perplexity, because every character but "
            "the first is predicted: it must have 2 or more"
        )


def check_lengths(lengths, num_chars):
    """Check that a loss can be measured after these numbers of characters of a text."""
    for length in lengths:
        check_sizes(least=0, length=length)
    if not len(lengths) or max(lengths) >= num_chars:
        raise ValueError(
            f"lengths {list(lengths)} cannot be measured on a text of {num_chars} characters: give one "
            "length or more, all below the length of the text"
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


def check_prefixes(prefixes):
    """Check that the prefixes are given as a list of strings with at least one character."""
    if isinstance(prefixes, str) or not hasattr(prefixes, "__len__"):
        raise TypeError(
            f"prefixes must be a list of strings, such as ['traveller'], not {prefixes!r}"
        )
    for prefix in prefixes:
        if not isinstance(prefix, str):
            raise TypeError(f"a prefix must be a string, such as 'traveller', not {prefix!r}")
        if not prefix:
            raise ValueError("the prefix is empty, but a model needs a character to start from")


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
        for logits in watched.later:
            check_finite_logits(logits)
        return result

    return watching


class WatchedModel:
    """A model whose logits are examined: at once, or later if they are those of a few characters.

    Waiting for the device after every character would take more time than everything else.
    """

    def __init__(self, model):
        self.model, self.begin_state, self.later = model, model.begin_state, []

    def __call__(self, X, state):
        """Call the model."""
        logits, state = self.model(X, state)
        if X.size < 100:
            self.later.append(logits)
        else:
            check_finite_logits(logits)
        return logits, state
