"""Progress is shown only where somebody watches, and Ctrl-C ends training after the current epoch."""

import signal
import sys
from types import SimpleNamespace

from mxnet.gluon import rnn

import gluonbook as gb
from gluonbook.ground import watching


def test_a_bar_is_shown_in_a_terminal_and_in_a_live_notebook(monkeypatch, capsys):
    def is_shown():
        model, text = gb.RNNModel(rnn.RNN(2), 3), gb.Text("abc" * 30)
        gb.train(model, text, num_epochs=3, batch_size=2, num_steps=5)
        return "epochs: " in capsys.readouterr().err

    monkeypatch.delenv(watching.UNWATCHED, raising=False)
    assert not is_shown()
    monkeypatch.setattr(watching, "get_ipython", lambda: SimpleNamespace(kernel=None))
    assert is_shown()
    monkeypatch.setenv(watching.UNWATCHED, "1")
    assert not is_shown()
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert is_shown()


def test_a_handler_of_the_readers_own_stays():
    received = []
    before = signal.signal(signal.SIGINT, lambda *args: received.append(args))
    try:
        with watching.stop_after_this_epoch() as stopped:
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
    assert len(received) == 1 and not stopped.is_set()
