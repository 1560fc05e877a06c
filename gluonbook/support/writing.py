"""Write a file completely or not at all, and never over something that is not a file."""

import errno
import os
import secrets
import stat
from pathlib import Path


def check_replaceable(path: Path) -> None:
    """Check that a path is a regular file, or does not exist.

    Raises
    ------
    FileExistsError
        If it is a folder, a symbolic link, a device or anything else.
    """
    try:
        is_file = stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return
    if not is_file:
        raise FileExistsError(
            f"{path} is not a regular file, and is left as it is: name another file to write to"
        )


def write_whole(path: Path, data: bytes) -> None:
    """Write a file under a temporary name, then give it its own, in one step.

    Raises
    ------
    FileExistsError
        If the path is something other than a regular file.
    OSError
        If it cannot be written. What was there before stays.
    """
    check_replaceable(path)
    if not path.parent.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "there is no such folder", str(path.parent))
    # Not from the name of the file, which may be as long as a name can be.
    part = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with part.open("xb") as file:
            file.write(data)
        put_in_place(part, path)
    finally:
        part.unlink(missing_ok=True)


def put_in_place(part: Path, path: Path) -> None:
    """Flush a file to the disk, move it to its place, and wait until its name is on the disk too.

    Raises
    ------
    FileExistsError
        If the path is something other than a regular file.
    """
    check_replaceable(path)
    wait_for_disk(part)
    part.replace(path)
    wait_for_disk(path.parent)


def wait_for_disk(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
