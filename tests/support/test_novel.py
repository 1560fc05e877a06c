"""The novel is found, or downloaded whole, or replaced by the stand-in, said aloud."""

import gluonbook as gb  # isort: skip  # before mxnet
import functools
import hashlib
import http.server
import os
import runpy
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import pooch
import pytest

from gluonbook.support import novel
from tests import LIMIT, ROOT

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
    monkeypatch.setattr(novel, "TOLD", [])
    monkeypatch.setattr(novel, "SHA256", hashlib.sha256(TEXT).hexdigest())
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

    monkeypatch.setattr(novel, "download_novel", fail)


def put(folder, content=TEXT):
    path = folder / novel.FILE_NAME
    path.write_bytes(content)
    return path


# --- on this machine ------------------------------------------------------------------


def test_the_novel_is_not_found_where_it_is_not(checkout):
    assert novel.find_novel() is None


def test_the_novel_is_found_in_the_data_folder(checkout):
    path = put(checkout)
    assert novel.find_novel() == path


def test_a_folder_that_the_reader_names_comes_first(checkout, folder, monkeypatch):
    put(checkout)
    path = put(folder)
    monkeypatch.setenv("GLUONBOOK_DATA_DIR", str(folder))
    assert novel.find_novel() == path


def test_the_data_folder_is_looked_in_after_the_one_that_the_reader_names(
    checkout, folder, monkeypatch
):
    path = put(checkout)
    monkeypatch.setenv("GLUONBOOK_DATA_DIR", str(folder))
    assert novel.find_novel() == path


def test_an_empty_name_of_a_folder_is_none(checkout, monkeypatch):
    path = put(checkout)
    monkeypatch.setenv("GLUONBOOK_DATA_DIR", "")
    assert novel.find_novel() == path


def test_a_tampered_file_is_named_and_not_read(checkout, folder, monkeypatch):
    tampered = put(folder, TAMPERED)
    monkeypatch.setenv("GLUONBOOK_DATA_DIR", str(folder))
    with pytest.warns(UserWarning, match="is not the expected text") as caught:
        assert novel.find_novel() is None
    assert len(caught) == 1
    assert str(tampered) in str(caught[0].message)
    assert caught[0].filename == __file__  # the line that looked for it
    path = put(checkout)
    with pytest.warns(UserWarning, match="is not the expected text"):
        assert novel.find_novel() == path


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
    assert novel.download_folder() == checkout
    assert novel.stand_in() == checkout / novel.STAND_IN_NAME


def test_outside_a_checkout_the_stand_in_is_in_the_package(checkout, folder, monkeypatch):
    monkeypatch.setattr(novel, "CHECKOUT_DATA", folder)
    assert novel.download_folder() == Path(pooch.os_cache("gluonbook"))
    assert novel.stand_in() == Path(gb.__file__).parent / novel.STAND_IN_NAME


# --- the novel or the stand-in --------------------------------------------------------


def test_a_novel_that_is_here_is_read_in_silence(checkout, never_download):
    path = put(checkout)
    assert novel.novel_or_stand_in() == path


def test_a_novel_that_is_not_here_is_downloaded(checkout, monkeypatch):
    monkeypatch.setattr(novel, "download_novel", lambda: put(checkout))
    assert gb.load_data_time_machine()[2] == sorted(set(TEXT.decode().lower().replace("\n", " ")))


def fail_to_download(reason="the line is cut"):
    raise OSError(reason)


@pytest.mark.parametrize("reason", ["the line is cut", "GLUONBOOK_OFFLINE is set"])
def test_the_stand_in_is_read_with_one_warning(checkout, monkeypatch, reason):
    monkeypatch.setattr(novel, "download_novel", fail_to_download)
    if "OFFLINE" in reason:
        monkeypatch.setenv("GLUONBOOK_OFFLINE", "1")
    with pytest.warns(UserWarning, match="stand-in") as caught:
        *_, vocab_size = gb.load_data_time_machine()
    assert vocab_size == 43
    (warning,) = caught
    assert warning.filename == __file__  # the reader's line, not one of gluonbook's
    said = str(warning.message)
    assert reason in said
    assert str(novel.stand_in()) in said
    assert "`make data`" in said
    assert "`python -m gluonbook data`" in said


