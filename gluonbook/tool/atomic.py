"""Write a file atomically: completely or not at all."""

import os
import secrets
import stat
from collections.abc import Callable
from pathlib import Path


def check_destination(path: str | os.PathLike[str]) -> None:
    """Check that a file can be written to a path, before doing the work that produces the file.

    Raises
    ------
    OSError
        If the folder does not exist, or the path is something other than a regular file.
    """
    path = Path(path)
    if not path.resolve().parent.is_dir():
        raise FileNotFoundError(
            f"there is no folder {path.absolute().parent}: create it, or name another file"
        )
    if path.exists() and not path.is_file():
        raise FileExistsError(f"{path} is not a regular file: name another file")


def version_of(path: str | os.PathLike[str]) -> tuple[int, int] | None:
    """Return what differs after another program has written a file, or None if there is no file."""
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns


def write_atomically(
    path: str | os.PathLike[str], data: bytes, check: Callable[[], None] = lambda: None
) -> None:
    """Write to a temporary file and rename it, so that the file has either its old or its new content.

    This holds no matter when the process or the machine stops. If the path is a symbolic link, the
    file that it points to is replaced. A replaced file keeps its permissions. The temporary file is
    in the same folder and has a random name; it is left behind only if the process is killed.

    Parameters
    ----------
    path : str or path-like
        The file.
    data : bytes
        Its content.
    check : callable
        A function that is called just before the file is replaced, and may raise an error.

    Raises
    ------
    OSError
        If the file cannot be written (see `check_destination`). An existing file is left unchanged.
    """
    check_destination(path)
    path = Path(path).resolve()
    temporary = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        # Mode "x" fails if the name exists, even as a link.
        with temporary.open("xb") as file:
            file.write(data)
            if path.exists():
                os.fchmod(file.fileno(), stat.S_IMODE(path.stat().st_mode))
            file.flush()
            os.fsync(file.fileno())
        check()
        os.replace(temporary, path)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno and not error.filename:
            error.filename = str(path)  # if the disk is full, the system names no file
        raise
