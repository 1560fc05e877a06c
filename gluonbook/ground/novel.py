"""Find the novel that the chapter reads, or download it.

The novel, which ``novel.toml`` names, is not part of the repository. If the novel is not on this
machine, it is downloaded. A file is accepted only if its hash is correct. If the novel can be neither
found nor downloaded, it is replaced by the stand-in, a shorter text that we wrote ourselves.
"""

import functools
import os
import sys
import tomllib
import warnings
from pathlib import Path

with warnings.catch_warnings():
    # pooch imports tqdm, which complains in a notebook without ipywidgets.
    warnings.filterwarnings("ignore", "IProgress not found")
    import pooch

PACKAGE = Path(__file__).resolve().parents[1]
CHECKOUT_DATA = PACKAGE.parent / "data"
STAND_IN_NAME = "time_traveller_retold.txt"
# Seconds to wait for a response from an address.
TIMEOUT = 5

SETTINGS = tomllib.loads((PACKAGE / "novel.toml").read_text(encoding="utf-8"))
TITLE, FILE_NAME, SHA256, URLS = (SETTINGS[name] for name in ("title", "file", "sha256", "urls"))


def stand_in():
    """Return the path of the stand-in, in a checkout's ``data`` or in the installed package."""
    in_checkout = CHECKOUT_DATA / STAND_IN_NAME
    return in_checkout if in_checkout.exists() else PACKAGE / STAND_IN_NAME


def download_folder():
    """Return the folder for downloads: a checkout's ``data``, or the user's cache folder."""
    if (CHECKOUT_DATA / STAND_IN_NAME).exists():
        return CHECKOUT_DATA
    return pooch.os_cache("gluonbook")


def find_novel():
    """Return the path of the novel, searched first in ``GLUONBOOK_DATA_DIR``, or None."""
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
                f"{not_the_novel(path)}, so the file is ignored. To read it without changing novel.toml, "
                "pass its path to load_text or load_corpus",
            )
    return None


def not_the_novel(path):
    """Describe a file that has the novel's name, but another hash."""
    return (
        f"{path.name} is not the text that gluonbook/novel.toml describes: its SHA-256 is "
        f"{pooch.file_hash(path)}, not {SHA256}"
    )


def download_novel():
    """Download the novel from the first address that has it, check its hash, and return its path."""
    path = download_folder() / FILE_NAME
    if path.exists():  # pooch would replace the file
        raise FileExistsError(
            f"Move the file {path} away, or correct novel.toml. {not_the_novel(path)}"
        )
    pooch.get_logger().setLevel("WARNING")
    downloader = pooch.HTTPDownloader(timeout=TIMEOUT)
    reasons = []
    for url in URLS:
        try:
            pooch.retrieve(url, f"sha256:{SHA256}", path.name, path.parent, downloader=downloader)
            return path
        except ValueError as error:  # the hash is not that of the novel
            reasons.append(f"{url}: {error}")
        except OSError as error:  # the messages of requests are long
            reasons.append(f"{url}: {type(error).__name__}")
    raise OSError(
        f"Check the network and try again, or save the novel as {path}. "
        f"It could not be downloaded ({'; '.join(reasons) or 'novel.toml lists no address'})"
    )


def novel_or_stand_in():
    """Return the path of the novel, after a download if necessary, or warn and return the stand-in's."""
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
    )
    return stand_in()


def warn(message):
    """Warn about the call that came from outside the package."""
    level, frame = 1, sys._getframe()
    while frame.f_back and Path(frame.f_code.co_filename).is_relative_to(PACKAGE):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, stacklevel=level)


warn_once = functools.cache(warn)
