"""Assertions about the cells of a notebook, kept apart from the cells.

The assertions about ``growth.ipynb`` are in ``assertions/growth.py``: blocks of plain code, each after a
line ``# after CELL-ID``. The plugin runs a block in the notebook's kernel once that cell has been
executed, and so does `checks.execute` before it stores the outputs.
"""

import ast
import re
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from _pytest.assertion.rewrite import rewrite_asserts

if TYPE_CHECKING:  # where a kernel runs this file, there is no package around it
    from checks.settings import Settings

BEGINNING = re.compile(r"^# *after +(\S+) *$", re.MULTILINE | re.IGNORECASE)


def read_assertions(path: Path) -> dict[str, str]:
    """Return the blocks of a file by the id of their cell, each with its line numbers in the file."""
    if not path.exists():
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


def assertions_of(notebook: Path, settings: "Settings") -> dict[str, str]:
    """Return the assertions about a notebook by the id of their cell, as code for its kernel."""
    path = settings.assertions_of(notebook)
    # The kernel runs this file with runpy, which keeps its names out of the notebook.
    run = f"__import__('runpy').run_path({__file__!r})['run']"
    told = {}
    if settings.input_tag:
        told[settings.input_tag.replace("-", "_")] = settings.input_is_here
    return {
        cell: f"{run}({block!r}, {str(path)!r}, globals() | {told})"
        for cell, block in read_assertions(path).items()
    }


def run(block: str, path: str, names: dict) -> None:
    """Run a block with a notebook's names, without adding any."""
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
