"""Argument validation: each check has a message that says what to do."""

import contextlib
import functools
import inspect
import math
import numbers
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from mxnet import Context, nd
from mxnet.gluon import Block
from mxnet.ndarray import NDArray

from gluonbook.support.turns import alone_with, training_alone

T = TypeVar("T")

LEAST_TEMPERATURE = 1e-30
"""Logits divided by less than this could be too large for numbers of 32 bits."""


def check_sizes(*, least: int = 1, **sizes: int) -> None:
    """Check that each named size is a whole number, `least` or more.

    Raises
    ------
    TypeError
        If a size is not a whole number.
    ValueError
        If a size is less than that.
    """
    for name, size in sizes.items():
        try:
            operator.index(size)
        except TypeError:
            raise TypeError(f"{name} must be a whole number, not {size!r}") from None
        if size < least:
            raise ValueError(f"{name} must be {least} or more, not {size}")


def check_number(name: str, value: float) -> None:
    """Check that something is a number.

    Raises
    ------
    TypeError
        If it is not.
    """
    if not isinstance(value, numbers.Real):
        raise TypeError(f"{name} must be a number, not {value!r}")


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
    """Check that a text is long enough to measure a perplexity on.

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
    TypeError
        If it is not a number.
    ValueError
        If it is not above zero, or so small that quotients would overflow.
    """
    check_number("the temperature", temperature)
    if not temperature > 0:
        raise ValueError(
            f"the temperature must be above zero, not {temperature!r}; "
            "use greedy to take the best character always"
        )
    if temperature < LEAST_TEMPERATURE:
        raise ValueError(
            f"the temperature must be {LEAST_TEMPERATURE:g} or more, not {temperature!r}, by which "
            "logits of 32 bits cannot be divided; use greedy to take the best character always"
        )


def check_threshold(theta: float) -> None:
    """Check that gradients can be clipped to a length of `theta`.

    Raises
    ------
    TypeError
        If it is not a number.
    ValueError
        If it is not above zero.
    """
    check_number("the clipping threshold", theta)
    if not theta > 0:
        raise ValueError(
            f"the clipping threshold must be above zero, not {theta!r}; "
            "float('inf') turns clipping off"
        )


def check_learning_rate(lr: float) -> None:
    """Check that parameters can be changed at a learning rate.

    Raises
    ------
    TypeError
        If it is not a number.
    ValueError
        If it is negative, infinite or NaN.
    """
    check_number("the learning rate lr", lr)
    if not 0 <= lr < math.inf:
        raise ValueError(f"the learning rate lr must be a number, 0 or more, not {lr!r}")