def test_the_warning_comes_once_and_is_short(checkout, monkeypatch):
    reason = "the text could not be downloaded (https://a.long/address: ConnectionError)"
    monkeypatch.setattr(novel, "download_novel", functools.partial(fail_to_download, reason))
    with pytest.warns(UserWarning, match="stand-in") as caught:
        for _ in range(3):
            gb.load_data_time_machine()
    (warning,) = caught
    said = str(warning.message).replace(str(novel.stand_in()), "")
    assert len(said) < 240 and "a.long" not in said


@pytest.mark.parametrize("place", ["checkout", "folder"])
def test_a_novel_that_cannot_be_read_is_passed_over(place, checkout, folder, monkeypatch):
    path = put(checkout if place == "checkout" else folder)
    if place == "folder":
        monkeypatch.setenv("GLUONBOOK_DATA_DIR", str(folder))

    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(novel.pooch, "file_hash", refuse)
    with pytest.warns(UserWarning, match=r"cannot be read \(Permission denied\)") as caught:
        assert novel.find_novel() is None
    assert str(path) in str(caught[0].message)


def test_offline_nothing_is_downloaded(checkout, never_download, monkeypatch):
    monkeypatch.setenv("GLUONBOOK_OFFLINE", "1")
    with pytest.warns(UserWarning, match="GLUONBOOK_OFFLINE is set"):
        assert novel.novel_or_stand_in() == novel.stand_in()


def test_not_offline_is_online(checkout, monkeypatch):
    monkeypatch.setattr(novel, "download_novel", lambda: put(checkout))
    monkeypatch.setenv("GLUONBOOK_OFFLINE", "0")
    assert novel.novel_or_stand_in() == checkout / novel.FILE_NAME


# --- downloading ----------------------------------------------------------------------


class Answer(NamedTuple):
    """What the server says when it is asked."""

    body: bytes = TEXT
    status: int = 200
    promised: int | None = None
    """The length that it announces, if that is not the true one."""
    location: str | None = None
    """Another address, where it sends the reader to."""
    stalls: threading.Event | None = None
    """What it waits for before it sends the second half."""


