"""A package, so that pytest finds the plugin under its full name, ``tests.nbval_tolerance``."""

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# Seconds after which a test gives up what should have come long ago: a machine with much else to
# do may take minutes to start a process.
LIMIT = 600

# What is no source: git's, what make makes, and what a reader has of their own.
NO_SOURCES = (
    ".git",
    ".venv*",
    "_build",
    "dist",
    "my-chapter*",
    "wheels",
    "__pycache__",
    ".*_cache",
    ".ipynb_checkpoints",
)


def copy_sources(target: Path) -> Path:
    """Copy the sources to a new folder, as in an archive of the repository, which has no ``.git``."""
    return shutil.copytree(ROOT, target, ignore=shutil.ignore_patterns(*NO_SOURCES))
