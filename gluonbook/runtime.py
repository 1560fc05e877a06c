"""What must happen before ``import mxnet``, so that it runs on today's Pythons.

MXNet 1.9.1, of 2022, is the last release. It was written for NumPy 1.16 to 1.23
and Python up to 3.10, and stumbles over three things that have gone since:

``numpy.bool``
    MXNet calls the alias that NumPy 1.24 removed. It meant Python's own `bool`;
    NumPy 2 has the name again, for its scalar type, and needs nothing.

``distutils``
    MXNet compares version numbers with a module that Python 3.12 removed.
    setuptools carries a copy, and takes the place of the missing module when
    it is imported first.

names that NumPy 2 removed
    A table of MXNet's mentions some twenty of them (``numpy.PZERO`` and others)
    without using them. While MXNet is imported, a placeholder stands for each;
    afterwards NumPy is as it was.

Importing this module does all three and imports MXNet. Whoever imports
`gluonbook` before ``mxnet`` need not know of any of it.
"""

import contextlib
import ctypes
import importlib
import sys
import warnings
from collections.abc import Iterator

import numpy


@contextlib.contextmanager
def removed_numpy_names() -> Iterator[None]:
    """Let modules imported inside the ``with`` mention names that NumPy 2 removed.

    NumPy explains a removed name in a module-level ``__getattr__``. For the
    length of the ``with`` block the explanation is a placeholder instead.
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


def check_system_library() -> None:
    """Raise an `ImportError` that names the remedy if ``libquadmath`` is missing.

    MXNet's wheel needs this library from the system, and a minimal Linux image
    lacks it. The loader's own message does not say where to get it.
    """
    if not sys.platform.startswith("linux"):
        return
    try:
        ctypes.CDLL("libquadmath.so.0")
    except OSError as error:
        raise ImportError(
            "MXNet needs the system library libquadmath.so.0, which is not installed. "
            "On Debian or Ubuntu: sudo apt-get install libquadmath0"
        ) from error


def import_mxnet() -> None:
    """Import MXNet with what it misses supplied.

    Raises
    ------
    ImportError
        If the system library that MXNet needs is missing, or MXNet itself.
    """
    # Not `hasattr`, which would set off NumPy's warning about the removed alias.
    if "bool" not in vars(numpy):
        numpy.bool = bool
    if sys.version_info >= (3, 12):
        importlib.import_module("setuptools")
    check_system_library()
    with removed_numpy_names(), warnings.catch_warnings():
        # distutils tells MXNet, which nobody will change, to use something newer.
        warnings.simplefilter("ignore", DeprecationWarning)
        importlib.import_module("mxnet")


import_mxnet()
