"""The command line of ``gluonbook``, kept apart from the package, which takes seconds to import.

Importing `gluonbook` imports MXNet. Here that happens only once the command line has been found
valid, so ``--help`` responds at once, and Ctrl-C ends the imports without a traceback. The commands
themselves are in `gluonbook.tool.commands`.
"""

import argparse
import difflib
import importlib.metadata
import os
import shlex
import signal
import sys
from collections.abc import Iterable, Sequence
from typing import Any

# The exit codes that a shell expects of a program that was interrupted or wrote to a closed pipe.
INTERRUPTED, BROKEN_PIPE = 130, 141


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line, by default the one that was typed, and return the exit code.

    The code is 0 on success, 1 on failure, 130 after Ctrl-C, and 141 if the output goes to a closed
    pipe. An invalid command line ends the process with exit code 2.
    """
    prepare_streams()
    name, given = parse(list(sys.argv[1:] if arguments is None else arguments))
    debug = given.pop("debug")
    exit_on_ctrl_c()
    from gluonbook.tool import ClusterError, commands
    from gluonbook.tool.training import UsageError

    if signal.getsignal(signal.SIGINT) is exit_now:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return getattr(commands, name)(**given) or 0
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Discard the output that Python flushes when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except (UsageError, ClusterError, FloatingPointError, OSError) as error:
        if debug:
            raise
        of_file = getattr(error, "filename", None)
        print(f"gluonbook: {f'{of_file}: {error.strerror}' if of_file else error}", file=sys.stderr)
        return 1


def prepare_streams() -> None:
    """Make sure that printing never makes a command fail.

    Characters that a terminal cannot show become question marks; a pipe or a file receives each line
    immediately; output to a closed stream is discarded.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        elif hasattr(stream, "reconfigure"):  # a notebook's stream has no such method
            stream.reconfigure(errors="replace", line_buffering=True)


