"""Write a file completely or not at all, and never over something that is not a file."""

import contextlib
import errno
import fcntl
import os
import secrets
import stat
from collections.abc import Iterator
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


@contextlib.contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keep others who ask for the same from writing to a folder, inside the ``with``.

    Raises
    ------
    FileExistsError
        If someone else is writing to it now.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            # The system takes the lock back when the process ends, however it ends.
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FileExistsError(
                f"another training run is being saved in {folder} at this moment; it is left as it "
                "is. Name another folder"
            ) from None
        except OSError:
            pass  # not every file system in a network has locks
        yield
    finally:
        os.close(descriptor)


def wait_for_disk(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
