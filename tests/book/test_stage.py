"""book/making/stage.py: which files the book is made from."""

import html
import json
import re
import subprocess
import sys

import pytest

from book import chapter
from book.figure_html import SVG
from book.making import stage

PROJECT = '[project.urls]\nRepository = "https://github.com/someone/a-book"\n'
REPORT = "epoch 50, perplexity 4.1, time 0.1 sec\n - traveller was\n - time traveller is\n"


def printed(text):
    return {"output_type": "stream", "name": "stdout", "text": text.splitlines(keepends=True)}


def displayed(alt):
    """Return an output as gluonbook.show makes it."""
    page = f'<img alt="{html.escape(alt)}" src="data:image/svg+xml;base64,PHN2Zy8+"/>'
    data = {"text/html": [page], "text/plain": [alt]}
    return {"output_type": "display_data", "data": data, "metadata": {}}


def writing(model="{}", name="f00"):
    """Return an output as gluonbook.show_writer makes it."""
    page = (
        f'<figure class="gluonbook-writer" data-model="{name}">\n<form>It writes.</form></figure>\n'
        f'<style>\n</style><script class="gluonbook-model">{model}</script><script>run()</script>'
    )
    return {"output_type": "display_data", "data": {"text/html": page.splitlines(keepends=True)}}


def write_section(root, name, *outputs):
    """Add a section and the link to it."""
    write_notebook(root / "chapter_rnn" / f"{name}.ipynb", *outputs)
    index = root / "chapter_rnn" / "index.md"
    index.write_text(f"{index.read_text()}\n[{name}]({name}.ipynb)\n")


def write_notebook(path, *outputs):
    cell = {
        "cell_type": "code",
        "execution_count": 1,
        "id": "a",
        "metadata": {"tags": ["saved"]},
        "outputs": list(outputs),
        "source": ["1 + 1"],
    }
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook))


@pytest.fixture
def repository(tmp_path):
    """Return a small repository with one section."""
    root = tmp_path / "repository"
    root.mkdir()
    (root / "README.md").write_text("# A repository\n")
    chapter = root / "chapter_rnn"
    write_notebook(chapter / "rnn-gluon.ipynb", printed(REPORT), writing())
    (chapter / "figures").mkdir()
    (chapter / "figures" / "layer.svg").write_text("<svg/>")
    (chapter / "index.md").write_text("# Chapter\n\n[Section](rnn-gluon.ipynb)\n")
    (root / "pyproject.toml").write_text(PROJECT)
    (root / "book" / "chapter_rnn" / "solutions").mkdir(parents=True)
    (root / "book" / "index.md").write_text("# Book\n")
    (root / "gluonbook" / "figures").mkdir(parents=True)
    for name in stage.PROGRAMS:
        (root / "gluonbook" / "figures" / name).write_text(name)
    (root / "book" / "chapter_rnn" / "solutions" / "index.md").write_text("# Solutions\n")
    return root


@pytest.fixture
def staged(repository):
    """Return a function that stages the repository and returns the files it made."""

    def stage_it(notebooks=None):
        target = repository / "_build" / "source"
        stage.stage(repository, notebooks or repository / "chapter_rnn", target)
        return {
            path.relative_to(target).as_posix(): path.read_text()
            for path in target.rglob("*")
            if path.is_file()
        }

    return stage_it


def test_the_book_is_pages_notebooks_figures_and_the_report(staged):
    assert set(staged()) == {
        "README.md",
        "address.txt",
        "index.md",
        "chapter_rnn/index.md",
        "chapter_rnn/rnn-gluon.ipynb",
        "chapter_rnn/figures/layer.svg",
        "chapter_rnn/sample.txt",
        "chapter_rnn/training-report.txt",
        "chapter_rnn/writer.html",
        "_static/model-f00.js",
        *(f"_static/{name}" for name in stage.PROGRAMS),
    }


def test_the_contents_of_the_solutions_name_each_section(repository, staged):
    write_section(repository, "other")
    for name, title in (("rnn-gluon", "# Solutions: A *model*"), ("other", "# Answers")):
        path = repository / "chapter_rnn" / "solutions" / f"{name}.ipynb"
        write_notebook(path)
        notebook = json.loads(path.read_text())
        text = {"cell_type": "markdown", "id": "b", "metadata": {}, "source": [f"{title}\n", "."]}
        path.write_text(json.dumps(notebook | {"cells": [text, *notebook["cells"]]}))
    contents = staged()["chapter_rnn/solutions/index.md"]
    assert "\nA *model* <rnn-gluon>\nother\n" in contents


def test_a_book_with_another_address_is_built_again(staged, monkeypatch):
    before = staged()
    monkeypatch.setenv("GITHUB_REPOSITORY", "another/fork")
    after = staged()
    assert [name for name in after if after[name] != before[name]] == ["address.txt"]


def test_only_what_differs_is_written(repository, staged):
    staged()
    target = repository / "_build" / "source"
    before = {path: path.stat().st_mtime_ns for path in target.rglob("*") if path.is_file()}
    (repository / "book" / "index.md").write_text("# Another book\n")
    assert staged()["index.md"] == "# Another book\n"
    changed = [path.name for path, time in before.items() if path.stat().st_mtime_ns != time]
    assert changed == ["index.md"]


def test_what_is_gone_from_the_repository_goes_from_the_book(repository, staged):
    write_section(repository, "bptt")
    assert "chapter_rnn/bptt.ipynb" in staged()
    (repository / "chapter_rnn" / "bptt.ipynb").unlink()
    assert "chapter_rnn/bptt.ipynb" not in staged()


