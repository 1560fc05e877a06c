"""MXNet is imported on Pythons and NumPys that are newer than it, and nothing else changes."""

import ctypes
import os
import re
import sys
import types
import warnings
from pathlib import Path

import mxnet as mx
import numpy
import pytest
from mxnet.gluon import nn

from gluonbook.ground import runtime
from tests import ROOT
from tests.processes import finished


def test_gluonbook_is_imported_without_a_word_and_mxnet_computes(monkeypatch):
    monkeypatch.delenv("OPENBLAS_CORETYPE", raising=False)
    script = """
import os, sys
import numpy
explain = numpy.__getattr__
import gluonbook
import mxnet
assert "matplotlib" not in sys.modules, "it takes a third of the time, and nothing is drawn"
assert numpy.__getattr__ is explain, "NumPy is not as it was"
assert "OPENBLAS_CORETYPE" not in os.environ, "a choice that was for the import only"
assert isinstance(True, numpy.bool) or numpy.__version__ >= "2"
print(mxnet.nd.ones((numpy.int64(2),)).sum().asscalar(), repr(numpy.int64(2)))
"""
    done = finished([sys.executable, "-W", "error", "-c", script], cwd=ROOT)
    assert done.stderr == ""
    written = "2" if numpy.__version__ < "2" else "np.int64(2)"  # not as for MXNet
    assert done.stdout == f"2.0 {written}\n"


def test_the_filters_of_warnings_are_the_readers_own():
    before = warnings.filters.copy()
    runtime.import_mxnet()
    assert warnings.filters == before


def test_a_missing_library_is_named_with_the_remedy(monkeypatch):
    def of_the_loader(name):
        raise OSError("libgomp.so.1: cannot open shared object file")

    monkeypatch.setattr(runtime.importlib, "import_module", of_the_loader)
    monkeypatch.setattr(runtime.sys, "version_info", (3, 11))
    with pytest.raises(ImportError, match=r"needs: libgomp\.so\.1: .*`make environment`"):
        runtime.import_mxnet()


def test_layers_operators_and_symbols_take_numbers_of_numpy():
    six, four = numpy.int64(6), numpy.int32(4)
    layer = nn.Dense(six, in_units=four)
    layer.initialize()
    layer.hybridize()
    # An initializer that MXNet writes down.
    fused = mx.init.FusedRNN(mx.init.Xavier(), 3, 1, "rnn_tanh")
    weights = mx.gluon.Parameter("a_weight", shape=(5 * six,), init=fused)
    weights.initialize()
    for result, shape in [
        (layer(mx.nd.ones((2, 4))), (2, 6)),
        (weights.data(), (30,)),
        (mx.nd.ones((6, 4)).reshape((four, six)), (4, 6)),
        (mx.sym.zeros((six, four)).eval()[0], (6, 4)),
        (mx.sym.var("a", shape=(six,)).bind(mx.cpu(), [mx.nd.ones(6)]).outputs[0], (6,)),
    ]:
        assert result.shape == shape
        assert numpy.isfinite(result.asnumpy()).all()


def test_the_libraries_of_a_gpu_are_loaded_in_order_if_mxnet_is_built_for_one(
    tmp_path, monkeypatch
):
    libraries = [pattern.replace("*", "11") for pattern in runtime.CUDA_LIBRARIES]
    for library in libraries:
        (tmp_path / library).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / library).touch()
    events, distributions = [], {"mxnet": ["mxnet-cu117"]}
    found = {"nvidia": types.SimpleNamespace(submodule_search_locations=[str(tmp_path)])}
    monkeypatch.setattr(runtime.importlib.util, "find_spec", found.get)
    monkeypatch.setattr(runtime, "packages_distributions", lambda: distributions)
    monkeypatch.setattr(runtime.ctypes, "CDLL", lambda path, mode: events.append((path, mode)))
    monkeypatch.setattr(runtime.importlib, "import_module", events.append)
    monkeypatch.setattr(runtime, "keep_freed_memory", lambda: None)
    runtime.import_mxnet()
    # They are global, so that MXNet finds what it needs in them.
    loaded = [(str(tmp_path / library), ctypes.RTLD_GLOBAL) for library in libraries]
    assert [event for event in events if event != "setuptools"] == [*loaded, "mxnet"]
    events.clear()
    distributions["mxnet"] = ["mxnet"]  # no build for a GPU
    runtime.load_cuda_libraries()
    del found["nvidia"], distributions["mxnet"]
    runtime.load_cuda_libraries()
    assert events == []


def test_a_library_is_loaded_from_each_package_that_a_gpu_needs():
    asked_for = re.findall(
        r"^nvidia-(.+)-cu11==", (ROOT / "requirements-gpu.txt").read_text(), re.M
    )
    folders = {pattern.partition("/")[0] for pattern in runtime.CUDA_LIBRARIES}
    assert folders == {name.replace("-", "_") for name in asked_for}


def test_a_processor_without_avx2_and_a_choice_of_the_reader_are_left_as_they_are(monkeypatch):
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Nehalem")
    with runtime.openblas_with_avx2():
        assert os.environ["OPENBLAS_CORETYPE"] == "Nehalem"
    assert os.environ["OPENBLAS_CORETYPE"] == "Nehalem"
    monkeypatch.delenv("OPENBLAS_CORETYPE")
    monkeypatch.setattr(Path, "read_text", lambda path: "flags : fpu sse2 avx")
    with runtime.openblas_with_avx2():
        assert "OPENBLAS_CORETYPE" not in os.environ


# Three arrays of a step that are freed together, so that the next step could get the same memory, and
# the copy of a large array, which may start a thread.
STEPS = """
import ctypes, os
import gluonbook
from mxnet import nd
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
def kilobytes():
    (line,) = (line for line in open("/proc/self/status") if line.startswith("VmData:"))
    return int(line.split()[1])
before = kilobytes()
for array in [libc.malloc(20 << 20) for _ in range(3)]:
    libc.free(array)
print(kilobytes() - before)
nd.array([1.0]).wait_to_read()
before = len(os.listdir("/proc/self/task"))
nd.array([1.0] * 300_000).wait_to_read()
print(len(os.listdir("/proc/self/task")) - before)
"""


def test_memory_is_kept_and_large_arrays_are_copied_by_one_thread(monkeypatch):
    for name in ("TRIM_THRESHOLD_", "MMAP_THRESHOLD_"):
        monkeypatch.delenv(f"MALLOC_{name}", raising=False)
    for name in ("GLIBC_TUNABLES", "MXNET_CPU_PARALLEL_SIZE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    done = finished([sys.executable, "-c", STEPS], cwd=ROOT)
    kept, threads = map(int, done.stdout.split())
    # A little of the 61,440 KiB may come from what the heap already had.
    assert kept > 50_000 and threads == 0
