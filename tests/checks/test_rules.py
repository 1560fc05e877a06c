"""The rules notice a notebook that breaks them, and say where, what is wrong and what to do."""

import re

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from checks import rules
from checks.settings import settings_of
from tests import ROOT

PATH = ROOT / "chapter_rnn" / "word-lengths.ipynb"


def code(source="1", *tags, alt=None):
    data, metadata = {"image/png": "AAAA", "text/plain": "Bars."}, {"image/png": {"alt": alt}}
    outputs = [] if alt is None else [new_output("display_data", data, metadata=metadata)]
    return new_code_cell(source, metadata={"tags": tags}, outputs=outputs, id="histogram")


def text(source):
    return new_markdown_cell(source, id="intro")


@pytest.mark.parametrize(
    ("rule", "cell", "complaint"),
    [
        ("figures_have_alt_text", code(alt=""), "cell histogram: the figure has no alt text; use gb.s"),
        ("figures_have_alt_text", text("![](a.svg)"), "cell intro: a picture has no alt text; wri"),
        ("tags_are_known", code("1", "reads_text"), "'reads_text' is unknown; did you mean 'reads-te"),
        ("tags_are_known", code("1", "nbval-rtol=x"), "is unknown; did you mean 'nbval-rtol=0.05'?"),
        ("tags_are_known", code("1", "nbval-skip"), "cell histogram: the tag 'nbval-skip' is unknown"),
        ("tags_are_known", code("1  # NBVAL_IGNORE_OUTPUT"), "delete the comment NBVAL_IGNORE_OUTPUT"),
        ("saved_cells_equal_package", code("def f(): 1", "saved"), "gluonbook has no f. Add it"),
        ("links_lead_somewhere", text("[x](no.md)"), "cell intro: the link to no.md leads nowhere; th"),
        ("links_lead_somewhere", text("[x](rnn.ipynb#cell-id=rackets)"), "did you mean #cell-id=brackets?"),
        ("links_lead_somewhere", text("[x](notation.md#adam)"), "leads nowhere; did you mean #Adam?"),
        ("is_listed", text("x"), "add a line with a link to word-lengths.ipynb to chapter_rnn/index"),
    ],
)  # fmt: skip
def test_what_breaks_a_rule_is_named(rule, cell, complaint):
    notebook = rules.Notebook(PATH, new_notebook(cells=[cell]), settings_of(PATH))
    first, *_ = getattr(rules, rule)(notebook)
    assert first.startswith("word-lengths.ipynb") and complaint in first


def test_the_checks_import_nothing_of_this_repository():
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "checks").rglob("*.py"))
    ours = r"^\s*(?:from|import) (?:benchmarks|book|gluonbook|studies|tests|tools)\b.*"
    assert not re.findall(ours, code, re.MULTILINE)
