"""The novel is found or downloaded, or the stand-in is read instead, with a warning."""

import hashlib
import shutil

import pytest

import gluonbook as gb
from gluonbook.ground import novel
from tests.processes import served

TEXT = b"It was a dark night and the clocks struck thirteen.\n" * 400
TAMPERED = TEXT.replace(b"thirteen", b"fourteen")
HASH, OTHER_HASH = (hashlib.sha256(text).hexdigest() for text in (TEXT, TAMPERED))


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """Return the data folder of a checkout without the novel, which is `TEXT` here."""
    data = tmp_path / "checkout" / "data"
    data.mkdir(parents=True)
    shutil.copy(novel.stand_in(), data)
    monkeypatch.setattr(novel, "CHECKOUT_DATA", data)
    monkeypatch.setattr(novel, "SHA256", HASH)
    monkeypatch.delenv("GLUONBOOK_DATA_DIR", raising=False)
    monkeypatch.delenv("GLUONBOOK_OFFLINE", raising=False)
    novel.warn_once.cache_clear()
    return data


@pytest.fixture
def folder(tmp_path, monkeypatch):
    path = tmp_path / "folder"
    path.mkdir()
    monkeypatch.setenv("GLUONBOOK_DATA_DIR", str(path))
    return path


def told(caught):
    """Return the warnings of ours, without those of what other tests have left to the collector."""
    return [warning for warning in caught if warning.category is UserWarning]


def put(folder, content=TEXT):
    path = folder / novel.FILE_NAME
    path.write_bytes(content)
    return path


def test_the_novel_is_found_in_the_folder_that_is_named_then_in_the_data_folder(checkout, folder):
    assert novel.find_novel() is None
    in_checkout = put(checkout)
    assert novel.find_novel() == in_checkout
    named = put(folder)
    assert novel.find_novel() == named


def test_another_text_is_neither_read_nor_replaced(checkout, folder):
    put(folder, TAMPERED)
    path = put(checkout)
    with pytest.warns(UserWarning, match="so the file is ignored") as caught:
        gb.load_text()
    (warning,) = told(caught)
    assert novel.novel_or_stand_in() == path
    assert warning.filename == __file__  # the reader's line
    assert f"its SHA-256 is {OTHER_HASH}, not {HASH}" in str(warning.message)
    put(checkout, TAMPERED)
    with pytest.raises(OSError, match=r"^Move the file .* away") as refused:
        novel.download_novel()
    assert OTHER_HASH in str(refused.value) and HASH in str(refused.value)
    assert path.read_bytes() == TAMPERED


@pytest.mark.parametrize("load", [gb.load_data_time_machine, gb.load_text])
def test_the_stand_in_is_read_with_one_short_warning(checkout, monkeypatch, load):
    monkeypatch.setattr(novel, "URLS", [])
    with pytest.warns(UserWarning, match="it could not be downloaded") as caught:
        for _ in range(3):
            load()
    (warning,) = told(caught)
    assert warning.filename == __file__  # the reader's line, not one of gluonbook's
    said = str(warning.message)
    assert len(said) < 270 and str(checkout) not in said
    assert novel.STAND_IN_NAME in said and "`python -m gluonbook data`" in said
    monkeypatch.setattr(novel, "download_novel", lambda: pytest.fail("it was downloaded"))
    monkeypatch.setenv("GLUONBOOK_OFFLINE", "1")
    with pytest.warns(UserWarning, match="GLUONBOOK_OFFLINE is set"):
        load()


@pytest.fixture
def server(tmp_path, monkeypatch):
    """Return the address of a server that has the novel and a text like it."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")  # a proxy of the reader's does not see this machine
    (tmp_path / "right").write_bytes(TEXT)
    (tmp_path / "tampered").write_bytes(TAMPERED)
    with served(tmp_path) as address:
        yield address


def test_nothing_is_left_of_a_wrong_text_and_the_next_address_is_tried(
    server, checkout, monkeypatch
):
    wrong = [f"{server}missing", f"{server}tampered"]
    monkeypatch.setattr(novel, "URLS", wrong)
    with pytest.raises(OSError, match=r"^Check the network and try again, or") as failed:
        novel.download_novel()
    assert f"{wrong[0]}: HTTPError; {wrong[1]}: " in str(failed.value)
    assert [path.name for path in checkout.iterdir()] == [novel.STAND_IN_NAME]
    monkeypatch.setattr(novel, "URLS", [*wrong, f"{server}right"])
    path = novel.novel_or_stand_in()
    assert path == checkout / novel.FILE_NAME
    assert path.read_bytes() == TEXT
    assert len(list(checkout.iterdir())) == 2
