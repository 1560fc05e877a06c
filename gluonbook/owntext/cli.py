"""Train on a text of your own from the shell: ``gluonbook``, or ``python -m gluonbook``."""

import argparse
import os
import shlex
import sys
from collections.abc import Callable, Sequence
from typing import Any

import mxnet as mx
import numpy as np

from gluonbook import fetch as novel
from gluonbook.models import LAYERS
from gluonbook.owntext import cluster
from gluonbook.owntext.onnx import export_onnx
from gluonbook.owntext.run_file import Checkpoint, SavedTraining
from gluonbook.owntext.training import (
    LONG_TEXT,
    OwnText,
    UsageError,
    as_read,
    measured,
    new_run,
    open_run,
    text_of,
    train_to_the_end,
)
from gluonbook.prediction import generate
from gluonbook.text import Text

INTERRUPTED = 130
"""What a shell expects of a program that Ctrl-C has ended."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments : sequence of str, optional
        The arguments after ``gluonbook``; by default those that were typed.

    Returns
    -------
    int
        0 on success, 1 on failure, 130 after Ctrl-C. A command line that makes no sense ends the
        process with 2.
    """
    for name in ("stdout", "stderr"):
        # A shell may have closed it. What a terminal cannot show becomes a question mark, and what
        # goes into a pipe or a file is there at once.
        stream = getattr(sys, name) or open(os.devnull, "w")  # noqa: SIM115
        setattr(sys, name, stream)
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace", line_buffering=True)
    options = vars(parser().parse_args(arguments))
    command, debug = options.pop("command"), options.pop("debug", False)
    try:
        return command(**options) or 0
    except KeyboardInterrupt:
        return INTERRUPTED
    except (UsageError, cluster.ClusterError, FloatingPointError, OSError) as error:
        if debug:
            raise
        print(f"gluonbook: {in_words(error)}", file=sys.stderr)
        return 1


def in_words(error: Exception) -> str:
    """Return what was wrong, for an error of the system without its number, and with which file."""
    words = getattr(error, "strerror", None)
    if words is None:
        return str(error)
    return f"{error.filename}: {words}" if error.filename else words


# --- the commands -----------------------------------------------------------------------


def train(**options: Any) -> int:
    """Train a new model on a text, and keep the run in a file."""
    path = options["run"]
    if os.path.lexists(path):
        raise UsageError(f"{path} is there already: `resume` it, or name another file")
    text = OwnText(options["text"], options["num_chars"])
    model, settings = new_run(text, options)
    Checkpoint(path, model, text.chars, settings).save()
    print(
        f"{len(text.train):,} characters to train on, {len(text.held_out):,} held out, "
        f"{text.size:,} of them different"
    )
    if len(text.train) > LONG_TEXT:
        print("A long text: an epoch may take minutes. --chars 100000 reads only its beginning.")
    return finish(path, open_run(path), text)


def resume(run: str, num_epochs: int | None, text: str | None) -> int:
    """Continue a training run, or train for longer."""
    saved = open_run(run)
    own_text = text_of(saved, text)
    saved.settings["num_epochs"] = num_epochs or saved.settings["num_epochs"]
    print(f"{len(saved.history)} of {saved.settings['num_epochs']} epochs are done")
    return finish(run, saved, own_text)


def finish(path: str, saved: SavedTraining, text: OwnText) -> int:
    """Train up to the last epoch, and say how to go on."""
    if not train_to_the_end(saved, text):
        print(f"Stopped, and saved. Continue with: {typed('resume', path)}")
        return INTERRUPTED
    print(f"Generate text with: {typed('sample', path)}")
    return 0


def sample(run: str, prefix: str | None, length: int, temperature: float, seed: int | None) -> None:
    """Print a text that a model generates."""
    saved = open_run(run)
    # Loading has set the generator back to the training run's state; each call should differ.
    mx.random.seed(int.from_bytes(os.urandom(3), "big") if seed is None else seed)
    text = Text("".join(saved.idx_to_char))  # for its vocabulary
    beginning = (saved.settings.get("prefixes") or text.chars)[0]
    prefixes = [as_read(beginning if prefix is None else prefix, text.index)]
    print(
        *generate(
            saved.model, text, prefixes=prefixes, num_chars=length, temperature=temperature or None
        )
    )


