"""From the shell: a text of one's own is trained on, stopped, gone on with, and written like."""

import gluonbook as gb  # isort: skip  # before mxnet
import errno
import json
import os
import shlex
import signal
import subprocess
import sys

import pytest
from mxnet.gluon import rnn

from gluonbook import cli, training
from gluonbook import fetch as novel
from gluonbook.files import checkpoints
from gluonbook.support import shell
from tests import LIMIT, ROOT

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
def folder(tmp_path):
    return tmp_path / "run"


def run(*arguments):
    return cli.main([str(argument) for argument in arguments])


def perplexities(folder):
    return [epoch.perplexity for epoch in gb.load_checkpoint(folder).history]


def test_a_model_is_trained_and_writes(text, folder, capsys):
    assert run("train", text, folder, *SMALL, "--epochs", 7, "--prefix", "the", "--lr", 10) == 0
    first, *report, last = capsys.readouterr().out.splitlines()
    assert first == "540 characters, 28 of them different"
    assert [line.split(",")[0] for line in report[::2]] == ["epoch 3", "epoch 6"]
    assert all(
        line.startswith(" - the") and len(line) == len(" - the") + 7 for line in report[1::2]
    )
    assert last == f"Generate text with: {shell.typed('sample', folder)}"

    assert run("sample", folder, "--chars", 40, "--temperature", 0) == 0
    written = capsys.readouterr().out.rstrip("\n")
    saved = gb.load_checkpoint(folder)
    vocabulary = (saved.vocab_size, gb.try_gpu(), saved.idx_to_char, saved.char_to_idx)
    assert written == gb.predict_rnn_gluon("the", 40, saved.model, *vocabulary)


def test_what_is_sampled_depends_on_the_seed(text, folder, capsys):
    run("train", text, folder, *SMALL, "--epochs", 1)
    capsys.readouterr()

    def sample(*options):
        assert run("sample", folder, "--prefix", "fox", "--temperature", 1, *options) == 0
        return capsys.readouterr().out

    assert sample("--seed", 1) == sample("--seed", 1) != sample("--seed", 2)
    assert sample() != sample()
    assert sample().startswith("fox")


@pytest.mark.parametrize(("layer", "name"), [("rnn", "rnn_relu"), ("gru", "gru"), ("lstm", "lstm")])
def test_the_options_are_those_of_the_model(layer, name, text, folder):
    run(
        "train", text, folder, *SMALL, "--layer", layer, "--layers", 2, "--epochs", 1,
        "--chars", 200, "--prefix", "the", "--prefix", "fox", "--clip", 0.5, "--lr", 3,
    )  # fmt: skip
    said = json.loads((folder / "checkpoint.json").read_text(encoding="utf-8"))
    assert said["architecture"] == {
        "layer": name,
        "num_hiddens": 16,
        "num_layers": 2,
        "bidirectional": False,
        "dropout": 0,
        "vocab_size": 28,
    }
    assert said["settings"] == {
        "num_epochs": 1,
        "num_steps": 8,
        "batch_size": 4,
        "lr": 3.0,
        "clipping_theta": 0.5,
        "pred_period": 3,
        "pred_len": 7,
        "prefixes": ["the", "fox"],
    }
    assert said["notes"]["num_chars"] == 200


def test_the_defaults_are_the_settings_of_the_chapter():
    options = vars(cli.parser().parse_args(["train", "text", "run"]))
    settings = {
        "num_epochs": 50, "num_steps": 35, "batch_size": 32, "lr": 100, "clipping_theta": 0.01,
        "pred_period": 10, "pred_len": 50,
    }  # fmt: skip
    model = {"layer": "rnn", "num_hiddens": 256, "num_layers": 1, "seed": 1, "period": 1}
    assert (settings | model).items() <= options.items()
    assert options["num_chars"] is None and options["prefixes"] is None


def test_a_training_that_was_stopped_goes_on_with_the_same_numbers(
    text, folder, tmp_path, monkeypatch, capsys
):
    options = [*SMALL, "--epochs", 6, "--save", 4]
    assert run("train", text, tmp_path / "whole", *options) == 0
    clip, seen = training.grad_clipping, iter(range(10**6))

    def clip_or_interrupt(*args):
        # An epoch has 16 mini-batches, so this is in the third.
        if next(seen) == 40:
            signal.raise_signal(signal.SIGINT)
        return clip(*args)

    with monkeypatch.context() as patch:
        patch.setattr(training, "grad_clipping", clip_or_interrupt)
        assert run("train", text, folder, *options) == 130
    *_, interrupted = capsys.readouterr().out.splitlines()
    assert interrupted.startswith("stopped after epoch 3")
    assert len(perplexities(folder)) == 3
    assert run("resume", folder) == 0
    assert "3 of 6 epochs are done" in capsys.readouterr().out
    assert perplexities(folder) == perplexities(tmp_path / "whole")
    assert run("resume", folder, "--epochs", 8) == 0
    assert len(perplexities(folder)) == 8


