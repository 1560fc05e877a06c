"""Write a file whole or not at all, and never in the place of something else."""

import os
import secrets
import stat
from pathlib import Path


def check_replaceable(path: Path) -> None:
    """Check that there is a regular file under a name, or nothing.

    Raises
    ------
    FileExistsError
        If there is a folder, a symbolic link, a device or anything else.
    """
    try:
        is_file = stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return
    if not is_file:
        raise FileExistsError(
            f"{path} is no regular file, and is left as it is: name another place to write to"
        )


def write_whole(path: Path, data: bytes) -> None:
    """Write a file under a name that nothing has, then give it its own, in one step.

    Raises
    ------
    FileExistsError
        If something else than a regular file has the name.
    OSError
        If it cannot be written. What was there before stays.
    """
    check_replaceable(path)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as file:
            file.write(data)
        put_in_place(part, path)
    finally:
        part.unlink(missing_ok=True)


def put_in_place(part: Path, path: Path) -> None:
    """Flush a file to the disk, rename it into its place, and wait until the name is there, too.

    Raises
    ------
    FileExistsError
        If something else than a regular file has the name.
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
