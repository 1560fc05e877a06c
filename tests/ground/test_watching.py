"""Progress is shown only where somebody watches, and Ctrl-C ends training after the current epoch."""

import signal
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from gluonbook.ground import watching
from tests import LIMIT
from tests.conftest import NOT_WATCHED, WATCHED

ASK = "from gluonbook.ground.watching import watched\nprint(watched())"
TRAIN = """
import gluonbook as gb
from mxnet.gluon import rnn
text = gb.Text("abc" * 30)
history = gb.train(gb.RNNModel(rnn.RNN(2), 3), text, num_epochs=3, batch_size=2, num_steps=5)
"""


@pytest.mark.parametrize("is_watched", [True, False])
def test_a_live_notebook_is_watched_and_one_that_is_executed_is_not(is_watched, outputs_of):
    (output,) = outputs_of(WATCHED if is_watched else NOT_WATCHED, ASK)
    assert output["text"] == f"{is_watched}\n"


def test_training_leaves_nothing_in_the_outputs_of_an_executed_notebook(outputs_of):
    assert outputs_of(NOT_WATCHED, TRAIN) == []


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_terminal_is_watched_and_a_pipe_is_not(monkeypatch, is_terminal):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: is_terminal, raising=False)
    assert watching.watched() == is_terminal


# --- Ctrl-C -------------------------------------------------------------------------------


def test_the_first_interrupt_sets_the_event_and_the_second_is_raised():
    with watching.stop_after_this_epoch():
        pass
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with pytest.raises(KeyboardInterrupt), watching.stop_after_this_epoch() as stopped:
        assert not stopped.is_set()
        signal.raise_signal(signal.SIGINT)
        assert stopped.is_set()
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_handler_of_the_readers_own_stays():
    received = []
    before = signal.signal(signal.SIGINT, lambda *args: received.append(args))
    try:
        with watching.stop_after_this_epoch() as stopped:
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
    assert len(received) == 1 and not stopped.is_set()


def test_another_thread_leaves_ctrl_c_alone():
    def enter():
        with watching.stop_after_this_epoch() as stopped:
            return stopped.is_set(), signal.getsignal(signal.SIGINT)

    with ThreadPoolExecutor() as pool:
        assert pool.submit(enter).result(timeout=LIMIT) == (False, signal.default_int_handler)
