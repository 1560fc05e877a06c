"""tools/copies.py and tools/lab.py: names and links of copies, clean copies, a reader's own, JupyterLab."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import httpx
import nbformat
import pytest

from tests import LIMIT, ROOT
from tools import copies, lab

SECTION, SOLUTIONS = (
    Path("chapter_rnn/rnn-gluon.ipynb"),
    Path("chapter_rnn/solutions/rnn-gluon.ipynb"),
)
LINK = re.compile(r"\]\((?!https?:|mailto:)([^()#\s]+)")


def copy(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["copies", *map(str, arguments)])
    copies.main()


@pytest.mark.parametrize("solutions", [[], [SOLUTIONS]])
def test_copies_are_numbered_as_a_part_of_the_book_and_no_link_is_dead(
    solutions, tmp_path, monkeypatch
):
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    copy(monkeypatch, tmp_path, "chapter_rnn/gru.ipynb", SECTION, *solutions)
    found = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.ipynb")}
    expected = {"01-rnn-gluon.ipynb", "02-gru.ipynb"}
    assert found == expected | {"solutions/01-rnn-gluon-solutions.ipynb" for _ in solutions}
    for path in [*tmp_path.rglob("*.ipynb"), *tmp_path.glob("*.md")]:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".ipynb":  # without outputs, which contain programs
            cells = nbformat.reads(text, as_version=4).cells
            text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
        text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)  # code has no links
        assert not [link for link in LINK.findall(text) if not (path.parent / link).exists()]
        assert ("solutions are in" in text) <= bool(solutions), path
    assert set(LINK.findall((tmp_path / "index.md").read_text())) >= expected


def test_a_folder_to_hand_out_has_no_solutions_and_nothing_of_an_earlier_call(
    tmp_path, monkeypatch
):
    folder = tmp_path / "notebooks"
    copy(monkeypatch, folder, SECTION, SOLUTIONS)
    copy(monkeypatch, folder)
    found = {path.relative_to(folder) for path in folder.rglob("*.ipynb")}
    names = copies.Copies(folder, copies.NOTEBOOKS).names
    assert found == {names[copies.CHAPTER / f"{name}.ipynb"] for name in copies.SECTIONS}
    with pytest.raises(ValueError, match="the book has no section gone, but: "):
        copy(monkeypatch, folder, copies.CHAPTER / "gone.ipynb")
    assert found == {path.relative_to(folder) for path in folder.rglob("*.ipynb")}


@pytest.fixture
def book(tmp_path, monkeypatch):
    """Make a book of one section and run `make lab`; return the folders of the book and of the copies."""
    shutil.copytree(ROOT / "chapter_rnn", tmp_path / "chapter_rnn")
    monkeypatch.setattr(lab, "MINE", tmp_path / "mine")
    monkeypatch.setattr(lab, "open_lab", lambda notebook: None)
    monkeypatch.setattr(
        lab, "NOTEBOOKS", {Path("chapter_rnn/gru.ipynb"), Path("chapter_rnn/rnn.ipynb")}
    )
    monkeypatch.setattr(sys, "argv", ["lab"])
    for module in (copies, lab):
        monkeypatch.setattr(module, "ROOT", tmp_path)
        monkeypatch.setattr(module, "SECTIONS", ["gru"])
    lab.main()
    return tmp_path / "chapter_rnn", tmp_path / "mine"


def changed(*files):
    for file in files:
        line = b"A new line. "
        content = file.read_bytes()
        if file.suffix == ".ipynb":  # its title
            content = content.replace(b'"# ', b'"# ' + line, 1)
        else:
            content += line
        file.write_bytes(content)
    return [file.read_bytes() for file in files]


def printed(capsys, *arguments):
    """Run `make lab`, and return what it prints."""
    capsys.readouterr()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["lab", *arguments])
        lab.main()
    return capsys.readouterr().out


def test_make_lab_updates_what_the_reader_has_not_changed_and_make_newer_copies_the_rest(
    book, monkeypatch, capsys
):
    chapter, mine = book
    (mine / "notes.md").write_bytes(b"caf\xe9 [x](gru.ipynb)")
    (mine / "index.md").unlink()
    own = [mine / "notes.md", mine / "glossary.md", mine / "references.md", mine / "01-gru.ipynb"]
    before = changed(*own)
    changed(*(chapter / name for name in ("gru.ipynb", "glossary.md", "notation.md")))
    changed(chapter / "gru.ipynb")
    monkeypatch.setattr(copies, "SECTIONS", ["rnn", "gru"])
    named = re.findall(r"a newer (\S+)\.", printed(capsys))
    assert [file.read_bytes() for file in own] == before
    assert (mine / "notation.md").read_text().endswith("A new line. ")
    assert {path.name for path in mine.glob("*.ipynb")} == {"01-rnn.ipynb", "01-gru.ipynb"}
    assert "](01-gru.ipynb)" in (mine / "index.md").read_text()
    assert sorted(named) == ["01-gru.ipynb", "glossary.md"]
    for number in (2, 3):
        cells = re.findall(r"^  cell (\d+): (.+)", printed(capsys, "--newer"), re.MULTILINE)
        # Another cell may differ in the number of a section that it links to.
        assert cells[0] == ("1", "# " + number * "A new line. " + "Gated recurrent units")
        assert nbformat.read(mine / f"01-gru-{number}.ipynb", as_version=4).cells
        assert "a newer" not in printed(capsys)
        assert [file.read_bytes() for file in own] == before
        changed(chapter / "gru.ipynb")


def test_a_copy_that_was_only_run_is_updated(book, capsys):
    chapter, mine = book
    notebook = nbformat.read(mine / "01-gru.ipynb", as_version=4)
    notebook.cells[-1].metadata.scrolled = True
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], 99
    nbformat.write(notebook, mine / "01-gru.ipynb")
    changed(chapter / "gru.ipynb")
    assert "a newer" not in printed(capsys)
    assert "A new line." in (mine / "01-gru.ipynb").read_text()


def test_neither_a_full_disk_nor_a_damaged_record_leaves_damaged_or_outdated_copies(
    book, monkeypatch, capsys
):
    chapter, mine = book
    (mine / "01-gru.ipynb").unlink()

    def fail(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(SystemExit, match=r"not complete, because .*No space left on device: "):
            lab.main()
    assert not [*mine.glob("*.ipynb")]
    (mine / ".copies.json").write_text('{"chap')
    assert ".copies.json is damaged" in printed(capsys)
    changed(chapter / "gru.ipynb")
    assert "a newer" not in printed(capsys)
    assert "A new line." in (mine / "01-gru.ipynb").read_text()


# --- JupyterLab ---------------------------------------------------------------------------------

TOKEN = {"Authorization": "token x"}
START_LAB = "from pathlib import Path; from tools import lab; lab.MINE = Path({!r}); lab.main()"


@pytest.mark.timeout(LIMIT)
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")  # of httpx, while it waits
def test_jupyterlab_opens_the_first_section_and_is_named_by_a_second_one(
    book, monkeypatch, tmp_path, capsys
):
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        command = [sys.executable, "-c", START_LAB.format(str(tmp_path / "mine")), "--no-browser"]
        command += [f"--ServerApp.sock={folder}/lab", "--IdentityProvider.token=x"]
        server = subprocess.Popen(command, cwd=ROOT)
        try:
            # As soon as it listens; each wait is twice as long as the one before.
            there = httpx.HTTPTransport(uds=f"{folder}/lab", retries=10)
            with httpx.Client(transport=there, base_url="http://localhost", timeout=LIMIT) as http:
                opened = http.get("/", headers=TOKEN).headers["Location"]
            assert opened.startswith("/lab/tree/01-language-model.ipynb")
            assert re.search("Another JupyterLab has them open.*token=x", printed(capsys))
            environment = Path(f"/proc/{server.pid}/environ").read_text()
            assert str(ROOT / "tools" / "jupyter") in environment
        finally:
            server.terminate()
            server.wait(LIMIT)
