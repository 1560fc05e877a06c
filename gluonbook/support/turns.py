"""Keep threads apart that compute with the same model."""

import contextlib
import threading
from collections.abc import Iterator
from typing import Any
from weakref import WeakKeyDictionary

from mxnet.gluon import Block

# Whose turn it is to compute with a model, and which thread trains it.
TURNS: WeakKeyDictionary[Block, Any] = WeakKeyDictionary()
TRAINED: WeakKeyDictionary[Block, int] = WeakKeyDictionary()
NEW_TURNS = threading.Lock()


@contextlib.contextmanager
def alone_with(model: Any) -> Iterator[None]:
    """Let other threads wait while this one computes with a model.

    The graphs of a model use memory of their own, the same in every call. Anything that is not
    a Gluon block has no such memory here.

    Raises
    ------
    RuntimeError
        If another thread is training the model, which may take too long to wait for.
    """
    if not isinstance(model, Block):
        yield
        return
    with NEW_TURNS:
        turn = TURNS.setdefault(model, threading.RLock())
    with turn:
        if TRAINED.get(model) not in (None, threading.get_ident()):
            raise RuntimeError(
                "another thread is training this model. Wait until it has finished, or use another "
                "model here, such as the last checkpoint"
            )
        yield


@contextlib.contextmanager
def training_alone(model: Any) -> Iterator[None]:
    """Keep a model from everything but the training that this thread begins.

    Raises
    ------
    RuntimeError
        If the model is being trained already.
    """
    if not isinstance(model, Block):
        yield
        return
    with alone_with(model):
        if model in TRAINED:
            raise RuntimeError(
                "this model is being trained already: a callback of its training cannot train it"
            )
        TRAINED[model] = threading.get_ident()
    try:
        yield
    finally:
        del TRAINED[model]
