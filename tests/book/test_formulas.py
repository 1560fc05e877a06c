"""KaTeX is started, and asked only when it listens."""

import socket

from sphinxcontrib import katex

from book.extensions import formulas
from tests import LIMIT


def test_a_server_that_does_not_listen_yet_is_tried_again(tmp_path, monkeypatch):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "katex.sock"))
        monkeypatch.setattr(katex.KaTeXServer, "build_command", lambda socket: ["true"])
        monkeypatch.setattr(formulas.time, "sleep", lambda seconds: server.listen())
        process, connection = formulas.start_server(tmp_path, LIMIT)
        connection.close()
        process.wait(LIMIT)