def test_a_text_may_have_moved_but_not_changed(text, folder, tmp_path, capsys):
    run("train", text, folder, *SMALL, "--epochs", 2)
    moved = text.rename(tmp_path / "moved.txt")
    assert run("resume", folder, "--epochs", 3) == 1
    assert "No such file" in capsys.readouterr().err
    assert run("resume", folder, "--epochs", 3, "--text", moved) == 0
    assert run("resume", folder, "--epochs", 3) == 0  # the new place is remembered
    moved.write_text(ENGLISH + "!", encoding="utf-8")
    assert run("resume", folder, "--epochs", 4, "--text", moved) == 1
    assert "is not the text that the model" in capsys.readouterr().err
    assert len(perplexities(folder)) == 3


def test_a_model_is_evaluated_in_its_own_vocabulary(text, folder, tmp_path, capsys):
    run("train", text, folder, *SMALL, "--epochs", 3, "--lr", 10)
    other = tmp_path / "other.txt"
    other.write_text("lazy fox, over".replace(",", "."), encoding="utf-8")
    capsys.readouterr()
    assert run("evaluate", folder, other) == 0
    saved = gb.load_checkpoint(folder)
    corpus = [saved.char_to_idx[char] for char in "lazy fox. over"]
    expected = gb.evaluate_perplexity(saved.model, corpus, gb.try_gpu())
    assert capsys.readouterr().out == f"perplexity {expected:f} on 14 characters\n"
    assert run("evaluate", folder, other, "--chars", 5) == 0
    assert capsys.readouterr().out.endswith(" on 5 characters\n")
    other.write_text("a fox, 2 dogs", encoding="utf-8")
    assert run("evaluate", folder, other) == 1
    assert "does not know: ',', '2'." in capsys.readouterr().err


def test_a_model_is_exported(text, folder, tmp_path, capsys):
    onnx = pytest.importorskip("onnx")
    run("train", text, folder, *SMALL, "--epochs", 1, "--layer", "gru")
    file = tmp_path / "model.onnx"
    capsys.readouterr()
    assert run("export", folder, file) == 0
    assert capsys.readouterr().out == f"{file}\n"
    properties = {p.key: p.value for p in onnx.load(str(file)).metadata_props}
    assert json.loads(properties["vocabulary"]) == gb.load_checkpoint(folder).idx_to_char


def test_the_novel_can_be_asked_for(text, monkeypatch, capsys):
    monkeypatch.setattr(novel, "find_novel", lambda: text)
    assert run("data") == 0
    assert capsys.readouterr().out == f"{text}\n"


# --- what goes wrong ------------------------------------------------------------------