def check_patience(patience: float) -> None:
    """Check that a waiting time makes sense.

    Raises
    ------
    TypeError
        If it is not a number.
    ValueError
        If it is not above zero, or infinite.
    """
    check_number("patience", patience)
    if not 0 < patience < math.inf:
        raise ValueError(f"patience is a number of seconds above 0, not {patience!r}")


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
    """Check that the rows of a mini-batch can be split evenly.

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
            f"{batch_size} rows cannot be split evenly among {num_workers} workers with "
            f"{len(ctxs)} devices each. Take a batch_size that is a multiple of "
            f"{num_workers * len(ctxs)}"
        )


def check_whole(corpus_indices: Sequence[int]) -> None:
    """Check that a corpus is a sequence of whole numbers.

    Raises
    ------
    TypeError
        If something in it is not a whole number.
    ValueError
        If it has more than one dimension.
    """
    indices = np.asarray(corpus_indices)
    if indices.ndim != 1:
        raise ValueError(
            f"a corpus is one index after the other, not an array of shape {indices.shape}"
        )
    if np.issubdtype(indices.dtype, np.floating):
        is_whole = bool((np.isfinite(indices) & (indices == np.floor(indices))).all())
    else:
        # Numbers that no integer of 64 bits can hold are Python's own.
        is_whole = np.issubdtype(indices.dtype, np.integer) or all(
            isinstance(idx, numbers.Integral) for idx in indices
        )
    if not is_whole:
        raise TypeError(
            "a corpus must be whole numbers, the indices of its characters, as load_corpus "
            "returns them; some here are not"
        )


def check_indices(corpus_indices: Sequence[int], vocab_size: int) -> None:
    """Check that every index of a corpus is in the vocabulary.

    MXNet would not complain: it turns an index out of range into a vector of zeros.

    Raises
    ------
    TypeError
        If an index is not a whole number.
    ValueError
        If one is out of range, or the vocabulary has a single character.
    """
    if vocab_size == 1:
        raise ValueError("in a vocabulary of one character there is nothing to predict")
    check_whole(corpus_indices)
    least, greatest = int(np.min(corpus_indices)), int(np.max(corpus_indices))
    if not 0 <= least <= greatest < vocab_size:
        wrong = least if least < 0 else greatest
        raise ValueError(
            f"the corpus has the index {wrong}, but for a vocab_size of {vocab_size} an index is "
            f"from 0 to {vocab_size - 1}. Use the vocab_size that came with the corpus"
        )


def check_vocabulary(
    vocab_size: int, idx_to_char: Sequence[str], char_to_idx: Mapping[str, int]
) -> None:
    """Check that a vocabulary has its size, and is the same in both directions.

    Raises
    ------
    TypeError
        If `idx_to_char` and `char_to_idx` were given the other way round.
    ValueError
        If they do not fit each other, or `vocab_size`.
    """
    if isinstance(idx_to_char, Mapping) or not isinstance(char_to_idx, Mapping):
        raise TypeError("idx_to_char is a list of characters and comes first, then char_to_idx")
    if len(idx_to_char) != vocab_size:
        raise ValueError(
            f"vocab_size is {vocab_size}, but the vocabulary idx_to_char has {len(idx_to_char)} "
            "characters: give those that came with the corpus"
        )
    for idx, char in enumerate(idx_to_char):
        if char_to_idx.get(char) != idx:
            raise ValueError(
                f"idx_to_char has {char!r} at {idx}, but char_to_idx has it at "
                f"{char_to_idx.get(char)}: give those that came with the corpus, both"
            )


def check_made_for(vocab_size: int, model: Any) -> None:
    """Check that a model was made for a vocabulary of this size, if it says for which.

    Raises
    ------
    ValueError
        If it was made for another.
    """
    known = getattr(model, "vocab_size", vocab_size)
    if known != vocab_size:
        raise ValueError(
            f"vocab_size is {vocab_size}, but the model was made for {known} characters: give the "
            "vocabulary that it was made for, or make a model for this one"
        )


def check_logits(logits: NDArray, vocab_size: int) -> None:
    """Check that a model scores every character of a vocabulary, and nothing else.

    Raises
    ------
    ValueError
        If it does not.
    """
    if logits.shape[1] != vocab_size:
        raise ValueError(
            f"vocab_size is {vocab_size}, but the model returns {logits.shape[1]} logits per "
            "character: give the vocabulary that it was made for"
        )


@contextlib.contextmanager
def checked_logits(model: Any, vocab_size: int) -> Iterator[None]:
    """Check what a reader's own model returns, inside the ``with``.

    Such a model need not say for which vocabulary it was made, and may have no parameters before
    it is trained. So a mistake is noticed in the first mini-batch, before a step is taken.

    Raises
    ------
    ValueError
        From the call of the model, if it does not score every character and nothing else.
    """
    if not isinstance(model, Block) or hasattr(model, "vocab_size"):
        yield
        return

    def check(model: Block, inputs: Any, outputs: Any) -> None:
        # The steps of a report are recorded with symbols, which have no shape.
        if isinstance(outputs[0], NDArray):
            check_logits(outputs[0], vocab_size)

    with model.register_forward_hook(check):
        yield


def check_finite(params: Sequence[NDArray]) -> None:
    """Check that no parameter of a model is infinite or NaN.

    Raises
    ------
    ValueError
        If one is.
    """
    if not params:
        return
    # One operator is fast, but its sum also overflows for numbers that are large and finite.
    if math.isfinite(nd.multi_sum_sq(*params, num_arrays=len(params)).sum().asscalar()):
        return
    if not all(np.isfinite(param.asnumpy()).all() for param in params):
        raise ValueError(
            "the model has parameters that are infinite or NaN, so what it computes means nothing: "
            "its training diverged. Train it anew, at a smaller learning rate"
        )


def check_history(history: Sequence[Any], model: Block | None = None) -> None:
    """Check that a training run can continue after the epochs of a history.

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
                f"the parameter {name} has no values yet, so there is no training run to "
                f"continue after the {len(history)} epochs of history. Take the model that was "
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
        check_indices(given["corpus_indices"], given["vocab_size"])
        check_made_for(given["vocab_size"], given.get("model"))
        check_vocabulary(given["vocab_size"], given["idx_to_char"], given["char_to_idx"])
        check_prefixes(given["prefixes"], given["char_to_idx"])
        check_threshold(given["clipping_theta"])
        check_learning_rate(given["lr"])
        check_one_device(given["ctx"] if isinstance(given["ctx"], list | tuple) else [given["ctx"]])
        check_history(given.get("history", ()), given.get("model"))
        with (
            training_alone(given.get("model")),
            checked_logits(given.get("model"), given["vocab_size"]),
        ):
            return train(*args, **kwargs)

    return checked


