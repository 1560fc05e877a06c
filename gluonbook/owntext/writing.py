"""Write a file completely or not at all."""

import os
from pathlib import Path


def write_whole(path: str | os.PathLike[str], data: bytes, *, is_new: bool = False) -> None:
    """Write beside a file, then move what was written to its place, in one step.

    Whenever the process or the machine stops, the old content is there or the new one. A link is
    followed: the file that it leads to is replaced.

    Parameters
    ----------
    path : str or path-like
        The file.
    data : bytes
        Its content.
    is_new : bool
        Whether there must not be a file yet, even if somebody else writes one at this moment.

    Raises
    ------
    FileExistsError
        If the path is a folder, a device or anything else but a regular file; or if it is there
        and must not be.
    OSError
        If it cannot be written. What was there before stays.
    """
    path = Path(os.path.realpath(path))
    if path.exists() and not path.is_file():
        raise FileExistsError(f"{path} is not a regular file: name another one to write to")
    # The name of the file itself may be as long as a name can be.
    part = path.with_name(f".{path.name[:40]}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if is_new:
            os.link(part, path)
        else:
            part.replace(path)
        wait_for_disk(path.parent)
    except FileNotFoundError as error:
        raise FileNotFoundError(error.errno, "there is no such folder", str(path.parent)) from None
    except OSError as error:
        error.filename = str(path)  # a disk that is full does not say for which file
        raise
    finally:
        part.unlink(missing_ok=True)


def wait_for_disk(folder: Path) -> None:
    """Wait until the names in a folder are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
