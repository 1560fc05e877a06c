"""Each guard accepts a good notebook and complains about one that breaks its rule."""

import base64

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, writes

import gluonbook as gb
from gluonbook.figures import frames, writer
from gluonbook.figures.plots import as_output
from tests.figures.test_frames import curves
from tests.figures.test_writer import TEXT, small_model
from tests.notebooks import guards
from tools.execute import NOTEBOOK_METADATA

ALT = "A curve that falls from forty-three to one in two hundred epochs."
SVG = base64.b64encode("<svg>ÿ/ÿ/ÿ/ÿÿ?</svg>".encode()).decode()
FIGURE = f'<img alt="{ALT}" src="data:image/svg+xml;base64,{SVG}"/>'
SECTION = r"""
# A section

A formula $x_1$, a price of \$5, `$HOME`, `[a link](missing.md)`, [a name](references.md#elman-1990).

$$
x
- y \tag{1}
$$

Here are [another part](other.ipynb#Reading-the-data:-a-start), [this one](#A-section),
[the curve](#cell-id=curve), [a site](https://example.org/a/b) and ![a drawing](a.svg).
"""
EXERCISES = """
## Exercises

1. ★ Read [it](other.ipynb).

   1. Aloud.

2. ★★ Write
   it.
"""
SOLUTIONS = """
## Exercise 1: it

> ★ Read [it](../other.ipynb).
>
> 1. Aloud.

It was read.

## Exercise 2

> Write it.
"""
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


def code(source, *tags, outputs=(), **others):
    metadata = {"tags": list(tags)} if tags else {}
    if "hide-input" in tags:
        metadata["jupyter"] = {"source_hidden": True}
    return new_code_cell(source, metadata=metadata, outputs=list(outputs), **others)


def shown(page, alt=ALT):
    return new_output("display_data", data={"text/html": page, "text/plain": alt})


def printed(text, name="stdout"):
    return new_output("stream", name=name, text=text)


ERROR = new_output("error", ename="ValueError", evalue="no", traceback=[])
WIDGET = new_output("display_data", data={guards.WIDGET: {}})
PNG = new_output("display_data", data={"image/png": "AAAA", "text/plain": ALT})
FRAMES = shown('<figure class="gluonbook-frames"/>', f"{ALT}\nA curve.")


def notebook(*cells, path=guards.CHAPTER / "toy.ipynb"):
    """Return a notebook with these cells, executed in order; a string becomes a Markdown cell."""
    cells = [new_markdown_cell(cell) if isinstance(cell, str) else cell for cell in cells]
    for count, cell in enumerate((c for c in cells if c.cell_type == "code"), start=1):
        cell.execution_count = count
    return guards.Notebook(path, new_notebook(cells=cells, metadata=NOTEBOOK_METADATA))


@pytest.fixture
def good(tmp_path):
    """A notebook in which everything is used that is allowed, stored in a chapter."""
    folder, checks = tmp_path / "chapter_rnn", tmp_path / "tests" / "cells" / "toy.py"
    for needed in (folder / "solutions", checks.parent):
        needed.mkdir(parents=True)
    checks.write_text("# after guess\nassert value > 1\nassert same(clip, gb.clip)\n")
    (folder / "references.md").write_text("# References\n\n## elman-1990\n")
    (folder / "other.ipynb").write_text(
        writes(notebook("# Other\n\n## Reading the data: a `start`").content)
    )
    (folder / "a.svg").write_text("<svg><desc>a drawing</desc></svg>")
    answer(folder, SOLUTIONS)
    section = notebook(
        SECTION,
        code("nd.ones(3)", "nbval-rtol=0.05", outputs=[printed("[1. 1. 1.], ../a/b, <b>/<i>")]),
        code("gb.show(curve)", "hide-input", outputs=[shown(FIGURE)], id="curve"),
        code("value = gb.guess()", "nbval-ignore-output", id="guess"),
        code("x = gb.guess()\nassert x > 1", "nbval-rtol=0.5"),
        code("fail()", "raises-exception", outputs=[ERROR]),
        EXERCISES,
        path=folder / "toy.ipynb",
    )
    section.path.write_text(writes(section.content))
    return guards.Notebook.read(section.path)


def answer(folder, solutions):
    (folder / "solutions" / "toy.ipynb").write_text(writes(notebook(solutions).content))


def test_a_good_notebook_passes(good):
    assert [line for guard in guards.GUARDS for line in guard(good)] == []


