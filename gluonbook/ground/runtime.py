"""What must happen before ``import mxnet``, so that it runs on today's Pythons.

MXNet 1.9.1, from 2022, is the last release. It was written for NumPy 1.16 to 1.23
and Python up to 3.10, and stumbles over four things that have changed since:

``numpy.bool``
    MXNet uses an alias that NumPy 1.24 removed. It meant Python's own `bool`.
    NumPy 2 has the name again, for its scalar type, and needs no help.

``distutils``
    MXNet compares version numbers with a module that Python 3.12 removed.
    setuptools carries a copy, which replaces the missing module if setuptools
    is imported first.

names that NumPy 2 removed
    A table in MXNet mentions some twenty of them (``numpy.PZERO`` and others)
    without using them. While MXNet is imported, each has a placeholder;
    afterwards NumPy is as it was.

the text form of NumPy's numbers
    MXNet passes the arguments of an operator to C++ as text, and cannot read
    ``(np.int64(2), 3)``, as NumPy 2 writes a shape of the integers 2 and 3. It gets
    ``(2, 3)``, as NumPy 1 wrote it.

MXNet is also slow where it need not be:

``nd.dot``
    On a processor that is newer than MXNet's OpenBLAS, it uses the instructions of a processor
    of 2004. While MXNet is imported, OpenBLAS is told to use those of 2013, if they are there.

MXNet's GPU build also needs the CUDA libraries. Where they were installed as Python packages,
they are loaded from there, and CUDA itself need not be installed.

Importing this module does all this and imports MXNet. Whoever imports
`gluonbook` before ``mxnet`` need not know about any of it.
"""

import contextlib
import ctypes
import functools
import importlib
import importlib.util
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import numpy

CUDA_LIBRARIES = (
    "cuda_runtime/lib/libcudart.so.*",
    "cuda_nvrtc/lib/libnvrtc.so.*",
    "nvtx/lib/libnvToolsExt.so.*",
    "cublas/lib/libcublasLt.so.*",
    "cublas/lib/libcublas.so.*",
    "cufft/lib/libcufft.so.*",
    "curand/lib/libcurand.so.*",
    "cusparse/lib/libcusparse.so.*",
    "cusolver/lib/libcusolver.so.*",
    "cudnn/lib/libcudnn.so.*",
    "nccl/lib/libnccl.so.*",
)


@contextlib.contextmanager
def removed_numpy_names() -> Iterator[None]:
    """Let modules imported inside the ``with`` mention names that NumPy 2 removed.

    NumPy explains a removed name in a module-level ``__getattr__``. Inside the
    ``with`` block, that returns a placeholder instead.
    """
    explain_missing = numpy.__getattr__

    def placeholder(name: str) -> object:
        try:
            return explain_missing(name)
        except AttributeError:
            # Dunder names are questions that Python itself asks of a module.
            if name.startswith("__"):
                raise
            return None

    numpy.__getattr__ = placeholder
    try:
        yield
    finally:
        numpy.__getattr__ = explain_missing


def as_numpy_1_writes(function: Callable) -> Callable:
    """Let a function write NumPy's numbers without their type: 2, and not ``np.int64(2)``."""

    @functools.wraps(function)
    def with_old_form(*args: object, **kwargs: object) -> object:
        with numpy.printoptions(legacy="1.25"):
            return function(*args, **kwargs)

    return with_old_form


def write_arguments_as_numpy_1_did() -> None:
    """Let MXNet write the arguments of operators, and the attributes of symbols, without types."""
    in_old_form = as_numpy_1_writes(str)

    def argument_as_text(argument: object) -> str:
        text = str(argument)
        # Setting NumPy's options takes longer than all else here, and is seldom needed.
        return in_old_form(argument) if "np." in text else text

    # The functions in these two modules that call an operator find this `str` before Python's.
    for name in ("ndarray", "symbol"):
        sys.modules[f"mxnet._ctypes.{name}"].str = argument_as_text
    symbol = sys.modules["mxnet.symbol"]
    symbol.var = symbol.Variable = as_numpy_1_writes(symbol.var)


def load_cuda_libraries() -> None:
    """Load the CUDA libraries that were installed as Python packages for MXNet's GPU build.

    The loader would not look for them where pip puts them. It uses a library that is
    already loaded, so each is loaded after those that it needs.
    """
    packages = importlib.util.find_spec("nvidia")
    # NVIDIA's packages may be here for another library, in another version.
    if not packages or packages_distributions().get("mxnet") == ["mxnet"]:
        return
    for folder in packages.submodule_search_locations:
        for pattern in CUDA_LIBRARIES:
            for library in Path(folder).glob(pattern):
                ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)


@contextlib.contextmanager
def openblas_with_avx2() -> Iterator[None]:
    """Let MXNet's OpenBLAS use AVX2, if it is loaded inside the ``with`` and there is AVX2.

    When it is loaded, it chooses by the name of the processor, and falls back on SSE3 for a name
    that it does not know. It uses its Haswell kernels for AMD's Zen, too. NumPy has an OpenBLAS
    of its own, which is loaded before. A choice that the reader has made is kept.
    """
    cpuinfo = Path("/proc/cpuinfo")
    has_avx2 = cpuinfo.exists() and {"avx2", "fma"} <= set(cpuinfo.read_text().split())
    if not has_avx2 or "OPENBLAS_CORETYPE" in os.environ:
        yield
        return
    os.environ["OPENBLAS_CORETYPE"] = "Haswell"
    try:
        yield
    finally:
        del os.environ["OPENBLAS_CORETYPE"]


def import_mxnet() -> None:
    """Import MXNet, and supply what it lacks.

    Raises
    ------
    ImportError
        If MXNet is missing, or a library of the system that it needs.
    """
    # Not `hasattr`, which would set off NumPy's warning about the removed alias.
    if "bool" not in vars(numpy):
        numpy.bool = bool
    if sys.version_info >= (3, 12):
        importlib.import_module("setuptools")
    load_cuda_libraries()
    with (
        removed_numpy_names(),
        openblas_with_avx2(),
        warnings.catch_warnings(),
    ):
        # distutils tells MXNet, which nobody will change, to use something newer.
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            importlib.import_module("mxnet")
        except OSError as error:
            # Of the loader, which names the first library that is not there.
            raise ImportError(
                f"MXNet does not find a library that it needs: {error}. In a copy of the repository "
                "`make environment` says what to install, and does on Arm what MXNet needs there"
            ) from error
    if numpy.lib.NumpyVersion(numpy.__version__) >= "2.0.0":
        write_arguments_as_numpy_1_did()


import_mxnet()
