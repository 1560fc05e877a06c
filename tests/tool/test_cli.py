"""The command line: train on a text of one's own, stop, resume, and generate text."""

import importlib.metadata
import inspect
import io
import json
import math
import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from mxnet.gluon import rnn

import gluonbook as gb
import gluonbook_cli as cli
from gluonbook import tool
from gluonbook import training as lesson
from gluonbook.tool import commands, run_file, training
from tests import LIMIT, ROOT
from tests.processes import finished
from tests.tool import in_this_order
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


@pytest.fixture(autouse=True)
def a_usual_machine(monkeypatch):
    """Let a slow machine report no progress, and let no terminal colour or break the help."""
    monkeypatch.setattr(training, "FIRST", math.inf)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")


def run(*arguments):
    return cli.main([str(argument) for argument in arguments])


def perplexities(path):
    return [epoch.perplexity for epoch in tool.load_checkpoint(path).history]


# --- what the commands do -----------------------------------------------------------------


def test_a_model_is_trained_as_in_the_chapter_and_generates(text, path, capsys):
    told = ["--epochs", 7, "--prefix", "the", "--lr", 10, "--clip", 0.1, "--seed", 5]
    assert run("train", text, path, *SMALL, *told) == 0
    first, *report, last = capsys.readouterr().out.splitlines()
    assert first == (
        "486 characters to train on, 54 held out, 28 different characters; "
        "a model with 1,212 parameters"
    )
    # The last epoch is reported whatever the period is.
    assert [line.split(",")[0] for line in report[::2]] == ["epoch 3", "epoch 6", "epoch 7"]
    assert all(line.startswith(" - the") and len(line) == 6 + 7 for line in report[1::2])
    assert last == f"Generate text with: {cli.typed('sample', str(path))}"
    read, model = training.OwnText(text), gb.RNNModel(rnn.RNN(16), 28)
    expected = gb.train(
        model, read, num_epochs=7, num_steps=8, batch_size=4, lr=10, clipping_theta=0.1, seed=5
    )
    assert perplexities(path) == [epoch.perplexity for epoch in expected]
    held_out = gb.evaluate_perplexity(model, gb.Text(ENGLISH).train[486:])
    assert re.fullmatch(
        rf"epoch 7, perplexity {expected[-1].perplexity:f}, time [\d.]+ sec, "
        rf"held out {held_out:f}",
        report[4],
    )
    assert run("sample", path, "--length", 40, "--temperature", 0) == 0
    written = gb.write(model, read, prefix="the", num_chars=40)
    assert capsys.readouterr().out == f"{written}\n"


def test_what_is_sampled_depends_on_the_seed(path, capsys):
    save_model(path, gb.Text("fox"))

    def sample(*options):
        assert run("sample", path, "--prefix", "fox", "--temperature", 1, *options) == 0
        return capsys.readouterr().out

    assert sample("--seed", 0) == sample("--seed", 0) != sample("--seed", 1)
    assert sample() != sample()
    assert sample().startswith("fox")


def test_the_options_are_those_of_the_model_and_numpy_reads_them(text, path, capsys):
    options = {
        "layer": "lstm", "layers": 2, "epochs": 1, "chars": 200, "clip": 0.5, "lr": 3, "seed": 0,
        "hiddens": 16, "steps": 8, "batch-size": 4, "report": 3, "length": 7,
    }  # fmt: skip
    given = [f"--{option}={value}" for option, value in options.items()]
    run("train", text, path, *given, "--prefix", "the", "--prefix", "Fox")
    assert capsys.readouterr().out.startswith("180 characters to train on, 20 held out, 28 ")
    with np.load(path) as file:
        said = json.loads(file["run"].item())
        assert file["dense.weight"].shape == (len(said["vocabulary"]), 16)
    sizes = {"num_hiddens": 16, "num_layers": 2}
    assert said["architecture"] == {"layer": "lstm", "dropout": 0, "vocab_size": 28} | sizes
    kept = said["settings"]
    assert len(kept.pop("sha256")) == 64
    assert kept == {
        "layer": "lstm", "num_epochs": 1, "num_steps": 8, "batch_size": 4, "lr": 3.0, "seed": 0,
        "clipping_theta": 0.5, "pred_period": 3, "pred_len": 7, "prefixes": ["the", "fox"],
        "num_chars": 200, "text": str(text),
    } | sizes  # fmt: skip


def test_the_defaults_are_those_of_the_chapter():
    _, given = cli.parse(["train", "text", "run"])
    defaults = inspect.signature(gb.train).parameters
    for name in (*training.TRAINING, "pred_len"):
        assert given[name] == defaults[name].default


