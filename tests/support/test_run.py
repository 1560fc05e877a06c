"""An interrupted training keeps its finished epochs, and goes on as if nothing had happened."""

import gluonbook as gb  # isort: skip  # before mxnet
import io
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import mxnet as mx
import numpy as np
import pytest
from mxnet import nd
from mxnet.gluon import rnn

from gluonbook import training
from gluonbook.support import progress
from gluonbook.support.watchdog import watchdog
from tests import LIMIT, ROOT

CPU = mx.cpu()
TEXT = "the quick brown fox jumps over the lazy dog. " * 4
CHARS = sorted(set(TEXT))
INDEX = {char: idx for idx, char in enumerate(CHARS)}
CORPUS = [INDEX[char] for char in TEXT]
EPOCHS, BATCHES = 5, 8  # 8 mini-batches of 4 * 5 characters in an epoch
SETTINGS = {
    "vocab_size": len(CHARS),
    "ctx": CPU,
    "corpus_indices": CORPUS,
    "idx_to_char": CHARS,
    "char_to_idx": INDEX,
    "num_hiddens": 16,
    "num_epochs": EPOCHS,
    "num_steps": 5,
    "lr": 2.0,
    "clipping_theta": 0.3,
    "batch_size": 4,
    "pred_period": 1,
    "pred_len": 4,
    "prefixes": ["the"],
}


class Gluon:
    """Train Gluon's model, in adjacent order."""

    def __init__(self):
        mx.random.seed(1)
        self.model = gb.RNNModel(rnn.LSTM(16), len(CHARS))

    def train(self, **changes):
        return gb.train_and_predict_rnn_gluon(self.model, **(SETTINGS | changes))

    def params(self):
        return [param.data().asnumpy() for param in self.model.collect_params().values()]


class Scratch:
    """Train the model from scratch, in random order."""

    def __init__(self):
        mx.random.seed(1)
        random.seed(1)
        self.arrays = gb.get_params(len(CHARS), 16, CPU)

    def train(self, **changes):
        return gb.train_and_predict_rnn(
            gb.rnn_forward,
            lambda: self.arrays,
            gb.init_rnn_state,
            is_random_iter=True,
            **(SETTINGS | changes),
        )

    def params(self):
        return [array.asnumpy() for array in self.arrays]


both = pytest.mark.parametrize("kind", [Gluon, Scratch])


def perplexities(history):
    return [epoch.perplexity for epoch in history]


@pytest.fixture
def interrupt_at(monkeypatch):
    """Let Ctrl-C come in the middle of some mini-batch, counted from 0 over all epochs."""
    clip = training.grad_clipping

    def interrupt_at(batch):
        seen = iter(range(10**9))

        def clip_or_interrupt(*args):
            if next(seen) == batch:
                signal.raise_signal(signal.SIGINT)
            clip(*args)

        monkeypatch.setattr(training, "grad_clipping", clip_or_interrupt)

    return interrupt_at


def same_arrays(some, others):
    return all(np.array_equal(a, b) for a, b in zip(some, others, strict=True))


# --- the history ----------------------------------------------------------------------


@both
def test_the_history_is_what_the_callbacks_were_told(kind):
    told = []
    history = kind().train(callbacks=[told.append])
    assert history == told
    assert [epoch.number for epoch in history] == [1, 2, 3, 4, 5]
    # 180 characters, of which whole mini-batches can be read.
    assert {epoch.num_chars for epoch in history} == {BATCHES * 4 * 5}


def test_an_epoch_whose_characters_nobody_counted_has_none():
    assert gb.Epoch(1, 2.0, 0.1).num_chars == 0


@both
@pytest.mark.parametrize("batch", [BATCHES, BATCHES + 1, 3 * BATCHES + 5, EPOCHS * BATCHES - 1])
def test_an_interrupted_training_goes_on_as_if_nothing_had_happened(
    kind, batch, interrupt_at, capsys
):
    whole = kind()
    expected = whole.train()
    in_between = kind()
    finished = batch // BATCHES
    in_between.train(num_epochs=finished)
    capsys.readouterr()

    interrupted = kind()
    interrupt_at(batch)
    history = interrupted.train()
    assert perplexities(history) == perplexities(expected[:finished])
    assert same_arrays(interrupted.params(), in_between.params())
    last_line = capsys.readouterr().out.splitlines()[-1]
    assert last_line.startswith(f"interrupted: the model is as it was after epoch {finished}. ")
    assert "history=history" in last_line

    again = interrupted.train(history=history)
    assert perplexities(again) == perplexities(expected)
    assert again[:finished] == history
    assert same_arrays(interrupted.params(), whole.params())


