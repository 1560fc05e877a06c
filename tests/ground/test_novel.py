"""The novel is found or downloaded, or the stand-in is read instead, with a warning."""

import contextlib
import gzip
import hashlib
import http.server
import shutil
import socket
import threading
from pathlib import Path

import pooch
import pytest

import gluonbook as gb
from gluonbook.ground import novel
from tests import LIMIT

TEXT = b"It was a dark night and the clocks struck thirteen.\n" * 400
TAMPERED = TEXT.replace(b"thirteen", b"fourteen")


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """Return the data folder of a checkout that holds the stand-in and no novel.

    The novel is `TEXT` here, so that no test needs the real one.
    """
    data = tmp_path / "checkout" / "data"
    data.mkdir(parents=True)
    shutil.copy(novel.stand_in(), data)
    monkeypatch.setattr(novel, "CHECKOUT_DATA", data)
    monkeypatch.setattr(novel, "SHA256", hashlib.sha256(TEXT).hexdigest())
    monkeypatch.delenv("GLUONBOOK_DATA_DIR", raising=False)
    monkeypatch.delenv("GLUONBOOK_OFFLINE", raising=False)
    novel.warn_once.cache_clear()
    return data


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return an empty folder that the reader names."""
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


# --- on this machine ------------------------------------------------------------------


def test_the_novel_is_found_in_the_folder_that_is_named_then_in_the_data_folder(checkout, folder):
    assert novel.find_novel() is None
    in_checkout = put(checkout)
    assert novel.find_novel() == in_checkout
    named = put(folder)
    assert novel.find_novel() == named


def test_another_text_is_neither_read_nor_replaced(checkout, folder):
    tampered, path = put(folder, TAMPERED), put(checkout)
    with pytest.warns(UserWarning) as caught:
        gb.load_text()
    (warning,) = told(caught)
    assert warning.filename == __file__  # the reader's line
    assert "another text, so it is ignored and left as it is" in str(warning.message)
    assert "pass its path to load_text or load_corpus" in str(warning.message)
    assert str(folder) not in str(warning.message)
    assert novel.novel_or_stand_in() == path
    with pytest.raises(OSError, match="another text in the place"):
        novel.download_novel([], folder)
    assert tampered.read_bytes() == TAMPERED


def test_the_named_folder_must_be_a_folder(checkout, folder, monkeypatch):
    path = put(folder)
    monkeypatch.setenv("GLUONBOOK_DATA_DIR", str(path))
    with pytest.raises(FileNotFoundError, match=r"not a folder .* or unset the variable") as caught:
        gb.load_text()
    assert f"GLUONBOOK_DATA_DIR is {str(path)!r}" in str(caught.value)


def test_outside_a_checkout_the_stand_in_is_in_the_package(checkout, folder, monkeypatch):
    assert novel.download_folder() == checkout
    assert novel.stand_in() == checkout / novel.STAND_IN_NAME
    monkeypatch.setattr(novel, "CHECKOUT_DATA", folder)
    assert novel.download_folder() == pooch.os_cache("gluonbook")
    assert novel.stand_in() == Path(gb.__file__).parent / novel.STAND_IN_NAME


# --- the novel or the stand-in --------------------------------------------------------


def test_a_novel_that_is_not_here_is_downloaded(checkout, monkeypatch):
    monkeypatch.setenv("GLUONBOOK_OFFLINE", "0")
    monkeypatch.setenv("GLUONBOOK_DATA_DIR", "")
    monkeypatch.setattr(novel, "download_novel", lambda: put(checkout))
    assert gb.load_data_time_machine()[2] == sorted(set(TEXT.decode().lower().replace("\n", " ")))


def fail_to_download():
    raise OSError("the line is cut, https://a.long/address")


@pytest.mark.parametrize(
    ("load", "reason"),
    [
        (gb.load_data_time_machine, "it could not be downloaded"),
        (gb.load_text, "GLUONBOOK_OFFLINE is set"),
    ],
)
def test_the_stand_in_is_read_with_one_short_warning(checkout, monkeypatch, reason, load):
    monkeypatch.setattr(novel, "download_novel", fail_to_download)
    if "OFFLINE" in reason:
        monkeypatch.setenv("GLUONBOOK_OFFLINE", "1")
    with pytest.warns(UserWarning, match="stand-in") as caught:
        for _ in range(3):
            load()
    (warning,) = told(caught)
    assert warning.filename == __file__  # the reader's line, not one of gluonbook's
    said = str(warning.message)
    assert reason in said and "a.long" not in said and len(said) < 270
    assert novel.STAND_IN_NAME in said and str(checkout) not in said
    assert "`make data`" in said and "`python -m gluonbook data`" in said


# --- downloading ----------------------------------------------------------------------


class Handler(http.server.BaseHTTPRequestHandler):
    """Send the novel, a text like it, much more than the novel, or a byte now and then."""

    def do_GET(self):
        bomb = gzip.compress(bytes(10**6))
        content = {"/right": TEXT, "/tampered": TAMPERED, "/bomb": bomb}.get(self.path)
        if self.path != "/headers":
            self.send_response(404 if self.path == "/missing" else 200)
            if self.path == "/bomb":
                self.send_header("Content-Encoding", "gzip")
            self.end_headers()
        if self.path in ("/slow", "/headers"):  # without an end, after the headers or in them
            with contextlib.suppress(OSError):
                while not self.server.closing.wait(0.05):
                    self.wfile.write(b"x")
        else:
            self.wfile.write(content or b"")

    def log_message(self, *args):
        pass


@pytest.fixture
def server(checkout, monkeypatch):
    """Return the address of a server that has the novel, and much else."""
    # A proxy of the reader's does not see this machine.
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.closing = threading.Event()
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.closing.set()
        server.shutdown()
        thread.join(LIMIT)


def test_nothing_is_left_of_wrong_texts_and_the_next_address_is_tried(server, folder):
    wrong = [f"{server}/missing", f"{server}/tampered"]
    with pytest.raises(OSError, match="the novel could not be downloaded") as caught:
        novel.download_novel(wrong, folder)
    said = str(caught.value)
    assert all(address in said for address in wrong) and "GLUONBOOK_DATA_DIR" in said
    assert list(folder.iterdir()) == []
    path = novel.download_novel([*wrong, f"{server}/right"], folder / "new" / "deep")
    assert path.read_bytes() == TEXT
    assert list(path.parent.iterdir()) == [path]


def test_a_download_is_limited_in_time_and_in_size(server, checkout, monkeypatch):
    monkeypatch.setattr(novel, "MAX_BYTES", len(TEXT) + 10_000)
    with monkeypatch.context() as patch:
        patch.setattr(novel, "MAX_SECONDS", 0.5)
        with pytest.raises(OSError, match=r"longer than 0\.5 s.*longer than 0\.5 s"):
            novel.download_novel([f"{server}/slow", f"{server}/headers"])
    with pytest.raises(OSError, match="it is larger than"):
        novel.download_novel([f"{server}/bomb"])
    assert list(checkout.iterdir()) == [novel.stand_in()]
    assert novel.download_novel([f"{server}/right"]) == checkout / novel.FILE_NAME


def test_a_server_that_does_not_answer_is_given_up(checkout, monkeypatch):
    assert novel.TIMEOUT <= 10 and novel.MAX_SECONDS <= 300
    monkeypatch.setattr(novel, "TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/right"
        with pytest.raises(OSError, match=r"read timeout=0\.2"):
            novel.download_novel([address])
