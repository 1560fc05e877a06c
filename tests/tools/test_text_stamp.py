"""tools/text_stamp.py: the file with the hash of the text that the notebooks read."""

import sys
import warnings

import pytest

from tools import text_stamp


def test_the_stamp_is_written_only_when_the_text_has_changed(tmp_path, monkeypatch, capsys):
    warnings.simplefilter("always")  # each call warns, as in a new process
    text, stamp = tmp_path / "text.txt", tmp_path / "stamp"

    def novel_or_stand_in():
        warnings.warn("The novel is not here.", stacklevel=2)
        return text

    def read(content):
        text.write_text(content)
        text_stamp.main()
        return stamp.read_text(), stamp.stat().st_mtime_ns

    monkeypatch.setattr(sys, "argv", ["text_stamp.py", str(stamp)])
    monkeypatch.setattr(text_stamp, "novel_or_stand_in", novel_or_stand_in)
    first = read("the novel")
    assert read("the novel") == first
    assert read("the stand-in")[0] != first[0]
    assert capsys.readouterr().err == "The novel is not here.\n" * 3


def test_a_missing_data_folder_is_reported(tmp_path, monkeypatch):
    monkeypatch.setenv("GLUONBOOK_DATA_DIR", "nowhere")
    monkeypatch.setattr(sys, "argv", ["text_stamp.py", str(tmp_path / "stamp")])
    with pytest.raises(SystemExit, match="GLUONBOOK_DATA_DIR is 'nowhere', which is not a folder"):
        text_stamp.main()
    assert not (tmp_path / "stamp").exists()
