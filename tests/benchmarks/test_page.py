"""The page on other frameworks: its code is the code of the benchmarks."""

import ast
import re
import textwrap

import pytest

from tests import ROOT

PAGE = (ROOT / "chapter_rnn" / "in-other-frameworks.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"<!-- from: (\S+) -->\n```python\n(.*?)```", PAGE, re.DOTALL)


def plain(source):
    """Return code in one form, without the docstrings and type annotations that the page omits."""
    tree = ast.parse(source)
    for part in ast.walk(tree):
        if isinstance(part, ast.FunctionDef):
            if ast.get_docstring(part) is not None:
                del part.body[0]
            part.returns = None
        if isinstance(part, ast.arg):
            part.annotation = None
    # Two definitions are as far apart in a class as in a module.
    return "\n".join(line for line in ast.unparse(tree).splitlines() if line)


def test_the_page_shows_every_version():
    assert {path.rpartition("/")[2] for path, _ in SHOWN} == {
        "models.py", "training.py", "frameworks.py", "in_pytorch.py", "in_jax.py", "in_numpy.py",
    }  # fmt: skip


@pytest.mark.parametrize(("path", "code"), SHOWN)
def test_the_code_on_the_page_is_the_code_that_runs(path, code):
    source = plain((ROOT / path).read_text(encoding="utf-8"))
    # The same lines one after the other, in a module or further in.
    ways = [textwrap.indent(plain(code), " " * width) for width in (0, 4, 8, 12)]
    assert any(f"\n{lines}\n" in f"\n{source}\n" for lines in ways), ways[0]