def exit_on_ctrl_c() -> None:
    """Let Ctrl-C end the process without a traceback while there is no work to lose."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, exit_now)


def exit_now(*_: Any) -> None:
    """Exit at once, with the code that a shell expects after Ctrl-C."""
    os._exit(INTERRUPTED)


# --- the command line ---------------------------------------------------------------------

GREATEST = 2**31 - 1


def number(
    name: str, default: float | None, about: str, *, kind: type = int, least: float = 1
) -> dict[str, Any]:
    """Describe to `argparse` an option that takes a number of at least `least`.

    The description has the chapter's name for the setting, a default, and a line of help.
    """

    def read(word: str) -> float:
        value = kind(word)
        if value > GREATEST:
            raise argparse.ArgumentTypeError(f"must be {GREATEST:,} or less, not {word}")
        if not value >= least:  # this rejects NaN as well
            raise argparse.ArgumentTypeError(f"must be {least} or more, not {word}")
        return value

    read.__name__ = "number"  # so that argparse reports an "invalid number value"
    shown = about if default is None else f"{about} (default: {default:g})"
    return {"dest": name, "type": read, "default": default, "metavar": "N", "help": shown}


# The defaults are the settings of the chapter.
TRAIN: dict[str, dict[str, Any]] = {
    "--layer": {
        "choices": ["rnn", "gru", "lstm"],
        "default": "rnn",
        "help": "type of recurrent layer (default: rnn)",
    },
    "--hiddens": number("num_hiddens", 256, "hidden units per layer"),
    # MXNet cannot name the parameters of more than ten layers.
    "--layers": number("num_layers", 1, "number of stacked recurrent layers")
    | {"choices": range(1, 11)},
    "--chars": number("num_chars", None, "use only the first N characters of the text"),
    "--epochs": number("num_epochs", 50, "number of epochs"),
    "--steps": number("num_steps", 35, "time steps: characters in each row of a mini-batch"),
    "--batch-size": number("batch_size", 32, "rows in a mini-batch"),
    "--lr": number("lr", 100.0, "learning rate", kind=float, least=1e-30),
    "--clip": number(
        "clipping_theta", 0.01, "clip the gradient to this norm", kind=float, least=1e-30
    ),
    "--seed": number("seed", 1, "seed of the random number generators", least=0),
    "--report": number("pred_period", 10, "report after every N epochs and after the last one"),
    "--length": number("pred_len", 50, "characters to generate in a report"),
    "--prefix": {
        "dest": "prefixes",
        "action": "append",
        "metavar": "PREFIX",
        "help": "text to continue in each report; may be repeated (default: the beginning of the text)",
    },
}

TEXT, RUN = {"help": "a text file in UTF-8"}, {"help": "a file written by `train` or `cluster`"}
# For each command: a description, an example, and the arguments and options.
COMMANDS: dict[str, tuple[str, str, dict[str, dict[str, Any]]]] = {
    "train": (
        "train a new model on a text; Ctrl-C stops it, and `resume` continues",
        "my-book.txt my-run.npz --layer lstm --epochs 100 --prefix 'once upon'",
        {"text": TEXT, "run": {"help": "the file to save the run in, which must not exist yet"}}
        | TRAIN,
    ),
    "resume": (
        "resume a training run, or train for more epochs",
        "my-run.npz --epochs 80",
        {
            "run": RUN,
            "--epochs": number("num_epochs", None, "number of epochs in total"),
            "--text": {"help": "the new path of the text, if it was moved"},
        },
    ),
    "sample": (
        "generate a text with a model, and print it",
        "my-run.npz --prefix 'once upon' --length 500",
        {
            "run": RUN,
            "--prefix": {"help": "text to continue (default: the first prefix of the run)"},
            "--length": number("length", 200, "characters to generate"),
            "--temperature": number(
                "temperature",
                0.5,
                "0 always takes the most probable character, 1 draws from the model's distribution, "
                "higher values take greater risks",
                kind=float,
                least=0,
            ),
            "--seed": number("seed", None, "generate the same text every time", least=0),
        },
    ),
    "cluster": (
        "train in several processes, on this machine or, with mpirun or srun, on many. There is "
        "no authentication: use it only where everyone is trusted",
        "my-book.txt my-run.npz --workers 2",
        {
            "text": TEXT,
            "run": {"help": "the file to save the run in; an existing run is resumed"},
            "--workers": number("workers", None, "start N processes here, without mpirun or srun"),
        }
        | TRAIN,
    ),
    "data": ("download the novel of the chapter", "", {}),
}


class Parser(argparse.ArgumentParser):
    """A parser with short error messages that refer to the help for details."""

    def error(self, message: str) -> None:
        """End the process with a message."""
        self.exit(2, f"{self.prog}: {message}\n`{self.prog} --help` gives the details\n")


def installed_version() -> str:
    """Return the version of the package, unless this is a copy that is not installed."""
    try:
        return importlib.metadata.version("gluonbook")
    except importlib.metadata.PackageNotFoundError:
        return "(not installed)"


def parse(words: list[str]) -> tuple[str, dict[str, Any]]:
    """Return the name of the command in a command line, and its arguments by name.

    The process ends here if the command line is invalid or asks for help or the version.
    """
    whole, commands = make_parsers()
    if words and not words[0].startswith("-") and words[0] not in COMMANDS:
        whole.error(f"there is no command {words[0]!r}{did_you_mean(words[0], COMMANDS)}")
    namespace, unknown = whole.parse_known_args(words or ["--help"])
    given = vars(namespace)
    name = given.pop("name")
    if unknown:
        close = did_you_mean(unknown[0], COMMANDS[name][2])
        commands[name].error(f"unexpected {unknown[0]!r}{close}")
    return name, given | ({"words": words} if name == "cluster" else {})


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Ask whether a similar known word was meant; return an empty string if none is similar."""
    close = difflib.get_close_matches(word.partition("=")[0], known, n=1)
    return f": did you mean {close[0]!r}?" if close else ""


def make_parsers() -> tuple[Parser, dict[str, Parser]]:
    """Return a parser for the whole command line, and one for each command."""
    whole = Parser(
        prog=typed(),
        description="Train a character-level language model on a text, and generate text with it.",
        epilog=f"""a first model in a minute:

  {typed()} train my-book.txt my-run.npz --chars 10000
  {typed()} sample my-run.npz --prefix "once upon a time"

`{typed()} COMMAND --help` gives the details. Exit codes: 0 success, 1 failure,
2 invalid command line, 130 Ctrl-C.""",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    version = f"gluonbook {installed_version()}"
    whole.add_argument("--version", action="version", version=version)
    commands = whole.add_subparsers(title="commands", metavar="COMMAND", dest="name", required=True)
    for name, (about, example, arguments) in COMMANDS.items():
        command = commands.add_parser(
            name,
            help=about,
            description=f"{about[0].upper()}{about[1:]}.",
            epilog=f"example:\n\n  {typed(name)} {example}".rstrip(),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.add_argument("--debug", action="store_true", help="show the traceback of an error")
        for option, described in arguments.items():
            command.add_argument(option, **described)
    return whole, commands.choices


def typed(*words: str) -> str:
    """Return a command line of this program, ready to paste into the shell."""
    name = os.path.basename(sys.argv[0])
    program = [sys.argv[0]] if name == "gluonbook" else [sys.executable, "-m", "gluonbook"]
    return shlex.join([*program, *words])
