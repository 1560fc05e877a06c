"""The mistakes that MXNet would not notice, or would report in words that help nobody.

Each check is a plain call, before anything is computed where that is possible, and each message
says what to do.
"""

import math
from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
from mxnet import Context, nd
from mxnet.ndarray import NDArray

# The exponential of more is no number of 64 bits.
LARGEST_LOSS = math.log(np.finfo("float64").max)

# --- numbers ------------------------------------------------------------------------------


def check_sizes(*, least: int = 1, **sizes: int) -> None:
    """Check that each named size is a whole number, `least` or more."""
    for name, size in sizes.items():
        if not isinstance(size, Integral):
            raise TypeError(f"{name} must be a whole number, not {size!r}")
        if size < least:
            raise ValueError(f"{name} must be {least} or more, not {size}")


def check_number(name: str, value: float, least: float, most: float, words: str) -> None:
    """Check that something is a number from `least` to `most`, or what these are in words."""
    if not isinstance(value, Real):
        raise TypeError(f"{name} must be a number, not {value!r}")
    if not least <= value <= most:  # and NaN is not, either
        raise ValueError(f"{name} must be {words}, not {value!r}")


def check_positive(name: str, value: float, advice: str = "") -> None:
    """Check that something is a number above zero, and not so small that 32 bits make it zero."""
    check_number(name, value, 1e-30, math.inf, f"above zero{advice}")


def check_threshold(theta: float) -> None:
    """Check that a gradient can be shortened to a norm."""
    check_positive("the clipping threshold", theta, ", or float('inf') to clip nothing")


def check_temperature(temperature: float) -> None:
    """Check that logits can be divided by a temperature."""
    check_positive("the temperature", temperature, " (greedy always takes the best character)")


def check_share(name: str, *values: float) -> None:
    """Check that numbers are from 0 to 1."""
    for value in values:
        # A model's own rounding is no mistake.
        check_number(name, value, 0, 1 + 1e-9, "from 0 to 1")


def check_counts(counts, n, vocab_size, least=1):
    """Check that counts have what a model of n-grams needs, and no more characters than it."""
    check_sizes(least=least, n=n)
    check_sizes(vocab_size=vocab_size)
    if n > 1 and not any(len(context) == n - 1 for context in counts):
        raise ValueError(
            f"for n = {n} contexts of {n - 1} characters must have been counted, and none was: "
            f"call count_followers with longest={n - 1} or more, on a longer text"
        )
    if len(counts.get("", ())) > vocab_size:
        raise ValueError(
            f"vocab_size is {vocab_size}, but {len(counts[''])} different characters were counted, "
            "so the probabilities would sum to more than 1: give the size of their vocabulary"
        )


# --- texts and vocabularies ---------------------------------------------------------------


def check_indices(indices: Sequence[int], vocab_size: int | None = None) -> None:
    """Check that a text is the indices of its characters, in a vocabulary if its size is given.

    MXNet turns an index that is out of range into a vector of zeros.
    """
    if isinstance(indices, str):
        raise TypeError(
            "a model reads indices, not a string: look its characters up, "
            "[char_to_idx[char] for char in string], or text.encode(string)"
        )
    array = np.asarray(indices)
    is_numbers = array.ndim == 1 and array.dtype.kind in "iuf"  # integers, or with a point
    if not (is_numbers and (array == np.floor(array)).all()):
        raise TypeError(
            "a text must be a list or an array of whole numbers, the index of each character, as "
            f"load_corpus returns them, not {type(indices).__name__} of shape {array.shape} and "
            f"type {array.dtype}"
        )
    if vocab_size is None or not len(array):
        return
    least, most = array.min(), array.max()
    if least < 0 or most >= vocab_size:
        raise ValueError(
            f"the text has the index {least if least < 0 else most}, but for a vocab_size of "
            f"{vocab_size} an index is from 0 to {vocab_size - 1}. Use the vocab_size that came "
            "with the text"
        )


def check_corpus(indices, batch_size, num_steps, vocab_size=None):
    """Check that a text has indices for one mini-batch, and a character to predict after it."""
    check_sizes(batch_size=batch_size, num_steps=num_steps)
    check_indices(indices, vocab_size)
    needed = batch_size * num_steps + 1
    if len(indices) < needed:
        raise ValueError(
            f"a text of {len(indices)} characters is too short for one mini-batch of "
            f"batch_size * num_steps = {batch_size} * {num_steps} characters and the one to "
            f"predict after them: it must have {needed} or more. "
            "Take a longer text, a smaller batch_size or a smaller num_steps"
        )


def check_held_out(indices: Sequence[int]) -> None:
    """Check that a perplexity can be measured on a text."""
    check_indices(indices)
    if len(indices) < 2:
        raise ValueError(
            f"a text of length {len(indices)} has no perplexity, for which each character but the "
            "first is predicted: it must have 2 or more"
        )


def check_known(string: str, index: Mapping[str, int]) -> None:
    """Check that every character of a string is in the vocabulary."""
    unknown = sorted(set(string) - set(index))
    if unknown:
        lower = string.lower()
        advice = f" In lower case they are: write {lower!r}." if set(lower) <= set(index) else ""
        raise ValueError(
            f"{string[:80]!r} has characters that are not in the vocabulary: "
            f"{', '.join(map(repr, unknown[:20]))}.{advice} "
            f"The vocabulary is: {''.join(sorted(index))[:200]!r}"
        )