def test_the_novel_can_be_asked_for_whatever_stdout_is(text, monkeypatch):
    monkeypatch.setattr(commands, "find_novel", lambda: None)
    monkeypatch.setattr(commands, "download_novel", lambda: text)
    # A notebook's stream has no `reconfigure`.
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert run("data") == 0
    assert sys.stdout.getvalue() == f"{text}\n"
    monkeypatch.setattr(sys, "stdout", None)  # as Python has it where stdout is closed
    assert run("data") == 0
    sys.stdout.close()


def test_there_is_help_with_an_example(capsys):
    def help_of(*words):
        with pytest.raises(SystemExit, match=r"^0$"):
            run(*words)
        return capsys.readouterr().out

    for command in ("train", "resume", "sample", "cluster", "data"):
        assert f"\n    {command} " in help_of()
        said = help_of(command, "--help")
        assert "None" not in said
        example = said.partition(f"example:\n\n  {cli.typed(command)}")[2]
        assert cli.parse([command, *shlex.split(example)])[0] == command


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["trian"], "there is no command 'trian': did you mean 'train'?"),
        (["train", "a", "b", "--hidens", "3"], "unexpected '--hidens': did you mean '--hiddens'?"),
        (["--epochs"], "required: COMMAND"),
        (["train", "a", "b", "--epochs", "0"], "must be 1 or more, not 0"),
        (["train", "a", "b", "--layers", "11"], "argument --layers: invalid choice"),
        (["train", "a", "b", "--lr", "nan"], "must be 1e-30 or more, not nan"),
        (["train", "a", "b", "--chars", "1.5"], "invalid number value: '1.5'"),
        (["sample", "a", "--temperature", "inf"], "or less, not inf"),
    ],
)
def test_a_command_line_that_makes_no_sense_ends_with_2(arguments, said, capsys):
    with pytest.raises(SystemExit) as caught:
        run(*arguments)
    assert caught.value.code == 2
    first, second = capsys.readouterr().err.splitlines()
    assert said in first and second.endswith(" --help` gives the details")


# --- progress -----------------------------------------------------------------------------


