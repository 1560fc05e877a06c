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


def shown(page):
    return new_output("display_data", data={"text/html": page, "text/plain": ALT})


def printed(text, name="stdout"):
    return new_output("stream", name=name, text=text)


ERROR = new_output("error", ename="ValueError", evalue="no", traceback=[])


def notebook(*cells, path=guards.CHAPTER / "toy.ipynb"):
    """Return a notebook with these cells, executed in order; a string becomes a Markdown cell."""
    cells = [new_markdown_cell(cell) if isinstance(cell, str) else cell for cell in cells]
    for count, cell in enumerate((c for c in cells if c.cell_type == "code"), start=1):
        cell.execution_count = count
    return guards.Notebook(path, new_notebook(cells=cells, metadata=NOTEBOOK_METADATA))


def complaint(guard, *args):
    """Return the complaint of a guard, of which there must be one."""
    (found,) = guard(*args)
    return found


@pytest.fixture
def package(tmp_path):
    (tmp_path / "all.py").write_text(PACKAGE)
    return tmp_path


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
    (folder / "solutions" / "toy.ipynb").write_text(writes(notebook(SOLUTIONS).content))
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


@pytest.mark.parametrize("guard", guards.GUARDS, ids=lambda guard: guard.__name__)
def test_a_good_notebook_passes(guard, good):
    assert list(guard(good)) == []


# --- what is stored ----------------------------------------------------------------


@pytest.mark.parametrize("count", [None, 3])
def test_executed_in_order(good, count):
    good.content.cells[2].execution_count = count
    assert f"count is {count}, not 2" in complaint(guards.executed_in_order, good)


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (ERROR, "is an error"),
        (printed("UserWarning: reading the stand-in text", "stderr"), "stand-in text"),
        (new_output("display_data", data={guards.WIDGET: {}}), "widget"),
        (printed("read /home/ada/book/a.txt\n"), "path '/home/ada/book/a.txt'"),
        (shown("<p>'/data/a'</p>"), "path '/data/a'"),
    ],
)
def test_outputs_are_clean(output, message):
    found = complaint(guards.outputs_are_clean, notebook("# A", code("fail()", outputs=[output])))
    assert "cell 2 ('fail()')" in found and message in found


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


# --- code and the package ----------------------------------------------------------


@pytest.mark.parametrize("source", [SAVED, PACKAGE], ids=["bare", "as in the package"])
def test_saved_cells_equal_package(package, source):
    good = notebook(code(source, "saved"), code("def other():\n    pass"))
    assert not list(guards.saved_cells_equal_package(good, package))


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("/ theta", "* theta", "clip"),
        ("theta=1.0", "theta=2.0", "clip"),
        ("gb.norm", "nd.norm", "clip"),
        ("self.add(X)", "self.add(1)", "Model"),
        ("Model(Block)", "Model(HybridBlock)", "Model"),
    ],
)
def test_a_saved_cell_differs_from_package(package, old, new, name):
    bad = notebook(code(SAVED.replace(old, new), "saved"))
    found = complaint(guards.saved_cells_equal_package, bad, package)
    assert f"{name} differs from gluonbook's:\n--- gluonbook\n+++ cell" in found


@pytest.mark.parametrize(
    ("source", "tags", "message"),
    [
        ("def other():\n    pass", ["saved"], "does not define other"),
        ("x = 1", ["saved"], "defines no function"),
        ("def clip():\n    pass", [], "also defines clip. Tag the cell"),
        ("def clip():\n    pass", ["simplified"], None),
        ("class Model:\n    pass", ["simplified"], "compare Model with gb.Model"),
        ("def other():\n    pass", ["simplified"], "compare other with gb.other"),
    ],
)
def test_a_tag_is_where_it_belongs(good, package, source, tags, message):
    found = [
        *guards.saved_cells_equal_package(notebook(code(source, *tags), path=good.path), package)
    ]
    assert [message in complaint for complaint in found] == [True] * (message is not None)


@pytest.mark.parametrize("tag", ["nbval-ignore-output", "nbval-rtol=0.5"])
@pytest.mark.parametrize("source", ["x = gb.guess()", "assert True"])
def test_uncompared_cells_assert(source, tag):
    found = complaint(guards.uncompared_cells_assert, notebook(code(source, tag)))
    assert "needs an assert" in found


def test_checks_name_cells(good):
    good.content.cells[3].id = "gess"
    found = list(guards.checks_name_cells(good))
    assert any("no code cell 'guess'" in line for line in found)
    assert "# after gess" in complaint(guards.uncompared_cells_assert, good)


@pytest.mark.parametrize("tag", ["nbval-skip", "nbval-tol=0.1", "Saved"])
def test_tags_are_known(tag):
    assert repr(tag) in complaint(guards.tags_are_known, notebook(code("1", tag)))