def test_a_folder_that_is_taken_is_left_as_it_is(text, folder, capsys):
    run("train", text, folder, *SMALL, "--epochs", 2)
    before = perplexities(folder)
    capsys.readouterr()
    assert run("train", text, folder, *SMALL, "--epochs", 2) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"gluonbook: {folder} holds another training run")
    assert err.count("\n") == 1
    assert perplexities(folder) == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "no-such-file", "run"], "cannot read the text"),
        (["train", "{text}", "run", *SMALL, "--prefix", "Ωmega"], "not in the vocabulary"),
        (["train", "{text}", "run", "--batch-size", "1000"], "too short for one mini-batch"),
        (["train", "{text}", "run", *SMALL, "--clip", "-1"], "threshold must be above zero"),
        (["train", "{text}", "run", *SMALL, "--clip", "inf", "--lr", "1e20"], "training diverged"),
        (["train", "{text}", "run", *SMALL, "--lr", "nan"], "lr must be a number, 0 or more"),
        # So many that MXNet itself cannot count the weights.
        (
            ["train", "{text}", "run", *SMALL, "--hiddens", "3000000"],
            "MXNet could not do it: Check failed",
        ),
        (["resume", "run"], "holds no checkpoint"),
        (["sample", "run"], "holds no checkpoint"),
        (["evaluate", "run", "{text}"], "holds no checkpoint"),
        (["export", "run", "model.onnx"], "holds no checkpoint"),
    ],
)
def test_an_error_is_one_line(arguments, message, text, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run(*(argument.format(text=text) for argument in arguments)) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("gluonbook: ")
    assert message in line


@pytest.mark.parametrize(
    "arguments", [["write"], ["train"], ["train", "a", "b", "--epochs", "0"], ["sample"]]
)
def test_a_command_line_that_makes_no_sense_ends_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        run(*arguments)
    assert caught.value.code == 2
    assert f"usage: {shell.typed()}" in capsys.readouterr().err


def test_a_number_of_layers_is_checked_before_they_are_made(text, folder, capsys):
    # As many as would fill the memory.
    assert run("train", text, folder, *SMALL, "--layers", 10**12) == 1
    assert "a model of 1000000000000 layers cannot be saved" in capsys.readouterr().err


def test_an_empty_prefix_is_not_the_default(text, folder, capsys):
    assert run("train", text, folder, *SMALL, "--epochs", 1) == 0
    assert run("sample", folder, "--prefix", "") == 1
    assert "the prefix is empty" in capsys.readouterr().err


def test_what_a_shell_has_connected_is_no_text_to_come_back_to(text, folder, tmp_path):
    command = [sys.executable, "-m", "gluonbook", "train", "/dev/stdin", folder, *SMALL]
    with text.open() as file:
        done = subprocess.run(
            command, stdin=file, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT
        )
    assert done.returncode == 1
    assert "/dev/stdin can be read only once" in done.stderr
    assert not folder.exists()


@pytest.mark.parametrize("command", ["train", "resume", "sample", "evaluate", "export", "data"])
def test_help_has_an_example(command, capsys):
    with pytest.raises(SystemExit) as caught:
        run(command, "--help")
    assert caught.value.code == 0
    said = capsys.readouterr().out
    assert f"example:\n\n  {shell.typed()} {command}" in said
    assert "None" not in said


def test_a_missing_file_is_said_in_words(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run("train", "no-such-file", "run") == 1
    said = capsys.readouterr().err
    assert said.startswith("gluonbook: no-such-file: ") and "[Errno" not in said


def test_what_the_system_says_has_no_number(text, folder, monkeypatch, capsys):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(cli, "load_checkpoint", full)
    assert run("sample", folder) == 1
    assert capsys.readouterr().err == f"gluonbook: {os.strerror(errno.ENOSPC)}\n"


def test_a_prefix_is_lowered_as_the_text_was(text, folder, capsys):
    assert run("train", text, folder, *SMALL, "--epochs", 3, "--prefix", "The Fox") == 0
    assert " - the fox" in capsys.readouterr().out
    assert run("sample", folder, "--prefix", "Quick") == 0
    assert capsys.readouterr().out.startswith("quick")


def test_more_layers_than_can_be_saved_are_refused_before_training(text, folder, capsys):
    assert run("train", text, folder, *SMALL, "--layers", 11, "--epochs", 1) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("gluonbook: a model of 11 layers cannot be saved")
    assert run("train", text, folder, *SMALL, "--layers", 10, "--epochs", 1) == 0
    assert run("sample", folder) == 0


def test_a_text_that_cannot_be_read_again_is_refused(text, folder, tmp_path, capsys):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert run("train", pipe, folder, *SMALL) == 1
    assert "can be read only once" in capsys.readouterr().err
    assert not folder.exists()


def from_python(folder, **changes):
    """Save as a program in Python does, that knows the shell's names for nothing."""
    chars = sorted(set(ENGLISH))
    model = gb.RNNModel(rnn.RNN(16), len(chars))
    model.initialize()
    settings = {
        "num_epochs": 1, "num_steps": 8, "batch_size": 4, "lr": 1.0, "clipping_theta": 1.0,
        "pred_period": 9, "pred_len": 9, "prefixes": ["the"],
    } | changes  # fmt: skip
    settings = {name: value for name, value in settings.items() if value is not None}
    gb.Checkpoint(folder, model, chars, settings).save()


def test_what_a_program_has_saved_is_of_use_in_the_shell(text, folder, tmp_path, capsys):
    from_python(folder)
    assert run("resume", folder) == 1
    assert "without the name of its text: give it with --text" in capsys.readouterr().err
    assert run("resume", folder, "--text", text) == 0
    assert run("resume", folder, "--epochs", 2) == 0
    assert len(perplexities(folder)) == 2
    text.write_text(ENGLISH + "!", encoding="utf-8")
    assert run("resume", folder, "--epochs", 3) == 1
    from_python(tmp_path / "less", prefixes=None, lr=None)
    capsys.readouterr()
    assert run("resume", tmp_path / "less", "--text", text) == 1
    assert "without lr, prefixes" in capsys.readouterr().err
    assert run("sample", tmp_path / "less") == 0
    assert run("sample", tmp_path / "less", "--prefix", "fox") == 0
    assert run("evaluate", tmp_path / "less", text) == 1
    assert "does not know: '!'" in capsys.readouterr().err
    from_python(tmp_path / "other")
    assert run("resume", tmp_path / "other", "--text", text) == 1
    assert "has another vocabulary than the model" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["a file", "in a file", "not UTF-8", "unwritable"])
def test_a_folder_that_cannot_be_saved_in_is_noticed_before_training(
    kind, text, tmp_path, monkeypatch, capsys
):
    (tmp_path / "file").write_text("precious")
    folder = {"a file": "file", "in a file": "file/run", "not UTF-8": "r\udcffn"}.get(kind, "run")
    if kind == "unwritable":

        def refuse(**where):
            raise PermissionError(errno.EACCES, "Permission denied")

        monkeypatch.setattr(checkpoints.tempfile, "TemporaryFile", refuse)
    assert run("train", text, tmp_path / folder, *SMALL, "--epochs", 1) == 1
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1
    reasons = {"not UTF-8": "is not: rename the folder", "unwritable": "(Permission denied)"}
    assert reasons.get(kind, "(Not a directory)") in err
    assert (tmp_path / "file").read_text() == "precious"


def test_a_text_whose_name_is_not_utf_8_is_noticed_before_training(text, folder, tmp_path, capsys):
    text = text.rename(tmp_path / "t\udcffxt")
    assert run("train", text, folder, *SMALL, "--epochs", 1) == 1
    assert "is not: rename the folder or the file" in capsys.readouterr().err
    assert not folder.exists()


def test_advice_can_be_pasted(text, tmp_path, monkeypatch, capsys):
    folder = tmp_path / "my run's"
    assert run("train", text, folder, *SMALL, "--epochs", 1) == 0
    advice = capsys.readouterr().out.splitlines()[-1].partition("with: ")[2]
    words = shlex.split(advice)
    assert words[-2:] == ["sample", str(folder)]
    done = subprocess.run(
        advice,
        shell=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
        text=True,
        timeout=LIMIT,
    )
    assert (done.returncode, done.stderr) == (0, "")
    monkeypatch.setattr(sys, "argv", ["/somewhere/bin/gluonbook"])
    assert shell.typed("sample", "a b") == "/somewhere/bin/gluonbook sample 'a b'"


def test_a_terminal_that_knows_few_characters_ends_no_training(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text(CHINESE, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "gluonbook", "train", path, tmp_path / "run", *SMALL, "--epochs=3"],
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
        timeout=LIMIT,
        cwd=tmp_path,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b" - ????" in done.stdout


def test_a_program_without_a_terminal_may_have_closed_its_outputs(text, folder):
    command = [sys.executable, "-m", "gluonbook", "train", text, folder, *SMALL, "--epochs", "1"]
    closed = ["sh", "-c", 'exec "$@" >&- 2>&-', "sh", *command]
    assert subprocess.run(closed, cwd=ROOT, check=False, timeout=LIMIT).returncode == 0
    assert len(perplexities(folder)) == 1


# --- a text in Chinese, in processes of their own ---------------------------------------


def gluonbook(*arguments, cwd):
    return subprocess.run(
        [sys.executable, "-m", "gluonbook", *map(str, arguments)],
        cwd=cwd,
        env=cli.os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=LIMIT,
    )


def test_a_song_in_chinese_is_learned(tmp_path):
    path = tmp_path / "歌词.txt"
    path.write_text(CHINESE, encoding="utf-8")
    indices, _, idx_to_char, vocab_size = gb.load_corpus(path)
    assert "".join(idx_to_char[idx] for idx in indices) == CHINESE.replace("\n", " ")
    assert vocab_size == len(set(CHINESE))
    options = ["--layer", "gru", "--hiddens", 32, "--steps", 16, "--batch-size", 4]
    done = gluonbook(
        "train", path, "跑", *options, "--lr", 20, "--clip", 0.1, "--epochs", 60,
        "--report", 60, "--prefix", "远方", "--length", 6, cwd=tmp_path,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert " - 远方的你听见吗 " in done.stdout
    done = gluonbook(
        "sample", "跑", "--prefix", "小河", "--temperature", 0, "--chars", 5, cwd=tmp_path
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "小河慢慢流向海\n", "")
    done = gluonbook("sample", "跑", "--prefix", "大河", cwd=tmp_path)
    assert done.returncode == 1
    assert "'大'" in done.stderr
