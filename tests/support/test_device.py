"""A GPU is used if it computes, and the CPU otherwise."""

import gluonbook as gb  # isort: skip  # before mxnet
import mxnet as mx
import pytest

from gluonbook.support import device


class PretendedArray:
    """What a GPU would give back; `result` is what waiting for it does."""

    def __init__(self, result):
        self.result = result

    def __add__(self, other):
        return self

    def wait_to_read(self):
        self.result()


def fail(*args, **kwargs):
    raise mx.MXNetError("no kernel image is available for execution on the device")


def pretend(monkeypatch, num_gpus, ones):
    monkeypatch.setattr(mx.context, "num_gpus", num_gpus)
    monkeypatch.setattr(device.nd, "ones", ones)


def test_without_a_gpu_it_is_the_cpu(monkeypatch, capfd):
    def ones(*args, **kwargs):
        pytest.fail("a GPU that is not there was tried")

    pretend(monkeypatch, lambda: 0, ones)
    assert gb.try_gpu() == mx.cpu()
    # MXNet itself would write to the file descriptor.
    assert capfd.readouterr() == ("", "")


def test_a_gpu_that_computes_is_used(monkeypatch):
    devices = []

    def ones(shape, ctx):
        devices.append(ctx)
        return PretendedArray(lambda: None)

    pretend(monkeypatch, lambda: 1, ones)
    assert gb.try_gpu() == mx.gpu(0)
    assert devices == [mx.gpu(0)]


def test_a_gpu_that_takes_no_array_is_not_used(monkeypatch):
    pretend(monkeypatch, lambda: 1, fail)
    assert gb.try_gpu() == mx.cpu()


def test_a_gpu_that_fails_at_the_first_computation_is_not_used(monkeypatch):
    pretend(monkeypatch, lambda: 1, lambda *args, **kwargs: PretendedArray(fail))
    assert gb.try_gpu() == mx.cpu()


def test_a_driver_that_cannot_count_its_gpus_means_the_cpu(monkeypatch):
    pretend(monkeypatch, fail, fail)
    assert gb.try_gpu() == mx.cpu()


def test_what_is_returned_computes():
    (mx.nd.ones((2,), ctx=gb.try_gpu()) * 2).wait_to_read()


def test_the_processor_has_the_name_that_the_system_gives_it(monkeypatch, tmp_path):
    path = tmp_path / "cpuinfo"
    path.write_text("processor\t: 0\nmodel name\t: Fast: One\nmodel name\t: Fast: Two\n")
    monkeypatch.setattr(device, "Path", lambda name: path)
    assert device.processor() == "Fast: One"
    path.unlink()  # as on macOS
    assert device.processor() == device.platform.machine()


def test_processors_that_another_process_keeps_are_not_counted(monkeypatch):
    monkeypatch.setattr(device.os, "cpu_count", lambda: 64)
    monkeypatch.setattr(device.os, "sched_getaffinity", lambda pid: {0, 3, 5}, raising=False)
    assert device.num_processors() == 3
    monkeypatch.delattr(device.os, "sched_getaffinity")  # as on macOS
    assert device.num_processors() == 64