@both
def test_a_training_that_went_on_may_be_interrupted_in_its_first_epoch(kind, interrupt_at):
    model = kind()
    history = model.train(num_epochs=2)
    before = model.params()
    interrupt_at(BATCHES // 2)
    assert model.train(history=history) == history
    assert same_arrays(model.params(), before)


@both
def test_an_interrupt_before_the_first_epoch_is_over_leaves_nothing(kind, interrupt_at, capsys):
    interrupt_at(3)
    assert kind().train() == []
    assert capsys.readouterr().out == (
        "interrupted before the first epoch was over: nothing is kept, so start again\n"
    )


@both
def test_an_interrupt_in_a_callback_or_a_report_keeps_that_epoch(kind):
    def interrupt(epoch):
        if epoch.number == 3:
            signal.raise_signal(signal.SIGINT)

    whole = kind()
    whole.train(num_epochs=3)
    model = kind()
    assert len(model.train(callbacks=[interrupt])) == 3
    assert same_arrays(model.params(), whole.params())


def test_an_interrupt_between_history_and_parameters_leaves_them_in_agreement(monkeypatch):
    keep = gb.TrainingRun._keep

    def interrupt(run):
        if len(run.history) == 3:
            raise KeyboardInterrupt
        keep(run)

    whole = Gluon()
    whole.train(num_epochs=2)
    monkeypatch.setattr(gb.TrainingRun, "_keep", interrupt)
    model = Gluon()
    assert len(model.train()) == 2
    assert same_arrays(model.params(), whole.params())


@both
def test_a_history_that_is_long_enough_is_returned_as_it_is(kind):
    model = kind()
    history = model.train()
    before = model.params()
    assert model.train(history=history) == history
    assert same_arrays(model.params(), before)


@both
def test_the_history_that_was_given_does_not_change(kind):
    model = kind()
    history = model.train(num_epochs=2)
    given = tuple(history)
    assert len(model.train(history=given)) == EPOCHS
    assert given == tuple(history)


def test_a_second_interrupt_need_not_wait_for_a_mini_batch():
    def interrupt_twice(epoch):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        pytest.fail("the second one was not heeded")

    assert len(Gluon().train(callbacks=[interrupt_twice])) == 1


def test_ctrl_c_is_given_back():
    Gluon().train()
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_a_handler_of_the_readers_own_stays(monkeypatch):
    heard = []
    before = signal.signal(signal.SIGINT, lambda *args: heard.append(args))
    try:
        history = Gluon().train(callbacks=[lambda epoch: signal.raise_signal(signal.SIGINT)])
    finally:
        signal.signal(signal.SIGINT, before)
    assert (len(history), len(heard)) == (EPOCHS, EPOCHS)


def test_training_works_in_another_thread():
    with ThreadPoolExecutor() as pool:
        assert len(pool.submit(Gluon().train).result(timeout=LIMIT)) == EPOCHS


def test_other_errors_are_not_held_back():
    def fail(epoch):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Gluon().train(callbacks=[fail])


@both
@pytest.mark.parametrize("numbers", [[2], [1, 3], [1, 1], [0, 1]])
def test_what_is_no_history_is_refused(kind, numbers):
    model = kind()
    model.train(num_epochs=1)
    before = model.params()
    with pytest.raises(ValueError, match="history must be what an earlier call returned"):
        model.train(history=[gb.Epoch(number, 2.0, 0.1) for number in numbers])
    assert same_arrays(model.params(), before)


@pytest.mark.parametrize("initialize", [False, True])
def test_a_model_that_was_never_trained_cannot_go_on(initialize):
    history = Gluon().train(num_epochs=2)
    model = Gluon()
    if initialize:  # and yet the output layer's shape is not known
        model.model.initialize()
    with pytest.raises(
        ValueError, match="has no values yet, so there is no training run to continue"
    ):
        model.train(history=history)


SCRIPT = """
import gluonbook as gb, mxnet as mx
from mxnet.gluon import rnn
text = "to be or not to be, that is the question. " * 40
chars = sorted(set(text))
index = {char: idx for idx, char in enumerate(chars)}
model = gb.RNNModel(rnn.RNN(32), len(chars))
history = gb.train_and_predict_rnn_gluon(
    model, 32, len(chars), mx.cpu(), [index[c] for c in text], chars, index,
    10**6, 5, 1.0, 0.1, 4, 1, 5, [],
    callbacks=[lambda epoch: print("told of", epoch.number, flush=True)],
)
print(len(history), history[-1].number)
"""


def test_ctrl_c_ends_a_process_cleanly():
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            while "told of 5" not in process.stdout.readline():
                assert process.poll() is None, process.stderr.read()
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=LIMIT)
        finally:
            process.kill()
    assert (process.returncode, err) == (0, "")
    message, lengths = out.splitlines()[-2:]
    length, number = lengths.split()
    assert length == number
    assert message.startswith(f"interrupted: the model is as it was after epoch {length}. ")


