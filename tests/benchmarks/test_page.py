"""The page on other frameworks: the code that it shows is that of the benchmarks."""

import ast
import re
import textwrap

import pytest

from tests import ROOT

PAGE = (ROOT / "chapter_rnn" / "in-other-frameworks.md").read_text(encoding="utf-8")
# Each block with the file that it is cut from.
SHOWN = re.findall(r"<!-- from: (\S+) -->\n```python\n(.*?)```", PAGE, re.DOTALL)


def plain(source):
    """Return code in one form, without the docstrings, which the page omits."""
    tree = ast.parse(source)
    for part in ast.walk(tree):
        if isinstance(part, ast.FunctionDef) and ast.get_docstring(part) is not None:
            del part.body[0]
    return ast.unparse(tree)


@pytest.mark.parametrize(("path", "code"), SHOWN)
def test_the_code_on_the_page_is_the_code_that_runs(path, code):
    source = plain((ROOT / path).read_text(encoding="utf-8"))
    # The same lines one after the other, in a module or further in.
    ways = [textwrap.indent(plain(code), " " * width) for width in (0, 4, 8, 12)]
    assert any(f"\n{lines}\n" in f"\n{source}\n" for lines in ways), ways[0]
