"""Find the novel that the chapter reads, or download it.

The novel, which ``novel.toml`` names, is not part of the repository. If the novel is not on this
machine, it is downloaded. A file is accepted only if its hash is correct. If the novel can be neither
found nor downloaded, it is replaced by the stand-in, a shorter text that we wrote ourselves.
"""

import functools
import os
import threading
import tomllib
import warnings
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

with warnings.catch_warnings():
    # pooch imports tqdm, which complains in a notebook without ipywidgets.
    warnings.filterwarnings("ignore", "IProgress not found")
    import pooch
import requests

PACKAGE = Path(__file__).resolve().parents[1]
CHECKOUT_DATA = PACKAGE.parent / "data"

NOVEL = tomllib.loads((PACKAGE / "novel.toml").read_text(encoding="utf-8"))
TITLE, FILE_NAME, SHA256, URLS = (NOVEL[key] for key in ("title", "file", "sha256", "urls"))
STAND_IN_NAME = "time_traveller_retold.txt"

# The limits of a download: seconds without a response, seconds in total, and bytes.
TIMEOUT, MAX_SECONDS, MAX_BYTES = 5, 60, 100_000_000


def stand_in() -> Path:
    """Return the path of the stand-in, in a checkout's ``data`` or in the installed package."""
    in_checkout = CHECKOUT_DATA / STAND_IN_NAME
    return in_checkout if in_checkout.exists() else PACKAGE / STAND_IN_NAME


def download_folder() -> Path:
    """Return the folder for downloads: a checkout's ``data``, or the user's cache folder."""
    if (CHECKOUT_DATA / STAND_IN_NAME).exists():
        return CHECKOUT_DATA
    return pooch.os_cache("gluonbook")


def find_novel() -> Path | None:
    """Return the path of the novel on this machine, or None.

    If ``GLUONBOOK_DATA_DIR`` is set, the folder that it names is searched first.

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
                f"{Path.cwd()}). Name the folder that contains {FILE_NAME}, or unset the variable"
            )
        folders.insert(0, Path(named))
    for path in [folder / FILE_NAME for folder in folders]:
        if path.is_file():
            if pooch.file_hash(path) == SHA256:
                return path
            warn_once(
                f"{FILE_NAME} contains another text, so it is ignored and left as it is. To read "
                "that text, pass its path to load_text or load_corpus. The text that the chapter needs "
                "is named in gluonbook/novel.toml",
                stacklevel=5,
            )
    return None


def download_novel(urls: Sequence[str] = URLS, folder: Path | None = None) -> Path:
    """Download the novel from the first address that has it, check its hash, and return its path.

    Raises
    ------
    OSError
        If no address returns the expected text, or if there is already a different file at the
        novel's path.
    """
    path = (folder or download_folder()) / FILE_NAME
    if path.exists():  # pooch would replace the file
        raise FileExistsError(f"{path} exists, but contains another text in the place of the novel")
    pooch.get_logger().setLevel("WARNING")
    reasons = []
    for url in urls:
        try:
            pooch.retrieve(url, f"sha256:{SHA256}", path.name, path.parent, downloader=download)
            return path
        except (OSError, ValueError) as error:  # ValueError: the hash is not that of the novel
            reasons.append(f"{url}: {error}")
    raise OSError(
        f"the novel could not be downloaded ({'; '.join(reasons)}). Check the network and try again, or "
        f"name the folder that contains {FILE_NAME} in GLUONBOOK_DATA_DIR"
    )


def download(url: str, path: str, _: Any) -> None:
    """Download a file for pooch, within the limits on time and size.

    The timeout of the library requests limits only the wait for the next packet. The download
    therefore runs in a thread of its own, which is abandoned if it takes too long.
    """
    result: Future[None] = Future()

    def fetch_and_tell() -> None:
        try:
            result.set_result(fetch(url, path))
        except Exception as error:
            result.set_exception(error)

    threading.Thread(target=fetch_and_tell, daemon=True).start()
    try:
        result.result(MAX_SECONDS)
    except TimeoutError as error:
        raise TimeoutError(str(error) or f"it took longer than {MAX_SECONDS} seconds") from error


def fetch(url: str, path: str) -> None:
    """Download a file, but no more than `MAX_BYTES` of it."""
    with requests.get(url, timeout=TIMEOUT, stream=True) as response, open(path, "wb") as file:
        response.raise_for_status()
        for data in response.iter_content(2**16):
            file.write(data)
            if file.tell() > MAX_BYTES:  # counts the decompressed bytes
                raise OSError(f"it is larger than {MAX_BYTES:,} bytes")


def novel_or_stand_in() -> Path:
    """Return the path of the novel, which is downloaded if necessary.

    If the novel cannot be downloaded, warn once and return the path of the stand-in. If
    ``GLUONBOOK_OFFLINE`` is 1, nothing is downloaded.
    """
    found = find_novel()
    if found:
        return found
    reason = "GLUONBOOK_OFFLINE is set"
    if os.environ.get("GLUONBOOK_OFFLINE") != "1":
        try:
            return download_novel()
        except OSError:
            reason = "it could not be downloaded"
    warn_once(
        f"The novel is not here: {reason}. The stand-in {STAND_IN_NAME} is read instead of {TITLE}, so "
        "losses and texts differ. To download the novel or see why that fails, run `make data`, or "
        "`python -m gluonbook data` outside a checkout.",
        stacklevel=4,
    )
    return stand_in()


@functools.cache
def warn_once(message: str, stacklevel: int) -> None:
    """Warn about the call that is `stacklevel` frames up, the frame of this function included."""
    warnings.warn(message, stacklevel=stacklevel)
