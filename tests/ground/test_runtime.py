"""MXNet is imported on Pythons and NumPys that are newer than it, and nothing else changes."""

import ctypes
import os
import sys
import types
from pathlib import Path

import mxnet as mx
import numpy
from mxnet.gluon import nn

from gluonbook.ground import runtime
from tests import ROOT
from tests.processes import finished


def test_gluonbook_is_imported_without_a_word_and_mxnet_computes(tmp_path):
    # MXNet imports SciPy, which does not see the placeholders.
    (tmp_path / "scipy").mkdir()
    (tmp_path / "scipy" / "__init__.py").write_text("import numpy; print(hasattr(numpy, 'new'))")
    (tmp_path / "scipy" / "stats.py").touch()
    script = """
import sys, warnings
import numpy
explain, first = numpy.__getattr__, warnings.filters[0]
import gluonbook
import mxnet
assert "matplotlib" not in sys.modules, "it takes a third of the time, and nothing is drawn"
assert numpy.__getattr__ is explain, "NumPy is not as it was"
assert warnings.filters[0] == first, "a filter that was for the import only"
assert isinstance(True, numpy.bool) or numpy.__version__ >= "2"
print(mxnet.nd.ones((numpy.int64(2),)).sum().asscalar(), repr(numpy.int64(2)))
"""
    done = finished(
        [sys.executable, "-W", "error", "-c", script],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
    )
    assert done.stderr == ""
    written = "2" if numpy.__version__ < "2" else "np.int64(2)"  # not as for MXNet
    assert done.stdout == f"False\n2.0 {written}\n"


def test_layers_operators_and_symbols_take_numbers_of_numpy():
    six, four = numpy.int64(6), numpy.int32(4)
    layer = nn.Dense(six, in_units=four)
    layer.initialize()
    layer.hybridize()
    for result, shape in [
        (layer(mx.nd.ones((2, 4))), (2, 6)),
        (mx.nd.ones((6, 4)).reshape((four, six)), (4, 6)),
        (mx.sym.zeros((six, four)).eval()[0], (6, 4)),
    ]:
        assert result.shape == shape
        assert numpy.isfinite(result.asnumpy()).all()


def test_the_libraries_of_a_gpu_are_loaded_in_order_before_mxnet(tmp_path, monkeypatch):
    libraries = [pattern.replace("*", "11") for pattern in runtime.CUDA_LIBRARIES]
    for library in libraries:
        (tmp_path / library).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / library).touch()
    events, distributions = [], {"mxnet": ["mxnet-cu117"]}
    nvidia = types.SimpleNamespace(submodule_search_locations=[str(tmp_path)])
    monkeypatch.setattr(runtime.importlib.util, "find_spec", {"nvidia": nvidia}.get)
    monkeypatch.setattr(runtime, "packages_distributions", lambda: distributions)
    monkeypatch.setattr(runtime.ctypes, "CDLL", lambda path, mode: events.append((path, mode)))
    monkeypatch.setattr(runtime.importlib, "import_module", events.append)
    # There is no MXNet here whose arguments could be written.
    monkeypatch.setattr(runtime, "write_arguments_as_numpy_1_did", lambda: None)
    runtime.import_mxnet()
    # They are global, so that MXNet finds what it needs in them.
    loaded = [(str(tmp_path / library), ctypes.RTLD_GLOBAL) for library in libraries]
    assert [event for event in events if event != "setuptools"] == [*loaded, "mxnet"]
    events.clear()
    distributions["mxnet"] = ["mxnet"]  # not built for a GPU
    runtime.load_cuda_libraries()
    assert events == []


def test_avx2_is_used_where_there_is_avx2_and_the_reader_has_not_chosen(monkeypatch):
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Nehalem")
    monkeypatch.delenv("MXNET_CPU_PARALLEL_SIZE", raising=False)
    with runtime.fast_defaults():
        assert int(os.environ["MXNET_CPU_PARALLEL_SIZE"]) > 10**9  # no threads of their own
    assert os.environ["OPENBLAS_CORETYPE"] == "Nehalem"
    for flags, expected in [("sse2 avx fma", None), ("sse2 avx avx2 fma", "Haswell")]:
        monkeypatch.delenv("OPENBLAS_CORETYPE", raising=False)
        monkeypatch.setattr(Path, "read_text", lambda path, flags=flags: f"flags : {flags}")
        with runtime.fast_defaults():
            assert os.environ.get("OPENBLAS_CORETYPE") == expected
        assert "OPENBLAS_CORETYPE" not in os.environ  # a child's NumPy may crash with it
