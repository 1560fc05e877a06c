"""Checks of what is saved. Those of the lesson are in `gluonbook.errors`."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from mxnet import nd
from mxnet.gluon import Block
from mxnet.ndarray import NDArray

from gluonbook.errors import check_number, check_shares, check_sizes

__all__ = ["check_shares", "check_sizes"]


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


def check_characters(idx_to_char: Sequence[str]) -> None:
    """Check that a vocabulary that is to be saved is a list of different characters.

    Raises
    ------
    TypeError
        If it is no list, or something in it is not a string.
    ValueError
        If a character is in it twice.
    """
    if not isinstance(idx_to_char, list | tuple | str) or not all(
        isinstance(char, str) for char in idx_to_char
    ):
        raise TypeError(
            f"the vocabulary idx_to_char must be a list of characters, not {idx_to_char!r}"
        )
    if len(set(idx_to_char)) < len(idx_to_char):
        twice = next(char for char in idx_to_char if list(idx_to_char).count(char) > 1)
        raise ValueError(
            f"the vocabulary idx_to_char has {twice!r} twice: give the one that came with the corpus"
        )


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


def arrays_of(model: Any) -> list[NDArray]:
    """Return a model's parameters, on one of its devices; none if it is not a Gluon block."""
    if not isinstance(model, Block):
        return []
    params = model.collect_params().values()
    # One whose shape is not known yet has no values.
    return [param.list_data()[0] for param in params if param._data is not None]
