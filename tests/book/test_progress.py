"""A person at a terminal sees how far the book is; a log stays clean."""

import io
import sys

import pytest

from book.extensions import progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("stream", [Terminal, io.StringIO])
def test_pages_are_counted_on_a_terminal_alone(stream, monkeypatch):
    events = {}

    class App:
        connect = events.__setitem__

    progress.setup(App())
    said = stream()
    monkeypatch.setattr(sys, "stdout", said)
    events["env-before-read-docs"](App(), None, ["index", "chapter"])
    for name in ("index", "chapter"):
        events["source-read"](App(), name, [""])
    events["html-page-context"](App(), "index", "page.html", {}, None)
    events["build-finished"](App(), None)
    shown = [line.removeprefix("\033[K") for line in said.getvalue().split("\r")]
    expected = ["reading page 1 of 2", "reading page 2 of 2", "writing page 1"]
    on_a_terminal = ["", *(f"the book: {text}" for text in expected), ""]
    assert shown == (on_a_terminal if said.isatty() else [""])
