"""Where the text of the chapter comes from.

The novel, which ``novel.toml`` names, is not part of the repository. It is looked for on this
machine, otherwise downloaded, and read only if its hash is right. If neither works, a shorter text
of our own stands in for it.
"""

import functools
import os
import sys
import tomllib
import warnings
from collections.abc import Sequence
from pathlib import Path

with warnings.catch_warnings():
    # It imports a bar, which complains in a notebook where ipywidgets is not installed.
    warnings.filterwarnings("ignore", "IProgress not found")
    import pooch

PACKAGE = Path(__file__).resolve().parents[1]
CHECKOUT_DATA = PACKAGE.parent / "data"

NOVEL = tomllib.loads((PACKAGE / "novel.toml").read_text(encoding="utf-8"))
TITLE, FILE_NAME, SHA256, URLS = (NOVEL[key] for key in ("title", "file", "sha256", "urls"))
STAND_IN_NAME = "time_traveller_retold.txt"


def stand_in() -> Path:
    """Path of the stand-in text: in a checkout's ``data``, or inside the installed package."""
    in_checkout = CHECKOUT_DATA / STAND_IN_NAME
    return in_checkout if in_checkout.exists() else PACKAGE / STAND_IN_NAME


def download_folder() -> Path:
    """Folder that downloads land in: a checkout's ``data``, or the user's cache."""
    if (CHECKOUT_DATA / STAND_IN_NAME).exists():
        return CHECKOUT_DATA
    return pooch.os_cache("gluonbook")


def find_novel() -> Path | None:
    """Path of the novel on this machine, or None; ``GLUONBOOK_DATA_DIR``, if it is set, comes first.

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
    for path in [folder / FILE_NAME for folder in folders]:
        if path.is_file():
            if pooch.file_hash(path) == SHA256:
                return path
            tell(
                f"a {FILE_NAME} that is here is another text, so it is left as it is and not read; "
                "load_text and load_corpus read any text, by its path, and gluonbook/novel.toml "
                "names the chapter's",
                depth=5,
            )
    return None


def download_novel(urls: Sequence[str] = URLS, folder: Path | None = None) -> Path:
    """Download the novel from the first address that has it, and check its hash; return its path.

    Raises
    ------
    OSError
        If no address returned the expected text, or another text is in its place.
    """
    path = (folder or download_folder()) / FILE_NAME
    if path.exists():  # which pooch would replace
        raise FileExistsError(f"another text is in its place, {path}")
    pooch.get_logger().setLevel("WARNING")
    wait = pooch.HTTPDownloader(timeout=5)
    reasons = []
    for url in urls:
        try:
            pooch.retrieve(url, f"sha256:{SHA256}", path.name, path.parent, downloader=wait)
            return path
        except (OSError, ValueError) as error:  # a ValueError: not the expected text
            reasons.append(f"{url}: {error}")
    raise OSError(
        f"no address has it ({'; '.join(reasons)}). Check the network and try again, or "
        f"name the folder that holds {FILE_NAME} in GLUONBOOK_DATA_DIR"
    )


def novel_or_stand_in() -> Path:
    """Path of the novel, downloaded if necessary; else of the stand-in text, with one warning.

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
    tell(
        f"The novel is not here: {reason}. In place of {TITLE} a stand-in is read, {STAND_IN_NAME}: "
        "losses and texts differ. `make data`, or outside a checkout `python -m gluonbook data`, "
        "gets the novel, or tells why not.",
        depth=4,
    )
    return stand_in()


@functools.cache  # once is enough
def tell(message: str, depth: int) -> None:
    """Warn the reader, whose call is `depth` frames up, this one counted."""
    warnings.warn(message, stacklevel=depth)


def main() -> None:
    """Print the path of the novel, downloaded if necessary, or end with one line that says why not."""
    try:
        print(find_novel() or download_novel())
    except OSError as error:
        sys.exit(f"The novel is not here: {error}")
