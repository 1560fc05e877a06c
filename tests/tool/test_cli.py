"""From the shell: a text of one's own is trained on, stopped, gone on with, and generated like."""

import inspect
import json
import os
import re
import shlex
import signal
import subprocess
import sys

import mxnet as mx
import numpy as np
import pytest
from mxnet.gluon import rnn

import gluonbook as gb
from gluonbook import tool
from gluonbook import training as lesson
from gluonbook.ground import novel
from gluonbook.tool import cli, training
from tests import LIMIT

ENGLISH = "the quick brown fox jumps over the lazy dog. " * 12
# Lines such as a song has, written for this test.
CHINESE = "夜里的风吹过窗\n我在灯下写一行\n远方的你听见吗\n小河慢慢流向海\n" * 12
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


def params(path):
    with np.load(path) as file:
        return {name: file[name].tobytes() for name in file if name != "run"}


# --- what the commands do -----------------------------------------------------------------


def test_a_model_is_trained_and_generates(text, path, capsys):
    assert run("train", text, path, *SMALL, "--epochs", 7, "--prefix", "the", "--lr", 10) == 0
    first, *report, last = capsys.readouterr().out.splitlines()
    assert first == "486 characters to train on, 54 held out, 28 of them different"
    # The last epoch is reported whatever the period is.
    assert [line.split(",")[0] for line in report[::2]] == ["epoch 3", "epoch 6", "epoch 7"]
    assert all(line.startswith(" - the") and len(line) == 6 + 7 for line in report[1::2])
    assert last == f"Generate text with: {cli.typed('sample', str(path))}"
    saved = tool.load_checkpoint(path)
    read = gb.Text(ENGLISH)
    held_out = gb.evaluate_perplexity(saved.model, read.train[486:])
    assert re.fullmatch(
        rf"epoch 7, perplexity {saved.history[-1].perplexity:f}, time [\d.]+ sec, "
        rf"held out {held_out:f}",
        report[4],
    )

    assert run("sample", path, "--length", 40, "--temperature", 0) == 0
    generated = capsys.readouterr().out.rstrip("\n")
    assert generated == gb.write(saved.model, read, prefix="the", num_chars=40)


def test_training_is_that_of_the_chapter(text, path):
    run("train", text, path, *SMALL, "--epochs", 4, "--lr", 10, "--clip", 0.1, "--seed", 5)
    expected = gb.train(
        gb.RNNModel(rnn.RNN(16), 28), training.OwnText(text), num_epochs=4, num_steps=8,
        batch_size=4, lr=10, clipping_theta=0.1, seed=5,
    )  # fmt: skip
    assert perplexities(path) == [epoch.perplexity for epoch in expected]


def test_what_is_sampled_depends_on_the_seed(text, path, capsys):
    run("train", text, path, *SMALL, "--epochs", 1)
    capsys.readouterr()

    def sample(*options):
        assert run("sample", path, "--prefix", "fox", "--temperature", 1, *options) == 0
        return capsys.readouterr().out

    assert sample("--seed", 1) == sample("--seed", 1) != sample("--seed", 2)
    assert sample() != sample()
    assert sample().startswith("fox")


@pytest.mark.parametrize(("layer", "name"), [("rnn", "rnn_relu"), ("gru", "gru"), ("lstm", "lstm")])
def test_the_options_are_those_of_the_model(layer, name, text, path, capsys):
    options = {
        "layer": layer, "layers": 2, "epochs": 1, "chars": 200, "clip": 0.5, "lr": 3, "seed": 5,
        "hiddens": 16, "steps": 8, "batch-size": 4, "report": 3, "length": 7,
    }  # fmt: skip
    given = [f"--{option}={value}" for option, value in options.items()]
    run("train", text, path, *given, "--prefix", "the", "--prefix", "Fox")
    assert capsys.readouterr().out.startswith("180 characters to train on, 20 held out, 28 of")
    with np.load(path) as file:
        said = json.loads(file["run"].item())
    sizes = {"num_hiddens": 16, "num_layers": 2}
    assert said["architecture"] == {"layer": name, "dropout": 0, "vocab_size": 28} | sizes
    kept = said["settings"]
    assert len(kept.pop("sha256")) == 64
    assert kept == {
        "layer": layer, "num_epochs": 1, "num_steps": 8, "batch_size": 4, "lr": 3.0, "seed": 5,
        "clipping_theta": 0.5, "pred_period": 3, "pred_len": 7, "prefixes": ["the", "fox"],
        "num_chars": 200, "text": str(text),
    } | sizes  # fmt: skip