# --- text and pictures -------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "Exercise 2",
            "Exercise 3",
            "exercises ['1', '2'], solutions/toy.ipynb answers ['1', '3']",
        ),
        ("> Write it.", "> Write", "exercise 2 is 'Write it.', the solutions quote 'Write'"),
        ("> 1. Aloud.", "", "the solutions quote 'Read [it].'"),
    ],
)
@pytest.mark.parametrize("asked_of", ["toy.ipynb", "solutions/toy.ipynb"])
def test_exercises_are_solved(good, old, new, message, asked_of):
    path = good.path.parent / "solutions" / "toy.ipynb"
    path.write_text(writes(notebook(SOLUTIONS.replace(old, new)).content))
    asked = guards.Notebook.read(good.path.parent / asked_of)
    assert message in complaint(guards.exercises_are_solved, asked)


def test_exercises_without_solutions_are_not_solved(good):
    (good.path.parent / "solutions" / "toy.ipynb").unlink()
    assert "answers []" in complaint(guards.exercises_are_solved, good)


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


def complaints_about(page, alt):
    output = new_output("display_data", data={"text/html": page, "text/plain": alt})
    return list(guards.figures_are_what_gluonbook_writes(notebook(code("1", outputs=[output]))))


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        ("plot", "It", "Is"),
        ("plot", "/>", "/><script>alert()</script>"),
        ("plot", "base64,", "base64,_"),
        ("drawing", "<defs>", "<script>alert()</script><defs>"),
        ("drawing", "<g ", '<g onclick="alert()" '),
        ("drawing", 'href="#', 'href="https://example.org/#'),
        ("frames", "x to the power 2", "y to the power 2"),
        ("frames", "slider.disabled = false", "alert()"),
        ("writer", ";</script>", "; alert();</script>"),
        ("writer", "A figure", "Figures"),
    ],
)
def test_a_figure_is_what_gluonbook_writes(kind, old, new, figures):
    page, alt = figures["plot" if kind == "drawing" else kind]
    assert not complaints_about(page, alt)
    before = page.partition("base64,")[2].partition('"')[0] if kind == "drawing" else page
    content = base64.b64decode(before).decode() if kind == "drawing" else page
    assert old in content
    after = content.replace(old, new, 1)
    if kind == "drawing":
        after = base64.b64encode(after.encode()).decode()
    (found,) = complaints_about(page.replace(before, after), alt)
    assert "is not what gb.show" in found


FRAMES = new_output(
    "display_data",
    data={"text/html": '<figure class="gluonbook-frames"/>', "text/plain": f"{ALT}\nA curve."},
)


@pytest.mark.parametrize(
    ("output", "alt"),
    [
        (new_output("display_data", data={"image/png": "AAAA", "text/plain": ALT}), "''"),
        (shown('<img src="data:image/svg+xml;base64,AA=="/>'), "''"),
        (shown('<img alt="A curve." src="data:image/svg+xml;base64,AA=="/>'), "'A curve.'"),
        (FRAMES, "'A curve.'"),
    ],
)
def test_generated_figures_have_alt_text(output, alt):
    bad = notebook(code("plot()", outputs=[output]))
    assert f"its figure is {alt}" in complaint(guards.figures_have_alt_text, bad)


def test_drawn_figures_have_alt_text():
    bad = notebook("`![](a.svg)`, ![A curve](a.svg), ![ ](b.svg)")
    assert "the image b.svg has no alt text" in complaint(guards.figures_have_alt_text, bad)


def test_diagrams_are_described_once(good):
    (good.path.parent / "a.svg").write_text("<svg><desc>something else</desc></svg>")
    found = complaint(guards.diagrams_are_described_once, good)
    assert "the alt text of a.svg is not its <desc>" in found


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("From $5 to $6.", "does not begin a formula"),
        ("$$ left open", "does not begin a formula"),
        ("$\alpha$, and\nan end of a line", r"'\x07lpha$"),
    ],
)
def test_formulas_are_told_from_text(text, message):
    assert message in complaint(guards.formulas_are_told_from_text, notebook(text))


@pytest.mark.parametrize(
    ("link", "problem"),
    [
        ("[a](missing.ipynb)", "leads to no file"),
        ("![a](missing.svg)", "leads to no file"),
        ("[a](references.md#cho)", "leads to no heading"),
        ("[a](references.md#References)", "leads to no heading"),  # not on GitHub
        ("[a](references.md#references)", "leads to no heading"),  # not in the book
        ("[a](other.ipynb#reading-the-data)", "leads to no heading"),
        ("[a](#there)", "leads to no heading"),
        ("[a](#cell-id=guess)", "leads to no heading"),
        ("[a](/references.md)", "is not relative"),
    ],
)
def test_links_lead_somewhere(good, link, problem):
    good.content.cells.append(new_markdown_cell(link))
    assert problem in complaint(guards.links_lead_somewhere, good)
