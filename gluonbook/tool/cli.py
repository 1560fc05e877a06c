"""The command line of ``gluonbook``. The commands themselves are in `commands`."""

import argparse
import contextlib
import functools
import sys

from gluonbook.tool import commands
from gluonbook.tool.run_file import LAYERS, MOST_LAYERS

# Errors that a text, an option, or a run that another program has written may cause.
EXPECTED = (ArithmeticError, ImportError, LookupError, OSError, RuntimeError, TypeError, ValueError)


def main(words=None):
    """Run a command line, by default the one that was typed, and return the exit code.

    The code is 0 on success, 1 on failure, and 130 after Ctrl-C. An invalid command line ends the
    process with exit code 2.
    """
    options = vars(make_parser().parse_args(words))
    command = options.pop("command")
    # A pipe or a file receives each line immediately. What a terminal cannot show becomes a question mark.
    with contextlib.suppress(AttributeError):  # the output of a notebook is none of these
        sys.stdout.reconfigure(errors="replace", line_buffering=True)
    try:
        return command(**options)
    except KeyboardInterrupt:
        return commands.INTERRUPTED
    except EXPECTED as error:
        message = str(error).rpartition("MXNetError: ")[2]  # without MXNet's traceback
        print(f"gluonbook: {commands.printable(message)}", file=sys.stderr)
        return 1


class Parser(argparse.ArgumentParser):
    """A parser that reports an error in one line, without the usage before it."""

    def error(self, message):
        """End the process with exit code 2."""
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def make_parser():
    """Return the parser of the command line."""
    parser = Parser(
        prog="gluonbook",
        description="Train a character-level language model on a text, and generate text with it.",
        epilog="COMMAND --help lists the options of a command.",
    )
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    training = training_options()

    def add(name, command, about, details="", **more):
        parser = subparsers.add_parser(name, help=about, description=about + details, **more)
        parser.set_defaults(command=command)
        return parser

    about = "train a new model on a text; Ctrl-C stops it, and `resume` continues"
    train = add("train", commands.train, about, parents=[training])
    train.add_argument("run", help="the file to save the run in, which must not exist yet")

    resume = add("resume", commands.resume, "resume a training run, or train for more epochs")
    resume.add_argument("run", help="a file written by `train` or `cluster`")
    add_option(resume, "--epochs", "num_epochs", positive, None, "number of epochs in total")
    resume.add_argument("--text", help="the new path of the text, if it was moved")

    sample = add("sample", commands.sample, "generate a text with a model, and print it")
    sample.add_argument("run", help="a file written by `train` or `cluster`")
    sample.add_argument("--prefix", help="text to continue (default: the first prefix of the run)")
    add_option(sample, "--length", "length", positive, 200, "characters to generate")
    about = (
        "0 always takes the most probable character, 1 draws from the model's distribution, higher "
        "values take greater risks"
    )
    add_option(sample, "--temperature", "temperature", float, 0.5, about, metavar="T")
    add_option(sample, "--seed", "seed", int, None, "generate the same text every time")

    about = "measure the perplexity of a model on another text, and print it"
    evaluate = add("evaluate", commands.evaluate, about)
    evaluate.add_argument("run", help="a file written by `train` or `cluster`")
    evaluate.add_argument("text", help="a text file in UTF-8")

    about = "train in several processes, on one machine or on many, started by mpirun or srun"
    details = (
        ". Rank 0 is the scheduler, rank 1 the server, and all other ranks train. If one process fails, "
        "all end. There is no authentication: use it only where everyone is trusted"
    )
    cluster = add("cluster", commands.cluster, about, details, parents=[training])
    about = "the file to save the run in; of the options, an existing run only takes --epochs"
    cluster.add_argument("run", help=about)

    add("data", commands.data, "download the novel of the chapter, and print its path")
    return parser


def training_options():
    """Return a parser with the text and the options of a new run; the defaults are those of the chapter."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("text", help="a text file in UTF-8")
    add = functools.partial(add_option, parser)
    add("--layer", "layer", str, "rnn", "type of recurrent layer", choices=LAYERS, metavar=None)
    add("--hiddens", "num_hiddens", positive, 256, "hidden units per layer")
    numbers = range(1, MOST_LAYERS + 1)
    add("--layers", "num_layers", int, 1, "number of stacked layers", choices=numbers)
    add("--chars", "num_chars", positive, None, "use only the first N characters of the text")
    add("--epochs", "num_epochs", positive, 50, "number of epochs")
    add("--steps", "num_steps", positive, 35, "time steps: characters in each row of a mini-batch")
    add("--batch-size", "batch_size", positive, 32, "rows in a mini-batch")
    add("--lr", "lr", float, 100.0, "learning rate")
    add("--clip", "clipping_theta", float, 0.01, "clip the gradient to this norm")
    add("--seed", "seed", int, 1, "seed of the random number generators")
    add("--report", "pred_period", positive, 10, "report after every N epochs and after the last")
    add("--length", "pred_len", positive, 50, "characters to generate in a report")
    about = "text to continue in each report; may be repeated (default: how the text begins)"
    add("--prefix", "prefixes", str, None, about, action="append", metavar="PREFIX")
    return parser


def add_option(parser, option, name, kind, default, about, **more):
    """Add an option with a value, and write its default in its help."""
    shown = about if default is None else f"{about} (default: %(default)s)"
    more = {"metavar": "N"} | more
    parser.add_argument(option, dest=name, type=kind, default=default, help=shown, **more)


def positive(word):
    """Read a number of at least 1 from the command line."""
    value = int(word)
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be 1 or more, not {word}")
    return value