def complaint(guard, notebook):
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
        (guards.diagrams_are_described_once, "![another](a.svg)", "a.svg is not its <desc>"),
        (guards.formulas_are_told_from_text, "From $5 to $6.", "does not begin a formula"),
        (guards.formulas_are_told_from_text, "$\alpha$", r"'\x07lpha$'"),
        (guards.links_lead_somewhere, "[a](missing.ipynb)", "leads to no file"),
        (guards.links_lead_somewhere, "![a](missing.svg)", "leads to no file"),
        (guards.links_lead_somewhere, "[a](#there)", "leads to no heading"),
        # One is missing on GitHub, the other in the book.
        (guards.links_lead_somewhere, "[a](references.md#References)", "leads to no heading"),
        (guards.links_lead_somewhere, "[a](references.md#references)", "leads to no heading"),
        (guards.links_lead_somewhere, "[a](#cell-id=guess)", "leads to no heading"),
        (guards.links_lead_somewhere, "[a](/references.md)", "is not relative"),
    ],
)
def test_a_cell_that_breaks_a_rule_is_named(guard, cell, message, good):
    good.content.cells.extend(notebook(cell).content.cells)
    found = complaint(guard, good)
    assert "toy.ipynb, cell 8 (" in found and message in found


def test_executed_in_order(good):
    good.content.cells[2].execution_count = 3
    assert "count is 3, not 2" in complaint(guards.executed_in_order, good)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda content: content.update(nbformat_minor=4), "less than the minimum of 5"),
        (lambda content: content.metadata.kernelspec.update(name="my-env"), "toy.ipynb: its meta"),
        (lambda content: content.cells[2].metadata.pop("jupyter"), "toy.ipynb, cell 3: its"),
    ],
)
def test_stored_as_refreshed(good, spoil, message):
    spoil(good.content)
    assert message in complaint(guards.stored_as_refreshed, good)


def test_checks_name_cells(good):
    good.content.cells[3].id = "gess"
    assert "no code cell 'guess'" in complaint(guards.checks_name_cells, good)


@pytest.mark.parametrize(
    ("asked_of", "old", "new", "message"),
    [
        ("toy.ipynb", "Exercise 2", "Exercise 3", "solutions/toy.ipynb answers ['1', '3']"),
        ("solutions/toy.ipynb", "> 1. Aloud.", "", "the solutions quote 'Read [it].'"),
    ],
)
def test_exercises_are_solved(good, asked_of, old, new, message):
    answer(good.path.parent, SOLUTIONS.replace(old, new))
    asked = guards.Notebook.read(good.path.parent / asked_of)
    assert message in complaint(guards.exercises_are_solved, asked)


def test_exercises_without_solutions_are_not_solved(good):
    (good.path.parent / "solutions" / "toy.ipynb").unlink()
    assert "answers []" in complaint(guards.exercises_are_solved, good)


# --- code and the package ----------------------------------------------------------


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
def test_a_saved_cell_is_the_package_s_code(source, tags, message, good, tmp_path):
    (tmp_path / "all.py").write_text(PACKAGE)
    cells = notebook(code(source, *tags), path=good.path)
    found = [*guards.saved_cells_equal_package(cells, tmp_path)]
    assert [message in line for line in found] == [True] * (message is not None)


# --- figures -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def figures():
    """Return the HTML and the text of a figure of each kind, as the package displays them."""
    found = {"plot": as_output(curves()[0], "It's <b> & c.")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(frames, "display", lambda data, raw: found.update(frames=data))
        gb.show_frames(*curves(), "a < b")
        patch.setattr(writer, "display", lambda data, raw: found.update(writer=data))
        gb.show_writer(small_model(), TEXT, "a <b", samplers=True)
    return {kind: (data["text/html"], data["text/plain"]) for kind, data in found.items()}


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        ("plot", "It", "Is"),
        ("plot", "/>", "/><script>alert()</script>"),
        ("drawing", "<defs>", "<script>alert()</script><defs>"),
        ("drawing", "<g ", '<g onclick="alert()" '),
        ("drawing", 'href="#', 'href="https://example.org/#'),
        ("frames", "x to the power 2", "y to the power 2"),
        ("frames", "slider.disabled = false", "alert()"),
        ("writer", ";</script>", "; alert();</script>"),
    ],
)
def test_a_figure_is_what_gluonbook_writes(kind, old, new, figures):
    page, alt = figures["plot" if kind == "drawing" else kind]
    assert guards.is_figure(page, alt)
    if kind == "drawing":
        encoded = page.partition("base64,")[2].partition('"')[0]
        drawing = base64.b64decode(encoded).decode()
        assert old in drawing
        spoilt = base64.b64encode(drawing.replace(old, new, 1).encode()).decode()
        old, new = encoded, spoilt
    assert old in page
    bad = notebook(code("1", outputs=[shown(page.replace(old, new, 1), alt)]))
    assert "is not what gb.show" in complaint(guards.figures_are_what_gluonbook_writes, bad)
