"""Each guard is content with a good notebook, and complains about one that breaks its rule."""

import ast
import inspect

import pytest
from nbformat.v4 import (
    new_code_cell,
    new_markdown_cell,
    new_notebook,
    new_output,
    writes,
)

from tests.notebooks import __main__ as command_line
from tests.notebooks import guards

OPENING = """# A section

After this section you will be able to read. It runs in half a minute.
"""
ALT = "A curve that falls from forty-three to one in two hundred epochs."
ENDING = """## Summary

It was short.

## Exercises

1. Read it.

   1. Aloud.

2. Write it.
"""
PACKAGE = '''
def clip(params: list, theta: float = 1.0) -> None:
    """Clip."""
    from mxnet import nd
    return norm(params) / theta


class Model(Block):
    """Compute."""

    size: int
    depth: int = 1

    def forward(self, X: NDArray) -> NDArray:
        """Go forward."""
        return clip(X)
'''


def executed(source, *tags, outputs=()):
    metadata = {"tags": list(tags)} if tags else {}
    if guards.FOLDED & set(tags):
        metadata["jupyter"] = {"source_hidden": True}
    return new_code_cell(source, metadata=metadata, outputs=list(outputs))


def shown(text):
    return new_output("execute_result", data={"text/plain": text}, execution_count=1)


def figure(alt=ALT, mime="image/svg+xml"):
    return new_output(
        "display_data",
        data={mime: "<svg/>", "text/plain": alt},
        metadata={mime: {"alt": alt}} if alt else {},
    )


def notebook(*cells, path=guards.CHAPTER / "toy.ipynb"):
    """Make a notebook with these cells, executed in order."""
    content = new_notebook(cells=list(cells), metadata=guards.NOTEBOOK_METADATA)
    code = [cell for cell in cells if cell.cell_type == "code"]
    for count, cell in enumerate(code, start=1):
        cell.execution_count = count
    return guards.Notebook(path, content)


def complaint(guard, *args, **kwargs):
    """Return the only complaint of a guard."""
    (found,) = guard(*args, **kwargs)
    return found


@pytest.fixture
def package(tmp_path):
    folder = tmp_path / "package"
    folder.mkdir()
    (folder / "all.py").write_text(PACKAGE)
    return folder


@pytest.fixture
def good():
    drawing = executed("gb.show(curve)", "hide-input", outputs=[figure()])
    drawing.id = "curve"
    return notebook(
        new_markdown_cell(OPENING),
        executed("import gluonbook as gb"),
        new_markdown_cell(r"A formula $x_1$, a price of \$5, `$HOME`, [a link](#A-section)."),
        executed("nd.ones(3)", "nbval-rtol=0.05", outputs=[shown("[1. 1. 1.]")]),
        new_markdown_cell("It falls in [the curve](#cell-id=curve)."),
        drawing,
        executed("value = gb.guess()\nassert value, 'no guess'", "nbval-ignore-output"),
        new_markdown_cell(ENDING),
    )


# --- all guards --------------------------------------------------------------------


@pytest.mark.parametrize("guard", guards.GUARDS, ids=lambda guard: guard.__name__)
def test_a_good_notebook_passes(guard, good, tmp_path):
    if guard is guards.links_lead_somewhere:
        path = tmp_path / "toy.ipynb"
        path.write_text(writes(good.content))
        good = guards.Notebook.read(path)
    assert list(guard(good)) == []


def test_no_guard_is_forgotten():
    yields_complaints = {
        function
        for _, function in inspect.getmembers(guards, inspect.isfunction)
        if function.__annotations__.get("return") is guards.Complaints
    }
    assert {*guards.GUARDS, guards.exercises_are_solved} == yields_complaints


# --- stored outputs ----------------------------------------------------------------


@pytest.mark.parametrize("count", [None, 1, 3])
def test_executed_in_order(good, count):
    good.content.cells[3].execution_count = count
    assert f"count is {count}, not 2" in complaint(guards.executed_in_order, good)


def test_without_errors():
    error = new_output("error", ename="ValueError", evalue="no", traceback=[])
    found = complaint(guards.without_errors, notebook(executed("fail()", outputs=[error])))
    assert "cell 1 ('fail()')" in found
    assert "is an error" in found
    lesson = notebook(executed("fail()", "raises-exception", outputs=[error]))
    assert list(guards.without_errors(lesson)) == []


def test_without_stderr():
    warning = new_output("stream", name="stderr", text="UserWarning: reading the stand-in text")
    found = complaint(guards.without_stderr, notebook(executed("load()", outputs=[warning])))
    assert "stand-in" in found


def test_without_transient_state_in_notebook_metadata(good):
    good.content.metadata["kernelspec"]["name"] = "my-env"
    assert "my-env" in complaint(guards.without_transient_state, good)


