"""What must happen before ``import mxnet``, so that it runs on today's Pythons.

MXNet 1.9.1, from 2022, is the last release. It was written for NumPy 1.16 to 1.23
and Python up to 3.10, and stumbles over three things that have been removed since:

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

MXNet is also slow where it need not be:

``import mxnet``
    For each of its 1,300 operators it writes two functions as texts, which Python compiles, anew
    in every process: nearly half of the time. What was compiled is kept in a file beside MXNet, as
    Python keeps what it has compiled of modules.

``nd.dot``
    On a processor that is newer than MXNet's OpenBLAS, it uses the instructions of a processor
    of 2004. While MXNet is imported, OpenBLAS is told to use those of 2013, if they are there.

Gluon's recurrent layers
    Each call joins the parameters of a layer into one vector, number by number. After MXNet is
    imported, its layers join them row by row.

MXNet's GPU build also needs the CUDA libraries. Where they were installed as Python packages,
they are loaded from there, and CUDA itself need not be installed.

Importing this module does all this and imports MXNet. Whoever imports
`gluonbook` before ``mxnet`` need not know about any of it.
"""

import contextlib
import ctypes
import functools
import hashlib
import importlib
import importlib.util
import marshal
import os
import re
import sys
import types
import warnings
from collections.abc import Iterator
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.metadata import packages_distributions
from pathlib import Path

import numpy

# What the wheel needs from the system besides glibc, and the Debian packages that have it. The
# same list is in tools/environment.py, which checks it before anything is installed.
SYSTEM_LIBRARIES = {
    "libgcc_s.so.1": "libgcc-s1",
    "libgomp.so.1": "libgomp1",
    "libquadmath.so.0": "libquadmath0",
    "libstdc++.so.6": "libstdc++6",
}

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
        # Dunder names are questions that Python itself asks of a module.
        if name.startswith("__"):
            return explain_missing(name)
        try:
            return explain_missing(name)
        except AttributeError:
            return None

    numpy.__getattr__ = placeholder
    try:
        yield
    finally:
        numpy.__getattr__ = explain_missing


def check_system_libraries() -> None:
    """Raise an `ImportError` that names every missing library, and what to install.

    MXNet's wheel needs a few libraries from the system, and a minimal Linux image
    lacks some. The loader's own message names only the first, and not where to get it.
    """
    if not sys.platform.startswith("linux"):
        return
    missing = {}
    for library, package in SYSTEM_LIBRARIES.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            missing[library] = package
    if missing:
        raise ImportError(
            f"MXNet needs system libraries that are not installed: {', '.join(missing)}. "
            f"On Debian or Ubuntu: sudo apt-get install -y {' '.join(missing.values())}"
        )


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
def newer_than_openblas() -> Iterator[None]:
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


# --- the functions of the operators ---------------------------------------------------

# In these modules MXNet calls `exec` with the text of each function.
MODULES_OF_OPERATORS = ("mxnet.ndarray.register", "mxnet.symbol.register")
# The text has the operator's address in memory, which is another one in every process.
ADDRESS = re.compile(r"(_imperative_invoke|_symbol_creator)\((\d+)")
NO_ADDRESS = 10**18


class Operators:
    """The compiled functions of MXNet's operators, by the hash of their text without the address.

    Parameters
    ----------
    path : str
        The file that keeps them from one process to the next.
    """

    def __init__(self, path: str):
        self.path, self.codes = path, {}
        with contextlib.suppress(OSError, EOFError, ValueError, TypeError):
            magic_number, self.codes = marshal.loads(Path(path).read_bytes())
            if magic_number != importlib.util.MAGIC_NUMBER:  # of another Python's bytecode
                self.codes = {}
        self.num_kept = len(self.codes)

    def execute(self, module: types.ModuleType, text: str, _: None, names: dict) -> None:
        """Do what ``exec(text, None, names)`` does in a module of MXNet."""
        found = ADDRESS.search(text)
        template = ADDRESS.sub(rf"\1({NO_ADDRESS}", text)
        key = hashlib.sha256(template.encode()).digest()
        if key not in self.codes:
            self.codes[key] = compile(template, "<string>", "exec")
        exec(self.codes[key], vars(module), names)
        if found:
            address = int(found[2])
            for function in names.values():
                consts = function.__code__.co_consts
                function.__code__ = function.__code__.replace(
                    co_consts=tuple(address if c == NO_ADDRESS else c for c in consts)
                )

    def keep(self) -> None:
        """Write the file if something is new, and if Python may write what it has compiled."""
        if len(self.codes) > self.num_kept and not sys.dont_write_bytecode:
            data = marshal.dumps((importlib.util.MAGIC_NUMBER, self.codes))
            # As Python writes its own: whole or not at all, and without a word if it cannot.
            SourceFileLoader("operators", self.path).set_data(self.path, data)


