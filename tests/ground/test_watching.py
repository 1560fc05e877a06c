"""A bar is shown where somebody watches, and nowhere else; in the end nothing of it is left."""

import io
import sys

import pytest

import gluonbook as gb
from gluonbook.ground import watching
from tests.kernel import NOT_WATCHED, WATCHED

EPOCHS = [gb.Epoch(number, 2.0, 1.5) for number in (1, 2, 3)]

SHOW = """
import gluonbook as gb
bar = gb.Bar(num_epochs=3)
for number in (1, 2, 3):
    bar(gb.Epoch(number, 2.0, 1.5))
"""


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_shows_the_epoch_and_the_time_to_go(monkeypatch, capsys):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    bar = gb.Bar(num_epochs=3)
    for epoch in EPOCHS:
        bar(epoch)
    first, second, last, end = terminal.getvalue().split("\r")
    assert first.strip() == "epoch 1 of 3, about 3 s to go"
    assert second.strip() == "epoch 2 of 3, about 2 s to go"
    assert (last.strip(), end) == ("", "")
    # Each takes the place of the one before, whole.
    assert len(first) == len(second) == len(last)
    assert capsys.readouterr().out == ""


def test_a_pipe_gets_nothing(capsys):
    bar = gb.Bar(num_epochs=3)
    for epoch in EPOCHS:
        bar(epoch)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("is_watched", [True, False])
def test_in_a_notebook_nothing_of_it_is_left(is_watched, outputs_of):
    outputs = outputs_of(WATCHED if is_watched else NOT_WATCHED, SHOW)
    assert [output.get("data") for output in outputs] == [{}] * is_watched


def test_in_a_live_notebook_one_output_is_changed(monkeypatch):
    shown = []

    class Handle:
        def update(self, data, *, raw):
            shown.append(data)

    def display(data, *, raw, display_id):
        shown.append(data)
        return Handle()

    monkeypatch.setattr(watching, "watched_in_a_notebook", lambda: True)
    monkeypatch.setattr(watching, "display", display)
    bar = gb.Bar(num_epochs=3)
    for epoch in EPOCHS:
        bar(epoch)
    assert shown == [
        {"text/plain": "epoch 1 of 3, about 3 s to go"},
        {"text/plain": "epoch 2 of 3, about 2 s to go"},
        {},
    ]
