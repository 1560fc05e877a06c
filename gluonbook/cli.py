"""Train on a text of your own from the shell: ``python -m gluonbook``.

Each command is a few calls of what the chapter uses.
"""

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import mxnet as mx
import numpy as np
import pooch

from gluonbook import fetch as novel
from gluonbook._old import generate
from gluonbook.corpus import load_corpus
from gluonbook.evaluation import evaluate_perplexity
from gluonbook.files.architecture import check_num_layers
from gluonbook.files.checkpoints import Checkpoint, SavedTraining, load_checkpoint
from gluonbook.files.onnx import export_onnx
from gluonbook.models import LAYERS, RNNModel
from gluonbook.support import shell
from gluonbook.support.device import try_gpu
from gluonbook.training import Epoch, train_and_predict_rnn_gluon

PROGRAM = "gluonbook"
# Arguments of `train_and_predict_rnn_gluon` that are saved, for `resume` to give them again.
SETTINGS = {"num_epochs", "num_steps", "lr", "clipping_theta", "batch_size"}
SETTINGS |= {"pred_period", "pred_len", "prefixes"}
# What a shell expects of a program that Ctrl-C has ended.
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command, and report in one line what went wrong.

    Parameters
    ----------
    arguments : sequence of str, optional
        The arguments after ``python -m gluonbook``; by default those that were typed.

    Returns
    -------
    int
        0 on success, 1 on failure, 130 after Ctrl-C. A command line that makes no sense
        ends the process with 2.
    """
    shell.begin()
    options = vars(parser().parse_args(arguments))
    command = options.pop("command")
    try:
        return command(**options) or 0
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:
        reason = in_words(error)
    except (ValueError, TypeError, ArithmeticError, ImportError) as error:
        reason = str(error)
    except mx.MXNetError as error:
        reason = f"MXNet could not do it: {failed_check(error)}"
    print(f"{PROGRAM}: {reason}", file=sys.stderr)
    return 1


def in_words(error: OSError) -> str:
    """Return what the system says was wrong, without its number, and with which file."""
    if error.strerror is None:
        return str(error)
    if error.filename is None:
        return error.strerror
    return f"{error.filename}: {error.strerror}"


def failed_check(error: mx.MXNetError) -> str:
    """Return what MXNet says went wrong, without the lines of its own source code."""
    lines = str(error).splitlines()
    named = [line for line in lines if line.startswith("MXNetError: ")]
    return (named or lines)[0].removeprefix("MXNetError: ")


def train_new(
    text: str,
    folder: str,
    layer: str,
    num_hiddens: int,
    num_layers: int,
    seed: int,
    num_chars: int | None,
    prefixes: list[str] | None,
    period: int,
    **settings: Any,
) -> int:
    """Train a new model on a text, and save it in a folder."""
    check_stays(text)
    check_num_layers(num_layers)
    corpus, char_to_idx, idx_to_char, vocab_size = load_corpus(text, num_chars)
    beginning = "".join(idx_to_char[idx] for idx in corpus[:10])
    mx.random.seed(seed)
    model = RNNModel(LAYERS[layer](num_hiddens, num_layers), vocab_size)
    model.hybridize()
    checkpoint = Checkpoint(
        folder,
        model,
        idx_to_char,
        settings | {"prefixes": [as_read(p, char_to_idx) for p in prefixes or [beginning]]},
        period=period,
        notes={"text": os.path.abspath(text), "sha256": hash_of(text), "num_chars": num_chars},
    )
    print(f"{len(corpus):,} characters, {vocab_size} of them different")
    return train_to_the_end(model, num_hiddens, corpus, checkpoint, [])


def resume(folder: str, num_epochs: int | None, text: str | None) -> int:
    """Continue an interrupted training run, or train for longer."""
    saved = load_checkpoint(folder, try_gpu())
    notes = saved.checkpoint.notes
    missing = SETTINGS - saved.settings.keys()
    if missing or not (text or notes.get("text")):
        raise ValueError(
            f"{folder} was saved by another program, without "
            f"{', '.join(sorted(missing)) or 'the name of its text: give it with --text'}"
        )
    text = text or notes["text"]
    check_stays(text)
    check_text(folder, notes, text)
    corpus, _, chars, _ = load_corpus(text, notes.get("num_chars"))
    if chars != saved.idx_to_char:
        raise ValueError(
            f"{text} has another vocabulary than the model in {folder}, which was trained on "
            "another text, or on one that was read in another way: name the right one with --text"
        )
    # Where the text is now, and its hash.
    notes |= {"text": os.path.abspath(text), "sha256": hash_of(text)}
    if num_epochs:
        saved.settings["num_epochs"] = num_epochs
    print(f"{len(saved.history)} of {saved.settings['num_epochs']} epochs are done")
    return train_to_the_end(saved.model, saved.num_hiddens, corpus, saved.checkpoint, saved.history)


def train_to_the_end(
    model: RNNModel,
    num_hiddens: int,
    corpus: np.ndarray,
    checkpoint: Checkpoint,
    history: Sequence[Epoch],
) -> int:
    """Train up to the last epoch, and say how to continue."""
    checkpoint.advice = f"Continue with: {shell.typed('resume', checkpoint.folder)}"
    history = train_and_predict_rnn_gluon(
        model,
        num_hiddens,
        model.vocab_size,
        try_gpu(),
        corpus,
        checkpoint.vocabulary,
        {char: idx for idx, char in enumerate(checkpoint.vocabulary)},
        **checkpoint.settings,
        callbacks=[checkpoint],
        history=history,
    )
    if len(history) < checkpoint.settings["num_epochs"]:
        if len(history) % checkpoint.period:
            checkpoint.save()
        return INTERRUPTED
    print(f"Generate text with: {shell.typed('sample', checkpoint.folder)}")
    return 0


def sample(
    folder: str, prefix: str | None, num_chars: int, temperature: float, seed: int | None
) -> None:
    """Print a text that a saved model generates."""
    saved = load_checkpoint(folder, try_gpu())
    # Loading has set the generator back to the training run's state; each call should differ.
    mx.random.seed(int.from_bytes(os.urandom(3), "big") if seed is None else seed)
    beginning = (saved.settings.get("prefixes") or saved.idx_to_char)[0]
    (text,) = generate(
        [as_read(beginning if prefix is None else prefix, saved.char_to_idx)],
        num_chars,
        saved.model,
        saved.vocab_size,
        try_gpu(),
        saved.idx_to_char,
        saved.char_to_idx,
        temperature=temperature or None,
    )
    print(text)


def evaluate(folder: str, text: str, num_chars: int | None) -> None:
    """Print a saved model's perplexity on a text."""
    saved = load_checkpoint(folder, try_gpu())
    corpus = in_vocabulary_of(saved, text, num_chars)
    perplexity = evaluate_perplexity(saved.model, corpus, try_gpu())
    print(f"perplexity {perplexity:f} on {len(corpus):,} characters")


