"""The command line of ``gluonbook``. The commands themselves are in `commands`."""

import argparse
import contextlib
import functools
import re
import sys

from gluonbook.ground import starting
from gluonbook.tool import commands
from gluonbook.tool.run_file import LAYERS, MOST_LAYERS

# Errors that a text, an option, or a run that another program has written may cause.
EXPECTED = (ArithmeticError, ImportError, LookupError, OSError, RuntimeError, TypeError, ValueError)
# The option that sets each parameter, because a message of the lesson names the parameter.
OPTIONS = {}


def main(words=None):
    """Run a command line, by default the one that was typed, and return the exit code.

    The code is 0 on success, 1 on failure, and 130 after Ctrl-C. An invalid command line ends the
    process with exit code 2.
    """
    starting.begin()
    options = vars(make_parser().parse_args(words))
    command = options.pop("command")
    # A pipe or a file receives each line immediately. What a terminal cannot show becomes a question mark.
    with contextlib.suppress(AttributeError):  # the output of a notebook is none of these
        sys.stdout.reconfigure(errors="replace", line_buffering=True)
    try:
        return command(**options)
    except KeyboardInterrupt:
        return starting.INTERRUPTED
    except EXPECTED as error:
        message = commands.message_of(error)
        # Names that are ordinary words as well, such as length, are also those of their options.
        message = re.sub(r"\blr\b|\w+_\w+", lambda name: OPTIONS.get(name[0], name[0]), message)
        print(f"gluonbook: {message}", file=sys.stderr)
        return 1


def make_parser():
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
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
    resume.add_argument("--text", type=path, help="the new path of the text, if it was moved")

    sample = add("sample", commands.sample, "generate a text with a model, and print it")
    sample.add_argument("run", help="a file written by `train` or `cluster`")
    sample.add_argument("--prefix", help="text to continue (default: the first prefix of the run)")
    add_option(sample, "--length", "length", positive, 200, "characters to generate")
    about = (
        "0 always takes the most probable character, 1 draws from the model's distribution, higher "
        "values take greater risks"
    )
    add_option(sample, "--temperature", "temperature", not_negative, 0.5, about, metavar="T")
    add_option(sample, "--seed", "seed", int, None, "generate the same text every time")

    about = "measure the perplexity of a model on another text, and print it"
    evaluate = add("evaluate", commands.evaluate, about)
    evaluate.add_argument("run", help="a file written by `train` or `cluster`")
    add_text(evaluate)

    about = "print a table of training runs"
    details = (
        ", with their perplexity on the training text in the last epoch and on the text held out from it: "
        "compare the latter only between runs with the same text and characters"
    )
    show = add("show", commands.show, about, details)
    show.add_argument(
        "runs", nargs="+", metavar="run", help="a file written by `train` or `cluster`"
    )

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
    add_text(parser)
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


def add_text(parser):
    """Add the argument that names a text."""
    parser.add_argument("text", type=path, help="a text file in UTF-8, or - for standard input")


def add_option(parser, option, name, kind, default, about, **more):
    """Add an option with a value, and write its default in its help."""
    OPTIONS[name] = option
    shown = about if default is None else f"{about} (default: %(default)s)"
    more = {"metavar": "N"} | more
    parser.add_argument(option, dest=name, type=kind, default=default, help=shown, **more)


def path(word):
    """Read the path of a file from the command line."""
    return "/dev/stdin" if word == "-" else word


def positive(word, kind=int, expected="a whole number, 1 or more", least=1):
    """Read a whole number of at least 1 from the command line."""
    with contextlib.suppress(ValueError):
        if (value := kind(word)) >= least:
            return value
    raise argparse.ArgumentTypeError(f"must be {expected}, not {word}")


def not_negative(word):
    """Read a number of at least 0 from the command line."""
    return positive(word, float, "a number, 0 or more", 0)
