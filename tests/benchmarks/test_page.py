"""The page on other frameworks, and the sections: the code that they show is that of the benchmarks."""

import ast
import re
import textwrap

import nbformat
import pytest

from tests import ROOT

PAGE = ROOT / "chapter_rnn" / "in-other-frameworks.md"
LONGEST = 25  # lines of a folded block


def prose(path):
    if path.suffix == ".md":
        return path.read_text(encoding="utf-8")
    cells = nbformat.read(path, as_version=4).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def shown(path):
    """Return the blocks of a page or a notebook, each as the file that it is cut from and its code."""
    return re.findall(r"<!-- from: (\S+) -->\n```python\n(.*?)```", prose(path), re.DOTALL)


# The sections have blocks of code only in PyTorch.
IN_SECTIONS = {
    path.stem: shown(path)
    for path in sorted(PAGE.parent.glob("*.ipynb"))
    if "<summary>In PyTorch</summary>" in prose(path)
}
SHOWN = [*shown(PAGE), *(block for blocks in IN_SECTIONS.values() for block in blocks)]


def plain(source):
    """Return code in one form, without the docstrings and type annotations that the page omits.

    Imports are omitted, too: a section repeats those that its blocks need.
    """
    tree = ast.parse(source)
    tree.body = [part for part in tree.body if not isinstance(part, ast.Import | ast.ImportFrom)]
    for part in ast.walk(tree):
        if isinstance(part, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(part) is not None:
            del part.body[0]
        if isinstance(part, ast.FunctionDef):
            part.returns = None
        if isinstance(part, ast.arg):
            part.annotation = None
    # Two definitions are as far apart in a class as in a module.
    return "\n".join(line for line in ast.unparse(tree).splitlines() if line)


@pytest.mark.parametrize("section", IN_SECTIONS)
def test_every_folded_block_of_a_section_is_compared_and_short(section):
    text = prose(PAGE.parent / f"{section}.ipynb")
    assert len(IN_SECTIONS[section]) == text.count("<summary>In PyTorch</summary>")
    assert max(len(code.splitlines()) for _, code in IN_SECTIONS[section]) <= LONGEST


@pytest.mark.parametrize(("path", "code"), SHOWN)
def test_the_code_on_the_page_is_the_code_that_runs(path, code):
    source = plain((ROOT / path).read_text(encoding="utf-8"))
    # The same lines one after the other, in a module or further in.
    ways = [textwrap.indent(plain(code), " " * width) for width in (0, 4, 8, 12)]
    assert any(f"\n{lines}\n" in f"\n{source}\n" for lines in ways), ways[0]
