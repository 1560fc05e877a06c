"""A bar is shown where somebody watches, and nowhere else."""

import gluonbook as gb  # isort: skip  # before mxnet
import io
import sys
import threading

import pytest
from tqdm.auto import tqdm

from gluonbook.support import progress as progress_module


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def nobody_watches(monkeypatch):
    for name in progress_module.LIVE_NOTEBOOK:
        monkeypatch.delenv(name, raising=False)


def watch_a_terminal(monkeypatch):
    # Not in a fixture: pytest puts a stderr of its own in place before the test.
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    return terminal


def test_the_steps_are_gone_through_in_silence(capsys):
    assert list(gb.with_progress(range(3), "epochs")) == [0, 1, 2]
    assert list(gb.with_progress("abc", "letters")) == ["a", "b", "c"]
    assert capsys.readouterr() == ("", "")


def test_in_a_terminal_there_is_a_bar_that_vanishes(monkeypatch, capsys):
    terminal = watch_a_terminal(monkeypatch)
    assert list(gb.with_progress(range(3), "epochs")) == [0, 1, 2]
    written = terminal.getvalue()
    assert "epochs:" in written
    assert "/3" in written
    # The last line is blank.
    assert written.rstrip("\r").rsplit("\r", 1)[-1].strip() == ""
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("name", ["JPY_SESSION_NAME", "VSCODE_PID"])
def test_in_a_live_notebook_there_is_the_notebooks_bar(name, monkeypatch):
    bars = []

    def live(steps, **options):
        bars.append(options)
        return steps

    monkeypatch.setattr(progress_module, "live_tqdm", live)
    monkeypatch.setenv(name, "1")
    assert list(gb.with_progress(range(3), "epochs")) == [0, 1, 2]
    assert bars == [{"desc": "epochs", "leave": False}]


def test_an_empty_variable_is_no_live_notebook(monkeypatch):
    monkeypatch.setattr(progress_module, "live_tqdm", None)
    monkeypatch.setenv("JPY_SESSION_NAME", "")
    assert list(gb.with_progress(range(2), "epochs")) == [0, 1]


def test_a_line_is_printed(capsys):
    gb.say("epoch 1")
    assert capsys.readouterr() == ("epoch 1\n", "")


def test_a_line_is_printed_beside_a_bar(monkeypatch, capsys):
    terminal = watch_a_terminal(monkeypatch)
    for step in gb.with_progress(range(2), "epochs"):
        gb.say(f"step {step}")
    assert capsys.readouterr().out == "step 0\nstep 1\n"
    assert "step" not in terminal.getvalue()


def test_a_bar_starts_no_process_that_complains_when_this_one_is_killed():
    assert isinstance(tqdm.get_lock(), type(threading.RLock()))