class Server(http.server.ThreadingHTTPServer):
    """A web server on this machine that answers as it is told and remembers what it was asked."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers = defaultdict(list)
        self.asked = []
        self.meeting = None

    def address(self, path, *answers):
        """Return an address that gives these answers, one after the other, the last for ever."""
        self.answers[path] = list(answers)
        return f"http://127.0.0.1:{self.server_port}{path}"

    def handle_error(self, *args):
        """Say nothing when somebody did not wait for the answer."""


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):  # the name that http.server looks for
        self.server.asked.append(self.path)
        if self.server.meeting:
            self.server.meeting.wait()
        answers = self.server.answers[self.path]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        self.send_response(answer.status)
        self.send_header("Content-Length", answer.promised or len(answer.body))
        if answer.location:
            self.send_header("Location", answer.location)
        self.end_headers()
        half = len(answer.body) // 2
        self.wfile.write(answer.body[:half])
        if answer.stalls:
            answer.stalls.wait()
        self.wfile.write(answer.body[half:])

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
    path = novel.download_novel([server.address("/text", Answer())], folder)
    assert path == folder / novel.FILE_NAME
    assert path.read_bytes() == TEXT
    assert list(folder.iterdir()) == [path]


def test_the_text_lands_in_the_checkout(server, checkout, monkeypatch):
    path = novel.download_novel([server.address("/text", Answer())])
    assert path == checkout / novel.FILE_NAME
    assert novel.find_novel() == path


def test_a_folder_that_is_not_there_yet_is_made(server, folder):
    path = novel.download_novel([server.address("/text", Answer())], folder / "new" / "deep")
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
        novel.download_novel([address], folder)
    assert list(folder.iterdir()) == []
    assert server.asked == ["/text", "/text"]  # tried twice
    said = str(caught.value)
    assert address in said
    assert str(folder) in said
    assert "GLUONBOOK_DATA_DIR" in said


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_after_a_wrong_text_the_mirror_is_tried(server, folder, wrong):
    addresses = [server.address("/text", wrong), server.address("/mirror", Answer())]
    path = novel.download_novel(addresses, folder)
    assert path.read_bytes() == TEXT
    assert list(folder.iterdir()) == [path]
    assert server.asked == ["/text", "/text", "/mirror"]


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_a_second_try_may_succeed(server, folder, wrong):
    path = novel.download_novel([server.address("/text", wrong, Answer())], folder)
    assert path.read_bytes() == TEXT


def test_a_dead_address_is_passed_over(server, folder, dead_address):
    path = novel.download_novel([dead_address, server.address("/text", Answer())], folder)
    assert path.read_bytes() == TEXT


def test_a_server_that_falls_silent_is_given_up(server, folder, monkeypatch):
    monkeypatch.setattr(novel, "SECONDS_TO_WAIT", 0.1)
    server.meeting = threading.Event()  # nobody sets it while the reader waits
    # Otherwise it would be the limit for all together that ends it, with other words.
    with pytest.raises(OSError, match="ReadTimeout"):
        novel.download_novel([server.address("/text", Answer())], folder)
    server.meeting.set()


def test_a_server_that_falls_silent_halfway_is_given_up(server, folder, monkeypatch):
    monkeypatch.setattr(novel, "SECONDS_TO_WAIT", 0.1)
    forever = threading.Event()  # nobody sets it while the reader waits
    addresses = [server.address("/text", Answer(stalls=forever)), server.address("/m", Answer())]
    path = novel.download_novel(addresses, folder)
    forever.set()
    assert path.read_bytes() == TEXT
    assert list(folder.iterdir()) == [path]
    assert server.asked == ["/text", "/text", "/m"]


def test_a_server_without_end_is_given_up(server, folder, monkeypatch):
    sent = []

    def send(self):
        self.send_response(200)
        self.end_headers()
        while len(sent) < 10**5:
            self.wfile.write(bytes(2**14))
            sent.append(2**14)

    monkeypatch.setattr(Handler, "do_GET", send)
    with pytest.raises(OSError, match="MoreThanTheNovelError"):
        novel.download_novel([server.address("/text", Answer())], folder)
    # What was on its way when the reader had enough is in buffers.
    assert sum(sent) < 200 * novel.SIZE
    assert list(folder.iterdir()) == []


def test_a_server_that_drips_is_given_up(server, folder, monkeypatch):
    monkeypatch.setattr(novel, "SECONDS_IN_ALL", 1)
    over = threading.Event()

    def drip(self):
        self.send_response(200)
        self.send_header("Content-Length", len(TEXT))
        self.end_headers()
        while not over.wait(0.05):
            self.wfile.write(b"x")

    monkeypatch.setattr(Handler, "do_GET", drip)
    try:
        with pytest.raises(OSError, match="not complete after 1 seconds"):
            novel.download_novel([server.address("/text", Answer())], folder)
    finally:
        over.set()
    assert list(folder.iterdir()) == []


def test_what_still_waits_for_a_server_does_not_keep_the_process(server, folder, monkeypatch):
    monkeypatch.setattr(novel, "SECONDS_IN_ALL", 0.5)
    forever = threading.Event()  # nobody sets it while the reader waits
    before = threading.enumerate()
    with pytest.raises(OSError, match=r"not complete after 0\.5 seconds"):
        novel.download_novel([server.address("/text", Answer(stalls=forever))], folder)
    waiting = [thread for thread in threading.enumerate() if thread not in before]
    forever.set()
    assert waiting
    assert all(thread.daemon for thread in waiting)


def test_a_kill_in_the_middle_leaves_no_file(server, folder):
    stalls = threading.Event()
    address = server.address("/text", Answer(stalls=stalls))
    script = (
        "import sys, pathlib; from gluonbook.support import novel;"
        "novel.download_novel([sys.argv[1]], pathlib.Path(sys.argv[2]))"
    )
    with subprocess.Popen([sys.executable, "-c", script, address, folder], cwd=ROOT) as process:
        deadline = time.monotonic() + LIMIT
        while not server.asked and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.3)
        process.kill()
    stalls.set()
    assert server.asked == ["/text"]
    assert list(folder.iterdir()) == []


def test_a_reader_who_is_sent_elsewhere_finds_the_text(server, folder):
    moved = server.address("/moved", Answer())
    address = server.address("/text", Answer(b"", status=302, location=moved))
    assert novel.download_novel([address], folder).read_bytes() == TEXT
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
    path = novel.download_novel(addresses, folder)
    assert path.read_bytes() == TEXT
    assert list(folder.iterdir()) == [path]
    assert server.asked[-1] == "/mirror"


def test_every_address_that_failed_is_named(server, folder, dead_address):
    tampered = server.address("/tampered", Answer(TAMPERED))
    with pytest.raises(OSError, match="could not be downloaded") as caught:
        novel.download_novel([dead_address, tampered], folder)
    assert f"{dead_address}: ConnectionError" in str(caught.value)
    assert f"{tampered}: not the expected text" in str(caught.value)


def test_a_tampered_file_is_replaced(server, folder):
    path = put(folder, TAMPERED)
    assert novel.download_novel([server.address("/text", Answer())], folder) == path
    assert path.read_bytes() == TEXT


def test_a_text_that_is_there_is_not_downloaded_again(server, folder):
    path = put(folder)
    assert novel.download_novel([server.address("/text", Answer())], folder) == path
    assert server.asked == []


@pytest.mark.parametrize("kind", ["may not be written to", "is a file"])
def test_a_folder_that_takes_no_file_is_named(server, folder, kind):
    if kind == "is a file":
        folder = put(folder)
    else:
        folder.chmod(0o555)
        if os.access(folder, os.W_OK):
            pytest.skip("nothing is forbidden to root")
    with pytest.raises(OSError, match="could not be downloaded") as caught:
        novel.download_novel([server.address("/text", Answer())], folder)
    assert str(folder) in str(caught.value)


def test_two_processes_may_download_at_once(server, folder):
    # The server answers when both have asked.
    server.meeting = threading.Barrier(2, timeout=LIMIT)
    script = (
        "import sys, pathlib; from gluonbook.support import novel; novel.SHA256 = sys.argv[1];"
        "novel.SECONDS_TO_WAIT = novel.SECONDS_IN_ALL = 300;"
        "print(novel.download_novel([sys.argv[2]], pathlib.Path(sys.argv[3])))"
    )
    command = [sys.executable, "-c", script, novel.SHA256, server.address("/text", Answer())]
    processes = [
        subprocess.Popen([*command, folder], cwd=ROOT, text=True, stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    path = folder / novel.FILE_NAME
    for process in processes:
        out, _ = process.communicate(timeout=LIMIT)
        assert process.returncode == 0
        assert out.strip() == str(path)
    assert server.asked == ["/text", "/text"]
    assert path.read_bytes() == TEXT
    assert list(folder.iterdir()) == [path]


# --- the command ----------------------------------------------------------------------


def test_the_command_says_where_the_novel_is(checkout, never_download, capsys):
    path = put(checkout)
    novel.main()
    assert capsys.readouterr().out == f"{path}\n"


def test_the_command_downloads(checkout, monkeypatch, capsys):
    monkeypatch.setattr(novel, "download_novel", lambda: put(checkout))
    novel.main()
    assert capsys.readouterr().out == f"{checkout / novel.FILE_NAME}\n"


def test_the_command_fails_with_one_line(checkout, monkeypatch):
    monkeypatch.setattr(novel, "download_novel", fail_to_download)
    with pytest.raises(SystemExit) as caught:
        novel.main()
    # Python prints such a message and exits with 1.
    assert caught.value.code == "the line is cut"


@pytest.mark.parametrize("typed", [[], ["data"]], ids=["no command", "data"])
def test_the_command_has_the_name_of_the_package(
    typed, checkout, never_download, capsys, monkeypatch
):
    path = put(checkout)
    monkeypatch.setattr(sys, "argv", ["gluonbook", *typed])
    with pytest.raises(SystemExit) as caught:
        runpy.run_module("gluonbook", run_name="__main__")
    assert caught.value.code == 0
    assert capsys.readouterr().out == f"{path}\n"