def export(folder: str, file: str) -> None:
    """Write a saved model as an ONNX file."""
    saved = load_checkpoint(folder)
    export_onnx(saved.model, file, saved.idx_to_char)
    print(file)


def data() -> None:
    """Download the novel."""
    novel.main()


def in_vocabulary_of(saved: SavedTraining, text: str, num_chars: int | None) -> np.ndarray:
    """Load a text as indices into the vocabulary of a model.

    Raises
    ------
    ValueError
        If the text has a character that is not in the vocabulary.
    """
    corpus, _, chars, _ = load_corpus(text, num_chars)
    unknown = [char for char in chars if char not in saved.char_to_idx]
    if unknown:
        raise ValueError(
            f"{text} has characters that the model does not know: "
            f"{', '.join(map(repr, unknown[:20]))}. Take them out, or train on a text that has them"
        )
    return np.array([saved.char_to_idx[char] for char in chars], "uint32")[corpus]


def as_read(prefix: str, char_to_idx: Mapping[str, int]) -> str:
    """Return a prefix in small letters, as texts are read, unless the model knows its capitals."""
    return prefix if char_to_idx.keys() >= set(prefix) else prefix.lower()


def check_text(folder: str | Path, notes: Mapping[str, Any], text: str | Path) -> None:
    """Check that a text is the one that a saved model was trained on.

    Raises
    ------
    ValueError
        If it is not.
    """
    if hash_of(text) != notes.get("sha256", hash_of(text)):
        raise ValueError(
            f"{text} is not the text that the model in {folder} was trained on: it has changed. "
            "Name the right one, or start again in another folder"
        )


def hash_of(path: str | Path) -> str:
    """Return the SHA-256 of a file."""
    return pooch.file_hash(os.fspath(path))


def check_stays(text: str | Path) -> None:
    """Check that a text can be read again when a training run is resumed.

    Raises
    ------
    ValueError
        If it is a pipe, such as a shell's ``<(command)``, a device, or the standard input.
    """
    path = Path(text)
    # What a shell has connected to it, even if that is a file now.
    is_stream = path.parts[:3] in (("/", "dev", "stdin"), ("/", "dev", "fd"))
    if path.exists() and (is_stream or not (path.is_file() or path.is_dir())):
        raise ValueError(
            f"{text} can be read only once, but a training run that is resumed reads its text again: "
            "save the text as a file first"
        )


# --- the command line -----------------------------------------------------------------