def test_what_is_not_given_is_as_in_the_chapter():
    given = vars(cli.parser().parse_args(["train", "text", "run"]))
    defaults = inspect.signature(gb.train).parameters
    for name in (*training.TRAINING, "pred_len"):
        assert given[name] == defaults[name].default


def test_a_model_is_exported(text, path, tmp_path, capsys):
    onnx = pytest.importorskip("onnx")
    run("train", text, path, *SMALL, "--epochs", 1, "--layer", "gru")
    file = tmp_path / "model.onnx"
    capsys.readouterr()
    assert run("export", path, file) == 0
    assert capsys.readouterr().out == f"{file}\n"
    properties = {p.key: p.value for p in onnx.load(str(file)).metadata_props}
    assert json.loads(properties["vocabulary"]) == tool.load_checkpoint(path).text.chars


def test_the_novel_can_be_asked_for(text, monkeypatch, capsys):
    monkeypatch.setattr(novel, "find_novel", lambda: text)
    assert run("data") == 0
    assert capsys.readouterr().out == f"{text}\n"


def test_there_is_help_with_an_example(capsys):
    assert run() == 0
    whole = capsys.readouterr().out
    for command in ("train", "resume", "sample", "export", "cluster", "data"):
        assert f"\n    {command} " in whole
        with pytest.raises(SystemExit) as caught:
            run(command, "--help")
        assert caught.value.code == 0
        said = capsys.readouterr().out
        assert "None" not in said
        example = said.partition(f"example:\n\n  {cli.typed()} ")[2]
        assert vars(cli.parser().parse_args(shlex.split(example)))["command"].__name__ == command


# --- stopping and going on ----------------------------------------------------------------


def interrupt_at(monkeypatch, *steps):
    """Press Ctrl-C in some steps of the training runs that begin from here on."""
    step, train_step = iter(range(10**6)), lesson.train_step

    def step_or_interrupt(*args):
        if next(step) in steps:
            signal.raise_signal(signal.SIGINT)
        return train_step(*args)

    monkeypatch.setattr(lesson, "train_step", step_or_interrupt)


# An epoch has 15 mini-batches.
@pytest.mark.parametrize("step", [0, 15, 6 * 15 - 1])
def test_a_run_that_was_stopped_ends_as_an_undisturbed_one(
    step, text, path, tmp_path, monkeypatch, capsys
):
    options = [*SMALL, "--epochs", 6, "--layer", "lstm"]
    assert run("train", text, tmp_path / "whole.npz", *options) == 0
    with monkeypatch.context() as patch:
        interrupt_at(patch, step)
        assert run("train", text, path, *options) == 130
    *_, stopped = capsys.readouterr().out.splitlines()
    assert stopped == f"Stopped, and saved. Continue with: {cli.typed('resume', str(path))}"
    assert len(perplexities(path)) == step // 15 + 1
    assert run("resume", path) == 0
    assert perplexities(path) == perplexities(tmp_path / "whole.npz")
    assert params(path) == params(tmp_path / "whole.npz")
    assert run("resume", path, "--epochs", 8) == 0
    assert len(perplexities(path)) == 8


@pytest.mark.parametrize(("steps", "num_epochs"), [((0, 1), 0), ((20, 21), 1)])
def test_a_second_ctrl_c_ends_it_at_once(steps, num_epochs, text, path, monkeypatch, capsys):
    interrupt_at(monkeypatch, *steps)
    assert run("train", text, path, *SMALL, "--epochs", 6) == 130
    assert path.exists() == ("Continue with" in capsys.readouterr().out) == (num_epochs > 0)
    assert not num_epochs or len(perplexities(path)) == num_epochs


