"""Checks of what a caller hands in, each with a message that says what to do."""

import functools
import inspect
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from mxnet import Context
from mxnet.gluon import Block
from mxnet.ndarray import NDArray

T = TypeVar("T")


def check_sizes(**sizes: int) -> None:
    """Check that each named size is a whole number, 1 or more.

    Raises
    ------
    TypeError
        If a size is not a whole number.
    ValueError
        If a size is 0 or negative.
    """
    for name, size in sizes.items():
        try:
            operator.index(size)
        except TypeError:
            raise TypeError(f"{name} must be a whole number, not {size!r}") from None
        if size < 1:
            raise ValueError(f"{name} must be 1 or more, not {size}")


def check_corpus_length(num_chars: int, batch_size: int, num_steps: int) -> None:
    """Check that a corpus is long enough for one mini-batch.

    A mini-batch reads ``batch_size * num_steps`` characters, and the last of
    them needs a successor to predict.

    Raises
    ------
    ValueError
        If the corpus is shorter than that.
    """
    needed = batch_size * num_steps + 1
    if num_chars < needed:
        raise ValueError(
            f"a corpus of {num_chars} characters is too short for one mini-batch of "
            f"batch_size * num_steps = {batch_size} * {num_steps} characters and the one to "
            f"predict after them: it must have {needed} or more. "
            "Take a longer text, a smaller batch_size or a smaller num_steps"
        )


def check_has_successor(num_chars: int) -> None:
    """Check that a text to measure a perplexity on has a character with one before it.

    Raises
    ------
    ValueError
        If the text has fewer than two characters.
    """
    if num_chars < 2:
        raise ValueError(
            f"a text of length {num_chars} has no perplexity, for which each character but the "
            "first is predicted: it must have 2 or more"
        )


def check_prefix(prefix: str, char_to_idx: Mapping[str, int]) -> None:
    """Check that a model can read a prefix.

    Raises
    ------
    ValueError
        If the prefix is empty or has a character that is not in the vocabulary.
    """
    if not prefix:
        raise ValueError(
            "the prefix is empty, but the model needs at least one character to start from: "
            "give it a few, such as 'traveller'"
        )
    unknown = sorted(set(prefix) - set(char_to_idx))
    if unknown:
        raise ValueError(
            f"the prefix {prefix!r} has characters that are not in the vocabulary: "
            f"{', '.join(map(repr, unknown))}. The vocabulary is: {''.join(sorted(char_to_idx))!r}"
        )


def check_prefixes(prefixes: Sequence[str], char_to_idx: Mapping[str, int]) -> None:
    """Check every prefix of a report, before the first epoch rather than after it.

    Raises
    ------
    TypeError
        If `prefixes` is one string, which would be read as many prefixes of one character.
    ValueError
        If a prefix is empty or has a character that is not in the vocabulary.
    """
    if isinstance(prefixes, str):
        raise TypeError(f"prefixes must be a list of strings, such as [{prefixes!r}], not a string")
    for prefix in prefixes:
        check_prefix(prefix, char_to_idx)


def check_temperature(temperature: float) -> None:
    """Check that logits can be divided by a temperature.

    Raises
    ------
    ValueError
        If it is not above zero.
    """
    if not temperature > 0:
        raise ValueError(
            f"the temperature must be above zero, not {temperature!r}; "
            "use greedy to take the best character always"
        )


def check_threshold(theta: float) -> None:
    """Check that gradients can be clipped to a length of `theta`.

    Raises
    ------
    ValueError
        If it is not above zero.
    """
    if not theta > 0:
        raise ValueError(
            f"the clipping threshold must be above zero, not {theta!r}; "
            "float('inf') turns clipping off"
        )


def check_learning_rate(lr: float) -> None:
    """Check that parameters can be changed at a learning rate.

    Raises
    ------
    ValueError
        If it is negative, infinite or not a number.
    """
    if not 0 <= lr < math.inf:
        raise ValueError(f"the learning rate lr must be a number, 0 or more, not {lr!r}")


def check_clipping(params: Sequence[NDArray], theta: float, ctx: Context | None) -> None:
    """Check that there are gradients to clip, on one device.

    Raises
    ------
    ValueError
        If the threshold is not above zero, there is no parameter, one has no
        gradient, or they are on several devices.
    """
    check_threshold(theta)
    if not params:
        raise ValueError("there is no parameter whose gradient could be clipped")
    if any(param.grad is None for param in params):
        raise ValueError(
            "a parameter has no gradient to clip: call its attach_grad() (or initialize the "
            "model), then compute the loss under autograd.record() and call loss.backward()"
        )
    check_one_device([*(param.context for param in params), *([ctx] if ctx else [])])


