"""Find the text of the chapter, or download it.

The novel, which ``novel.toml`` names, is not part of the repository. It is looked for on this
machine, otherwise downloaded, and read only if its hash is right. If neither works, a shorter text
of our own, the stand-in, is read instead.
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

# The limits of a download: seconds without an answer, seconds altogether, and bytes.
TIMEOUT, MAX_SECONDS, MAX_BYTES = 5, 60, 100_000_000


def stand_in() -> Path:
    """Return the path of the stand-in: in a checkout's ``data``, or inside the installed package."""
    in_checkout = CHECKOUT_DATA / STAND_IN_NAME
    return in_checkout if in_checkout.exists() else PACKAGE / STAND_IN_NAME


def download_folder() -> Path:
    """Return the folder for downloads: a checkout's ``data``, or the user's cache."""
    if (CHECKOUT_DATA / STAND_IN_NAME).exists():
        return CHECKOUT_DATA
    return pooch.os_cache("gluonbook")


def find_novel() -> Path | None:
    """Return the path of the novel on this machine, or None.

    The folder that ``GLUONBOOK_DATA_DIR`` names is searched first, if it is set.

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
                f"there is a {FILE_NAME}, but it is another text, so it is ignored and left as it is. "
                "load_text and load_corpus read any text by its path, and gluonbook/novel.toml names "
                "that of the chapter",
                stacklevel=5,
            )
    return None


def download_novel(urls: Sequence[str] = URLS, folder: Path | None = None) -> Path:
    """Download the novel from the first address that has it, check its hash, and return its path.

    Raises
    ------
    OSError
        If no address returns the expected text, or another text is in its place.
    """
    path = (folder or download_folder()) / FILE_NAME
    if path.exists():  # which pooch would replace
        raise FileExistsError(f"there is another text in the place of the novel, {path}")
    pooch.get_logger().setLevel("WARNING")
    reasons = []
    for url in urls:
        try:
            pooch.retrieve(url, f"sha256:{SHA256}", path.name, path.parent, downloader=download)
            return path
        except (OSError, ValueError) as error:  # a ValueError: not the expected text
            reasons.append(f"{url}: {error}")
    raise OSError(
        f"the novel could not be downloaded ({'; '.join(reasons)}). Check the network and try again, or "
        f"name the folder that contains {FILE_NAME} in GLUONBOOK_DATA_DIR"
    )


def download(url: str, path: str, _: Any) -> None:
    """Download a file for pooch, within the limits of time and size.

    requests limits only the time between two packets, so the download has a thread of its own, which
    is abandoned if it takes too long.
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
    """Download a file that is not too large."""
    with requests.get(url, timeout=TIMEOUT, stream=True) as response, open(path, "wb") as file:
        response.raise_for_status()
        for data in response.iter_content(2**16):
            file.write(data)
            if file.tell() > MAX_BYTES:  # decompressed
                raise OSError(f"it is larger than {MAX_BYTES:,} bytes")


def novel_or_stand_in() -> Path:
    """Return the path of the novel, downloaded if necessary; else, with one warning, of the stand-in.

    With ``GLUONBOOK_OFFLINE=1`` nothing is downloaded.
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
        f"The novel is not here: {reason}. Instead of {TITLE} a stand-in is read, {STAND_IN_NAME}, so "
        "losses and texts differ. `make data`, or outside a checkout `python -m gluonbook data`, "
        "downloads the novel or says why it cannot.",
        stacklevel=4,
    )
    return stand_in()


@functools.cache
def warn_once(message: str, stacklevel: int) -> None:
    """Warn the reader, whose call is `stacklevel` frames up, this function counted."""
    warnings.warn(message, stacklevel=stacklevel)