def check_prefixes(prefixes: Sequence[str], index: Mapping[str, int]) -> None:
    """Check that a model can read every prefix: before the first epoch rather than after it."""
    if isinstance(prefixes, str) or not hasattr(prefixes, "__len__"):
        raise TypeError(
            f"prefixes must be a list of strings, such as ['traveller'], not {prefixes!r}"
        )
    for prefix in prefixes:
        if not isinstance(prefix, str):
            raise TypeError(f"a prefix must be a string, such as 'traveller', not {prefix!r}")
        if not prefix:
            raise ValueError(
                "the prefix is empty, but the model needs at least one character to start from: "
                "give it a few, such as 'traveller'"
            )
        check_known(prefix, index)


def check_vocabulary(vocab_size: int, chars: Sequence[str], index: Mapping[str, int]) -> None:
    """Check that a vocabulary has its size, and is the same in both directions."""
    check_sizes(vocab_size=vocab_size)
    if not isinstance(index, Mapping) or isinstance(chars, Mapping):
        raise TypeError("idx_to_char is a list of characters and comes first, then char_to_idx")
    is_inverse = all(index.get(char) == i for i, char in enumerate(chars))
    if not (vocab_size == len(chars) == len(index) and is_inverse):
        raise ValueError(
            f"vocab_size is {vocab_size}, idx_to_char has {len(chars)} characters and char_to_idx "
            f"{len(index)}, or they differ in order: give those that came with the corpus, all three"
        )


# --- models -------------------------------------------------------------------------------


def check_training(model, text, lr, num_epochs, num_steps, batch_size, clipping_theta):
    """Check what a training function is told, before it draws a parameter."""
    if isinstance(text, str):
        raise TypeError("text is a string, but a model is trained on a Text: give gb.Text(text)")
    check_sizes(num_epochs=num_epochs)
    check_corpus(text.train, batch_size, num_steps, text.size)
    check_made_for(text.size, model)
    check_threshold(clipping_theta)
    # MXNet computes in 32 bits, which have no greater number.
    check_number("the learning rate lr", lr, 0, 3.4e38, "from 0 to 3.4e+38")


def check_prediction(prefixes, num_chars, vocab_size, chars, index):
    """Check what a function that continues texts is told."""
    check_vocabulary(vocab_size, chars, index)
    check_prefixes(prefixes, index)
    check_sizes(least=0, num_chars=num_chars)


def check_made_for(vocab_size: int, model: Any) -> None:
    """Check that a model was made for a vocabulary of this size, if it says for which."""
    known = getattr(model, "vocab_size", vocab_size)
    if known != vocab_size:
        raise ValueError(
            f"vocab_size is {vocab_size}, but the model was made for {known} characters: give the "
            "vocabulary that it was made for, or make a model for this one"
        )


def check_logits(logits: NDArray, vocab_size: int) -> None:
    """Check that a model has scored every character of a vocabulary, and nothing else."""
    if logits.shape[1:] != (vocab_size,):
        raise ValueError(
            f"vocab_size is {vocab_size}, but the model returns logits of shape {logits.shape}: give "
            "the vocabulary that it was made for"
        )


def check_model(model: Any, vocab_size: int, ctx: Context) -> None:
    """Let a model read a few characters, and check what it returns, before it is trained."""
    logits, _ = model(nd.zeros((2, 3), ctx=ctx), model.begin_state(batch_size=2, ctx=ctx))
    check_logits(logits, vocab_size)
    if len(logits) != 6:
        raise ValueError(
            f"for 2 rows of 3 characters the model returns {len(logits)} rows of logits instead of "
            "6: one for each character, with all rows of the first time step first"
        )


def check_batch_axis(model: Any, ctx: Context) -> None:
    """Check that the texts stand side by side in axis 1 of each array of a model's state."""
    size = 97  # an axis of so many has no other meaning
    for array in model.begin_state(batch_size=size, ctx=ctx):
        if array.shape[1:2] != (size,):
            raise ValueError(
                f"the state of {type(model).__name__} has an array of shape {array.shape} for "
                f"{size} texts, and beam_search expects them in axis 1, as Gluon's recurrent "
                "layers have them: use write"
            )


def check_loss(mean_loss: float, norms: np.ndarray, epoch: int) -> None:
    """Check that the loss of an epoch has a perplexity, and that all its gradients had a length.

    Raises
    ------
    FloatingPointError
        If not.
    """
    if mean_loss < LARGEST_LOSS and np.isfinite(norms).all():
        return
    raise FloatingPointError(
        f"training diverged in epoch {epoch}: the loss is {mean_loss}, and the longest gradient "
        f"{norms.max()}. Try a smaller learning rate lr, or clip the gradients harder with a "
        "smaller clipping_theta"
    )


def check_measured(total_loss: float) -> None:
    """Check that the loss on a text is a number."""
    if math.isnan(total_loss):
        raise ValueError(
            "the loss is not a number, since the model has parameters that are infinite or NaN: its "
            "training diverged. Train it anew, at a smaller learning rate"
        )


def check_split(batch_size: int, num_workers: int, ctxs: Sequence[Context]) -> None:
    """Check that the rows of a mini-batch can be split evenly among workers and devices."""
    check_sizes(batch_size=batch_size)
    num_devices = num_workers * len(ctxs)
    if batch_size % num_devices:
        raise ValueError(
            f"{batch_size} rows cannot be split evenly among {num_workers} workers with "
            f"{len(ctxs)} devices each. Take a batch_size that is a multiple of {num_devices}"
        )
