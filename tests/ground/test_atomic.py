"""A file is written completely or not at all."""

import os

import pytest

from gluonbook.ground.atomic import write_atomically


@pytest.fixture
def path(tmp_path):
    """Return the path of a file whose name is as long as a name can be."""
    path = tmp_path / ("x" * 255)
    path.write_bytes(b"old")
    return path


def test_a_link_stays_and_the_file_that_it_leads_to_is_written(path, tmp_path):
    path.chmod(0o600)
    link = tmp_path / "folder" / "link"
    link.parent.mkdir()
    link.symlink_to(path)
    write_atomically(link, b"new")
    assert link.is_symlink()
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600, "as before"
    assert list(link.parent.iterdir()) == [link]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_after_an_error_the_old_content_is_there_and_nothing_else(step, path, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device", "temporary", None, "target")

    with monkeypatch.context() as patch:
        patch.setattr(os, step, fail)
        with pytest.raises(OSError, match="No space left") as caught:
            write_atomically(path, b"new")
    assert str(caught.value) == f"[Errno 28] No space left on device: '{path}'"
    assert path.read_bytes() == b"old"
    assert list(path.parent.iterdir()) == [path]
