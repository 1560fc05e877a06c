"""Write a file atomically: completely or not at all."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path


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

    This holds no matter when the process or the machine stops. Of a symbolic link, the file that it
    points to is replaced. `check` is called just before that, and may raise an error.
    """
    path = Path(path).resolve()
    temporary = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        check()
        os.replace(temporary, path)
    except BaseException as error:
        if isinstance(error, OSError) and error.errno and not error.filename:
            error.filename = str(path)  # if the disk is full, the system names no file
        temporary.unlink(missing_ok=True)
        raise
