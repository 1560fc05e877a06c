"""The command line: train on a text of one's own, stop, resume, and generate text."""

import contextlib
import io
import os
import re
import signal
import sys
from pathlib import Path

import pytest
from mxnet.gluon import rnn

import gluonbook as gb
from gluonbook import tool
from gluonbook.tool import cli, commands
from tests.processes import finished
from tests.services.test_training import interrupt_at
from tests.tool.test_run_file import params, with_params

ENGLISH = "the quick brown fox jumps over the lazy dog. " * 12
SMALL = ["--hiddens", "16", "--steps", "8", "--batch-size", "4", "--report", "3", "--length", "7"]


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text(ENGLISH, encoding="utf-8")
    return path


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.npz"


def run(*arguments):
    return cli.main([str(argument) for argument in arguments])


def perplexities(path):
    return [epoch.perplexity for epoch in tool.load_checkpoint(path).history]


def save_model(path, text):
    model = with_params(text)
    tool.Checkpoint(model, text, path).save()
    return model


# --- what the commands do -----------------------------------------------------------------


def test_a_model_is_trained_as_in_the_chapter_and_generates(text, path, capsys):
    told = ["--chars=500", "--epochs", 7, "--prefix", "the", "--lr", 10, "--clip", 0.1, "--seed", 5]
    assert run("train", text, path, *SMALL, *told) == 0
    first, *report, last = capsys.readouterr().out.splitlines()
    assert first == (
        "450 characters to train on, 50 held out, 28 different characters; "
        "a model with 1,212 parameters"
    )
    # The last epoch is reported whatever the period is.
    assert [line.split(",")[0] for line in report[::2]] == ["epoch 3", "epoch 6", "epoch 7"]
    assert all(line.startswith(" - the") and len(line) == 6 + 7 for line in report[1::2])
    assert last == f"Generate text with: {commands.typed('sample', str(path))}"
    read, model = commands.OwnText(text, 500), gb.RNNModel(rnn.RNN(16), 28)
    expected = gb.train(
        model, read, num_epochs=7, num_steps=8, batch_size=4, lr=10, clipping_theta=0.1, seed=5
    )
    assert perplexities(path) == [epoch.perplexity for epoch in expected]
    held_out = gb.evaluate_perplexity(model, gb.Text(ENGLISH).train[450:500])
    assert re.fullmatch(
        rf"epoch 7, perplexity {expected[-1].perplexity:f}, time [\d.]+ sec, "
        rf"held out {held_out:f}",
        report[4],
    )
    assert run("sample", path, "--length", 40, "--temperature", 0) == 0
    written = gb.write(model, read, prefix="the", num_chars=40)
    assert capsys.readouterr().out == f"{written}\n"
    text.write_text("The lazy fox\n")
    with contextlib.redirect_stdout(io.StringIO()) as shown:  # as in a notebook
        assert run("evaluate", path, text) == 0
    perplexity = gb.evaluate_perplexity(model, read.encode("the lazy fox "))
    assert shown.getvalue() == f"perplexity {perplexity:f} on 13 characters\n"


def test_a_model_generates_with_its_own_vocabulary_and_no_control_characters(path, capsys):
    # Not sorted, with a capital, an escape, and a character that turns the direction round.
    text = gb.Text.of_vocabulary(["T", "h", "\x1b", "c", "\n", "\u202e"], [0])
    model = save_model(path, text)
    # "T" is in the vocabulary, and "C" only as "c".
    prefix = "TC\x1b\n\u202e"
    assert run("sample", path, "--prefix", prefix, "--temperature", 0, "--length", 30) == 0
    written = gb.write(model, text, prefix=prefix.replace("C", "c"), num_chars=30)
    shown = written.replace("\x1b", r"\x1b").replace("\u202e", r"\u202e")
    assert capsys.readouterr().out == shown + "\n"
    assert run("resume", path) == 1
    assert f"{path} was saved by another program: resume it there" in capsys.readouterr().err


def test_a_table_shows_runs_and_names_what_is_none(text, path, capsys):
    assert run("train", text, path, *SMALL, "--epochs", 2, "--layer=gru", "--layers=2") == 0
    other = path.with_name("other.npz")
    save_model(other, gb.Text("fox"))
    saved = tool.load_checkpoint(path)
    trained = saved.history[-1].perplexity
    held_out = gb.evaluate_perplexity(saved.model, commands.OwnText(text).validation)
    capsys.readouterr()
    assert run("show", path, text, other) == 1
    out, err = capsys.readouterr()
    assert "text.txt is damaged" in err
    _, first, second = (" ".join(line.split()) for line in out.splitlines())
    assert first == f"{path} gru 2 x 16 100.0 2 {trained:.3f} {held_out:.3f} all {text}"
    assert second == f"{other} rnn_relu 16 - 0 - - all -"
    assert run("show", "none.npz") == 1
    assert capsys.readouterr().out == ""


# --- stopping and resuming ----------------------------------------------------------------


