"""Where the book is on the web: its repository on GitHub, its pages, and what runs it.

One setting names it, ``repository`` in `conf.py`: "owner/name" on GitHub, or nothing. GitHub
Actions says it (GITHUB_REPOSITORY), else the clone's own origin does, if that is on GitHub.
A book without an address shows no link to Colab and Binder, since they could lead nowhere.
"""

import os
import re
import subprocess
from pathlib import Path

ORIGIN_ON_GITHUB = re.compile(r"github\.com[:/]([\w.-]+/[\w.-]+?)(?:\.git)?/?$")
BRANCH = "main"
COLAB_BRANCH = "colab"  # where the workflow "publish" puts what tools/colab.py writes


def repository(root: Path) -> str:
    """Return "owner/name" of the repository on GitHub, or "" if there is none."""
    if named := os.environ.get("GITHUB_REPOSITORY"):
        return named
    command = ["git", "-C", root, "config", "--get", "remote.origin.url"]
    try:
        origin = subprocess.run(command, capture_output=True, text=True).stdout.strip()
    except FileNotFoundError:  # no git here
        return ""
    return on_github(origin)


def on_github(origin: str) -> str:
    """Return "owner/name" of an address that git fetches from, or "" if it is not on GitHub."""
    found = ORIGIN_ON_GITHUB.search(origin)
    return found[1] if found else ""


def site(repository: str) -> str:
    """Return the address of the published pages, with a slash at its end."""
    owner, _, name = repository.partition("/")
    return f"https://{owner.lower()}.github.io/{name}/" if name else ""


def run_links(repository: str, notebook: str) -> dict[str, str]:
    """Return the addresses that open a notebook, such as chapter_rnn/rnn.ipynb, to run it."""
    if not repository:
        return {}
    colab, binder = "https://colab.research.google.com/github", "https://mybinder.org/v2/gh"
    return {
        "Colab": f"{colab}/{repository}/blob/{COLAB_BRANCH}/{notebook}",
        "Binder": f"{binder}/{repository}/{BRANCH}?urlpath=lab/tree/{notebook}",
    }
