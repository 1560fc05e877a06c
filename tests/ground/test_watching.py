"""Progress is shown only where somebody watches, and Ctrl-C ends training after the current epoch."""

import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from mxnet.gluon import rnn

import gluonbook as gb
from gluonbook import training
from gluonbook.ground import watching
from tests import LIMIT


def test_a_terminal_and_a_live_notebook_are_watched_but_not_one_that_is_executed(monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False, raising=False)
    monkeypatch.delenv(watching.UNWATCHED, raising=False)
    assert not watching.somebody_watches()
    monkeypatch.setattr(watching, "get_ipython", lambda: SimpleNamespace(kernel=None))
    assert watching.somebody_watches()
    monkeypatch.setenv(watching.UNWATCHED, "1")
    assert not watching.somebody_watches()
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert watching.somebody_watches()


@pytest.mark.parametrize("is_watched", [True, False])
def test_training_shows_a_bar_only_to_somebody_who_watches(is_watched, monkeypatch, capsys):
    monkeypatch.setattr(training, "somebody_watches", lambda: is_watched)
    model, text = gb.RNNModel(rnn.RNN(2), 3), gb.Text("abc" * 30)
    gb.train(model, text, num_epochs=3, batch_size=2, num_steps=5)
    assert ("epochs: " in capsys.readouterr().err) == is_watched


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
