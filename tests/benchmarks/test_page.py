"""The page on other frameworks shows the code that runs, and every part of it."""

import ast
import re

import pytest

from tests import ROOT

PAGE = (ROOT / "chapter_rnn" / "in-other-frameworks.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"<!-- from: (\S+) -->\n```python\n(.*?)```", PAGE, re.DOTALL)


def plain(node):
    """Write down code without its docstrings and type annotations, which the page leaves out."""
    for part in ast.walk(node):
        if isinstance(part, ast.FunctionDef):
            if ast.get_docstring(part) is not None:
                del part.body[0]
            part.returns = None
        if isinstance(part, ast.arg):
            part.annotation = None
    return ast.dump(node)


def test_the_page_shows_every_version():
    assert {path.rpartition("/")[2] for path, _ in SHOWN} == {
        "models.py", "training.py", "in_pytorch.py", "in_jax.py", "in_numpy.py",
    }  # fmt: skip


@pytest.mark.parametrize(("path", "code"), SHOWN)
def test_what_is_shown_is_what_runs(path, code):
    source = (ROOT / path).read_text(encoding="utf-8")
    wanted = [plain(node) for node in ast.parse(code).body]
    bodies = [
        [plain(node) for node in part.body]
        for part in ast.walk(ast.parse(source))
        if isinstance(getattr(part, "body", None), list)
    ]
    # The same statements, one after the other, somewhere in the file.
    assert any(body[i : i + len(wanted)] == wanted for body in bodies for i in range(len(body))), (
        f"{path} does not have these lines one after the other:\n{code}"
    )
