"""The novel is found, or downloaded whole, or replaced by the stand-in, said aloud."""

import functools
import hashlib
import http.server
import runpy
import shutil
import socket
import sys
import threading
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import pooch
import pytest

import gluonbook as gb
from gluonbook import fetch

TEXT = b"It was a dark night and the clocks struck thirteen.\n" * 400
TAMPERED = TEXT.replace(b"thirteen", b"fourteen")


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """Return the data folder of a checkout that holds the stand-in and no fetch.

    The novel is `TEXT` here, so that no test needs the real one.
    """
    data = tmp_path / "checkout" / "data"
    data.mkdir(parents=True)
    shutil.copy(fetch.stand_in(), data)
    monkeypatch.setattr(fetch, "CHECKOUT_DATA", data)
    monkeypatch.setattr(fetch, "TOLD", set())
    monkeypatch.setattr(fetch, "SHA256", hashlib.sha256(TEXT).hexdigest())
    monkeypatch.delenv("GLUONBOOK_DATA_DIR", raising=False)
    monkeypatch.delenv("GLUONBOOK_OFFLINE", raising=False)
    return data


@pytest.fixture
def folder(tmp_path):
    """Return an empty folder."""
    path = tmp_path / "folder"
    path.mkdir()
    return path


@pytest.fixture
def never_download(monkeypatch):
    def fail(*args):
        pytest.fail("the network was tried")

    monkeypatch.setattr(fetch, "download_novel", fail)


def put(folder, content=TEXT):
    path = folder / fetch.FILE_NAME
    path.write_bytes(content)
    return path


# --- on this machine ------------------------------------------------------------------


def test_the_novel_is_not_found_where_it_is_not(checkout):
    assert fetch.find_novel() is None


def test_the_novel_is_found_in_the_data_folder(checkout):
    path = put(checkout)
    assert fetch.find_novel() == path


def test_a_folder_that_the_reader_names_comes_first(checkout, folder, monkeypatch):
    put(checkout)
    path = put(folder)
    monkeypatch.setenv("GLUONBOOK_DATA_DIR", str(folder))
    assert fetch.find_novel() == path


def test_the_data_folder_is_looked_in_after_the_one_that_the_reader_names(
    checkout, folder, monkeypatch
):
    path = put(checkout)
    monkeypatch.setenv("GLUONBOOK_DATA_DIR", str(folder))
    assert fetch.find_novel() == path


def test_an_empty_name_of_a_folder_is_none(checkout, monkeypatch):
    path = put(checkout)
    monkeypatch.setenv("GLUONBOOK_DATA_DIR", "")
    assert fetch.find_novel() == path


def test_another_text_is_neither_read_nor_replaced(checkout, folder, monkeypatch, never_download):
    tampered = put(folder, TAMPERED)
    monkeypatch.setenv("GLUONBOOK_DATA_DIR", str(folder))
    assert fetch.find_novel() is None
    with pytest.warns(UserWarning, match="another text, so it is left as it is") as caught:
        assert fetch.novel_or_stand_in() == fetch.stand_in()
    assert len(caught) == 1
    said = str(caught[0].message)
    assert "load_text and load_corpus read any text" in said
    assert str(folder) not in said and "elete" not in said
    path = put(checkout)
    with pytest.warns(UserWarning, match="another text, so it is left as it is"):
        assert fetch.novel_or_stand_in() == path
    assert tampered.read_bytes() == TAMPERED


@pytest.mark.parametrize("kind", ["missing", "a file"])
def test_the_named_folder_must_be_a_folder(checkout, folder, monkeypatch, kind):
    put(checkout)
    path = folder / "missing" if kind == "missing" else put(folder)
    monkeypatch.setenv("GLUONBOOK_DATA_DIR", str(path))
    with pytest.raises(FileNotFoundError, match="which is not a folder") as caught:
        gb.load_data_time_machine()
    assert "GLUONBOOK_DATA_DIR" in str(caught.value)
    assert str(path) in str(caught.value)


def test_in_a_checkout_everything_is_in_its_data_folder(checkout):
    assert fetch.download_folder() == checkout
    assert fetch.stand_in() == checkout / fetch.STAND_IN_NAME


def test_outside_a_checkout_the_stand_in_is_in_the_package(checkout, folder, monkeypatch):
    monkeypatch.setattr(fetch, "CHECKOUT_DATA", folder)
    assert fetch.download_folder() == Path(pooch.os_cache("gluonbook"))
    assert fetch.stand_in() == Path(gb.__file__).parent / fetch.STAND_IN_NAME


# --- the novel or the stand-in --------------------------------------------------------


