"""Write a file completely or not at all."""

import os
from pathlib import Path


def write_atomically(path: str | os.PathLike[str], data: bytes) -> None:
    """Write beside a file, then move what was written to its place, in one step.

    Whenever the process or the machine stops, the old content is there or the new one. What a
    process that was killed has left beside it, ``.NAME.part``, is written over the next time.

    Parameters
    ----------
    path : str or path-like
        The file.
    data : bytes
        Its content.

    Raises
    ------
    OSError
        If the path is a folder, a device or anything else but a regular file, or cannot be written.
        What was there before stays.
    """
    path = Path(path)
    if path.exists() and not path.is_file():
        raise FileExistsError(f"{path} is not a regular file: name another one to write to")
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)
