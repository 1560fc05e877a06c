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
        # To Python, True is the number 1.
        if isinstance(size, bool):
            raise TypeError(f"{name} must be a whole number, not {size!r}")
        if size < least:
            raise ValueError(f"{name} must be {least} or more, not {size}")


def check_number(name: str, value: float) -> None:
    """Check that something is a number that MXNet can compute with.

    Raises
    ------
    TypeError
        If it is not.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
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
    TypeError
        If the prefix is not a string.
    ValueError
        If the prefix is empty or has a character that is not in the vocabulary.
    """
    if not isinstance(prefix, str):
        raise TypeError(f"a prefix must be a string, such as 'traveller', not {prefix!r}")
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
        If `prefixes` is one string, which would be read as many prefixes of one character, or
        something that can be gone through only once, or one of them is not a string.
    ValueError
        If a prefix is empty or has a character that is not in the vocabulary.
    """
    if isinstance(prefixes, str):
        raise TypeError(f"prefixes must be a list of strings, such as [{prefixes!r}], not a string")
    if not is_list(prefixes):
        raise TypeError(f"prefixes must be a list of strings, not {prefixes!r}")
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
        If it is not above zero, or zero in 32 bits.
    """
    check_number("the clipping threshold", theta)
    if not theta > 0:
        raise ValueError(
            f"the clipping threshold must be above zero, not {theta!r}; "
            "float('inf') turns clipping off"
        )
    if theta < np.finfo("float32").tiny:
        raise ValueError(
            f"the clipping threshold {theta!r} is zero for numbers of 32 bits, and nothing would "
            "be learned: take a larger one"
        )


def check_learning_rate(lr: float) -> None:
    """Check that parameters can be changed at a learning rate.

    Raises
    ------
    TypeError
        If it is not a number.
    ValueError
        If it is negative, infinite or NaN, or infinite in 32 bits.
    """
    check_number("the learning rate lr", lr)
    if not 0 <= lr < math.inf:
        raise ValueError(f"the learning rate lr must be a number, 0 or more, not {lr!r}")
    # In Python's own numbers: NumPy 2 would compare in 32 bits, and warn.
    if lr > float(np.finfo("float32").max):
        raise ValueError(f"the learning rate lr is too large for numbers of 32 bits: {lr!r}")


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
    TypeError
        If the parameters can be gone through only once.
    ValueError
        If the threshold is not above zero, there is no parameter, one has no
        gradient, or they are on several devices.
    """
    check_threshold(theta)
    if not is_list(params):
        # The checks would use it up, and MXNet's operators crash without any array.
        raise TypeError(f"params must be a list of arrays, not {params!r}")
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
    TypeError
        If something else than a device is named.
    ValueError
        If several are named, or none.
    """
    for device in devices:
        if not isinstance(device, Context | None):
            raise TypeError(f"ctx must be a device, such as mx.cpu(), not {device!r}")
    if not devices:
        raise ValueError("ctx must be a device, such as mx.cpu(), and none is named")
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


def is_list(items: Any) -> bool:
    """Tell whether something has a length and places, as lists and arrays have."""
    return (
        hasattr(items, "__getitem__")
        and hasattr(items, "__len__")
        and not isinstance(items, Mapping)
        and getattr(items, "ndim", 1) > 0
    )


def check_whole(corpus_indices: Sequence[int]) -> np.ndarray:
    """Check that a corpus is a sequence of whole numbers, and return it as an array.

    Raises
    ------
    TypeError
        If something in it is not a whole number, or it is no sequence.
    ValueError
        If it has more than one dimension.
    """
    if not is_list(corpus_indices):
        raise TypeError(
            "a corpus must be a list or an array of indices, as load_corpus returns it, not "
            f"{corpus_indices!r}"
        )
    try:
        indices = np.asarray(corpus_indices)
    except ValueError:
        raise ValueError("a corpus is one index after the other, not lists in a list") from None
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
    return indices


def check_corpus(corpus_indices: Sequence[int], batch_size: int, num_steps: int) -> None:
    """Check that mini-batches can be cut from a corpus.

    Raises
    ------
    TypeError
        If an index is not a whole number.
    ValueError
        If one is negative, or there are too few for one mini-batch.
    """
    indices = check_whole(corpus_indices)
    check_corpus_length(len(indices), batch_size, num_steps)
    least = int(indices.min())
    if least < 0:
        raise ValueError(f"the corpus has the index {least}, but an index is 0 or more")


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
    indices = check_whole(corpus_indices)
    least, greatest = int(indices.min()), int(indices.max())
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
    if not is_list(idx_to_char) or not isinstance(char_to_idx, Mapping):
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
    for char, idx in char_to_idx.items():
        # Another name for a character of the vocabulary does no harm.
        if idx not in range(vocab_size):
            raise ValueError(
                f"char_to_idx has {char!r} at {idx}, but for a vocab_size of {vocab_size} an index "
                f"is from 0 to {vocab_size - 1}: give those that came with the corpus, both"
            )


