"""MXNet is imported on Pythons and NumPys that are newer than it, and nothing else changes."""

import ctypes
import os
import platform
import re
import subprocess
import sys
import types
import warnings
from pathlib import Path

import mxnet as mx
import numpy
import pytest
from mxnet.gluon import nn, rnn

from gluonbook.ground import runtime
from tests import LIMIT, ROOT
from tests.processes import finished
from tools import environment


def cpu_flags():
    cpuinfo = Path("/proc/cpuinfo")
    return cpuinfo.read_text().split() if cpuinfo.exists() else []


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
    command = [sys.executable, "-W", "error", "-c", script]
    done = finished(command, cwd=ROOT)
    assert done.stderr == ""
    written = "2" if numpy.__version__ < "2" else "np.int64(2)"  # not as for MXNet
    assert done.stdout == f"2.0 {written}\n"


def test_the_filters_of_warnings_are_the_readers_own():
    before = warnings.filters.copy()
    runtime.import_mxnet()
    assert warnings.filters == before


def test_a_name_that_numpy_removed_is_there_for_a_while():
    with runtime.removed_numpy_names():
        assert numpy.no_such_name is None
        assert numpy.float64 is not None
        with pytest.raises(AttributeError, match="__no_such__"):  # which Python itself asks for
            numpy.__no_such__  # noqa: B018
    with pytest.raises(AttributeError, match="no_such_name"):
        numpy.no_such_name  # noqa: B018


def test_after_a_failed_import_numpy_is_as_it_was():
    explain = numpy.__getattr__
    with pytest.raises(ImportError, match="no"), runtime.removed_numpy_names():
        assert numpy.__getattr__ is not explain
        raise ImportError("no")
    assert numpy.__getattr__ is explain


def test_a_missing_library_is_named_with_the_remedy(monkeypatch):
    def of_the_loader(name):
        raise OSError("libgomp.so.1: cannot open shared object file")

    monkeypatch.setattr(runtime.importlib, "import_module", of_the_loader)
    monkeypatch.setattr(runtime.sys, "version_info", (3, 11))
    with pytest.raises(ImportError, match=r"needs: libgomp\.so\.1: .*`make environment`"):
        runtime.import_mxnet()


@pytest.mark.skipif(
    platform.machine() != "x86_64", reason="on Arm, ldd also names what OpenBLAS needs"
)
def test_the_libraries_are_those_that_the_files_of_mxnet_ask_for():
    in_every_system = {"libc", "libdl", "libm", "libpthread", "librt", "linux-vdso", "libz"}
    files = [*Path(mx.__file__).parent.glob("*.so*")]
    said = subprocess.check_output(["ldd", *files], text=True, timeout=LIMIT)
    needed = {*re.findall(r"[\w+-]+\.so[.\d]*(?= =>| \()", said)} - {file.name for file in files}
    needed = {name for name in needed if name.split(".so")[0] not in in_every_system}
    assert needed - {"ld-linux-x86-64.so.2"} == set(environment.SYSTEM_LIBRARIES["x86_64"])


# --- numbers of NumPy as arguments ------------------------------------------------------

SIX, FOUR = numpy.int64(6), numpy.int32(4)


# Initializers that MXNet writes down, and a shape that each can fill.
INITIALIZERS = [
    (mx.init.Constant(numpy.float32(0.5)), (6, 4)),
    (mx.init.FusedRNN(mx.init.Xavier(), num_hidden=3, num_layers=1, mode="rnn_tanh"), (30,)),
    (mx.init.LSTMBias(), (24,)),
    (mx.init.Orthogonal(), (6, 4)),
    (mx.init.Xavier(rnd_type="gaussian", magnitude=numpy.float64(2)), (6, 4)),
]


