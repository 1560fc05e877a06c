"""The rules notice a notebook that breaks them, and say where, what is wrong and what to do."""

import dataclasses

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from checks import rules
from checks.notebook import NOTEBOOK_METADATA, Notebook
from checks.settings import settings_of
from tests import ROOT

PATH = ROOT / "chapter_rnn" / "word-lengths.ipynb"


def code(source="1", *tags, alt=None, mime="image/png", count=1):
    data, metadata = {mime: "AAAA", "text/plain": "Bars."}, {"image/png": {"alt": alt}}
    outputs = [] if alt is None else [new_output("display_data", data, metadata=metadata)]
    metadata = {"tags": tags} if tags else {}
    return new_code_cell(
        source, metadata=metadata, outputs=outputs, id="histogram", execution_count=count
    )


def text(source, **metadata):
    return new_markdown_cell(source, id="intro", metadata=metadata)


def complaints(*cells, blocks=None, **settings):
    settings = dataclasses.replace(settings_of(PATH), **settings)
    content = new_notebook(metadata=NOTEBOOK_METADATA)
    content.cells = [*cells]
    notebook = Notebook(PATH, content, settings)
    notebook.__dict__["blocks"] = blocks or {}
    return rules.complaints(notebook)


GREEDY = 'def greedy(logits):\n    """Take the best."""\n    return logits.argmax(axis=1)'
INVALID = text("x")
INVALID["by"] = "me"  # which no notebook may have


@pytest.mark.parametrize(
    ("cell", "complaint"),
    [
        (code(count=None), "cell histogram: its execution count is None, not 1. `make refresh NOT"),
        (code(alt="x", mime="text/latex"), "cell histogram: its output is of type text/latex. Print"),
        (code(alt=""), "cell histogram: the figure has no alt text; use gb.s"),
        (code(alt="Bars."), "cell histogram: the code or the figure has changed since they were sto"),
        (text("![ ](a.svg)"), "cell intro: a picture has no alt text; wri"),
        (text('<img src="rnn.ipynb">'), "cell intro: a picture has no alt text; wri"),
        (text("x", collapsed=True), "its metadata are not those of a clean run; `make refresh NOTEBOOKS=w"),
        (INVALID, "not a valid notebook of format 4.5: Additional"),
        (code("1", "reads_text"), "'reads_text' is unknown; did you mean 'reads-te"),
        (code("1", "nbval-rtol=x"), "is unknown; did you mean 'nbval-rtol=0.05'?"),
        (code("1", "nbval-skip"), "cell histogram: the tag 'nbval-skip' is unknown"),
        (code("1  # NBVAL_IGNORE_OUTPUT"), "delete the comment NBVAL_IGNORE_OUTPUT"),
        (code("1", "nbval-ignore-output"), "cell histogram: its output is not compared, or only loosely"),
        (code("1", "nbval-rtol=0.2"), "It therefore needs an assert, or a block '# after histogram' in"),
        (code("def f(): 1", "saved"), "gluonbook/lesson has no f. A"),
        (code("def greedy(x): 1", "saved"), "greedy differs from gluonbook/lesson's:\n@@"),
        (code(f"{GREEDY}  # best", "saved"), "-    return logits.argmax(axis=1)\n+    return logits.argmax(ax"),
        (code("MASKED = -1e8", "saved"), "MASKED differs from gluonbook/lesson's:\n@@"),
        (code(GREEDY), "gluonbook/lesson also defines greedy. Tag the cell 'saved'"),
        (code("def greedy(x): 1", "simplified"), "it is tagged 'simplified': compare greedy with gb.gr"),
        (text("x"), "add a line with a link to word-lengths.ipynb to chapter_rnn/index"),
    ],
)  # fmt: skip
def test_what_breaks_a_rule_is_named(cell, complaint):
    found = [line for line in complaints(cell) if complaint in line]
    assert found and found[0].startswith("word-lengths.ipynb"), complaints(cell)


@pytest.mark.parametrize(
    ("block", "complaint"),
    [
        ({"histogramm": "assert 1 > x"}, "word-lengths.ipynb has no code cell 'histogramm'"),
        ({"histogram": "assert True or x > 1"}, "line 1: this assertion cannot fail"),
        ({"histogram": "assert (x > 1, 'why')"}, "line 1: this assertion cannot fail"),
        ({"histogram": "x = 1\nassert 'why'"}, "line 2: this assertion cannot fail"),
    ],
)
def test_an_assertion_that_says_nothing_is_named(block, complaint):
    assert any(complaint in line for line in complaints(code(), blocks=block))


OTHERS = ("is_listed", "exercises_are_solved")  # which a notebook of one cell breaks


@pytest.mark.parametrize(
    "cell",
    [
        code("%matplotlib inline\n!pip install x\nfiles = !ls\nlen?"),
        code("%%time\nx = 1"),
        code("def f(:", "raises-exception"),
        code(f"{GREEDY}\n\n\nbest = greedy(x)", "saved"),  # with its own docstring
        code("assert x", "nbval-ignore-output"),
        code("", count=None),
        text("`<img>`\n\n    ![ ](x.png)\n\n![A picture.](x.png) <img alt='Another.' src='x.png'>"),
    ],
)
def test_what_is_right_breaks_no_rule(cell):
    assert not complaints(cell, without_rules=OTHERS)


def test_an_author_without_settings_may_use_any_type_and_tag_and_keep_metadata():
    cells = code("1", "remove-cell", alt="x", mime="text/html"), text("x", slideshow={})
    plain = {"tags": (), "mime_types": (), "tidy": False, "rules": ""}
    assert not complaints(*cells, **plain)
    (found,) = complaints(code("1", "nbval-rtol0.5"), **plain)
    assert "did you mean 'nbval-rtol=0.05'?" in found