def check_characters(idx_to_char: Sequence[str]) -> None:
    """Check that a vocabulary that is to be saved is a list of different characters.

    Raises
    ------
    TypeError
        If it is no list, or something in it is not a string.
    ValueError
        If a character is in it twice.
    """
    if not is_list(idx_to_char) or not all(isinstance(char, str) for char in idx_to_char):
        raise TypeError(
            f"the vocabulary idx_to_char must be a list of characters, not {idx_to_char!r}"
        )
    if len(set(idx_to_char)) < len(idx_to_char):
        twice = next(char for char in idx_to_char if list(idx_to_char).count(char) > 1)
        raise ValueError(
            f"the vocabulary idx_to_char has {twice!r} twice: give the one that came with the corpus"
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


def check_callbacks(callbacks: Sequence[Callable[..., Any]]) -> None:
    """Check that everything that is called after an epoch can be called, before the first one.

    Raises
    ------
    TypeError
        If something cannot be called, or `callbacks` is no list.
    """
    if not is_list(callbacks) or not all(map(callable, callbacks)):
        raise TypeError(f"callbacks must be a list of functions, not {callbacks!r}")


def check_history(history: Sequence[Any], model: Block | None = None) -> None:
    """Check that a training run can continue after the epochs of a history.

    Raises
    ------
    TypeError
        If it is no list.
    ValueError
        If they are not counted from 1 on, or the model has no parameters yet.
    """
    if not is_list(history):
        raise TypeError(f"history must be the list that an earlier call returned, not {history!r}")
    numbers_given = [getattr(epoch, "number", None) for epoch in history]
    if numbers_given != list(range(1, len(history) + 1)):
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
        check_whole(given["corpus_indices"])
        check_corpus_length(len(given["corpus_indices"]), given["batch_size"], given["num_steps"])
        check_indices(given["corpus_indices"], given["vocab_size"])
        check_made_for(given["vocab_size"], given.get("model"))
        check_vocabulary(given["vocab_size"], given["idx_to_char"], given["char_to_idx"])
        check_prefixes(given["prefixes"], given["char_to_idx"])
        check_threshold(given["clipping_theta"])
        check_learning_rate(given["lr"])
        check_one_device(given["ctx"] if isinstance(given["ctx"], list | tuple) else [given["ctx"]])
        check_callbacks(given.get("callbacks", ()))
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
        check_whole(given["corpus_indices"])
        check_corpus_length(len(given["corpus_indices"]), given["batch_size"], given["num_steps"])
        check_indices(given["corpus_indices"], given["vocab_size"])
        check_made_for(given["vocab_size"], given["model"])
        check_threshold(given["clipping_theta"])
        check_learning_rate(given["lr"])
        check_callbacks(given.get("callbacks", ()))
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
        check_sizes(vocab_size=given["vocab_size"])
        check_one_device([given["ctx"]])
        check_vocabulary(given["vocab_size"], given["idx_to_char"], given["char_to_idx"])
        model = given.get("model")
        check_made_for(given["vocab_size"], model)
        with alone_with(model):
            if model is not None and len(prefixes) and not hasattr(model, "vocab_size"):
                # A reader's own model reads a character that it has to know.
                X = nd.array(
                    [[given["char_to_idx"][char] for char in prefixes[0][:1]]], ctx=given["ctx"]
                )
                logits, _ = model(X, model.begin_state(batch_size=1, ctx=given["ctx"]))
                check_logits(logits, given["vocab_size"])
            chosen = []
            if "choose" in kwargs:
                kwargs["choose"] = noting(kwargs["choose"], chosen)
            written = predict(*args, **kwargs)
            check_chosen(chosen, given["vocab_size"])
            # Only now does a new model have parameters.
            check_finite(given["params"] if "params" in given else arrays_of(model))
            return written

    return checked


def noting(choose: Callable[[NDArray], NDArray], chosen: list[NDArray]) -> Callable:
    """Return the same function, but what it returns is also added to a list."""
    if not callable(choose):
        raise TypeError(f"choose must be a function, such as gb.greedy, not {choose!r}")

    def choose_and_note(logits: NDArray) -> NDArray:
        chosen.append(choose(logits))
        return chosen[-1]

    return choose_and_note


def check_chosen(chosen: Sequence[NDArray], vocab_size: int) -> None:
    """Check that a reader's own `choose` has returned indices of characters.

    Raises
    ------
    ValueError
        If it has not.
    """
    if not chosen:
        return
    # In one reading: each waits for the device.
    for idx in nd.concat(*(each.reshape((-1,)) for each in chosen), dim=0).asnumpy():
        if idx not in range(vocab_size):
            raise ValueError(
                f"choose returned {idx:g}, but for a vocab_size of {vocab_size} an index is a whole "
                f"number from 0 to {vocab_size - 1}"
            )


def arrays_of(model: Any) -> list[NDArray]:
    """Return a model's parameters, on one of its devices; none if it is not a Gluon block."""
    if not isinstance(model, Block):
        return []
    params = model.collect_params().values()
    # One whose shape is not known yet has no values.
    return [param.list_data()[0] for param in params if param._data is not None]