@pytest.mark.parametrize(("initializer", "shape"), INITIALIZERS)
def test_an_initializer_fills_a_parameter_whose_shape_has_numbers_of_numpy(initializer, shape):
    sizes = tuple(map(numpy.int64, shape))
    parameter = mx.gluon.Parameter("a_weight", shape=sizes, init=initializer)
    parameter.initialize()
    assert parameter.data().shape == shape
    assert numpy.isfinite(parameter.data().asnumpy()).all()


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (lambda: nn.Dense(SIX, in_units=FOUR), (2, 4)),
        (lambda: nn.Embedding(SIX, FOUR), (2,)),
        (lambda: rnn.RNN(SIX, input_size=FOUR), (3, 2, 4)),
        (lambda: rnn.GRU(SIX), (3, 2, 4)),
        (lambda: rnn.LSTM(SIX, num_layers=numpy.int64(2)), (3, 2, 4)),
        (lambda: nn.Dropout(numpy.float32(0.5)), (2,)),
    ],
)
def test_layers_take_sizes_of_numpy(layer, shape):
    layer = layer()
    layer.initialize()
    assert numpy.isfinite(layer(mx.nd.ones(shape)).asnumpy()).all()
    layer.hybridize()
    assert numpy.isfinite(layer(mx.nd.ones(shape)).asnumpy()).all()


@pytest.mark.parametrize(
    ("result", "shape"),
    [
        (lambda: mx.nd.zeros((SIX, FOUR)), (6, 4)),
        (lambda: mx.nd.random.normal(numpy.float32(0), 1, shape=[SIX, 4]), (6, 4)),
        (lambda: mx.nd.ones((6, 4)).reshape((FOUR, SIX)), (4, 6)),
        (lambda: mx.nd.reshape(mx.nd.ones((6, 4)), shape=(FOUR, -1)), (4, 6)),
        (lambda: mx.nd.slice(mx.nd.ones(6), begin=(FOUR,), end=(None,)), (2,)),
        (lambda: mx.nd.one_hot(mx.nd.arange(SIX), FOUR), (6, 4)),
        (lambda: mx.nd.tile(mx.nd.ones(2), reps=(FOUR,)), (8,)),
        (lambda: mx.sym.zeros((SIX, FOUR)).eval()[0], (6, 4)),
        (lambda: mx.sym.var("a", shape=(SIX,)).bind(mx.cpu(), [mx.nd.ones(6)]).outputs[0], (6,)),
    ],
)
def test_operators_take_numbers_of_numpy(result, shape):
    assert result().shape == shape


# --- the libraries of a GPU -----------------------------------------------------------


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Pretend that NVIDIA's packages are installed beside a build of MXNet."""

    def install(mxnet, packages):
        for package in packages:
            library = tmp_path / package
            library.parent.mkdir(parents=True, exist_ok=True)
            library.touch()
        spec = types.SimpleNamespace(submodule_search_locations=[str(tmp_path)])
        found = {"nvidia": spec} if packages else {}
        monkeypatch.setattr(runtime.importlib.util, "find_spec", found.get)
        monkeypatch.setattr(runtime, "packages_distributions", lambda: {"mxnet": [mxnet]})
        loaded = []
        monkeypatch.setattr(runtime.ctypes, "CDLL", lambda path, mode: loaded.append((path, mode)))
        runtime.load_cuda_libraries()
        return [(Path(path).relative_to(tmp_path).as_posix(), mode) for path, mode in loaded]

    return install


def test_what_a_gpu_needs_is_loaded_in_the_order_in_which_it_is_needed(installed):
    in_order = [pattern.replace("*", "11") for pattern in runtime.CUDA_LIBRARIES]
    loaded = installed("mxnet-cu117", [*reversed(in_order), "other/lib/libother.so.1"])
    # Global, so that MXNet finds what it needs in them.
    assert loaded == [(path, ctypes.RTLD_GLOBAL) for path in in_order]
    needs = ["libcudart", "libcublasLt", "libcublas", "libcudnn"]  # each those before it
    assert [name for path in in_order if (name := re.split("[/.]", path)[2]) in needs] == needs


def test_a_library_is_loaded_from_each_package_that_a_gpu_needs():
    asked_for = re.findall(
        r"^nvidia-(.+)-cu11==", (ROOT / "requirements-gpu.txt").read_text(), re.M
    )
    folders = {pattern.partition("/")[0] for pattern in runtime.CUDA_LIBRARIES}
    assert folders == {name.replace("-", "_") for name in asked_for}