# --- the bar --------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self):
        return True


def watch_a_terminal(monkeypatch):
    # Not in a fixture: pytest puts a stderr of its own in place before the test.
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    return terminal


@both
def test_a_terminal_shows_epochs_perplexity_speed_and_time_left(kind, monkeypatch):
    terminal = watch_a_terminal(monkeypatch)
    # Every change is drawn, however fast the epochs are.
    bar = progress.progress_bar
    monkeypatch.setattr("gluonbook.support.run.progress_bar", lambda **k: bar(mininterval=0, **k))
    # As many characters as whole mini-batches read, and the one that follows.
    corpus = CORPUS[: BATCHES * 4 * 5 + 1]
    history = kind().train(corpus_indices=corpus, callbacks=[lambda epoch: time.sleep(0.01)])
    drawn = terminal.getvalue().split("\r")
    assert any(line.startswith("epoch 5 of 5:") for line in drawn)
    for epoch in history[:-1]:
        (line, *_) = (line for line in drawn if f"perplexity {epoch.perplexity:.3f}," in line)
        speed = epoch.num_chars / epoch.seconds
        assert f"{speed:,.0f} characters a second" in line
        assert f" {100 * epoch.number / EPOCHS:.0f}%|" in line
        assert " < 00:" in line  # time left
    assert drawn[-1].strip() == ""  # and in the end it is gone


def test_the_bar_goes_on_where_the_history_ends(monkeypatch):
    terminal = watch_a_terminal(monkeypatch)
    model = Gluon()
    history = model.train(num_epochs=4)
    seen = len(terminal.getvalue())
    model.train(history=history)
    first = terminal.getvalue()[seen:].strip().split("\r")[0]
    assert "80%|" in first


def test_the_bar_is_gone_after_an_interrupt(monkeypatch, interrupt_at):
    terminal = watch_a_terminal(monkeypatch)
    interrupt_at(20)
    Gluon().train()
    assert terminal.getvalue().split("\r")[-1].strip() == ""


def test_a_pipe_gets_the_reports_alone(capfd):
    Gluon().train()
    out, err = capfd.readouterr()
    assert err == ""
    assert [line.split()[0] for line in out.splitlines()] == ["epoch", "-"] * EPOCHS


# --- between two mini-batches -----------------------------------------------------------


def steps_waited_for(monkeypatch, num_batches, **options):
    """Go through mini-batches whose step writes its number; return those that were waited for."""
    waited = []
    monkeypatch.setattr(nd.NDArray, "wait_to_read", lambda array: waited.append(array))
    param = nd.zeros((2, 3))
    with gb.TrainingRun([param], 1, num_batches, **options) as run:
        for _ in run.epochs():
            for X, _ in run.watch([(nd.array([i]), None) for i in range(num_batches)]):
                param[:] = X
    return [array[0, 0].asscalar() for array in waited]


def test_python_does_not_run_too_far_ahead(monkeypatch):
    assert steps_waited_for(monkeypatch, 150) == list(range(50))


def test_python_may_be_kept_closer_to_the_device(monkeypatch):
    assert steps_waited_for(monkeypatch, 10, num_ahead=1) == list(range(9))


def test_the_watchdog_is_patted_at_every_mini_batch_and_rests_afterwards(monkeypatch):
    told = []
    for name in ("pat", "rest"):
        monkeypatch.setattr(watchdog, name, lambda name=name: told.append(name))
    with gb.TrainingRun([nd.zeros((1, 1))], 2, 3) as run:
        assert told == ["pat"]
        for _ in run.epochs():
            for number, _ in enumerate(run.watch([(nd.zeros((1,)), None)] * 3), start=1):
                told.append(number)
            run.finish([nd.zeros((1,))])
    assert told == ["pat", *[1, "pat", 2, "pat", 3, "pat", "pat"] * 2, "rest"]
