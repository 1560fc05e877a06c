"""tools/text_stamp.py: the stamp that says which text the notebooks read."""

import sys
import warnings

import pytest

from tools import text_stamp


@pytest.fixture
def stamp(tmp_path, monkeypatch):
    path = tmp_path / "stamp"
    monkeypatch.setattr(sys, "argv", ["text_stamp.py", str(path)])
    return path


def test_the_stamp_changes_when_another_text_is_read_and_only_then(stamp, tmp_path, monkeypatch):
    def read(content):
        (tmp_path / "text.txt").write_text(content)
        text_stamp.main()
        return stamp.read_text(), stamp.stat().st_mtime_ns

    monkeypatch.setattr(text_stamp, "novel_or_stand_in", lambda: tmp_path / "text.txt")
    first = read("the novel")
    assert read("the novel") == first
    assert read("the stand-in")[0] != first[0]


def test_that_the_novel_is_missing_is_said_in_one_line(stamp, monkeypatch, capsys):
    def stand_in():
        warnings.warn("The novel is not here.", stacklevel=2)
        return text_stamp.Path(__file__)

    monkeypatch.setattr(text_stamp, "novel_or_stand_in", stand_in)
    text_stamp.main()
    assert capsys.readouterr().err == "The novel is not here.\n"


def test_a_wrong_folder_ends_with_a_message(stamp, monkeypatch):
    monkeypatch.setenv("GLUONBOOK_DATA_DIR", "nowhere")
    with pytest.raises(SystemExit, match="GLUONBOOK_DATA_DIR is 'nowhere', which is not a folder"):
        text_stamp.main()
    assert not stamp.exists()
