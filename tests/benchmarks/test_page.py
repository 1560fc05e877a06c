"""The page on other frameworks: its code is the code of the benchmarks."""

import ast
import re

import pytest

from tests import ROOT

PAGE = (ROOT / "chapter_rnn" / "in-other-frameworks.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"<!-- from: (\S+) -->\n```python\n(.*?)```", PAGE, re.DOTALL)


def plain(node):
    """Return code as text, without the docstrings and type annotations that the page omits."""
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
def test_the_code_on_the_page_is_the_code_that_runs(path, code):
    source = (ROOT / path).read_text(encoding="utf-8")
    wanted = [plain(node) for node in ast.parse(code).body]
    bodies = [
        [plain(node) for node in part.body]
        for part in ast.walk(ast.parse(source))
        if isinstance(getattr(part, "body", None), list)
    ]
    # The file must contain the same statements in the same order, one after the other.
    assert any(body[i : i + len(wanted)] == wanted for body in bodies for i in range(len(body))), (
        f"{path} does not have these lines one after the other:\n{code}"
    )
