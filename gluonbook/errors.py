"""The mistakes that MXNet would not notice, or would report in words that help nobody.

Each check is a plain call at the beginning of a function, and each message says what to do.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from mxnet import Context, nd
from mxnet.ndarray import NDArray


def check_sizes(*, least: int = 1, **sizes: int) -> None:
    """Check that each named size is a whole number, `least` or more."""
    for name, size in sizes.items():
        if not isinstance(size, int | np.integer):
            raise TypeError(f"{name} must be a whole number, not {size!r}")
        if size < least:
            raise ValueError(f"{name} must be {least} or more, not {size}")


def check_number(name: str, value: float) -> None:
    """Check that something is a number that MXNet can compute with."""
    if not isinstance(value, int | float | np.integer | np.floating):
        raise TypeError(f"{name} must be a number, not {value!r}")


def check_positive(name: str, value: float, least: float = 0.0, advice: str = "") -> None:
    """Check that something is a number above zero, and not too small to compute with."""
    check_number(name, value)
    if not value > 0:
        raise ValueError(f"{name} must be above zero, not {value!r}{advice}")
    if value < least:
        raise ValueError(f"{name} {value!r} is too small for numbers of 32 bits{advice}")


def check_training(
    model: Any,
    text: Any,
    lr: float,
    num_epochs: int,
    num_steps: int,
    batch_size: int,
    clipping_theta: float,
) -> None:
    """Check what a training function is told, before it draws a parameter."""
    if isinstance(text, str):
        raise TypeError("text is a string, but a model is trained on a Text: give gb.Text(text)")
    check_sizes(num_epochs=num_epochs)
    check_corpus(text.train, batch_size, num_steps, text.size)
    check_made_for(text.size, model)
    check_threshold(clipping_theta)
    check_number("the learning rate lr", lr)
    greatest = float(np.finfo("float32").max)
    if not 0 <= lr <= greatest:
        raise ValueError(
            f"the learning rate lr must be from 0 to {greatest:.3g}, the greatest number of 32 bits, "
            f"not {lr!r}"
        )


def check_threshold(theta: float) -> None:
    """Check that a gradient can be shortened to a norm."""
    # Below the smallest number it is zero, and nothing would be learned.
    least = float(np.finfo("float32").tiny)
    check_positive("the clipping threshold", theta, least, "; float('inf') turns clipping off")


def check_temperature(temperature: float) -> None:
    """Check that logits can be divided by a temperature."""
    advice = "; use greedy to take the best character always"
    check_positive("the temperature", temperature, 1e-30, advice)


def check_share(name: str, *values: float) -> None:
    """Check that numbers are from 0 to 1."""
    for value in values:
        check_number(name, value)
        if not 0 <= value <= 1 + 1e-9:  # a model's own rounding is no mistake
            raise ValueError(f"{name} must be from 0 to 1, not {value!r}")


def check_counts(
    counts: Mapping[str, Mapping[str, int]], n: int, vocab_size: int, least: int = 1
) -> None:
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


def check_indices(indices: Sequence[int], vocab_size: int | None = None) -> np.ndarray:
    """Check that a text is indices of a vocabulary, one after the other; return an array of them.

    MXNet turns an index that is out of range into a vector of zeros.
    """
    if isinstance(indices, str):
        raise TypeError(
            "a model reads indices, not a string: look its characters up, "
            "[char_to_idx[char] for char in string], or text.encode(string)"
        )
    array = np.asarray(indices)
    if array.ndim != 1:
        raise TypeError(
            "a text must be a list or an array of indices, one after the other, not "
            f"{type(indices).__name__} of shape {array.shape}"
        )
    is_number = array.dtype.kind in "iuf"  # integers, or floating-point numbers
    if not (is_number and (array == np.floor(array)).all()):
        raise TypeError(
            "a text must be whole numbers, the indices of its characters, as load_corpus returns "
            "them; some here are not"
        )
    if len(array) and array.min() < 0:
        raise ValueError(f"the text has the index {array.min()}, but an index is 0 or more")
    if vocab_size is not None and len(array) and array.max() >= vocab_size:
        raise ValueError(
            f"the text has the index {array.max()}, but for a vocab_size of {vocab_size} an index "
            f"is from 0 to {vocab_size - 1}. Use the vocab_size that came with the text"
        )
    return array


def check_corpus(
    indices: Sequence[int], batch_size: int, num_steps: int, vocab_size: int | None = None
) -> None:
    """Check that a text has indices for one mini-batch, and a character to predict after it."""
    check_sizes(batch_size=batch_size, num_steps=num_steps)
    num_chars, needed = len(check_indices(indices, vocab_size)), batch_size * num_steps + 1
    if num_chars < needed:
        raise ValueError(
            f"a text of {num_chars} characters is too short for one mini-batch of "
            f"batch_size * num_steps = {batch_size} * {num_steps} characters and the one to "
            f"predict after them: it must have {needed} or more. "
            "Take a longer text, a smaller batch_size or a smaller num_steps"
        )


def check_held_out(indices: Sequence[int], vocab_size: int | None = None) -> None:
    """Check that a perplexity can be measured on a text."""
    num_chars = len(check_indices(indices, vocab_size))
    if num_chars < 2:
        raise ValueError(
            f"a text of length {num_chars} has no perplexity, for which each character but the "
            "first is predicted: it must have 2 or more"
        )


def check_known(string: str, index: Mapping[str, int]) -> None:
    """Check that every character of a string is in the vocabulary."""
    unknown = sorted(set(string) - set(index))
    if unknown:
        lower = string.lower()
        advice = f" Its letters are small: write {lower!r}." if set(lower) <= set(index) else ""
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


def check_made_for(vocab_size: int, model: Any) -> None:
    """Check that a model was made for a vocabulary of this size, if it says for which."""
    if vocab_size == 1:
        raise ValueError("in a vocabulary of one character there is nothing to predict")
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


def check_model(model: Callable[..., Any], vocab_size: int, ctx: Context) -> None:
    """Let a model read a few characters, and check what it returns, before it is trained."""
    logits, _ = model(nd.zeros((2, 3), ctx=ctx), model.begin_state(batch_size=2, ctx=ctx))
    check_logits(logits, vocab_size)
    if len(logits) != 6:
        raise ValueError(
            f"for 2 rows of 3 characters the model returns {len(logits)} rows of logits instead of "
            "6: one for each character, with all rows of the first time step first"
        )


def check_loss(mean_loss: float, norms: np.ndarray, epoch: int) -> None:
    """Check that loss and gradients of an epoch are numbers.

    Raises
    ------
    FloatingPointError
        If they are not, or the perplexity is too large for a number.
    """
    if mean_loss < math.log(np.finfo("float64").max) and np.isfinite(norms).all():
        return
    what = f"the loss is {mean_loss}"
    if not np.isfinite(norms).all():
        what = "the norm of a gradient is no number"
    raise FloatingPointError(
        f"training diverged: {what} in epoch {epoch}. Try a smaller learning rate lr, or clip the "
        "gradients harder with a smaller clipping_theta"
    )


def check_measured(total_loss: float) -> None:
    """Check that the loss on a text is a number."""
    if math.isnan(total_loss):
        raise ValueError(
            "the loss is not a number, since the model has parameters that are infinite or NaN: its "
            "training diverged. Train it anew, at a smaller learning rate"
        )


def check_choice(index: NDArray) -> None:
    """Check that a function `choose` has returned an array of one number, without reading it."""
    if not isinstance(index, NDArray) or index.size != 1:
        raise TypeError(
            "choose must return the index of a character as an array of shape (1,), as greedy does, "
            f"not {index!r}"
        )


def check_choices(indices: Sequence[NDArray], vocab_size: int) -> None:
    """Check that what was chosen are indices of the vocabulary."""
    chosen = nd.concat(*indices, dim=0).asnumpy() if indices else np.array([])
    wrong = chosen[~np.isin(chosen, np.arange(vocab_size))]
    if len(wrong):
        raise ValueError(
            f"choose returned {wrong[0]:g}, which is no index of the vocabulary: those are whole "
            f"numbers from 0 to {vocab_size - 1}"
        )


def check_shares(batch_size: int, num_workers: int, ctxs: Sequence[Context]) -> None:
    """Check that the rows of a mini-batch can be split evenly among workers and devices."""
    check_sizes(batch_size=batch_size)
    if isinstance(ctxs, Context):
        raise TypeError(f"ctxs must be a list of devices, such as [{ctxs}], not {ctxs}")
    if not ctxs or len(set(ctxs)) < len(ctxs):
        raise ValueError(f"ctxs must name one device or more, each once, not {list(ctxs)}")
    if batch_size % (num_workers * len(ctxs)):
        raise ValueError(
            f"{batch_size} rows cannot be split evenly among {num_workers} workers with "
            f"{len(ctxs)} devices each. Take a batch_size that is a multiple of "
            f"{num_workers * len(ctxs)}"
        )