def test_a_text_may_have_moved_but_not_changed(text, path, tmp_path, capsys):
    run("train", text, path, *SMALL, "--epochs", 2)
    moved = text.rename(tmp_path / "moved.txt")
    assert run("resume", path, "--epochs", 3) == 1
    assert "No such file" in capsys.readouterr().err
    assert run("resume", path, "--epochs", 3, "--text", moved) == 0
    assert run("resume", path, "--epochs", 3) == 0  # the new place is remembered
    moved.write_text(ENGLISH + "!", encoding="utf-8")
    assert run("resume", path, "--epochs", 4, "--text", moved) == 1
    assert "is not the text that" in capsys.readouterr().err
    assert len(perplexities(path)) == 3


def test_a_file_that_is_there_is_left_as_it_is(text, path, capsys):
    path.write_text("precious")
    assert run("train", text, path, *SMALL) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err == f"gluonbook: {path} is there already: `resume` it, or name another file\n"
    assert path.read_text() == "precious"


def test_what_a_program_has_saved_is_sampled_and_not_resumed(path, capsys):
    model = gb.RNNModel(rnn.RNN(16), 28)
    model.initialize()
    gb.evaluate_perplexity(model, [0, 1])  # now the shapes are known
    tool.Checkpoint(model, gb.Text(ENGLISH), path).save()
    assert run("sample", path) == 0
    assert run("resume", path) == 1
    assert "was saved by another program than this" in capsys.readouterr().err


# --- texts that are not this one ------------------------------------------------------------