def evaluate(run: str, text: str, num_chars: int | None, skip_unknown: bool) -> None:
    """Print a model's perplexity on a text."""
    saved, other = open_run(run), OwnText(text, num_chars)
    corpus = np.concatenate([other.train, other.held_out])
    unknown = [char for char in other.chars if char not in saved.idx_to_char]
    if unknown and not skip_unknown:
        raise UsageError(
            f"{text} has characters that the model does not know: "
            f"{', '.join(map(repr, unknown[:20]))}. --skip-unknown leaves them out"
        )
    # The index in the model's vocabulary of each character of this text, -1 if it has none.
    index = {char: idx for idx, char in enumerate(saved.idx_to_char)}
    known = np.array([index.get(char, -1) for char in other.chars])[corpus]
    corpus = known[known >= 0]
    if len(corpus) < 2:
        raise UsageError(f"{text} has fewer than two characters that the model knows")
    perplexity = measured(saved.model, corpus)
    left_out = f", {len(known) - len(corpus):,} unknown ones left out" if skip_unknown else ""
    print(f"perplexity {perplexity:f} on {len(corpus):,} characters{left_out}")


def export(run: str, file: str) -> None:
    """Write a model as an ONNX file."""
    saved = open_run(run)
    export_onnx(saved.model, file, saved.idx_to_char)
    print(file)


def data() -> None:
    """Download the novel of the chapter."""
    novel.main()


# --- the command line -------------------------------------------------------------------


