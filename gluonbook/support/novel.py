"""Where the text of the chapter comes from.

*The Time Machine* is not part of the repository. It is looked for on this
machine, otherwise downloaded, and read only if its hash is right. If neither
works, a shorter text of our own stands in for it.
"""

import hashlib
import io
import os
import sys
import threading
import time
import warnings
from collections.abc import Sequence
from pathlib import Path

from gluonbook.support.writing import write_whole

with warnings.catch_warnings():
    # It imports a bar, which complains in a notebook where ipywidgets is not installed.
    warnings.filterwarnings("ignore", "IProgress not found")
    import pooch

FILE_NAME = "timemachine.txt"
SHA256 = "8424dbd9532ac81f7e5f0b6add90e6952baea29158309d7d1bf3884f4e12c516"
URLS = (
    "https://d2l-data.s3-accelerate.amazonaws.com/timemachine.txt",
    "https://raw.githubusercontent.com/d2l-ai/d2l-en/99ca17fd7e17961d1c4b3376ceebf8bf55a8d684/data/timemachine.txt",
)
STAND_IN_NAME = "time_traveller_retold.txt"
SIZE = 178_979  # bytes
SECONDS_TO_WAIT = 5  # for the next bytes
SECONDS_IN_ALL = 60  # for all addresses and tries

# Whether this process has warned that a stand-in is read: once is enough.
TOLD: list[bool] = []

PACKAGE = Path(__file__).resolve().parents[1]
CHECKOUT_DATA = PACKAGE.parent / "data"


def stand_in() -> Path:
    """Path of the stand-in text: in a checkout's ``data``, or inside the installed package."""
    in_checkout = CHECKOUT_DATA / STAND_IN_NAME
    return in_checkout if in_checkout.exists() else PACKAGE / STAND_IN_NAME


def download_folder() -> Path:
    """Folder that downloads land in: a checkout's ``data``, or the user's cache."""
    if (CHECKOUT_DATA / STAND_IN_NAME).exists():
        return CHECKOUT_DATA
    return Path(pooch.os_cache("gluonbook"))


def find_novel() -> Path | None:
    """Find the novel on this machine.

    ``GLUONBOOK_DATA_DIR``, when it is set, is looked in first.

    Returns
    -------
    pathlib.Path or None
        The file, its hash checked; None if there is no such file.

    Raises
    ------
    FileNotFoundError
        If ``GLUONBOOK_DATA_DIR`` names something that is not a folder.
    """
    folders = [download_folder()]
    named = os.environ.get("GLUONBOOK_DATA_DIR")
    if named:
        if not Path(named).is_dir():
            raise FileNotFoundError(
                f"GLUONBOOK_DATA_DIR is {named!r}, which is not a folder (seen from "
                f"{Path.cwd()}). Name the folder that holds {FILE_NAME}, or unset the variable"
            )
        folders.insert(0, Path(named))
    for path in (folder / FILE_NAME for folder in folders):
        if not path.is_file():
            continue
        try:
            if pooch.file_hash(str(path)) == SHA256:
                return path
            reason = "is not the expected text (its SHA-256 differs)"
        except OSError as error:
            reason = f"cannot be read ({error.strerror})"
        warnings.warn(
            f"{path} {reason} and is not taken. Delete it, or put the right file in its place",
            stacklevel=2,
        )
    return None


def download_novel(urls: Sequence[str] = URLS, folder: Path | None = None) -> Path:
    """Download the novel, trying each address twice, and check its hash.

    The download is kept in memory, and written to a file only when it is complete and its
    hash is right. No more bytes are accepted than the novel has, and all attempts together
    have a minute.

    Parameters
    ----------
    urls : sequence of str
        The addresses to try, in order.
    folder : pathlib.Path, optional
        Where to put the file; by default a checkout's ``data``, or the user's cache.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    OSError
        If no address returned the expected text; the message gives the reason for each.
    """
    path = (folder or download_folder()) / FILE_NAME
    if path.is_file() and pooch.file_hash(str(path)) == SHA256:
        return path
    deadline = time.monotonic() + SECONDS_IN_ALL
    reasons = {}
    for url in (url for url in urls for _ in range(2)):
        try:
            text = download(url, deadline)
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, text)
            return path
        except OSError as error:
            reasons[url] = str(error)
    said = "; ".join(f"{url}: {reason}" for url, reason in reasons.items())
    raise OSError(
        f"{FILE_NAME} could not be downloaded ({said}). Check the network and try again, or put "
        f"the file into {path.parent} yourself, or name its folder in GLUONBOOK_DATA_DIR"
    )


def download(url: str, deadline: float) -> bytes:
    """Return the novel from an address.

    It does not wait for a server that never stops sending, or sends a byte now and then.

    Raises
    ------
    OSError
        If the expected text has not arrived by the deadline.
    """
    received, failed = Received(), []

    def receive() -> None:
        try:
            pooch.HTTPDownloader(timeout=SECONDS_TO_WAIT)(url, received, None)
        except Exception as error:
            # Only its name: the exception itself would keep the connection open.
            failed.append(type(error).__name__)

    # A thread, since no library call has a limit for its waiting time as a whole.
    receiving = threading.Thread(target=receive, daemon=True)
    receiving.start()
    receiving.join(max(0, deadline - time.monotonic()))
    if receiving.is_alive():
        received.is_full = True
        raise TimeoutError(f"not complete after {SECONDS_IN_ALL} seconds")
    if failed:
        raise OSError(*failed)
    if hashlib.sha256(received.getvalue()).hexdigest() != SHA256:
        raise OSError("not the expected text")
    return received.getvalue()


class MoreThanTheNovelError(Exception):
    """There are more bytes than the expected text has."""


class Received(io.BytesIO):
    """The bytes that have arrived, at most as many as the novel has."""

    is_full = False

    def write(self, data: bytes) -> int:
        """Add some bytes."""
        if self.is_full or self.tell() + len(data) > SIZE:
            raise MoreThanTheNovelError
        return super().write(data)


def novel_or_stand_in() -> Path:
    """Path of the novel, downloaded if necessary; else of the stand-in text, with one warning.

    With ``GLUONBOOK_OFFLINE=1`` nothing is downloaded.
    """
    found = find_novel()
    if found:
        return found
    try:
        if os.environ.get("GLUONBOOK_OFFLINE") == "1":
            raise OSError("GLUONBOOK_OFFLINE is set")
        return download_novel()
    except OSError as error:
        if not TOLD:
            warnings.warn(
                f"The Time Machine is not here: {str(error).partition(' (')[0]}. Reading a stand-in, "
                f"{stand_in()}: shapes are the same, losses and texts differ. `make data`, or "
                "outside a checkout `python -m gluonbook data`, gets the novel.",
                stacklevel=3,
            )
        TOLD.append(True)
        return stand_in()


def main() -> None:
    """Download the novel and print its path, or end with one line that says why not."""
    try:
        print(find_novel() or download_novel())
    except OSError as error:
        sys.exit(str(error))