class LoaderOfOperators(SourceFileLoader):
    """Loads a module of MXNet in which `exec` is not Python's own."""

    def __init__(self, name: str, path: str, operators: Operators):
        super().__init__(name, path)
        self.operators = operators

    def exec_module(self, module: types.ModuleType) -> None:
        """Run the module."""
        module.exec = functools.partial(self.operators.execute, module)
        super().exec_module(module)


@contextlib.contextmanager
def compiled_operators() -> Iterator[None]:
    """Let MXNet, if it is imported inside the ``with``, compile only what was not compiled before."""
    found = importlib.util.find_spec("mxnet")
    # Where MXNet was uninstalled, what was kept beside it may be all that is left of its folder.
    if found is None or found.origin is None or "mxnet" in sys.modules:
        yield
        return
    beside_mxnet = Path(found.origin).with_name("operators.py")
    operators = Operators(importlib.util.cache_from_source(beside_mxnet))

    class Finder:
        @staticmethod
        def find_spec(name: str, path=None, target=None) -> ModuleSpec | None:
            if name not in MODULES_OF_OPERATORS:
                return None
            spec = PathFinder.find_spec(name, path)
            spec.loader = LoaderOfOperators(name, spec.origin, operators)
            return spec

    sys.meta_path.insert(0, Finder)
    try:
        yield
    finally:
        sys.meta_path.remove(Finder)
    operators.keep()


# --- the parameters of a recurrent layer ----------------------------------------------


class JoiningRows:
    """MXNet's operators, with another way to join the parameters of a layer.

    The result is the same vector. MXNet copies number by number when it joins vectors, and row by
    row when it joins matrices, which takes a tenth of the time. The matrices need equally many
    columns, and every parameter fits in as many as there are hidden units.
    """

    def __init__(self, operators: types.ModuleType, num_hiddens: int):
        self._operators, self._num_hiddens = operators, num_hiddens
        self._internal = types.SimpleNamespace(_rnn_param_concat=self._join)

    def __getattr__(self, name: str) -> object:
        """Hand on all the other operators."""
        return getattr(self._operators, name)

    def _join(self, *params, dim):
        rows = [param.reshape((-1, self._num_hiddens)) for param in params]
        return self._operators._internal._rnn_param_concat(*rows, dim=dim).reshape(-1)


def join_params_by_rows() -> None:
    """Let Gluon's recurrent layers compute with `JoiningRows`, in every model that has one."""
    layer = importlib.import_module("mxnet.gluon.rnn.rnn_layer")._RNNLayer
    compute = layer._forward_kernel

    @functools.wraps(compute)
    def compute_with_rows(self, F, *args, **params):
        return compute(self, JoiningRows(F, self._hidden_size), *args, **params)

    layer._forward_kernel = compute_with_rows


def import_mxnet() -> None:
    """Import MXNet, and supply what it lacks.

    Raises
    ------
    ImportError
        If a system library that MXNet needs is missing, or MXNet itself.
    """
    # Not `hasattr`, which would set off NumPy's warning about the removed alias.
    if "bool" not in vars(numpy):
        numpy.bool = bool
    if sys.version_info >= (3, 12):
        importlib.import_module("setuptools")
    check_system_libraries()
    load_cuda_libraries()
    with (
        removed_numpy_names(),
        newer_than_openblas(),
        compiled_operators(),
        warnings.catch_warnings(),
    ):
        # distutils tells MXNet, which nobody will change, to use something newer.
        warnings.simplefilter("ignore", DeprecationWarning)
        importlib.import_module("mxnet")


import_mxnet()
join_params_by_rows()
