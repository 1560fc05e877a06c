"""Import MXNet in a way that works, and works fast, with current versions of Python and NumPy.

MXNet 1.9.1, from 2022, is the last release. It was written for NumPy 1.16 to 1.23 and Python up to
3.10. Later versions break it in four ways, for which see `import_mxnet`, `removed_numpy_names` and
`write_arguments_as_numpy_1_did`; and two defaults make it slow, for which see `fast_defaults`.

Code that imports `gluonbook` before ``mxnet`` does not have to deal with any of this.
"""

import contextlib
import ctypes
import importlib
import importlib.util
import os
import sys
import warnings
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
def removed_numpy_names():
    """Let MXNet, while it is imported in the ``with`` block, refer to names that NumPy 2 removed.

    A table in MXNet mentions about twenty of them without using them. NumPy's ``__getattr__`` raises an
    error that explains why a name was removed; inside the ``with`` block, it returns a placeholder. Only
    MXNet sees it: SciPy, which MXNet imports if it is installed, asks which names NumPy has.
    """
    explain_missing = numpy.__getattr__

    def placeholder(name):
        try:
            return explain_missing(name)
        except AttributeError:
            # Python itself looks up dunder names, so they must stay undefined.
            asks = sys._getframe(1).f_globals.get("__name__", "")
            if name.startswith("__") or asks.partition(".")[0] != "mxnet":
                raise
            return None

    numpy.__getattr__ = placeholder
    try:
        yield
    finally:
        numpy.__getattr__ = explain_missing


def write_arguments_as_numpy_1_did():
    """Let MXNet write the arguments of operators, and the attributes of symbols, without types.

    MXNet passes them to C++ as text. NumPy 2 may write the shape ``(2, 3)`` as ``(np.int64(2), 3)``,
    which MXNet cannot read.
    """
    in_old_form = numpy.printoptions(legacy="1.25")(str)

    def argument_as_text(argument):
        text = str(argument)
        # Setting NumPy's options takes most of the time here, and is seldom necessary.
        return in_old_form(argument) if "np." in text else text

    # A `str` defined in these two modules hides the built-in from the functions that call operators.
    for name in ("ndarray", "symbol"):
        importlib.import_module(f"mxnet._ctypes.{name}").str = argument_as_text
    symbol = importlib.import_module("mxnet.symbol")
    variable = symbol.var

    def variable_in_old_form(*args, **kwargs):
        # Used as a decorator, the options could not wrap the stand-in for MXNet with which Sphinx builds
        # the book on Python 3.12 and later.
        with numpy.printoptions(legacy="1.25"):
            return variable(*args, **kwargs)

    symbol.var = symbol.Variable = variable_in_old_form


def load_cuda_libraries():
    """Load the CUDA libraries that were installed as Python packages for MXNet's GPU build.

    The dynamic loader does not search the folders in which pip installs them. It does use
    libraries that are already loaded, so each library is loaded after the ones it depends on.
    """
    packages = importlib.util.find_spec("nvidia")
    # NVIDIA's packages may have been installed for another library, in a different version.
    if not packages or packages_distributions().get("mxnet") == ["mxnet"]:
        return
    for folder in packages.submodule_search_locations:
        for pattern in CUDA_LIBRARIES:
            for library in Path(folder).glob(pattern):
                ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)


@contextlib.contextmanager
def fast_defaults():
    """Choose settings that make MXNet faster than its defaults do; a choice of the reader is kept."""
    # MXNet would copy large arrays from NumPy with threads of their own. If there are then more threads
    # than processors, each sleeps whenever it waits for the others, and training slows down for good.
    os.environ.setdefault("MXNET_CPU_PARALLEL_SIZE", str(2**31 - 1))
    # On a processor newer than itself, MXNet's OpenBLAS falls back to kernels for SSE3. Its kernels for
    # Haswell run wherever there is AVX2. NumPy has its own OpenBLAS, which has been loaded by now; that of
    # a child process must not see this choice, with which some versions crash.
    has_avx2 = {"avx2", "fma"} <= set(Path("/proc/cpuinfo").read_text().split())
    is_ours = has_avx2 and "OPENBLAS_CORETYPE" not in os.environ
    if is_ours:
        os.environ["OPENBLAS_CORETYPE"] = "Haswell"
    try:
        yield
    finally:
        if is_ours:
            del os.environ["OPENBLAS_CORETYPE"]


def import_mxnet():
    """Import MXNet, with the workarounds that this module describes."""
    # MXNet uses this alias of Python's `bool`, which NumPy 1.24 removed; NumPy 2 has the name for its own
    # type. `hasattr` would trigger NumPy's warning about the removed alias.
    if "bool" not in vars(numpy):
        numpy.bool = bool
    # Python 3.12 removed distutils, with which MXNet compares versions. setuptools contains a copy.
    if sys.version_info >= (3, 12):
        importlib.import_module("setuptools")
    load_cuda_libraries()
    with removed_numpy_names(), fast_defaults(), warnings.catch_warnings():
        # distutils warns that it is deprecated, but MXNet is no longer maintained.
        warnings.simplefilter("ignore", DeprecationWarning)
        importlib.import_module("mxnet")
    if numpy.lib.NumpyVersion(numpy.__version__) >= "2.0.0":
        write_arguments_as_numpy_1_did()


import_mxnet()
