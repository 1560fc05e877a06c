"""Each guard complains about a notebook that breaks its rule; test_notebooks.py has the good ones."""

import base64
import shutil

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tests.notebooks import guards
from tools.cell_checks import path_of_checks, read_checks

ALT = "A curve that falls from forty-three to one in two hundred epochs."


def code(source, *tags, outputs=()):
    return new_code_cell(source, metadata={"tags": list(tags)}, outputs=list(outputs))


def shown(page, alt=ALT):
    return new_output("display_data", data={"text/html": page, "text/plain": alt})


def printed(text, name="stdout"):
    return new_output("stream", name=name, text=text)


ERROR = new_output("error", ename="ValueError", evalue="no", traceback=[])
WIDGET = new_output("display_data", data={guards.WIDGET: {}})
PNG = new_output("display_data", data={"image/png": "AAAA", "text/plain": ALT})
FRAMES = shown('<figure class="gluonbook-frames"/>', f"{ALT}\nA curve.")


@pytest.fixture
def good():
    return guards.Notebook.read(guards.CHAPTER / "rnn-gluon.ipynb")


def complaint(guard, notebook):
    """Return the complaint of a guard, of which there must be one."""
    (found,) = guard(notebook)
    return found


@pytest.mark.parametrize(
    ("guard", "cell", "message"),
    [
        (guards.outputs_are_clean, code("1", outputs=[ERROR]), "is an error"),
        (guards.outputs_are_clean, code("1", outputs=[printed("Why", "stderr")]), "stderr: 'Why'"),
        (guards.outputs_are_clean, code("1", outputs=[WIDGET]), "stores a widget"),
        (guards.outputs_are_clean, code("1", outputs=[printed("in /tmp/a.txt\n")]), "'/tmp/a.txt'"),
        (guards.outputs_are_clean, code("1", outputs=[shown("<p>'/data/a'</p>")]), "'/data/a'"),
        (guards.uncompared_cells_assert, code("x = 1", "nbval-ignore-output"), "needs an assert"),
        (guards.uncompared_cells_assert, code("assert True", "nbval-rtol=0.5"), "needs an assert"),
        (guards.tags_are_known, code("1", "nbval-tol=0.1"), "'nbval-tol=0.1'"),
        (guards.figures_have_alt_text, code("1", outputs=[PNG]), "its figure is ''"),
        (guards.figures_have_alt_text, code("1", outputs=[shown("<img/>")]), "its figure is ''"),
        (guards.figures_have_alt_text, code("1", outputs=[FRAMES]), "its figure is 'A curve.'"),
        (guards.figures_have_alt_text, "`![](a.svg)`, ![ ](b.svg)", "the image b.svg has no alt"),
        (
            guards.diagrams_are_described_once,
            "![another](figures/rnn-model.svg)",
            "is not its <desc>",
        ),
        (guards.formulas_are_told_from_text, "From $5 to $6.", "does not begin a formula"),
        (guards.formulas_are_told_from_text, "$\alpha$", r"'\x07lpha$'"),
        (guards.links_lead_somewhere, "[a](missing.ipynb)", "leads to no file"),
        (guards.links_lead_somewhere, "![a](missing.svg)", "leads to no file"),
        (guards.links_lead_somewhere, "[a](#there)", "leads to no heading"),
        # One is missing on GitHub, the other in the book.
        (guards.links_lead_somewhere, "[a](references.md#References)", "leads to no heading"),
        (guards.links_lead_somewhere, "[a](references.md#references)", "leads to no heading"),
        (guards.links_lead_somewhere, "[a](#cell-id=imports)", "leads to no heading"),
        (guards.links_lead_somewhere, "[a](/references.md)", "is not relative"),
    ],
)
def test_a_cell_that_breaks_a_rule_is_named(guard, cell, message, good):
    cells = good.content.cells
    cells.append(new_markdown_cell(cell) if isinstance(cell, str) else cell)
    found = complaint(guard, good)
    assert f"rnn-gluon.ipynb, cell {len(cells)} (" in found and message in found


def test_executed_in_order(good):
    next(cell for cell in good.content.cells if cell.cell_type == "code").execution_count = 3
    assert "count is 3, not 1" in complaint(guards.executed_in_order, good)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda content: content.update(nbformat_minor=4), "less than the minimum of 5"),
        (lambda content: content.metadata.kernelspec.update(name="my-env"), "ipynb: its metadata"),
        (lambda content: content.cells[2].metadata.update(collapsed=True), "ipynb, cell 3: its"),
    ],
)
def test_stored_as_refreshed(good, spoil, message):
    spoil(good.content)
    assert message in complaint(guards.stored_as_refreshed, good)


def test_checks_name_cells(good):
    checked, *_ = read_checks(path_of_checks(good.path))
    next(cell for cell in good.content.cells if cell.id == checked).id = "another"
    assert f"no code cell '{checked}'" in complaint(guards.checks_name_cells, good)