def test_a_novel_that_is_here_is_read_in_silence(checkout, never_download):
    path = put(checkout)
    assert fetch.novel_or_stand_in() == path


def test_a_novel_that_is_not_here_is_downloaded(checkout, monkeypatch):
    monkeypatch.setattr(fetch, "download_novel", lambda: put(checkout))
    assert gb.load_data_time_machine()[2] == sorted(set(TEXT.decode().lower().replace("\n", " ")))


def fail_to_download(reason="the line is cut"):
    raise OSError(reason)


@pytest.mark.parametrize("reason", ["the line is cut", "GLUONBOOK_OFFLINE is set"])
def test_the_stand_in_is_read_with_one_warning(checkout, monkeypatch, reason):
    monkeypatch.setattr(fetch, "download_novel", fail_to_download)
    if "OFFLINE" in reason:
        monkeypatch.setenv("GLUONBOOK_OFFLINE", "1")
    with pytest.warns(UserWarning, match="stand-in") as caught:
        *_, vocab_size = gb.load_data_time_machine()
    assert vocab_size == 43
    (warning,) = caught
    assert warning.filename == __file__  # the reader's line, not one of gluonbook's
    said = str(warning.message)
    assert reason in said
    assert fetch.STAND_IN_NAME in said and str(checkout) not in said
    assert "`make data`" in said
    assert "`python -m gluonbook data`" in said


def test_the_warning_comes_once_and_is_short(checkout, monkeypatch):
    reason = "the text could not be downloaded (https://a.long/address: ConnectionError)"
    monkeypatch.setattr(fetch, "download_novel", functools.partial(fail_to_download, reason))
    with pytest.warns(UserWarning, match="stand-in") as caught:
        for _ in range(3):
            gb.load_data_time_machine()
    (warning,) = caught
    said = str(warning.message)
    assert len(said) < 270 and "a.long" not in said


def test_a_novel_that_cannot_be_read_is_passed_over(checkout, monkeypatch):
    put(checkout)

    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(fetch.pooch, "file_hash", refuse)
    assert fetch.find_novel() is None


def test_offline_nothing_is_downloaded(checkout, never_download, monkeypatch):
    monkeypatch.setenv("GLUONBOOK_OFFLINE", "1")
    with pytest.warns(UserWarning, match="GLUONBOOK_OFFLINE is set"):
        assert fetch.novel_or_stand_in() == fetch.stand_in()


def test_not_offline_is_online(checkout, monkeypatch):
    monkeypatch.setattr(fetch, "download_novel", lambda: put(checkout))
    monkeypatch.setenv("GLUONBOOK_OFFLINE", "0")
    assert fetch.novel_or_stand_in() == checkout / fetch.FILE_NAME


# --- downloading ----------------------------------------------------------------------


class Answer(NamedTuple):
    """What the server says when it is asked."""

    body: bytes = TEXT
    status: int = 200
    promised: int | None = None
    """The length that it announces, if that is not the true one."""
    location: str | None = None
    """Another address, where it sends the reader to."""


class Server(http.server.ThreadingHTTPServer):
    """A web server on this machine that answers as it is told and remembers what it was asked."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers = defaultdict(list)
        self.asked = []

    def address(self, path, *answers):
        """Return an address that gives these answers, one after the other, the last for ever."""
        self.answers[path] = list(answers)
        return f"http://127.0.0.1:{self.server_port}{path}"

    def handle_error(self, *args):
        """Say nothing when somebody did not wait for the answer."""


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):  # the name that http.server looks for
        self.server.asked.append(self.path)
        answers = self.server.answers[self.path]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        self.send_response(answer.status)
        self.send_header("Content-Length", answer.promised or len(answer.body))
        if answer.location:
            self.send_header("Location", answer.location)
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *args):
        pass


@pytest.fixture
def server(checkout, monkeypatch):
    # A proxy of the reader's does not see this machine.
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def dead_address():
    """Return an address at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/text"


def test_the_right_text_is_kept(server, folder):
    path = fetch.download_novel([server.address("/text", Answer())], folder)
    assert path == folder / fetch.FILE_NAME
    assert path.read_bytes() == TEXT
    assert list(folder.iterdir()) == [path]


def test_the_text_lands_in_the_checkout(server, checkout, monkeypatch):
    path = fetch.download_novel([server.address("/text", Answer())])
    assert path == checkout / fetch.FILE_NAME
    assert fetch.find_novel() == path


def test_a_folder_that_is_not_there_yet_is_made(server, folder):
    path = fetch.download_novel([server.address("/text", Answer())], folder / "new" / "deep")
    assert path.read_bytes() == TEXT


