"""Assertions about the cells of a notebook, kept apart from the cells.

The assertions about ``growth.ipynb`` are in ``assertions/growth.py``: blocks of plain code, each after a
line ``# after CELL-ID``. A block is executed in the notebook's kernel after that cell. It can use the
names of the notebook, and adds none.
"""

import ast
import re
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from _pytest.assertion.rewrite import rewrite_asserts

if TYPE_CHECKING:  # where a kernel runs this file, there is no package around it
    from checks.settings import Settings

BEGINNING = re.compile(r"^# *after +(\S+) *$", re.MULTILINE | re.IGNORECASE)
LOOKS_LIKE_ONE = re.compile(r"^#[#\s]*after\b.*$", re.MULTILINE | re.IGNORECASE)
REACHED = "_checks_reached"  # the name of a list in a block: the lines of the assertions reached


def read_assertions(path: Path) -> dict[str, str]:
    """Return the blocks of a file by the id of their cell, each with its line numbers in the file."""
    if not path.exists():
        return {}
    text = path.read_text(encoding="utf-8")
    for match in LOOKS_LIKE_ONE.finditer(text):
        if not BEGINNING.fullmatch(match[0]):
            line = text.count("\n", 0, match.start()) + 1
            raise ValueError(
                f"{path}, line {line}: {match[0]!r} does not begin a block; write '# after CELL-ID', "
                "or begin a comment with another word"
            )
    try:
        ast.parse(text)
    except SyntaxError as error:
        raise ValueError(f"{path}, line {error.lineno}: {error.msg}") from error
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


def asserts_in(code: str | ast.AST) -> Iterator[ast.Assert]:
    """Yield the assert statements in code."""
    tree = ast.parse(code) if isinstance(code, str) else code
    return (node for node in ast.walk(tree) if isinstance(node, ast.Assert))


def holds_always(test: ast.expr) -> bool:
    """Return whether a condition holds whatever the notebook computes, as ``True or x > 1`` does."""
    match test:
        case ast.Constant():
            return bool(test.value)
        case ast.Tuple():  # assert (x > 1, "message")
            return bool(test.elts)
        case ast.BoolOp(op=ast.Or()):
            return any(map(holds_always, test.values))
    return False


def code_for_kernel(block: str, path: Path, settings: "Settings") -> str:
    """Return a block as code for the notebook's kernel."""
    is_here, told = settings.input_is_here, {}
    if settings.input_tag:
        told[settings.input_tag.replace("-", "_")] = is_here
    # The kernel runs this file with runpy, which keeps its names out of the notebook.
    run = f"__import__('runpy').run_path({__file__!r})['run']"
    return f"{run}({block!r}, {str(path)!r}, globals() | {told}, {is_here})"


class NoteReached(ast.NodeTransformer):
    """Let a block note the lines of the assertions that it reaches."""

    def visit_Assert(self, node: ast.Assert) -> list[ast.stmt]:
        """Put a call before an assertion."""
        note = ast.parse(f"{REACHED}.append({node.lineno})").body[0]
        return [ast.copy_location(note, node), node]


def run(block: str, path: str, names: dict, is_here: bool) -> None:
    """Run a block with a notebook's names, without adding any.

    Each of its assertions has to be reached where the input is on which some may depend.
    """
    tree, reached = ast.parse(block), []
    lines = [node.lineno for node in asserts_in(tree)]
    tree = ast.fix_missing_locations(NoteReached().visit(tree))
    rewrite_asserts(tree, block.encode())  # as pytest does, so that a failure shows its values
    try:
        exec(compile(tree, path, "exec"), names | {REACHED: reached})
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        line = [frame for frame in frames if frame.filename == path][-1]
        raise AssertionError(
            f"{path}, line {line.lineno}:\n    {line.line}\n{type(error).__name__}: {error}"
        ) from error
    if is_here and (missed := {*lines} - {*reached}):
        raise AssertionError(f"{path}, line {min(missed)}: the assertion is not reached")
