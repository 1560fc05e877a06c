"""The addresses of the book: its repository on GitHub, its pages, and links to run it.

The repository is the setting ``Repository`` in `pyproject.toml`, or on GitHub Actions that of the
workflow run (GITHUB_REPOSITORY). A book without a repository has no links to Colab and Binder.
"""

import os
import re
import tomllib
from pathlib import Path

GITHUB = "https://github.com/"
BRANCH = "main"
COLAB_BRANCH = "colab"  # where the workflow "publish" puts the copies that tools/colab.py writes
PLACEHOLDER = "OWNER/NAME"  # the value of the setting before the book has a repository


def repository(root: Path) -> str:
    """Return "owner/name" of the repository on GitHub, or "" if there is none."""
    if given := os.environ.get("GITHUB_REPOSITORY"):
        return given
    found = re.fullmatch(re.escape(GITHUB) + r"([\w.-]+/[\w.-]+)", address(root))
    return found[1] if found and found[1] != PLACEHOLDER else ""


def address(root: Path) -> str:
    """Return the address of the repository in the setting."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project["urls"]["Repository"]


def site(repository: str) -> str:
    """Return the address of the published pages, with a slash at its end."""
    owner, _, name = repository.partition("/")
    return f"https://{owner.lower()}.github.io/{name}/" if name else ""


def published(repository: str, target: Path) -> str:
    """Return the address of a page or a diagram, such as chapter_rnn/rnn.ipynb, in the published book."""
    if target.suffix == ".svg":
        return f"{site(repository)}_images/{target.name}"
    return site(repository) + target.with_suffix(".html").as_posix()


def run_links(repository: str, notebook: str) -> dict[str, str]:
    """Return the addresses that open a notebook, such as chapter_rnn/rnn.ipynb, to run it."""
    if not repository:
        return {}
    colab, binder = "https://colab.research.google.com/github", "https://mybinder.org/v2/gh"
    return {
        "Colab": f"{colab}/{repository}/blob/{COLAB_BRANCH}/{notebook}",
        "Binder": f"{binder}/{repository}/{BRANCH}?urlpath=lab/tree/{notebook}",
    }
