"""Train on a text of your own from the shell: ``gluonbook``, or ``python -m gluonbook``."""

import argparse
import os
import shlex
import sys
from collections.abc import Sequence
from typing import Any

import mxnet as mx

from gluonbook.ground import novel
from gluonbook.ground.checks import check_prefixes
from gluonbook.prediction import generate
from gluonbook.tool.cluster import ClusterError, cluster
from gluonbook.tool.onnx import export_onnx
from gluonbook.tool.run_file import LAYERS, Checkpoint
from gluonbook.tool.training import (
    OwnText,
    UsageError,
    as_read,
    as_usage_error,
    new_run,
    open_run,
    settings_of,
    text_of,
    train_to_the_end,
)

# What a shell expects of a program that Ctrl-C has ended.
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line, by default what was typed; return 0 on success, 1 on failure, 130 on Ctrl-C.

    A command line that makes no sense ends the process with 2.
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
    new = new_run(run, text, settings_of(text, given))
    print(
        f"{len(text.train):,} characters to train on, {len(text.validation):,} held out, "
        f"{text.size:,} of them different"
    )
    return finish(new, text)


def resume(run: str, num_epochs: int | None, text: str | None) -> int:
    """Continue a training run, or train for longer."""
    saved = open_run(run)
    own_text = text_of(saved, text)
    saved.settings["num_epochs"] = num_epochs or saved.settings["num_epochs"]
    print(f"{len(saved.history)} of {saved.settings['num_epochs']} epochs are done")
    return finish(saved, own_text)


def finish(run: Checkpoint, text: OwnText) -> int:
    """Train up to the last epoch, and say how to go on."""
    path = str(run.path)
    try:
        train_to_the_end(run, text)
    except KeyboardInterrupt:
        if run.history:
            print(f"Stopped, and saved. Continue with: {typed('resume', path)}")
        return INTERRUPTED
    print(f"Generate text with: {typed('sample', path)}")
    return 0


def sample(run: str, prefix: str | None, length: int, temperature: float, seed: int | None) -> None:
    """Print a text that a model generates."""
    saved = open_run(run)
    # Loading has set the generator back to the training run's state; each call should differ.
    mx.random.seed(int.from_bytes(os.urandom(3), "big") if seed is None else seed)
    text = saved.text
    first = (saved.settings.get("prefixes") or text.chars)[0]
    prefixes = [first if prefix is None else as_read(prefix, text)]
    with as_usage_error():
        check_prefixes(prefixes, text.index)
    how = {"num_chars": length, "temperature": temperature or None}
    print(*generate(saved.model, text, prefixes=prefixes, **how))


def export(run: str, file: str) -> None:
    """Write a model as an ONNX file."""
    saved = open_run(run)
    export_onnx(saved.model, saved.text, file)
    print(file)


def data() -> None:
    """Download the novel of the chapter."""
    novel.main()


# --- the command line -------------------------------------------------------------------

GREATEST = 2**31 - 1


def number(
    name: str, default: float | None, about: str, *, kind: type = int, least: float = 1
) -> dict[str, Any]:
    """Describe an option that takes a number, `least` or more, for `argparse`.

    It has the chapter's name for what it sets, the default, and a line of help.
    """

    def read(word: str) -> float:
        if not least <= kind(word) <= GREATEST:
            raise argparse.ArgumentTypeError(f"must be from {least} to {GREATEST}, not {word}")
        return kind(word)

    read.__name__ = "number"  # argparse says: invalid number value
    shown = about if default is None else f"{about} (default: {default})"
    return {"dest": name, "type": read, "default": default, "metavar": "N", "help": shown}


# The defaults are the settings of the chapter.
TRAIN: dict[str, dict[str, Any]] = {
    "--layer": {
        "choices": [*LAYERS],
        "default": "rnn",
        "help": "kind of recurrent layer (default: rnn)",
    },
    "--hiddens": number("num_hiddens", 256, "hidden units of a layer"),
    # MXNet cannot name the parameters of more.
    "--layers": number("num_layers", 1, "recurrent layers, one on top of the other")
    | {"choices": range(1, 11)},
    "--chars": number("num_chars", None, "read only the first N characters"),
    "--epochs": number("num_epochs", 50, "how often to read the text"),
    "--steps": number("num_steps", 35, "characters of a row in a mini-batch"),
    "--batch-size": number("batch_size", 32, "rows in a mini-batch"),
    "--lr": number("lr", 100.0, "learning rate", kind=float, least=1e-30),
    "--clip": number(
        "clipping_theta", 0.01, "greatest norm of the gradient", kind=float, least=1e-30
    ),
    "--seed": number("seed", 1, "seed of the random numbers", least=0),
    "--report": number("pred_period", 10, "report after every N epochs, and after the last"),
    "--length": number("pred_len", 50, "characters to generate in a report"),
    "--prefix": {
        "dest": "prefixes",
        "action": "append",
        "metavar": "PREFIX",
        "help": "what to continue in a report; may be repeated (default: the text's beginning)",
    },
}

TEXT, RUN = {"help": "a text file, UTF-8"}, {"help": "the file that `train` has written"}
NEW_RUN = {"help": "the file to keep the run in; it must be new"}
# Each command: its function, what it does, an example, its arguments and options.
COMMANDS = [
    (
        train,
        "train a new model on a text. Ctrl-C stops it; `resume` goes on from there",
        "my-book.txt my-run.npz --layer lstm --epochs 100 --prefix 'once upon'",
        {"text": TEXT, "run": NEW_RUN} | TRAIN,
    ),
    (
        resume,
        "continue a training run, or train for longer",
        "my-run.npz --epochs 80",
        {
            "run": RUN,
            "--epochs": number("num_epochs", None, "epochs altogether"),
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
            "--length": number("length", 200, "characters to generate"),
            "--temperature": number(
                "temperature",
                0.5,
                "0 always takes the best character, 1 draws with the model's probabilities, more takes "
                "more risks",
                kind=float,
                least=0,
            ),
            "--seed": number("seed", None, "draw the same every time", least=0),
        },
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
            "--workers": number("workers", None, "start N processes here, without mpirun or srun"),
        }
        | TRAIN,
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