@pytest.mark.parametrize("tag", ["hide-input", "saved"])
def test_jupyterlab_folds_what_the_book_folds(tag):
    cell = executed("1", tag)
    assert not list(guards.without_transient_state(notebook(cell)))
    other = {} if tag == "hide-input" else {"source_hidden": True}
    cell.metadata["jupyter"] = other
    assert "JupyterLab folds" in complaint(guards.without_transient_state, notebook(cell))


def test_without_transient_state_in_cell_metadata(good):
    good.content.cells[1].metadata["execution"] = {"iopub.execute_input": "2026-11-25T01:00"}
    assert "['execution']" in complaint(guards.without_transient_state, good)


def test_without_transient_state_in_outputs():
    widget = new_output("display_data", data={guards.WIDGET: {}, "text/plain": "0%"})
    found = complaint(guards.without_transient_state, notebook(executed("bar", outputs=[widget])))
    assert "widget" in found
    timed = new_output("display_data", data={"text/plain": "1"}, metadata={"time": 1})
    found = complaint(guards.without_transient_state, notebook(executed("1", outputs=[timed])))
    assert "['time']" in found


@pytest.mark.parametrize(
    ("spoil", "complaint_about_it"),
    [
        (lambda content: content.update(nbformat_minor=4), "less than the minimum of 5"),
        (lambda content: content.cells[2].pop("id"), "missing an id"),
        (lambda content: content.cells[2].update(id=content.cells[0].id), "Non-unique cell id"),
        (lambda content: content.cells[1].update(colour="red"), "'colour' was unexpected"),
    ],
    ids=["older format", "no id", "one id for two cells", "unknown field"],
)
def test_of_valid_format(good, spoil, complaint_about_it):
    spoil(good.content)
    assert complaint_about_it in complaint(guards.of_valid_format, good)


@pytest.mark.parametrize(
    "path", ["/home/ada/book/data/a.txt", "/data/a", r"C:\Users\ada", "file:///a"]
)
def test_without_absolute_paths(path):
    in_output = executed("print(path)", outputs=[new_output("stream", text=f"read {path}\n")])
    in_code, in_text = executed(f"open(r'{path}')"), new_markdown_cell(f"See `{path}`.")
    for cell in (in_output, in_code, in_text):
        assert "absolute path" in complaint(guards.without_absolute_paths, notebook(cell))


@pytest.mark.parametrize(
    "text",
    ["https://example.org/a/b", "<b>a</b>/<i>b</i>", "../a/b", "data:image/png;base64,/9j/4A/k/x="],
)
def test_what_is_no_absolute_path(text):
    assert list(guards.without_absolute_paths(notebook(new_markdown_cell(text)))) == []


# --- code and the package ----------------------------------------------------------


SAVED = """
def clip(params, theta=1.0):
    return gb.norm(params) / theta


class Model(Block):
    size: "a number"
    depth = 1

    def forward(self, X):
        return gb.clip(X)
"""


@pytest.mark.parametrize("source", [SAVED, PACKAGE], ids=["bare", "as in the package"])
def test_saved_cells_equal_package(package, source):
    good = notebook(executed("%precision 3\n" + source, "saved"))
    assert list(guards.saved_cells_equal_package(good, package)) == []


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("/ theta", "* theta", "clip"),
        ("theta=1.0", "theta=2.0", "clip"),
        ("gb.norm", "nd.norm", "clip"),
        ("return gb.clip(X)", "return X", "Model"),
        ("depth = 1", "depth = 2", "Model"),
        ("Model(Block)", "Model(HybridBlock)", "Model"),
    ],
)
def test_a_saved_cell_differs_from_package(package, old, new, name):
    bad = notebook(executed(SAVED.replace(old, new), "saved"))
    found = complaint(guards.saved_cells_equal_package, bad, package)
    assert f"{name} differs from gluonbook's" in found


def test_the_difference_is_shown(package):
    bad = notebook(executed(SAVED.replace("/ theta", "* theta"), "saved"))
    found = complaint(guards.saved_cells_equal_package, bad, package)
    assert "-    return norm(params) / theta" in found
    assert "+    return norm(params) * theta" in found


@pytest.mark.parametrize(
    ("source", "message"),
    [("def other():\n    pass", "does not define other"), ("x = 1", "defines no function")],
)
def test_a_saved_cell_defines_what_is_in_the_package(package, source, message):
    bad = notebook(executed(source, "saved"))
    assert message in complaint(guards.saved_cells_equal_package, bad, package)


def test_package_definitions_are_tagged(package):
    bad = notebook(executed(SAVED))
    found = complaint(guards.package_definitions_are_tagged, bad, package)
    assert "['Model', 'clip']" in found
    good = notebook(executed(SAVED, "saved"), executed("def other():\n    pass"))
    assert list(guards.package_definitions_are_tagged(good, package)) == []


