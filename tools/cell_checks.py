"""Assertions about a section's cells, kept apart from the cells.

The checks of ``chapter_rnn/rnn.ipynb`` are in ``tests/cells/rnn.py``: blocks of plain code,
each after a line ``# after CELL-ID``. The tests run a block in the notebook's kernel once that cell
has been executed, and so does `tools.execute` before it stores the outputs.
"""

import ast
import re
import traceback
import warnings
from pathlib import Path

from _pytest.assertion.rewrite import rewrite_asserts

BEGINNING = re.compile(r"^# *after +(\S+) *$", re.MULTILINE | re.IGNORECASE)


def path_of_checks(notebook: Path) -> Path | None:
    """Return the path for the checks of a notebook, or None if it is not in the chapter."""
    root, chapter, name = notebook.resolve().as_posix().rpartition("/chapter_rnn/")
    return Path(root, "tests", "cells", name).with_suffix(".py") if chapter else None


def read_checks(path: Path | None) -> dict[str, str]:
    """Return the blocks of a file by the id of their cell, each with its line numbers in the file."""
    if path is None or not path.exists():
        return {}
    text = path.read_text(encoding="utf-8")
    beginnings = list(BEGINNING.finditer(text))
    starts = [match.start() for match in beginnings] + [len(text)]
    if any(not isinstance(node, ast.Expr) for node in ast.parse(text[: starts[0]]).body):
        raise ValueError(f"{path} must begin with a line '# after CELL-ID'")
    blocks = {}
    for match, end in zip(beginnings, starts[1:], strict=True):
        if match[1] in blocks:
            raise ValueError(f"{path} has two blocks for the cell {match[1]}")
        blocks[match[1]] = "\n" * text.count("\n", 0, match.start()) + text[match.start() : end]
    return blocks


def checks_of(notebook: Path) -> dict[str, str]:
    """Return the checks of a notebook by the id of their cell, as code for its kernel."""
    path = path_of_checks(notebook)
    # The kernel runs this file with runpy, which keeps its names out of the notebook.
    run = f"__import__('runpy').run_path({__file__!r})['run']"
    return {
        cell: f"{run}({block!r}, {str(path)!r}, globals())"
        for cell, block in read_checks(path).items()
    }


def run(block: str, path: str, names: dict) -> None:
    """Run a block with a notebook's names, without adding any."""
    names = names | {"reads_text": novel_is_here()}
    tree = ast.parse(block)
    rewrite_asserts(tree, block.encode())  # as pytest does, so that a failure shows its values
    try:
        exec(compile(tree, path, "exec"), names)
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        line = [frame for frame in frames if frame.filename == path][-1]
        raise AssertionError(
            f"{path}, line {line.lineno}:\n    {line.line}\n{type(error).__name__}: {error}"
        ) from error


def novel_is_here() -> bool:
    """Tell whether the text from which the stored outputs were made is on this machine."""
    from gluonbook.ground.novel import find_novel

    with warnings.catch_warnings():
        warnings.simplefilter("default")  # a file with the wrong content does not stop the checks
        return find_novel() is not None