@pytest.mark.parametrize(
    ("asked_of", "old", "new", "message"),
    [
        ("rnn-gluon.ipynb", "## Exercise 2", "## Exercise 0", "answers ['1', '0', '3'"),
        ("solutions/rnn-gluon.ipynb", "> Remove", "> Take", "the solutions quote 'Take "),
    ],
)
def test_exercises_are_solved(good, asked_of, old, new, message, tmp_path):
    (tmp_path / "solutions").mkdir()
    shutil.copy(good.path, tmp_path)
    solutions = (guards.CHAPTER / "solutions" / good.path.name).read_text(encoding="utf-8")
    assert old in solutions
    changed = tmp_path / "solutions" / good.path.name
    changed.write_text(solutions.replace(old, new, 1), encoding="utf-8")
    asked = guards.Notebook.read(tmp_path / asked_of)
    assert message in complaint(guards.exercises_are_solved, asked)


def test_exercises_without_solutions_are_not_solved(good, tmp_path):
    shutil.copy(good.path, tmp_path)
    asked = guards.Notebook.read(tmp_path / good.path.name)
    assert "answers []" in complaint(guards.exercises_are_solved, asked)


PACKAGE = '''
def clip(params, theta=1.0):
    """Clip."""
    check_sizes(theta=theta)
    return norm(params) / theta


class Model(Block):
    """Compute."""

    depth = 1

    def forward(self, X):
        """Go forward."""
        self.add(X)
        return clip(X)
'''
SAVED = """
def clip(params, theta=1.0):
    return gb.norm(params) / theta


class Model(Block):
    depth = 1

    def forward(self, X):
        self.add(X)
        return gb.clip(X)
"""


@pytest.mark.parametrize(
    ("source", "tags", "message"),
    [
        (SAVED, ["saved"], None),
        (PACKAGE, ["saved"], None),
        (SAVED.replace("theta=1.0", "theta=2.0"), ["saved"], "clip differs from gluonbook's:\n---"),
        (SAVED.replace("gb.norm", "nd.norm"), ["saved"], "clip differs"),
        (SAVED.replace("self.add(X)", "self.add(1)"), ["saved"], "Model differs"),
        ("def other():\n    pass", ["saved"], "does not define other"),
        ("x = 1", ["saved"], "defines no function"),
        ("def clip():\n    pass", [], "also defines clip. Tag the cell"),
        ("def other():\n    pass", [], None),
        ("def clip():\n    pass", ["simplified"], None),
        ("class Model:\n    pass", ["simplified"], "compare Model with gb.Model"),
    ],
)
def test_a_saved_cell_is_the_package_s_code(source, tags, message, tmp_path):
    (tmp_path / "all.py").write_text(PACKAGE)
    (tmp_path / "tests" / "cells").mkdir(parents=True)
    (tmp_path / "tests" / "cells" / "toy.py").write_text("# after a\nassert same(clip, gb.clip)\n")
    content = new_notebook(cells=[code(source, *tags)])
    notebook = guards.Notebook(tmp_path / "chapter_rnn" / "toy.ipynb", content)
    found = [*guards.saved_cells_equal_package(notebook, tmp_path)]
    assert [message in line for line in found] == [True] * (message is not None)


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        ("plot", 'alt="', 'alt="Not: '),
        ("plot", "/>", "/><script>alert()</script>"),
        ("drawing", "<defs>", "<script>alert()</script><defs>"),
        ("drawing", "<g ", '<g onclick="alert()" '),
        ("drawing", 'href="#', 'href="https://example.org/#'),
        ("frames", "alt&quot;: &quot;", "alt&quot;: &quot;Not: "),
        ("frames", "slider.disabled = false", "alert()"),
        ("writer", ";</script>", "; alert();</script>"),
    ],
)
def test_a_figure_is_what_gluonbook_writes(kind, old, new):
    section = "rnn-gluon" if kind == "writer" else "gru"
    begin = "<div " if kind in ("frames", "writer") else "<img "
    notebook = guards.Notebook.read(guards.CHAPTER / f"{section}.ipynb")
    pages = (
        output.data
        for _, cell in guards.cells(notebook, "code")
        for output in cell.outputs
        if "text/html" in output.get("data", {})
    )
    data = next(data for data in pages if data["text/html"].startswith(begin))
    page = data["text/html"]
    if kind == "drawing":
        encoded = page.partition("base64,")[2].partition('"')[0]
        drawing = base64.b64decode(encoded).decode()
        assert old in drawing
        new = base64.b64encode(drawing.replace(old, new, 1).encode()).decode()
        old = encoded
    assert old in page
    data["text/html"] = page.replace(old, new, 1)
    assert "is not what gb.show" in complaint(guards.figures_are_what_gluonbook_writes, notebook)