def test_executed_copies_take_the_place_of_stored_outputs(repository, staged, tmp_path):
    write_notebook(
        tmp_path / "executed" / "rnn-gluon.ipynb", printed(REPORT.replace("4.1", "3.9")), writing()
    )
    write_notebook(tmp_path / "executed" / "gone.ipynb")
    files = staged(tmp_path / "executed")
    assert "chapter_rnn/gone.ipynb" not in files
    assert "perplexity 3.9" in files["chapter_rnn/rnn-gluon.ipynb"]
    assert "perplexity 3.9" in files["chapter_rnn/training-report.txt"]


def test_a_notebook_that_was_not_executed_is_named(staged, tmp_path):
    with pytest.raises(ValueError, match=r"rnn-gluon\.ipynb is missing: `make` executes"):
        staged(tmp_path / "executed")


def test_a_figure_becomes_a_drawing_with_an_alt_text_and_nothing_else_changes(repository, staged):
    write_section(repository, "bptt", printed("text\n"), displayed('It "falls".'))
    before = json.loads((repository / "chapter_rnn" / "bptt.ipynb").read_text())
    after = json.loads(staged()["chapter_rnn/bptt.ipynb"])
    (cell,) = after["cells"]
    assert cell["metadata"].pop("mystnb") == {"image": {"alt": 'It "falls".'}}
    output = cell["outputs"].pop()
    assert output["data"] == {SVG: "<svg/>", "text/plain": ['It "falls".']}
    before["cells"][0]["outputs"].pop()
    assert after == before


def test_two_figures_in_one_cell_are_refused(repository, staged):
    write_section(repository, "bptt", displayed("One."), displayed("Two."))
    with pytest.raises(ValueError, match=r"bptt\.ipynb: cell 0 shows 2 figures; show one a cell"):
        staged()


def test_the_table_of_contents_follows_the_links_of_the_chapter_s_page(repository, staged):
    chapter = repository / "chapter_rnn"
    for name in ("bptt", "lstm"):
        write_notebook(chapter / f"{name}.ipynb")
    (chapter / "glossary.md").write_text("# Glossary\n")
    (chapter / "index.md").write_text(
        "# Chapter\n\n[b](lstm.ipynb) [a](rnn-gluon.ipynb) [words](glossary.md) [c](bptt.ipynb)\n"
        "[again](lstm.ipynb) [elsewhere](https://example.org/other.ipynb)\n"
    )
    contents = staged()["chapter_rnn/index.md"]
    assert "```{toctree}\n:hidden:\n:numbered:\n\nlstm\nrnn-gluon\nbptt\n```" in contents
    assert "```{toctree}\n:hidden:\n\nglossary\n```" in contents


@pytest.mark.parametrize("name", ["bptt.ipynb", "glossary.md"])
def test_a_page_that_no_link_leads_to_is_refused(repository, staged, name):
    (repository / "chapter_rnn" / name).write_text('{"cells": []}')
    with pytest.raises(ValueError, match=rf"{name} is in no table of contents: link it"):
        staged()


def test_the_report_is_that_of_the_last_training_run(repository, staged):
    first, last = REPORT, REPORT.replace("4.1", "1.3")
    write_notebook(
        repository / "chapter_rnn" / "rnn-gluon.ipynb",
        printed(first),
        writing(),
        printed(f"a line before\n{last}a line after\n"),
    )
    notebook = repository / "chapter_rnn" / "rnn-gluon.ipynb"
    content = json.loads(notebook.read_text())
    second_cell = dict(content["cells"][0], outputs=[content["cells"][0]["outputs"].pop()])
    content["cells"].append(second_cell)
    notebook.write_text(json.dumps(content))
    assert staged()["chapter_rnn/training-report.txt"] == last


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        ([], "no stored training report: `make refresh`"),
        ([printed(REPORT)], "no figure that writes: `make refresh`"),
    ],
)
def test_a_flagship_that_was_not_run_says_what_to_do(repository, staged, outputs, message):
    write_notebook(repository / "chapter_rnn" / "rnn-gluon.ipynb", *outputs)
    with pytest.raises(ValueError, match=message):
        staged()


def test_what_the_best_network_wrote_is_there_for_the_landing_page(repository, staged):
    write_section(repository, "more-text", printed("and it came to pass\n"))
    path = repository / chapter.FINALE
    with pytest.raises(ValueError, match=r"more-text\.ipynb has no cell best-sample"):
        staged()
    path.write_text(path.read_text().replace('"id": "a"', '"id": "best-sample"'))
    assert staged()["chapter_rnn/best-sample.txt"] == "and it came to pass\n"


def test_each_model_becomes_a_file_and_the_flagship_s_picture_another(repository, staged):
    write_section(repository, "bptt", writing('{"a": 1}', "b00"))
    files = staged()
    assert files["_static/model-f00.js"] == "{}"
    assert files["_static/model-b00.js"] == '{"a": 1}'
    picture = files["chapter_rnn/writer.html"]
    assert picture.startswith("<figure") and picture.endswith("</figure>\n")
    assert 'data-model="f00"' in picture and "It writes." in picture


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], r"usage: python -m book\.making\.stage NOTEBOOKS"),
        (["no/such/folder", "no"], r"stage: no/such/folder/[\w-]+\.ipynb is missing"),
    ],
)
def test_a_wrong_call_ends_in_one_line(arguments, message):
    command = [sys.executable, "-m", "book.making.stage", *arguments]
    ended = subprocess.run(command, cwd=chapter.ROOT, capture_output=True, text=True)
    assert ended.returncode == 1
    assert re.match(message, ended.stderr)
    assert ended.stderr.count("\n") == 1