def test_what_the_chapter_does_not_teach_may_have_its_name_in_a_notebook_too():
    taught = guards.package_definitions(guards.PACKAGE)
    assert "data_iter_random" in taught
    assert "typed" in guards.definitions(
        ast.parse((guards.PACKAGE / "owntext" / "cli.py").read_text())
    )
    good = notebook(executed("def typed(text):\n    return len(text)"))
    assert list(guards.package_definitions_are_tagged(good)) == []


@pytest.mark.parametrize("source", ["guess()  # assert", "guess()\nassert True, 'good'"])
@pytest.mark.parametrize("tag", ["nbval-ignore-output", "nbval-rtol=0.5"])
def test_uncompared_cells_assert(source, tag):
    bad = notebook(executed(source, tag))
    assert "needs an assert" in complaint(guards.uncompared_cells_assert, bad)
    assert not list(guards.uncompared_cells_assert(notebook(executed(source, "nbval-rtol=0.4"))))


@pytest.fixture
def beside(tmp_path):
    """A notebook with one cell `guess` that is not compared, and a function to write its checks."""
    cell = executed("value = guess()", "nbval-ignore-output")
    cell.id = "guess"
    path = tmp_path / "tests" / "cells" / "toy.py"
    path.parent.mkdir(parents=True)
    return notebook(cell, path=tmp_path / "chapter_rnn" / "toy.ipynb"), path.write_text


def test_an_uncompared_cell_may_have_its_assert_beside_it(beside):
    content, write = beside
    write("# after guess\nassert value > 1\n")
    assert list(guards.uncompared_cells_assert(content)) == []
    write("# after guess\nassert 1\n")
    assert "# after guess" in complaint(guards.uncompared_cells_assert, content)


def test_checks_name_cells(beside):
    content, write = beside
    write("# after guess\nassert value > 1\n# after gess\nassert value < 9\n")
    assert "no code cell 'gess'" in complaint(guards.checks_name_cells, content)


def test_without_control_characters():
    bad = notebook(new_markdown_cell("$\alpha$, and\nan end of a line"))
    assert r"'\x07lpha$" in complaint(guards.without_control_characters, bad)


@pytest.mark.parametrize("tag", ["nbval-skip", "nbval-tol=0.1", "Saved", "read-text"])
def test_tags_are_known(tag):
    assert repr(tag) in complaint(guards.tags_are_known, notebook(executed("1", tag)))


def test_comments_are_no_tags():
    bad = notebook(executed("# NBVAL_SKIP\n1"))
    assert "comment for nbval" in complaint(guards.tags_are_known, bad)


# --- text and pictures -------------------------------------------------------------


def test_exercises_are_numbered_over_several_cells():
    parts = ["1. No exercise.\n\n## Exercises\n\n1. Do.", "2. Undo.\n\n    1. Now.", "3. Redo."]
    good = notebook(*map(new_markdown_cell, parts))
    assert guards.exercise_numbers(good) == [1, 2, 3]


@pytest.mark.parametrize("answers", [[1], [1, 2, 3], [2, 1], []])
def test_exercises_are_solved(good, answers):
    solutions = notebook(*[new_markdown_cell(f"## Exercise {n}: it") for n in answers])
    assert f"answers {answers}" in complaint(guards.exercises_are_solved, good, solutions)


def test_all_exercises_are_solved(good):
    solutions = notebook(new_markdown_cell("## Exercise 1\n\n## Exercise 2"))
    assert list(guards.exercises_are_solved(good, solutions)) == []


@pytest.mark.parametrize("mime", ["image/svg+xml", "image/png"])
@pytest.mark.parametrize("alt", ["", "A curve."])
def test_generated_figures_have_alt_text(mime, alt):
    bad = notebook(executed("plot()", outputs=[figure(alt, mime)]))
    assert repr(alt) in complaint(guards.figures_have_alt_text, bad)


@pytest.mark.parametrize("attribute", ["", 'alt="" ', 'alt="A curve." '])
def test_pictures_in_generated_html_have_alt_text(attribute):
    data = {"text/html": f'<img {attribute}src="data:image/svg+xml;base64,AA=="/>'}
    bad = notebook(executed("plot()", outputs=[new_output("display_data", data=data)]))
    assert "has no alt text, or a short one" in complaint(guards.figures_have_alt_text, bad)


def test_every_frame_of_a_figure_with_a_slider_has_alt_text():
    long = "A curve that rises, and then falls."
    data = {"text/html": '<figure class="gluonbook-frames"/>', "text/plain": f"{long}\nA curve."}
    bad = notebook(executed("move()", outputs=[new_output("display_data", data=data)]))
    assert "'A curve.'" in complaint(guards.figures_have_alt_text, bad)


