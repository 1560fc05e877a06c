"""Write a file atomically: completely or not at all."""

import contextlib
import os
import secrets
import shutil
from pathlib import Path


def file_stamp(path):
    """Return what differs after another program has written a file, or None if there is no file."""
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns


def write_atomically(path, data):
    """Write to a temporary file and rename it, so that the file has either its old or its new content.

    Of a symbolic link, the file that it points to is replaced. The permissions of an existing file are kept.
    """
    path = Path(path).resolve()
    temporary = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with temporary.open("xb") as file:
            if path.exists():  # before anything is written that others may not read
                shutil.copymode(path, temporary)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException as error:
        if isinstance(error, OSError) and error.errno:
            # The system names the temporary file, or no file if the disk is full.
            error.filename = str(path)
            del error.filename2
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def check_writable(path):
    """Raise an OSError if `write_atomically` could not write the file, as in a read-only folder."""
    temporary = Path(path).resolve().with_name(f".{secrets.token_hex(8)}.part")
    try:
        temporary.touch(exist_ok=False)
        temporary.unlink()
    except OSError as error:
        error.filename = str(path)
        raise
