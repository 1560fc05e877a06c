"""KaTeX is started, and asked only when it listens."""

import socket
import sys

from sphinxcontrib import katex

from book.extensions import formulas
from tests import LIMIT

# A server whose socket is there before anyone listens on it.
SLOW_SERVER = """
import pathlib, socket, time
server = socket.socket(socket.AF_UNIX)
server.bind("katex.sock")
while not pathlib.Path("go").exists():
    time.sleep(0.01)
server.listen()
server.accept()[0].sendall(b"here")
"""


def test_a_server_that_does_not_listen_yet_is_tried_again(tmp_path, monkeypatch):
    refusals = []

    def wait(seconds):
        if (tmp_path / "katex.sock").exists():
            refusals.append(seconds)
        if len(refusals) > 1:
            (tmp_path / "go").touch()

    command = [sys.executable, "-c", SLOW_SERVER]
    monkeypatch.setattr(katex.KaTeXServer, "build_command", lambda socket: command)
    monkeypatch.setattr(formulas.time, "sleep", wait)
    server, connection = formulas.start_server(tmp_path, LIMIT)
    with server, connection:
        assert connection.recv(4, socket.MSG_WAITALL) == b"here"