def check_one_device(devices: Sequence[Context]) -> None:
    """Check that everything is on one device.

    Raises
    ------
    ValueError
        If several are named.
    """
    names = sorted({str(device) for device in devices})
    if len(names) > 1:
        raise ValueError(
            "parameters and data must be on one device, not on several: "
            f"{', '.join(names)}. Initialize the model with one ctx, and give that ctx here"
        )


def check_shares(batch_size: int, num_workers: int, ctxs: Sequence[Context]) -> None:
    """Check that the rows of a mini-batch can be shared out evenly.

    Raises
    ------
    TypeError
        If `ctxs` is one device and not a list of them.
    ValueError
        If there is no device, one is named twice, or rows would be left over.
    """
    if isinstance(ctxs, Context):
        raise TypeError(f"ctxs must be a list of devices, such as [{ctxs}], not {ctxs}")
    if not ctxs or len(set(ctxs)) < len(ctxs):
        raise ValueError(f"ctxs must name one device or more, each once, not {list(ctxs)}")
    if batch_size % (num_workers * len(ctxs)):
        raise ValueError(
            f"{batch_size} rows cannot be shared out evenly among {num_workers} workers with "
            f"{len(ctxs)} devices each. Take a batch_size that is a multiple of "
            f"{num_workers * len(ctxs)}"
        )


def check_vocabulary(corpus_indices: Sequence[int], vocab_size: int) -> None:
    """Check that every index of a corpus is in the vocabulary.

    MXNet would not complain: it turns an index out of range into a vector of zeros.

    Raises
    ------
    ValueError
        If an index is out of range.
    """
    greatest = int(np.max(corpus_indices))
    if greatest >= vocab_size:
        raise ValueError(
            f"the corpus has the index {greatest}, but vocab_size is {vocab_size}: "
            "it must be greater than every index. Use the vocab_size that came with the corpus"
        )


def check_history(history: Sequence[Any], model: Block | None = None) -> None:
    """Check that a training can go on after the epochs of a history.

    Raises
    ------
    ValueError
        If they are not counted from 1 on, or the model has no parameters yet.
    """
    if [epoch.number for epoch in history] != list(range(1, len(history) + 1)):
        raise ValueError(
            "history must be what an earlier call returned: every epoch from 1 on, in order"
        )
    if not (history and model):
        return
    for name, param in model.collect_params().items():
        try:
            param.list_data()
        except RuntimeError:
            raise ValueError(
                f"the parameter {name} has no values yet, so there is no training to go on "
                f"with after the {len(history)} epochs of history. Take the model that was "
                "trained, or leave history out to begin anew"
            ) from None


def checked_training(train: Callable[..., T]) -> Callable[..., T]:
    """Check the arguments of a training function before it does anything.

    A decorator, so that the function itself stays the training loop and
    nothing else. It knows the arguments by their names.
    """

    @functools.wraps(train)
    def checked(*args: Any, **kwargs: Any) -> T:
        given = inspect.signature(train).bind(*args, **kwargs).arguments
        sizes = "num_epochs num_steps batch_size pred_period pred_len num_hiddens vocab_size"
        check_sizes(**{name: given[name] for name in sizes.split()})
        check_corpus_length(len(given["corpus_indices"]), given["batch_size"], given["num_steps"])
        check_vocabulary(given["corpus_indices"], given["vocab_size"])
        check_prefixes(given["prefixes"], given["char_to_idx"])
        check_threshold(given["clipping_theta"])
        check_learning_rate(given["lr"])
        check_one_device(given["ctx"] if isinstance(given["ctx"], list | tuple) else [given["ctx"]])
        check_history(given.get("history", ()), given.get("model"))
        return train(*args, **kwargs)

    return checked


def checked_parallel_training(train: Callable[..., T]) -> Callable[..., T]:
    """Check the arguments of a training on several devices before it does anything.

    A decorator, as `checked_training` is.
    """

    @functools.wraps(train)
    def checked(*args: Any, **kwargs: Any) -> T:
        given = inspect.signature(train).bind(*args, **kwargs).arguments
        sizes = "num_epochs num_steps batch_size vocab_size"
        check_sizes(**{name: given[name] for name in sizes.split()})
        kvstore = given.get("kvstore")
        check_shares(given["batch_size"], kvstore.num_workers if kvstore else 1, given["ctxs"])
        check_corpus_length(len(given["corpus_indices"]), given["batch_size"], given["num_steps"])
        check_vocabulary(given["corpus_indices"], given["vocab_size"])
        check_threshold(given["clipping_theta"])
        check_learning_rate(given["lr"])
        check_history(given.get("history", ()), given["model"])
        return train(*args, **kwargs)

    return checked