@pytest.mark.parametrize(
    ("mxnet", "packages"), [("mxnet", ["cuda_runtime/lib/libcudart.so.12"]), ("mxnet-cu117", [])]
)
def test_without_a_build_for_a_gpu_or_its_packages_nothing_is_loaded(installed, mxnet, packages):
    assert installed(mxnet, packages) == []


def test_the_libraries_of_a_gpu_are_loaded_before_mxnet(monkeypatch):
    events = []
    monkeypatch.setattr(runtime, "load_cuda_libraries", lambda: events.append("libraries"))
    monkeypatch.setattr(runtime.importlib, "import_module", events.append)
    runtime.import_mxnet()
    assert events[-2:] == ["libraries", "mxnet"]


@pytest.mark.skipif(
    not (Path(mx.__file__).with_name("libopenblas.so.0").exists() and "avx2" in cpu_flags())
    or "OPENBLAS_CORETYPE" in os.environ,
    reason="MXNet has no OpenBLAS beside it, or the processor no AVX2",
)
def test_products_use_what_the_processor_has():
    openblas = ctypes.CDLL(str(Path(mx.__file__).with_name("libopenblas.so.0")))
    openblas.openblas_get_corename.restype = ctypes.c_char_p
    assert openblas.openblas_get_corename() == b"Haswell"


def test_a_processor_without_avx2_and_a_choice_of_the_reader_are_left_as_they_are(monkeypatch):
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Nehalem")
    with runtime.openblas_with_avx2():
        assert os.environ["OPENBLAS_CORETYPE"] == "Nehalem"
    assert os.environ["OPENBLAS_CORETYPE"] == "Nehalem"
    monkeypatch.delenv("OPENBLAS_CORETYPE")
    monkeypatch.setattr(Path, "read_text", lambda path: "flags : fpu sse2 avx")
    with runtime.openblas_with_avx2():
        assert "OPENBLAS_CORETYPE" not in os.environ


# Three arrays of a step that are freed together; the next step gets the same memory.
FAULTS = """
import ctypes, resource
import gluonbook
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
libc.memset.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]
def step():
    before = resource.getrusage(resource.RUSAGE_THREAD).ru_minflt
    arrays = [libc.malloc(20 << 20) for _ in range(3)]
    for array in arrays:
        libc.memset(array, 1, 20 << 20)
    for array in arrays:
        libc.free(array)
    return resource.getrusage(resource.RUSAGE_THREAD).ru_minflt - before
print(min(step() for _ in range(5)))
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "gnu_get_libc_version"), reason="not glibc")
@pytest.mark.parametrize("chosen", [None, "131072"])
def test_freed_memory_is_kept_unless_the_reader_chose_otherwise(chosen, monkeypatch):
    for name in ("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "GLIBC_TUNABLES"):
        monkeypatch.delenv(name, raising=False)
    if chosen:
        monkeypatch.setenv("MALLOC_TRIM_THRESHOLD_", chosen)
    pages = int(finished([sys.executable, "-c", FAULTS], cwd=ROOT).stdout)
    # All of them have 15,360 pages of 4 KiB, or 30 of the larger ones that Linux may use.
    assert (pages > 20) == bool(chosen)


@pytest.mark.skipif(sys.platform != "linux", reason="Linux lists the threads of a process")
@pytest.mark.parametrize("chosen", [None, "200000"])
def test_a_large_array_is_copied_without_more_threads_unless_the_reader_chose_otherwise(
    chosen, monkeypatch
):
    script = """
import os
import gluonbook
from mxnet import nd
nd.array([1.0]).wait_to_read()
before = len(os.listdir("/proc/self/task"))
nd.array([1.0] * 300_000).wait_to_read()
print(len(os.listdir("/proc/self/task")) - before)
"""
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    monkeypatch.delenv("MXNET_CPU_PARALLEL_SIZE", raising=False)
    if chosen:
        monkeypatch.setenv("MXNET_CPU_PARALLEL_SIZE", chosen)
    added = int(finished([sys.executable, "-c", script], cwd=ROOT).stdout)
    assert added == (1 if chosen else 0)