def parser() -> argparse.ArgumentParser:
    """Describe the commands and their options."""
    whole = argparse.ArgumentParser(
        prog=typed(),
        description="Train a character-level language model on a text, and generate text with it.",
        epilog=f"""a first model in a minute:

  {typed()} train my-book.txt my-run.npz --chars 10000
  {typed()} sample my-run.npz --prefix "once upon a time"

`{typed()} COMMAND --help` says more. Exit codes: 0 success, 1 failure,
2 the command line makes no sense, 130 Ctrl-C.""",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    whole.set_defaults(command=whole.print_help)
    commands = whole.add_subparsers(title="commands", metavar="COMMAND")

    def add(run: Callable[..., Any], about: str, *arguments: tuple[str, str], example: str = ""):
        name = run.__name__
        command = commands.add_parser(
            name,
            help=about,
            description=f"{about[0].upper()}{about[1:]}.",
            epilog=f"example:\n\n  {typed()} {name} {example}",
            formatter_class=Formatter,
        )
        command.set_defaults(command=run)
        command.add_argument("--debug", action="store_true", help="show where an error comes from")
        for metavar, what in arguments:
            command.add_argument(metavar.lower(), metavar=metavar, help=what)
        return command

    text, run = ("TEXT", "a text file, UTF-8"), ("RUN", "the file that `train` has written")
    new = ("RUN", "the file to keep the run in; it must be new")
    command = add(
        train,
        "train a new model on a text. Ctrl-C stops it; `resume` goes on from there",
        text,
        new,
        example="my-book.txt my-run.npz --layer lstm --epochs 100 --prefix 'once upon'",
    )
    for name, described in TRAIN_OPTIONS.items():
        command.add_argument(name, **described)

    command = add(
        resume,
        "continue a training run, or train for longer",
        run,
        example="my-run.npz --epochs 80",
    )
    command.add_argument("--epochs", **number("num_epochs", None, "epochs altogether"))
    command.add_argument("--text", metavar="TEXT", help="where the text is now, if it was moved")

    command = add(
        sample,
        "print a text that a model generates",
        run,
        example="my-run.npz --prefix 'once upon' --length 500",
    )
    command.add_argument("--prefix", help="what to continue; by default the run's first prefix")
    command.add_argument("--length", **number("length", 200, "characters to generate"))
    command.add_argument(
        "--temperature",
        type=temperature,
        default=0.5,
        metavar="T",
        help="0 always takes the best character, 1 draws with the model's probabilities, more takes "
        "more risks",
    )
    command.add_argument("--seed", **number("seed", None, "draw the same every time", seed))

    command = add(
        evaluate,
        "print a model's perplexity on a text",
        run,
        ("TEXT", "a text that it was not trained on"),
        example="my-run.npz another-book.txt",
    )
    command.add_argument("--chars", **number("num_chars", None, ONLY_FIRST))
    command.add_argument(
        "--skip-unknown", action="store_true", help="leave out characters that it does not know"
    )

    add(
        export,
        "write a model as an ONNX file, for programs without MXNet",
        run,
        ("FILE", "the ONNX file; an existing one is replaced"),
        example="my-run.npz my-run.onnx",
    )
    command = add(
        cluster.cluster,
        "train in several processes, on this machine or on those of a cluster",
        text,
        ("RUN", "the file to keep the run in; one that is there is continued"),
        example="my-book.txt my-run.npz --workers 2",
    )
    command.epilog += cluster.MORE_HELP
    for name, described in (cluster.OPTIONS | TRAIN_OPTIONS).items():
        command.add_argument(name, **described)
    add(data, "download the novel of the chapter")
    return whole


class Formatter(argparse.ArgumentDefaultsHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """Show the defaults where there are any, and keep the line breaks of examples."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        return super()._get_help_string(action) if action.default is not None else action.help


def count(typed: str) -> int:
    """Read a whole number, 1 or more."""
    if int(typed) < 1:
        raise argparse.ArgumentTypeError(f"must be 1 or more, not {typed}")
    return int(typed)


def positive(typed: str) -> float:
    """Read a number above zero that 32 bits can hold."""
    if not 1e-37 < float(typed) < 1e38:
        raise argparse.ArgumentTypeError(f"must be above 0 and not too large, not {typed}")
    return float(typed)


def temperature(typed: str) -> float:
    """Read a temperature."""
    if float(typed) != 0 and not 1e-3 <= float(typed) <= 1e3:
        raise argparse.ArgumentTypeError(f"must be 0, or from 0.001 to 1000, not {typed}")
    return float(typed)


def seed(typed: str) -> int:
    """Read a seed."""
    if not 0 <= int(typed) < 2**31:
        raise argparse.ArgumentTypeError(f"must be from 0 to 2147483647, not {typed}")
    return int(typed)


def number(
    name: str, default: Any, about: str, kind: Callable[[str], Any] = count
) -> dict[str, Any]:
    """Describe an option that takes a number."""
    return {"dest": name, "type": kind, "default": default, "metavar": "N", "help": about}


ONLY_FIRST = "read only the first N characters"
# The defaults are the settings of the chapter.
TRAIN_OPTIONS: dict[str, dict[str, Any]] = {
    "--layer": {"choices": [*LAYERS], "default": "rnn", "help": "kind of recurrent layer"},
    "--hiddens": number("num_hiddens", 256, "hidden units of a layer"),
    "--layers": number("num_layers", 1, "recurrent layers, one on top of the other"),
    "--chars": number("num_chars", None, ONLY_FIRST),
    "--epochs": number("num_epochs", 50, "how often to read the text"),
    "--steps": number("num_steps", 35, "characters of a row in a mini-batch"),
    "--batch-size": number("batch_size", 32, "rows in a mini-batch"),
    "--lr": number("lr", 100.0, "learning rate", positive),
    "--clip": number("clipping_theta", 0.01, "greatest length of the gradient", positive),
    "--seed": number("seed", 1, "seed of the random numbers", seed),
    "--report": number("pred_period", 10, "report after every N epochs, and after the last"),
    "--length": number("pred_len", 50, "characters to generate in a report"),
    "--prefix": {
        "dest": "prefixes",
        "action": "append",
        "help": "what to continue in a report; may be repeated; by default the beginning of the text",
    },
}


def typed(*words: str) -> str:
    """Return a command of this program as it would be typed here, ready to paste."""
    name = os.path.basename(sys.argv[0])
    program = [sys.argv[0]] if name == "gluonbook" else [sys.executable, "-m", "gluonbook"]
    return shlex.join([*program, *words])