def checked_parallel_training(train: Callable[..., T]) -> Callable[..., T]:
    """Check the arguments of training on several devices before it does anything.

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
        check_indices(given["corpus_indices"], given["vocab_size"])
        check_made_for(given["vocab_size"], given["model"])
        check_threshold(given["clipping_theta"])
        check_learning_rate(given["lr"])
        check_history(given.get("history", ()), given["model"])
        with training_alone(given["model"]), checked_logits(given["model"], given["vocab_size"]):
            return train(*args, **kwargs)

    return checked


def checked_prediction(predict: Callable[..., T]) -> Callable[..., T]:
    """Check the arguments of a function that continues a text, and the model's parameters.

    A decorator, as `checked_training` is. Threads that continue texts with one model take turns.
    """

    @functools.wraps(predict)
    def checked(*args: Any, **kwargs: Any) -> T:
        given = inspect.signature(predict).bind(*args, **kwargs).arguments
        prefixes = given["prefixes"] if "prefixes" in given else [given["prefix"]]
        check_prefixes(prefixes, given["char_to_idx"])
        check_sizes(least=0, num_chars=given["num_chars"])
        check_vocabulary(given["vocab_size"], given["idx_to_char"], given["char_to_idx"])
        model = given.get("model")
        check_made_for(given["vocab_size"], model)
        with alone_with(model):
            if model is not None and prefixes and not hasattr(model, "vocab_size"):
                # A reader's own model reads a character that it has to know.
                X = nd.array(
                    [[given["char_to_idx"][char] for char in prefixes[0][:1]]], ctx=given["ctx"]
                )
                logits, _ = model(X, model.begin_state(batch_size=1, ctx=given["ctx"]))
                check_logits(logits, given["vocab_size"])
            written = predict(*args, **kwargs)
            # Only now does a new model have parameters.
            check_finite(given["params"] if "params" in given else arrays_of(model))
            return written

    return checked


def arrays_of(model: Any) -> list[NDArray]:
    """Return a model's parameters, on one of its devices; none if it is not a Gluon block."""
    if not isinstance(model, Block):
        return []
    params = model.collect_params().values()
    # One whose shape is not known yet has no values.
    return [param.list_data()[0] for param in params if param._data is not None]