@pytest.mark.parametrize(
    "image",
    ["![](figures/a.svg)", "![ ](figures/a.svg)", '<img src="a.svg">', '<img src="a.svg" alt="">'],
)
def test_drawn_figures_have_alt_text(image):
    bad = notebook(new_markdown_cell(f"Look: {image}"))
    assert "no alt text" in complaint(guards.figures_have_alt_text, bad)


@pytest.mark.parametrize(
    "image", ["![A curve](a.svg)", '<img alt="A curve" src="a.svg">', "`![](a.svg)`"]
)
def test_an_alt_text_suffices(image):
    assert list(guards.figures_have_alt_text(notebook(new_markdown_cell(image)))) == []


@pytest.mark.parametrize(
    "text", ["It costs $5.", "From $5 to $6.", "Spaces $ x $ around.", "$$ left open"]
)
def test_dollars_are_escaped(text):
    bad = notebook(new_markdown_cell(text))
    assert "begins no formula" in complaint(guards.dollars_are_escaped, bad)


@pytest.mark.parametrize(
    "text",
    [
        r"It costs \$5.",
        "With $x_1$, $x_2$ and $a*b*c$.",
        "$$\nx\n- y\n= z \\tag{1}\n$$",
        "`$HOME`",
        "```\n$HOME\n```",
        "| a | $b$ |\n|---|---|\n| $c$ | d |",
    ],
)
def test_formulas_and_code_may_have_dollars(text):
    assert list(guards.dollars_are_escaped(notebook(new_markdown_cell(text)))) == []


@pytest.fixture
def folder(tmp_path):
    page = "# References\n\n## elman-1990\n\n## hidden state\n"
    (tmp_path / "references.md").write_text(page)
    other = notebook(new_markdown_cell("# Other\n\n## Reading the data: a `start`"))
    (tmp_path / "other.ipynb").write_text(writes(other.content))
    (tmp_path / "a.svg").write_text("<svg/>")
    return tmp_path


def linking(folder, link):
    path = folder / "toy.ipynb"
    content = notebook(new_markdown_cell(f"# Here\n\n{link}")).content
    path.write_text(writes(content))
    return guards.Notebook.read(path)


@pytest.mark.parametrize(
    ("link", "problem"),
    [
        ("[a](missing.ipynb)", "leads to no file"),
        ("![a](missing.svg)", "leads to no file"),
        ('<img src="missing.svg" alt="a">', "leads to no file"),
        ('<a href="missing.md">a</a>', "leads to no file"),
        ("[a](references.md#cho)", "leads to no heading"),
        ("[a](references.md#References)", "leads to no heading"),  # not on GitHub
        ("[a](references.md#references)", "leads to no heading"),  # not in the book
        ("[a](other.ipynb#Here)", "leads to no heading"),
        ("[a](other.ipynb#reading-the-data)", "leads to no heading"),
        ("[a](#there)", "leads to no heading"),
        ("[a](#cell-id=there)", "leads to no heading"),
        ("[a](/references.md)", "is not relative"),
        ('<a href="file:references.md">a</a>', "is not relative"),
    ],
)
def test_links_lead_somewhere(folder, link, problem):
    assert problem in complaint(guards.links_lead_somewhere, linking(folder, link))


@pytest.mark.parametrize(
    "link",
    [
        "[a](other.ipynb)",
        "[a](other.ipynb#Reading-the-data:-a-start)",
        "[a](references.md#elman-1990)",
        "[a](references.md#hidden-state)",
        "[a](#Here)",
        "![a](a.svg)",
        "[a](https://example.org/missing)",
        "`[a](missing.md)`",
    ],
)
def test_a_link_may_lead_there(folder, link):
    assert list(guards.links_lead_somewhere(linking(folder, link))) == []


@pytest.mark.parametrize(("output", "problems"), [(figure(), 0), (shown("1"), 1)])
def test_a_link_may_lead_to_a_cell_with_a_figure(folder, output, problems):
    there = linking(folder, "[a](#cell-id=curves)")
    there.content.cells.append(executed("draw()", outputs=[output]))
    there.content.cells[1].id = "curves"
    there.path.write_text(writes(there.content))
    assert len(list(guards.links_lead_somewhere(there))) == problems


def test_a_section_is_checked_by_itself_in_plain_lines(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(guards, "CHAPTER", tmp_path)
    path = tmp_path / "toy.ipynb"
    path.write_text(writes(new_notebook(cells=[new_markdown_cell("# A section", id="a")])))
    monkeypatch.setattr("sys.argv", ["tests.notebooks", str(path)])
    assert command_line.main() == 1
    assert "toy.ipynb: its metadata is" in capsys.readouterr().out
