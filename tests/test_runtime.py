"""MXNet is imported on Pythons and NumPys that are newer than it, and nothing else changes."""

import gluonbook as gb  # isort: skip  # before mxnet
import subprocess
import sys
import warnings
from pathlib import Path

import numpy
import pytest

from gluonbook import runtime

ROOT = Path(__file__).resolve().parents[1]


def run(script, *options):
    return subprocess.run(
        [sys.executable, *options, "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_gluonbook_is_imported_without_a_word_and_mxnet_computes():
    script = """
import numpy
explain = numpy.__getattr__
import gluonbook
import mxnet
assert numpy.__getattr__ is explain, "NumPy is not as it was"
assert isinstance(True, numpy.bool) or numpy.__version__ >= "2"
print((mxnet.nd.ones((2,)) + 1).sum().asscalar())
"""
    done = run(script, "-W", "error")
    assert done.stderr == ""
    assert done.stdout == "4.0\n"


def test_the_filters_of_warnings_are_the_readers_own():
    before = warnings.filters.copy()
    runtime.import_mxnet()
    assert warnings.filters == before


def test_a_name_that_numpy_removed_is_there_for_a_while():
    with runtime.removed_numpy_names():
        assert numpy.no_such_name is None
        assert numpy.float64 is not None
    with pytest.raises(AttributeError, match="no_such_name"):
        numpy.no_such_name  # noqa: B018


def test_python_itself_is_answered_as_ever():
    with runtime.removed_numpy_names(), pytest.raises(AttributeError, match="__no_such__"):
        numpy.__no_such__  # noqa: B018


def test_after_a_failed_import_numpy_is_as_it_was():
    explain = numpy.__getattr__

    def fail():
        with runtime.removed_numpy_names():
            assert numpy.__getattr__ is not explain
            raise ImportError("no")

    with pytest.raises(ImportError, match="no"):
        fail()
    assert numpy.__getattr__ is explain


def missing(name):
    raise OSError(f"{name}: cannot open shared object file")


def test_a_missing_system_library_is_named_with_the_remedy(monkeypatch):
    monkeypatch.setattr(runtime.sys, "platform", "linux")
    monkeypatch.setattr(runtime.ctypes, "CDLL", missing)
    with pytest.raises(ImportError, match=r"libquadmath\.so\.0.*apt-get install libquadmath0"):
        runtime.import_mxnet()


def test_the_library_is_looked_for_under_its_own_name(monkeypatch):
    asked = []
    monkeypatch.setattr(runtime.sys, "platform", "linux")
    monkeypatch.setattr(runtime.ctypes, "CDLL", asked.append)
    runtime.check_system_library()
    assert asked == ["libquadmath.so.0"]


def test_elsewhere_than_on_linux_the_library_is_not_looked_for(monkeypatch):
    monkeypatch.setattr(runtime.sys, "platform", "darwin")
    monkeypatch.setattr(runtime.ctypes, "CDLL", missing)
    runtime.check_system_library()


def test_gluonbook_hands_the_runtime_on():
    assert gb.runtime is runtime