def test_a_resumed_run_ends_as_an_uninterrupted_one(text, path, tmp_path, monkeypatch, capfd):
    options = [*SMALL, "--epochs", 3, "--layer", "lstm"]
    assert run("train", text, tmp_path / "whole.npz", *options) == 0
    with monkeypatch.context() as patch:
        interrupt_at(patch, 20)  # an epoch has 15 mini-batches
        assert run("train", text, path, *options) == 130
        out, err = capfd.readouterr()
        assert "\nTraining stops after this epoch. Press Ctrl-C again" in err
    *_, stopped = out.splitlines()
    assert stopped == f"Stopped and saved. Resume with: {commands.typed('resume', str(path))}"
    assert len(perplexities(path)) == 2
    assert run("resume", path) == 0
    assert perplexities(path) == perplexities(tmp_path / "whole.npz")
    assert params(path) == params(tmp_path / "whole.npz")
    capfd.readouterr()
    for fewer in [], ["--epochs", 2]:
        assert run("resume", path, *fewer) == 0
        assert "3 of 3 epochs are done\nFor more, give the total: " in capfd.readouterr().out
    assert run("resume", path, "--epochs", 4) == 0
    assert len(perplexities(path)) == 4


@pytest.mark.parametrize(
    "command", [["-m", "gluonbook"], [str(Path(sys.executable).with_name("gluonbook"))]]
)
def test_ctrl_c_during_the_import_is_quiet(command, tmp_path):
    # The first package that takes long presses Ctrl-C.
    (tmp_path / "numpy.py").write_text("import os\nos.kill(os.getpid(), 2)")
    command = [sys.executable, *command, "data"]
    done = finished(command, env=os.environ | {"PYTHONPATH": str(tmp_path)})
    assert (done.returncode, done.stderr) == (-signal.SIGINT, "")


@pytest.mark.parametrize(("steps", "num_epochs"), [((0, 1), 0), ((20, 21), 1)])
def test_a_second_ctrl_c_ends_it_at_once(steps, num_epochs, text, path, monkeypatch, capsys):
    interrupt_at(monkeypatch, *steps)
    assert run("train", text, path, *SMALL, "--epochs", 6) == 130
    assert path.exists() == ("Resume with" in capsys.readouterr().out) == (num_epochs > 0)
    assert not num_epochs or len(perplexities(path)) == num_epochs


def test_a_text_may_move_but_not_change(text, path, monkeypatch, capsys):
    def refused(*arguments):
        assert run("resume", path, "--epochs", 2, *arguments) == 1
        return capsys.readouterr().err

    assert run("train", text, path, *SMALL, "--epochs", 1) == 0
    text = text.rename(text.with_name("moved.txt"))
    assert ": give its path with --text" in refused()
    other = text.with_name("other.txt")
    other.write_text(ENGLISH[::-1])
    assert "is not the text that" in refused("--text", other)

    def fail(*_, **__):
        raise OSError(30, "Read-only file system")

    with monkeypatch.context() as patch:  # before an epoch has been trained in vain
        patch.setattr(Path, "touch", fail)
        assert f"{path}: Read-only file system. Check" in refused("--text", text)
    assert run("resume", path, "--epochs", 2, "--text", text) == 0
    assert run("resume", path, "--epochs", 3) == 0  # the new place is remembered
    assert len(perplexities(path)) == 3


# --- what goes wrong ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "no-such-file", "run"], "/no-such-file: No such file or directory. Check"),
        (["train", "{text}", "{text}", *SMALL], "{text} exists already: resume the"),
        (["train", "{text}", "/proc/run", *SMALL, "--lr=nan"], "cannot access /proc/run: "),
        (["train", "{text}", "run", *SMALL, "--clip=1e9", "--lr=1e9"], "diverged in epoch 1"),
        (["train", "{text}", "run", *SMALL, "--hiddens=100000000"], "Check failed"),
        (["train", "{text}", "run", *SMALL, "--clip=0"], "threshold --clip must be above zero, or"),
        (["train", "{text}", "run", *SMALL, "--steps=900"], "--batch-size * --steps = 4 * 900"),
        (["evaluate", "{run}", "{text}"], "has characters that are not in the vocabulary"),
        (["sample", "{text}"], "is damaged, or is not a training run"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_an_error_is_one_line(arguments, message, text, path, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    save_model(path, gb.Text("fox"))
    arguments = [argument.format(text=text, run=path) for argument in arguments]
    assert run(*arguments) == 1
    out, err = capsys.readouterr()
    (line,) = err.splitlines()
    assert line.startswith("gluonbook: ") and message.format(text=text) in line
    assert "epoch" not in out
    assert not (tmp_path / "run").exists() and text.read_text() == ENGLISH


FROM_ELSEWHERE = [{"pred_period": 0}, {"lr": "1"}, {"prefixes": [7]}, {"text": 5}]
FROM_ELSEWHERE += [{"text": "\x1b]0;title\x07"}, {"text": cli.path("-")}]


@pytest.mark.parametrize("changes", FROM_ELSEWHERE)
def test_settings_from_elsewhere_train_nothing_and_stay_off_the_terminal(
    changes, text, path, capsys
):
    assert run("train", text, path, *SMALL, "--epochs", 1) == 0
    saved = tool.load_checkpoint(path)
    saved.settings |= changes
    saved.save()
    capsys.readouterr()
    assert run("resume", path, "--epochs", 2) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.isprintable()
    assert len(perplexities(path)) == 1


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [
        ("--temperature", "-1", "a number, 0 or more"),
        ("--temperature", "nan", "a number, 0 or more"),
        ("--length", "1.5", "a whole number, 1 or more"),
    ],
)
def test_a_command_line_that_makes_no_sense_ends_with_2(option, value, expected, capsys):
    with pytest.raises(SystemExit, match="2"):
        run("sample", "b", f"{option}={value}")
    told = f"error: argument {option}: must be {expected}, not {value}\n"
    assert capsys.readouterr().err.endswith(f"gluonbook sample: {told}")
