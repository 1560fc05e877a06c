"""The device on which a model computes."""

from unittest.mock import MagicMock

import mxnet as mx
import pytest

import gluonbook as gb
from gluonbook.lesson import models


def fail(*args, **kwargs):
    raise mx.MXNetError("no kernel image is available for execution on the device")


@pytest.mark.parametrize(
    ("num_gpus", "wait_to_read", "found"),
    [
        (lambda: 0, lambda: pytest.fail("a GPU that is not there was tried"), mx.cpu()),
        (lambda: 1, fail, mx.cpu()),  # it fails to compute
        (fail, lambda: None, mx.cpu()),  # a driver that cannot count its GPUs
        (lambda: 1, lambda: None, mx.gpu(0)),
    ],
)
def test_a_gpu_is_used_if_it_computes(num_gpus, wait_to_read, found, monkeypatch):
    on_the_gpu = MagicMock()
    on_the_gpu.__add__.return_value.wait_to_read = wait_to_read
    monkeypatch.setattr(mx.context, "num_gpus", num_gpus)
    monkeypatch.setattr(models.nd, "ones", lambda *args, ctx: on_the_gpu)
    assert gb.try_gpu() == found
