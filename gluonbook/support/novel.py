"""Where the text of the chapter comes from.

*The Time Machine* is not part of the repository. It is looked for on this
machine, else downloaded, and read only if its hash is right. Where neither
works, a shorter text of our own stands in for it.
"""

import os
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

import pooch

FILE_NAME = "timemachine.txt"
SHA256 = "8424dbd9532ac81f7e5f0b6add90e6952baea29158309d7d1bf3884f4e12c516"
URLS = (
    "https://d2l-data.s3-accelerate.amazonaws.com/timemachine.txt",
    "https://raw.githubusercontent.com/d2l-ai/d2l-en/99ca17fd7e17961d1c4b3376ceebf8bf55a8d684/data/timemachine.txt",
)
STAND_IN_NAME = "time_traveller_retold.txt"
SECONDS_TO_WAIT = 5

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
        if path.is_file():
            if pooch.file_hash(str(path)) == SHA256:
                return path
            warnings.warn(
                f"{path} is not the expected text (its SHA-256 differs) and is not read. "
                "Delete it, or put the right file in its place",
                stacklevel=2,
            )
    return None


def download_novel(urls: Sequence[str] = URLS, folder: Path | None = None) -> Path:
    """Download the novel, trying each address twice, and check its hash.

    What arrives is written to a temporary file and takes its place under its
    own name only when it is complete and its hash is right.

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
        If no address gave the expected text; the message has each one's reason.
    """
    folder = folder or download_folder()
    reasons = []
    pooch.get_logger().setLevel("ERROR")
    for url in urls:
        source = pooch.create(
            path=folder,
            base_url="",
            registry={FILE_NAME: f"sha256:{SHA256}"},
            urls={FILE_NAME: url},
            retry_if_failed=1,
        )
        try:
            fetch = pooch.HTTPDownloader(timeout=SECONDS_TO_WAIT)
            return Path(source.fetch(FILE_NAME, downloader=fetch))
        # pooch reports a wrong hash as ValueError, requests a lost connection as an OSError.
        except (OSError, ValueError) as error:
            reasons.append(f"{url}: {type(error).__name__}")
    raise OSError(
        f"{FILE_NAME} could not be downloaded ({'; '.join(reasons)}). Check the network and "
        f"try again, or put the file into {folder} yourself, or name its folder in GLUONBOOK_DATA_DIR"
    )


def novel_or_stand_in() -> Path:
    """Path of the novel, downloaded if need be; else of the stand-in text, with a warning.

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
        warnings.warn(
            f"The Time Machine is not here: {error}. Reading the stand-in text {stand_in()} "
            "instead: every shape is the same, losses and generated text differ. "
            "`make data`, or outside a checkout `python -m gluonbook data`, gets the novel.",
            stacklevel=3,
        )
        return stand_in()


def main() -> None:
    """Fetch the novel and say where it is, or end with one line that says why not."""
    try:
        print(find_novel() or download_novel())
    except OSError as error:
        sys.exit(str(error))