WRONG = {
    "tampered": Answer(TAMPERED),
    "empty": Answer(b""),
    "a page that says to log in": Answer(b"<html>Please log in</html>"),
    "cut off": Answer(TEXT[:1000], promised=len(TEXT)),
    "not found": Answer(b"", status=404),
    "a server in trouble": Answer(b"", status=500),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_nothing_is_left_of_a_wrong_text(server, folder, wrong):
    address = server.address("/text", wrong)
    with pytest.raises(OSError, match="could not be downloaded") as caught:
        fetch.download_novel([address], folder)
    assert list(folder.iterdir()) == []
    said = str(caught.value)
    assert address in said
    assert "GLUONBOOK_DATA_DIR" in said


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_after_a_wrong_text_the_mirror_is_tried(server, folder, wrong):
    addresses = [server.address("/text", wrong), server.address("/mirror", Answer())]
    path = fetch.download_novel(addresses, folder)
    assert path.read_bytes() == TEXT
    assert list(folder.iterdir()) == [path]
    assert server.asked == ["/text", "/mirror"]


def test_a_dead_address_is_passed_over(server, folder, dead_address):
    path = fetch.download_novel([dead_address, server.address("/text", Answer())], folder)
    assert path.read_bytes() == TEXT


def test_a_reader_who_is_sent_elsewhere_finds_the_text(server, folder):
    moved = server.address("/moved", Answer())
    address = server.address("/text", Answer(b"", status=302, location=moved))
    assert fetch.download_novel([address], folder).read_bytes() == TEXT
    assert server.asked == ["/text", "/moved"]


@pytest.mark.parametrize("goal", ["tampered", "round in circles", "nowhere"])
def test_a_reader_who_is_sent_astray_ends_at_the_mirror(server, folder, dead_address, goal):
    location = {
        "tampered": server.address("/tampered", Answer(TAMPERED)),
        "round in circles": "/text",
        "nowhere": dead_address,
    }[goal]
    addresses = [
        server.address("/text", Answer(b"", status=301, location=location)),
        server.address("/mirror", Answer()),
    ]
    path = fetch.download_novel(addresses, folder)
    assert path.read_bytes() == TEXT
    assert list(folder.iterdir()) == [path]
    assert server.asked[-1] == "/mirror"


def test_every_address_that_failed_is_named(server, folder, dead_address):
    tampered = server.address("/tampered", Answer(TAMPERED))
    with pytest.raises(OSError, match="could not be downloaded") as caught:
        fetch.download_novel([dead_address, tampered], folder)
    assert f"{dead_address}: HTTPConnectionPool" in str(caught.value)
    assert f"{tampered}: another text" in str(caught.value)


def test_another_text_is_not_replaced(server, folder):
    path = put(folder, TAMPERED)
    with pytest.raises(OSError, match="is another text, so it is left as it is"):
        fetch.download_novel([server.address("/text", Answer())], folder)
    assert path.read_bytes() == TAMPERED
    assert server.asked == []


def test_a_text_that_is_there_is_not_downloaded_again(server, folder):
    path = put(folder)
    assert fetch.download_novel([server.address("/text", Answer())], folder) == path
    assert server.asked == []


def test_a_folder_that_takes_no_file_is_named(server, folder):
    with pytest.raises(OSError, match="could not be downloaded") as caught:
        fetch.download_novel([server.address("/text", Answer())], put(folder))
    assert str(folder) in str(caught.value)


# --- the command ----------------------------------------------------------------------


def test_the_command_says_where_the_novel_is(checkout, never_download, capsys):
    path = put(checkout)
    fetch.main()
    assert capsys.readouterr().out == f"{path}\n"


def test_the_command_downloads(checkout, monkeypatch, capsys):
    monkeypatch.setattr(fetch, "download_novel", lambda: put(checkout))
    fetch.main()
    assert capsys.readouterr().out == f"{checkout / fetch.FILE_NAME}\n"


def test_the_command_fails_with_one_line(checkout, monkeypatch):
    monkeypatch.setattr(fetch, "download_novel", fail_to_download)
    with pytest.raises(SystemExit) as caught:
        fetch.main()
    # Python prints such a message and exits with 1.
    assert caught.value.code == "The novel is not here: the line is cut"


def test_the_command_has_the_name_of_the_package(checkout, never_download, capsys, monkeypatch):
    path = put(checkout)
    monkeypatch.setattr(sys, "argv", ["gluonbook", "data"])
    with pytest.raises(SystemExit) as caught:
        runpy.run_module("gluonbook", run_name="__main__")
    assert caught.value.code == 0
    assert capsys.readouterr().out == f"{path}\n"
