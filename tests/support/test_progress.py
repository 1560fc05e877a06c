"""A bar is shown where somebody watches, and nowhere else."""

import gluonbook as gb  # isort: skip  # before mxnet
import io
import sys
import threading

import pytest
from tqdm import tqdm

from gluonbook.support import progress as progress_module
from tests.kernel import NOT_WATCHED, WATCHED


class Terminal(io.StringIO):
    def isatty(self):
        return True


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


STEPS = """
import gluonbook as gb
for step in gb.with_progress(range(3), "epochs"):
    if step == 2:
        gb.say("nearly there")
"""


@pytest.fixture
def displayed(monkeypatch):
    """Collect what an output of its own shows, one after the other."""
    shown = []

    class Handle:
        def update(self, data, *, raw):
            shown.append(data)

    def display(data, *, raw, display_id):
        assert raw and display_id
        shown.append(data)
        return Handle()

    monkeypatch.setattr(progress_module, "display", display)
    monkeypatch.setattr(progress_module, "watched_in_a_notebook", lambda: True)
    return shown


def test_in_a_notebook_the_bar_is_text_of_its_own_that_is_emptied(displayed, capsys):
    for _ in progress_module.progress_bar(range(3), desc="epochs", mininterval=0):
        assert displayed[-1]["text/plain"].startswith("epochs:")
    texts = [data["text/plain"] for data in displayed if data]
    assert any("33%|" in text and "1/3" in text for text in texts)
    assert displayed[-1] == {}
    assert capsys.readouterr() == ("", "")


def test_a_loop_that_is_left_empties_the_bar(displayed):
    with pytest.raises(KeyboardInterrupt):
        for _ in gb.with_progress(range(3), "epochs"):
            raise KeyboardInterrupt
    assert displayed[-1] == {}


def test_in_every_front_end_there_is_a_bar_of_which_nothing_is_left(outputs_of):
    # Nothing says here which front end it is.
    bar, said = outputs_of(WATCHED, STEPS)
    assert (bar.output_type, bar.data) == ("display_data", {})
    assert said.text == "nearly there\n"


def test_where_outputs_are_stored_there_is_none(outputs_of):
    (said,) = outputs_of(NOT_WATCHED, STEPS)
    assert said.text == "nearly there\n"


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
