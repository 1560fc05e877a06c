"""Start kernels so that nothing else on the machine matters: other kernels, long paths, the reader's home."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from unittest import mock

HAS_SOCKET_FILES = os.name == "posix"
LONGEST = 60  # characters in the folder for temporary files: a socket's whole path may have 103


@contextlib.contextmanager
def surroundings(**variables: str) -> Iterator[dict[str, str]]:
    """Make a folder and set environment variables for one kernel; yield the options of its manager.

    The kernel connects through files in the folder, except on Windows: kernels that start
    at the same moment could be given the same network port. With the reader's folder for IPython, the
    kernel would run the reader's startup files, and kernels that run side by side would share the
    database of IPython's history. With PYTHONOPTIMIZE, Python would skip the assertions in cells.
    """
    with contextlib.suppress(ImportError):
        # Now, so that what Matplotlib says about a home that cannot be written, or while it looks for
        # fonts, is no output of a notebook. It sets MPLCONFIGDIR if it has to.
        import matplotlib.font_manager  # noqa: F401
    short = "/tmp" if HAS_SOCKET_FILES and len(tempfile.gettempdir()) > LONGEST else None
    with tempfile.TemporaryDirectory(dir=short, ignore_cleanup_errors=True) as folder:
        variables |= {"IPYTHONDIR": f"{folder}/ipython", "PYTHONOPTIMIZE": ""}
        with mock.patch.dict(os.environ, variables):
            transport = "ipc" if HAS_SOCKET_FILES else "tcp"
            yield {"transport": transport, "connection_file": f"{folder}/kernel.json"}
