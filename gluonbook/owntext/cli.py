"""Train on a text of your own from the shell: ``gluonbook``, or ``python -m gluonbook``."""

import argparse
import os
import shlex
import sys
from collections.abc import Sequence
from typing import Any

import mxnet as mx

from gluonbook import fetch as novel
from gluonbook.owntext import options
from gluonbook.owntext.cluster import CLUSTER_OPTIONS, ClusterError, cluster
from gluonbook.owntext.onnx import export_onnx
from gluonbook.owntext.run_file import Checkpoint, SavedTraining
from gluonbook.owntext.training import (
    OwnText,
    UsageError,
    as_read,
    as_string,
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
    for stream in (sys.stdout, sys.stderr):
        # What a terminal cannot show becomes a question mark, and a pipe or a file gets each line
        # at once.
        stream.reconfigure(errors="replace", line_buffering=True)
    given = vars(parser().parse_args(arguments))
    command, debug = given.pop("command"), given.pop("debug", False)
    try:
        return command(**given) or 0
    except KeyboardInterrupt:
        return INTERRUPTED
    except (UsageError, ClusterError, FloatingPointError, OSError) as error:
        if debug:
            raise
        of_file = getattr(error, "filename", None)
        print(f"gluonbook: {f'{of_file}: {error.strerror}' if of_file else error}", file=sys.stderr)
        return 1


# --- the commands -----------------------------------------------------------------------


def train(run: str, **given: Any) -> int:
    """Train a new model on a text, and keep the run in a file."""
    if os.path.lexists(run):
        raise UsageError(f"{run} is there already: `resume` it, or name another file")
    text = OwnText(given["text"], given["num_chars"])
    model, settings = new_run(text, given)
    Checkpoint(run, model, text.chars, settings).save()
    print(
        f"{len(text.train):,} characters to train on, {len(text.held_out):,} held out, "
        f"{text.size:,} of them different"
    )
    return finish(run, open_run(run), text)


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
    how = {"num_chars": length, "temperature": temperature or None}
    print(*generate(saved.model, text, prefixes=prefixes, **how))


def evaluate(run: str, text: str) -> None:
    """Print a model's perplexity on those characters of a text that it knows."""
    saved = open_run(run)
    vocabulary, string = Text("".join(saved.idx_to_char)), as_string(text)
    known = "".join(char for char in string if char in vocabulary.index)
    if len(known) < 2:
        raise UsageError(f"{text} has fewer than two characters that the model knows")
    perplexity = measured(saved.model, vocabulary.encode(known))
    unknown = len(string) - len(known)
    left_out = f", {unknown:,} that it does not know left out" if unknown else ""
    print(f"perplexity {perplexity:f} on {len(known):,} characters{left_out}")


def export(run: str, file: str) -> None:
    """Write a model as an ONNX file."""
    saved = open_run(run)
    export_onnx(saved.model, file, saved.idx_to_char)
    print(file)


def data() -> None:
    """Download the novel of the chapter."""
    novel.main()


# --- the command line -------------------------------------------------------------------

TEXT, RUN = {"help": "a text file, UTF-8"}, {"help": "the file that `train` has written"}
NEW_RUN = {"help": "the file to keep the run in; it must be new"}
# Each command: its function, what it does, an example, its arguments and options.
COMMANDS = [
    (
        train,
        "train a new model on a text. Ctrl-C stops it; `resume` goes on from there",
        "my-book.txt my-run.npz --layer lstm --epochs 100 --prefix 'once upon'",
        {"text": TEXT, "run": NEW_RUN} | options.TRAIN,
    ),
    (
        resume,
        "continue a training run, or train for longer",
        "my-run.npz --epochs 80",
        {
            "run": RUN,
            "--epochs": options.number("num_epochs", None, "epochs altogether"),
            "--text": {"help": "where the text is now, if it was moved"},
        },
    ),
    (
        sample,
        "print a text that a model generates",
        "my-run.npz --prefix 'once upon' --length 500",
        {
            "run": RUN,
            "--prefix": {"help": "what to continue; by default the run's first prefix"},
            "--length": options.number("length", 200, "characters to generate"),
            "--temperature": options.number(
                "temperature",
                0.5,
                "0 always takes the best character, 1 draws with the model's probabilities, more takes "
                "more risks",
                kind=float,
                least=0,
            ),
            "--seed": options.number("seed", None, "draw the same every time", least=0),
        },
    ),
    (
        evaluate,
        "print a model's perplexity on a text; characters that it does not know are left out",
        "my-run.npz another-book.txt",
        {"run": RUN, "text": {"help": "a text that it was not trained on"}},
    ),
    (
        export,
        "write a model as an ONNX file, for programs without MXNet",
        "my-run.npz my-run.onnx",
        {"run": RUN, "file": {"help": "the ONNX file; an existing one is replaced"}},
    ),
    (
        cluster,
        "train in several processes: on this machine, or started by mpirun or srun on many. There is no "
        "authentication: use it only where everyone is trusted",
        "my-book.txt my-run.npz --workers 2",
        {
            "text": TEXT,
            "run": {"help": "the file to keep the run in; one that is there is continued"},
        }
        | CLUSTER_OPTIONS
        | options.TRAIN,
    ),
    (data, "download the novel of the chapter", "", {}),
]


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
    for run, about, example, arguments in COMMANDS:
        command = commands.add_parser(
            run.__name__,
            help=about,
            description=f"{about[0].upper()}{about[1:]}.",
            epilog=f"example:\n\n  {typed(run.__name__)} {example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.set_defaults(command=run)
        command.add_argument("--debug", action="store_true", help="show where an error comes from")
        for name, described in arguments.items():
            command.add_argument(name, **described)
    return whole


def typed(*words: str) -> str:
    """Return a command of this program as it would be typed here, ready to paste."""
    name = os.path.basename(sys.argv[0])
    program = [sys.argv[0]] if name == "gluonbook" else [sys.executable, "-m", "gluonbook"]
    return shlex.join([*program, *words])