def test_the_progress_of_a_long_epoch_is_logged_or_is_a_bar_in_a_terminal(
    text, path, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(training, "FIRST", 0)
    monkeypatch.setattr(training, "BETWEEN", 0)
    run("train", text, path, *SMALL, "--epochs", 2)
    said = capsys.readouterr().out
    lines = re.findall(r"^epoch (\d), (\d+)% read, about \d+ sec left$", said, re.MULTILINE)
    shares = [round(100 * step / 15) for step in range(1, 16)]
    assert lines == [(str(epoch), str(share)) for epoch in (1, 2) for share in shares]

    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    run("train", text, tmp_path / "another.npz", *SMALL, "--epochs", 1)
    out, err = capsys.readouterr()
    assert re.search(r"epoch 1: .* \d+/15 ", err) and " read, " not in out


# --- stopping and resuming ----------------------------------------------------------------


def interrupt_at(monkeypatch, *steps):
    """Press Ctrl-C in some steps of the training runs that begin from here on."""
    step, train_step = iter(range(10**6)), lesson.train_step

    def step_or_interrupt(*args):
        if next(step) in steps:
            signal.raise_signal(signal.SIGINT)
        return train_step(*args)

    monkeypatch.setattr(lesson, "train_step", step_or_interrupt)


def test_a_resumed_run_ends_as_an_uninterrupted_one(text, path, tmp_path, monkeypatch, capfd):
    options = [*SMALL, "--epochs", 3, "--layer", "lstm"]
    assert run("train", text, tmp_path / "whole.npz", *options) == 0
    with monkeypatch.context() as patch:
        interrupt_at(patch, 20)  # an epoch has 15 mini-batches
        assert run("train", text, path, *options) == 130
        out, err = capfd.readouterr()
        assert "\nStopping after epoch 2" in err and "Press Ctrl-C again" in err
    *_, stopped = out.splitlines()
    assert stopped == f"Stopped and saved. Resume with: {cli.typed('resume', str(path))}"
    assert len(perplexities(path)) == 2
    assert run("resume", path) == 0
    assert perplexities(path) == perplexities(tmp_path / "whole.npz")
    assert params(path) == params(tmp_path / "whole.npz")
    assert run("resume", path, "--epochs", 4) == 0
    assert len(perplexities(path)) == 4
    assert run("resume", path, "--epochs", 3) == 1
    assert "has 4 epochs already" in capfd.readouterr().err


@pytest.mark.parametrize(("steps", "num_epochs"), [((0, 1), 0), ((20, 21), 1)])
def test_a_second_ctrl_c_ends_it_at_once(steps, num_epochs, text, path, monkeypatch, capsys):
    interrupt_at(monkeypatch, *steps)
    assert run("train", text, path, *SMALL, "--epochs", 6) == 130
    assert path.exists() == ("Resume with" in capsys.readouterr().out) == (num_epochs > 0)
    assert not num_epochs or len(perplexities(path)) == num_epochs


def piped(text):
    """Return a path from which a text can be read once."""
    reading, writing = os.pipe()
    os.write(writing, text.encode())
    os.close(writing)
    return f"/dev/fd/{reading}"


def test_a_text_may_come_through_a_pipe_and_may_move_but_not_change(text, path, capsys):
    def refused(*arguments):
        assert run("resume", path, "--epochs", 2, *arguments) == 1
        return capsys.readouterr().err

    assert run("train", piped(ENGLISH), path, *SMALL, "--epochs", 1) == 0
    assert "is not the text that" in refused("--text", piped(ENGLISH[::-1]))
    assert run("resume", path, "--epochs", 2, "--text", text) == 0
    moved = text.rename(text.with_name("moved.txt"))
    assert f"no longer at {text}: give its path with --text" in refused()
    assert run("resume", path, "--epochs", 3, "--text", moved) == 0
    assert run("resume", path, "--epochs", 4) == 0  # the new place is remembered
    assert len(perplexities(path)) == 4


def save_model(path, text):
    """Save a model as a program does, and return it."""
    model = with_params(text)
    tool.Checkpoint(model, text, path).save()
    return model


def test_a_run_of_a_program_generates_with_its_vocabulary_in_its_order_and_is_not_resumed(
    path, capsys
):
    text = in_this_order(dict.fromkeys("The quick brown fox"))  # not sorted, and with a capital
    model = save_model(path, text)
    # "T" is in the vocabulary, and "C" only as "c".
    assert run("sample", path, "--prefix", "The Cow", "--temperature", 0, "--length", 30) == 0
    expected = gb.write(model, text, prefix="The cow", num_chars=30)
    assert capsys.readouterr().out == f"{expected}\n"
    assert run("sample", path, "--prefix", "Ωmega") == 1
    assert capsys.readouterr().err.startswith("gluonbook: 'ωmega' has characters")
    assert run("resume", path) == 1
    assert "was saved by another program" in capsys.readouterr().err


def test_a_file_may_be_replaced_while_it_is_loaded(path, tmp_path, monkeypatch):
    """As by `train`, which saves each epoch."""
    save_model(path, gb.Text("abc"))
    save_model(tmp_path / "other", gb.Text("abcd"))
    build_model = run_file.build_model

    def build_later(architecture):
        (tmp_path / "other").replace(path)
        return build_model(architecture)

    monkeypatch.setattr(run_file, "build_model", build_later)
    assert tool.load_checkpoint(path).text.size == 3


# --- other texts -----------------------------------------------------------------------------


def test_any_text_is_learned_and_advice_can_be_pasted_where_only_ascii_is_known(tmp_path, capsys):
    own, path = tmp_path / "歌词.txt", tmp_path / "my run's"
    own.write_bytes("歌词: 👩‍👩‍👧 Likes 🍰\r\nand 🏳️‍🌈, 😀!\r\n".encode() * 20)
    assert run("train", own, path, *SMALL, "--epochs", 1) == 0
    as_read = set("歌词: 👩‍👩‍👧 likes 🍰 and 🏳️‍🌈, 😀! ")
    assert tool.load_checkpoint(path).text.chars == sorted(as_read)
    advice = capsys.readouterr().out.splitlines()[-1].partition("with: ")[2]
    # A prefix is put into lower case as the text was.
    command = f"{advice} --length 5 --prefix '歌词 L' 2>&-"  # stderr is closed
    done = finished(command, shell=True, env=os.environ | {"PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stdout[:4], len(done.stdout)) == (0, "?? l", 10)


def test_an_overflow_on_the_held_out_text_ends_no_training(text, path, capsys, monkeypatch):
    def grown(*_):
        raise FloatingPointError("the loss is NaN")

    monkeypatch.setattr(training, "evaluate_perplexity", grown)
    assert run("train", text, path, *SMALL, "--epochs", 1) == 0
    assert ", held out nan\n" in capsys.readouterr().out


def test_the_shortest_text_has_the_length_that_the_message_gives(text):
    settings = {"batch_size": 32, "num_steps": 35, "num_chars": None, "text": "here"}

    def check(num_chars):
        text.write_text("a" * num_chars)
        training.check_length(training.OwnText(text), settings)

    with pytest.raises(training.UsageError, match="the 5 characters of here are too") as caught:
        check(5)
    needed = int(re.search(r"needs ([\d,]+) in all", str(caught.value))[1].replace(",", ""))
    with pytest.raises(training.UsageError):
        check(needed - 1)
    check(needed)


@pytest.mark.parametrize(("num_chars", "held_out"), [(54, 5), (300_000, 20_000)])
def test_a_tenth_of_a_text_is_held_out_but_not_more_than_20_000(num_chars, held_out, text):
    text.write_text("ab" * (num_chars // 2))
    own = training.OwnText(text)
    assert (len(own.train), len(own.validation)) == (num_chars - held_out, held_out)


def test_no_perplexity_is_below_1(text, path, capsys):
    text.write_text("a" * 500)
    assert run("train", text, path, *SMALL, "--epochs", 3, "--report", 1) == 0
    found = re.findall(r"(?:perplexity|held out) ([\d.]+)", capsys.readouterr().out)
    assert found == ["1.000000"] * 6


# --- what goes wrong ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "no-such-file", "run"], "no-such-file: No such file or directory"),
        (["train", "{text}", "{text}", *SMALL], "{text} exists already: resume the"),
        (["train", "{text}", "run", *SMALL, "--prefix", "Ωmega"], "'ωmega' has characters"),
        (["train", "{text}", "run", "--batch-size=1000"], "540 characters of {text} are too few"),
        (["train", "{text}", "run", *SMALL, "--clip=1e9", "--lr=1e9"], "--lr, or a smaller --clip"),
        (["train", "/dev/null", "run"], "/dev/null is empty"),
        (["sample", "{text}"], "is damaged, or is not a training run"),
        (["cluster", "{text}", "run", *SMALL], "no launcher started this process"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_an_error_is_one_line(arguments, message, text, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    arguments = [argument.format(text=text) for argument in arguments]
    assert run(*arguments) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("gluonbook: ")
    assert message.format(text=text) in line
    assert "[Errno" not in line
    assert not (tmp_path / "run").exists()
    assert text.read_text() == ENGLISH
    with pytest.raises((training.UsageError, OSError, FloatingPointError, tool.ClusterError)):
        run(*arguments, "--debug")


def test_workers_are_started_by_a_launcher_or_by_the_command(text, path, monkeypatch, capsys):
    monkeypatch.setenv("OMPI_COMM_WORLD_RANK", "0")
    assert run("cluster", text, path, *SMALL, "--workers", 2) == 1
    assert "mpirun or srun starts the workers already" in capsys.readouterr().err


def test_a_bug_has_a_traceback(monkeypatch):
    monkeypatch.setattr(commands, "find_novel", lambda: int("a bug"))
    with pytest.raises(ValueError, match="a bug"):
        run("data")


# --- in separate processes ------------------------------------------------------------------


def test_the_installed_command_is_named_by_its_path(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["/somewhere/bin/gluonbook"])
    assert cli.typed("sample", "a b") == "/somewhere/bin/gluonbook sample 'a b'"


def test_a_pipe_that_nobody_reads_any_more_ends_it_quietly(path):
    save_model(path, gb.Text("abc"))
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "gluonbook", "sample", path]
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, timeout=LIMIT)
    os.close(writing)
    assert (done.returncode, done.stderr) == (128 + signal.SIGPIPE, b"")


INTERRUPT_IMPORT = """
import signal, sys

class Finder:
    def find_spec(self, name, path, target=None):
        if name == "mxnet":
            signal.raise_signal(signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)
sys.meta_path.insert(0, Finder())
"""


@pytest.mark.parametrize("program", ["python -m gluonbook", "gluonbook"])
def test_ctrl_c_during_the_imports_has_no_traceback(program, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(INTERRUPT_IMPORT)
    command = f"exec {shlex.quote(str(Path(sys.executable).parent))}/{program} sample run"
    env = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = finished(command, shell=True, env=env)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_help_and_version_do_not_wait_for_mxnet():
    program = "import sys; sys.modules['gluonbook'] = None; import gluonbook_cli as c; c.main()"
    command = [sys.executable, "-c", program]
    assert finished([*command, "--help"]).stdout.startswith("usage: ")
    version = importlib.metadata.version("gluonbook")
    assert finished([*command, "--version"]).stdout == f"gluonbook {version}\n"
    # Without site-packages, as in a copy that is not installed.
    done = finished([sys.executable, "-S", "-c", program, "--version"], cwd=ROOT)
    assert (done.returncode, done.stdout) == (0, "gluonbook (not installed)\n")