def parser() -> argparse.ArgumentParser:
    """Describe the commands and their options."""
    whole = argparse.ArgumentParser(
        prog=shell.typed(),
        description="Train a character-level language model on a text, and generate text with it.",
        epilog=f"""a first model in a minute:

  {shell.typed()} train my-book.txt my-run --chars 10000
  {shell.typed()} sample my-run --prefix "once upon a time"

`{shell.typed()} COMMAND --help` says more. Exit codes: 0 success, 1 failure,
2 the command line makes no sense, 130 Ctrl-C.""",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    whole.set_defaults(command=data)
    commands = whole.add_subparsers(title="commands", metavar="COMMAND")

    def add(
        name: str, run: Callable[..., Any], about: str, example: str
    ) -> argparse.ArgumentParser:
        command = commands.add_parser(
            name,
            help=about,
            description=f"{about[0].upper()}{about[1:]}.",
            epilog=f"example:\n\n  {shell.typed()} {name} {example}",
            formatter_class=Formatter,
        )
        command.set_defaults(command=run)
        return command

    command = add(
        "train",
        train_new,
        "train a new model on a text; Ctrl-C stops it, and nothing is lost",
        "my-book.txt my-run --layer lstm --epochs 100 --prefix 'once upon'",
    )
    command.add_argument("text", metavar="TEXT", help="a text file, UTF-8, of any size")
    command.add_argument("folder", metavar="FOLDER", help="where to save; it must be new")
    for name, options in TRAIN_OPTIONS.items():
        command.add_argument(name, **options)

    command = add(
        "resume", resume, "continue an interrupted training run, or train for longer", "my-run"
    )
    add_folder(command)
    command.add_argument(
        "--epochs", dest="num_epochs", type=count, metavar="N", help="epochs altogether"
    )
    command.add_argument("--text", metavar="TEXT", help="where the text is now, if it was moved")

    command = add(
        "sample",
        sample,
        "print a text that a model generates",
        "my-run --prefix 'once upon' --chars 500",
    )
    add_folder(command)
    command.add_argument(
        "--prefix", help="what to continue; by default the training run's first prefix"
    )
    command.add_argument(
        "--chars",
        dest="num_chars",
        type=count,
        default=200,
        metavar="N",
        help="how many to generate",
    )
    command.add_argument(
        "--temperature",
        type=float,
        default=0.5,
        metavar="T",
        help="0 always takes the best character, 1 draws with the model's probabilities, more takes "
        "more risks",
    )
    command.add_argument("--seed", type=int, metavar="N", help="draw the same every time")

    command = add(
        "evaluate", evaluate, "print a model's perplexity on a text", "my-run another-book.txt"
    )
    add_folder(command)
    command.add_argument("text", metavar="TEXT", help="a text that it was not trained on")
    command.add_argument("--chars", dest="num_chars", type=count, metavar="N", help=ONLY_FIRST)

    command = add(
        "export",
        export,
        "write a model as an ONNX file, for programs without MXNet",
        "my-run m.onnx",
    )
    add_folder(command)
    command.add_argument("file", metavar="FILE", help="the file; an existing one is replaced")

    add("data", data, "download the novel of the chapter; this is also done without a command", "")
    return whole


class Formatter(argparse.ArgumentDefaultsHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """Show the defaults where there are any, and keep the line breaks of examples."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        return super()._get_help_string(action) if action.default is not None else action.help


def add_folder(command: argparse.ArgumentParser) -> None:
    """Give a command the folder of a training run."""
    command.add_argument("folder", metavar="FOLDER", help="where `train` has saved")


def count(typed: str) -> int:
    """Read a whole number, 1 or more."""
    number = int(typed)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be 1 or more, not {number}")
    return number


def option(name: str, default: Any, about: str, kind: Callable[[str], Any] = count) -> dict:
    """Describe an option of `train`."""
    return {"dest": name, "type": kind, "default": default, "metavar": "N", "help": about}


ONLY_FIRST = "read only the first N characters"
# The defaults are the settings of the chapter.
TRAIN_OPTIONS: dict[str, dict[str, Any]] = {
    "--layer": {"choices": [*LAYERS], "default": "rnn", "help": "kind of recurrent layer"},
    "--hiddens": option("num_hiddens", 256, "hidden units of a layer"),
    "--layers": option("num_layers", 1, "recurrent layers, one on top of the other"),
    "--chars": option("num_chars", None, ONLY_FIRST),
    "--epochs": option("num_epochs", 50, "how often to read the text"),
    "--steps": option("num_steps", 35, "characters of a row in a mini-batch"),
    "--batch-size": option("batch_size", 32, "rows in a mini-batch"),
    "--lr": option("lr", 100.0, "learning rate", float),
    "--clip": option("clipping_theta", 0.01, "greatest length of the gradient", float),
    "--prefix": {
        "dest": "prefixes",
        "action": "append",
        "help": "what to continue in a report; may be repeated; by default the beginning of the text",
    },
    "--report": option("pred_period", 10, "report after every N epochs"),
    "--length": option("pred_len", 50, "characters to generate in a report"),
    "--save": option("period", 1, "save after every N epochs"),
    "--seed": option("seed", 1, "seed of the random numbers", int),
}