TEXTS = {
    "Chinese": "".join(map(chr, range(0x4E00, 0x4E00 + 3000))) + CHINESE,
    "emoji": "👩‍👩‍👧 likes 🍰 and 🏳️‍🌈, 😀! " * 30,
    "Windows": "The quick brown fox\r\njumps over\r\nthe lazy dog.\r\n" * 12,
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_any_text_is_trained_on_and_sampled_from(text, path, tmp_path, capsys):
    (tmp_path / "text.txt").write_bytes(text.encode())
    assert run("train", tmp_path / "text.txt", path, *SMALL, "--epochs", 2) == 0
    assert run("resume", path, "--epochs", 3) == 0
    # A prefix is put into lower case as the text was.
    assert run("sample", path, "--prefix", text[:3], "--length", 20) == 0
    as_read = text.replace("\r\n", "\n").replace("\n", " ").lower()
    assert capsys.readouterr().out.rstrip("\n").rpartition("\n")[2].startswith(as_read[:3])
    assert tool.load_checkpoint(path).text.chars == sorted(set(as_read))
    assert len(perplexities(path)) == 3


def test_a_state_that_grows_beyond_all_numbers_ends_no_training(text, path, capsys, monkeypatch):
    def grown(*_):
        raise ValueError("the loss is not a number")

    monkeypatch.setattr(training, "evaluate_perplexity", grown)
    assert run("train", text, path, *SMALL, "--epochs", 1) == 0
    assert ", held out nan\n" in capsys.readouterr().out


# --- what goes wrong ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "no-such-file", "run"], "no-such-file: No such file or directory"),
        (["train", "{text}", "no-such-folder/run", *SMALL], "there is no folder"),
        (["train", "{text}", "run", *SMALL, "--prefix", "Ωmega"], "'ωmega' has characters"),
        (["train", "{text}", "run", "--batch-size", "1000"], "too short for one mini-batch"),
        (["train", "{text}", "run", *SMALL, "--clip", "1e9", "--lr", "1e9"], "a smaller learning"),
        (["train", "/dev/null", "run"], "/dev/null is empty"),
        (["train", "older", "run"], "older: Is a directory"),
        (["resume", "run"], "run: No such file"),
        (["resume", "older"], "an older gluonbook has saved a training run"),
        (["sample", "{text}"], "is damaged, or is not a training run"),
        (["export", "run", "model.onnx"], "run: No such file"),
        (["cluster", "{text}", "run", *SMALL], "no launcher has started this process"),
        (["cluster", "{text}", "run", *SMALL, "--workers", "3"], "among 3 workers"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_an_error_is_one_line(arguments, message, text, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "older").mkdir()
    (tmp_path / "older" / "checkpoint.json").write_text("{}")
    arguments = [argument.format(text=text) for argument in arguments]
    assert run(*arguments) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("gluonbook: ")
    assert message in line
    assert "[Errno" not in line
    assert not (tmp_path / "run").exists()
    with pytest.raises((cli.UsageError, OSError, FloatingPointError, tool.ClusterError)):
        run(*arguments, "--debug")


def test_a_prefix_that_the_model_cannot_read_is_one_line(text, path, capsys):
    run("train", text, path, *SMALL, "--epochs", 1)
    assert run("sample", path, "--prefix", "Ωmega") == 1
    assert capsys.readouterr().err.startswith("gluonbook: 'ωmega' has characters")


@pytest.mark.parametrize("error", [TypeError, ValueError, mx.MXNetError])
def test_a_bug_has_a_traceback(error, text, path, monkeypatch):
    def broken(*_):
        raise error("a bug")

    monkeypatch.setattr(cli, "train_to_the_end", broken)
    with pytest.raises(error, match="a bug"):
        run("train", text, path, *SMALL)


@pytest.mark.parametrize(
    "arguments",
    [
        ["write"],
        ["train"],
        ["train", "a", "b", "--epochs", "0"],
        ["train", "a", "b", "--layers", "11"],
        ["train", "a", "b", "--lr", "nan"],
        ["train", "a", "b", "--clip", "0"],
        ["train", "a", "b", "--seed", "-1"],
        ["train", "a", "b", "--chars", "1.5"],
        ["sample", "a", "--temperature", "-1"],
        ["sample", "a", "--temperature", "inf"],
    ],
    ids=" ".join,
)
def test_a_command_line_that_makes_no_sense_ends_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        run(*arguments)
    assert caught.value.code == 2
    assert f"usage: {cli.typed()}" in capsys.readouterr().err


# --- in processes of their own --------------------------------------------------------------


def gluonbook(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "gluonbook", *map(str, arguments)],
        capture_output=True, check=False, timeout=LIMIT, encoding="utf-8", **options,
    )  # fmt: skip


def test_advice_can_be_pasted(text, tmp_path, monkeypatch, capsys):
    path = tmp_path / "my run's"
    assert run("train", text, path, *SMALL, "--epochs", 1) == 0
    advice = capsys.readouterr().out.splitlines()[-1].partition("with: ")[2]
    assert shlex.split(advice)[-2:] == ["sample", str(path)]
    done = subprocess.run(advice, shell=True, capture_output=True, check=False, timeout=LIMIT)
    assert (done.returncode, done.stderr) == (0, b"")
    monkeypatch.setattr(sys, "argv", ["/somewhere/bin/gluonbook"])
    assert cli.typed("sample", "a b") == "/somewhere/bin/gluonbook sample 'a b'"


def test_a_terminal_that_knows_few_characters_ends_no_training(tmp_path):
    (tmp_path / "text.txt").write_text(CHINESE, encoding="utf-8")
    ascii_only = os.environ | {"PYTHONIOENCODING": "ascii"}
    arguments = [tmp_path / "text.txt", tmp_path / "run", *SMALL, "--epochs=3"]
    done = gluonbook("train", *arguments, env=ascii_only)
    assert (done.returncode, done.stderr) == (0, "")
    assert " - ????" in done.stdout


def test_a_song_in_chinese_is_learned(tmp_path):
    path = tmp_path / "歌词.txt"
    path.write_text(CHINESE, encoding="utf-8")
    options = ["--layer", "gru", "--hiddens", 32, "--steps", 16, "--batch-size", 4]
    done = gluonbook(
        "train", path, "跑", *options, "--lr", 20, "--clip", 0.1, "--epochs", 60,
        "--report", 60, "--prefix", "远方", "--length", 6, cwd=tmp_path,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert " - 远方的你听见吗 " in done.stdout
    done = gluonbook(
        "sample", "跑", "--prefix", "小河", "--temperature", 0, "--length", 5, cwd=tmp_path
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "小河慢慢流向海\n", "")
