"""The README says what is so."""

import re
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def printed_by_the_flagship():
    notebook = nbformat.read(ROOT / "chapter_rnn" / "rnn-gluon.ipynb", as_version=4)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return "".join(output.text for output in outputs if output.output_type == "stream")


def test_the_sample_is_what_the_model_wrote():
    sample = re.search(r"<!-- sample.*?```text\n(.*?)```", README, re.DOTALL)[1]
    lines = [line.rstrip() for line in sample.splitlines() if line.strip()]
    assert lines
    # Editors take blanks away from the end of a line.
    printed = [line.rstrip() for line in printed_by_the_flagship().splitlines()]
    for line in lines:
        assert line in printed


def test_every_command_is_in_the_makefile():
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    named = re.findall(r"(?:`|^)make ([a-z]+)\b", README, re.MULTILINE)
    assert "test" in named
    assert set(named) <= set(targets)


def test_every_room_of_the_layout_is_there():
    layout = README.partition("## Layout")[2].partition("\n## ")[0]
    rooms = [room for row in layout.splitlines()[3:] for room in re.findall(r"`([\w./]+)`", row)]
    assert "gluonbook/" in rooms
    for room in rooms:
        assert (ROOT / room).exists(), room


def test_ci_installs_what_the_readme_tells_and_nothing_else():
    told = re.search(r"apt-get install -y (.*)", README)[1].split()
    installed = re.search(r"apt-get install -y (.*)", (ROOT / ".ci" / "run").read_text())[1].split()
    assert installed == told
