"""The command line of ``gluonbook``. The commands themselves are in `commands`."""

import argparse
import contextlib
import sys
from collections.abc import Sequence

from gluonbook.tool import commands
from gluonbook.tool.run_file import LAYERS, MOST_LAYERS

# Errors that a text, an option, or a run that another program has written may cause.
EXPECTED = (ArithmeticError, ImportError, LookupError, OSError, RuntimeError, TypeError, ValueError)


def main(words: Sequence[str] | None = None) -> int:
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


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="gluonbook",
        description="Train a character-level language model on a text, and generate text with it.",
        epilog="COMMAND --help lists the options of a command.",
    )
    add = parser.add_subparsers(title="commands", metavar="COMMAND", required=True).add_parser
    training = training_options()

    about = "train a new model on a text; Ctrl-C stops it, and `resume` continues"
    train = add("train", help=about, description=about, parents=[training])
    train.add_argument("run", help="the file to save the run in, which must not exist yet")
    train.set_defaults(command=commands.train)

    about = "resume a training run, or train for more epochs"
    resume = add("resume", help=about, description=about)
    resume.add_argument("run", help="a file written by `train` or `cluster`")
    resume.add_argument(
        "--epochs", dest="num_epochs", type=positive, metavar="N", help="number of epochs in total"
    )
    resume.add_argument("--text", help="the new path of the text, if it was moved")
    resume.set_defaults(command=commands.resume)

    about = "generate a text with a model, and print it"
    sample = add("sample", help=about, description=about)
    sample.add_argument("run", help="a file written by `train` or `cluster`")
    sample.add_argument("--prefix", help="text to continue (default: the first prefix of the run)")
    sample.add_argument(
        "--length",
        type=positive,
        default=200,
        metavar="N",
        help="characters to generate (default: %(default)s)",
    )
    sample.add_argument(
        "--temperature",
        type=float,
        default=0.5,
        metavar="T",
        help="0 always takes the most probable character, 1 draws from the model's distribution, "
        "higher values take greater risks (default: %(default)s)",
    )
    sample.add_argument("--seed", type=int, metavar="N", help="generate the same text every time")
    sample.set_defaults(command=commands.sample)

    about = "measure the perplexity of a model on another text, and print it"
    evaluate = add("evaluate", help=about, description=about)
    evaluate.add_argument("run", help="a file written by `train` or `cluster`")
    evaluate.add_argument("text", help="a text file in UTF-8")
    evaluate.set_defaults(command=commands.evaluate)

    about = "train in several processes, on one machine or on many, started by mpirun or srun"
    details = (
        "Rank 0 is the scheduler, rank 1 the server, and all other ranks train. If one process fails, "
        "all end. There is no authentication: use it only where everyone is trusted"
    )
    cluster = add("cluster", help=about, description=f"{about}. {details}", parents=[training])
    cluster.add_argument(
        "run",
        help="the file to save the run in; of the options, an existing run only takes --epochs",
    )
    cluster.set_defaults(command=commands.cluster)

    about = "download the novel of the chapter, and print its path"
    data = add("data", help=about, description=about)
    data.set_defaults(command=commands.data)
    return parser


def training_options() -> argparse.ArgumentParser:
    """Return a parser with the text and the options of a new run; the defaults are those of the chapter."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("text", help="a text file in UTF-8")

    def add(option, name, kind, default, about, **more):
        shown = about if default is None else f"{about} (default: %(default)s)"
        parser.add_argument(
            option, dest=name, type=kind, default=default, help=shown, **{"metavar": "N"} | more
        )

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


def positive(word: str) -> int:
    """Read a number of at least 1 from the command line."""
    value = int(word)
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be 1 or more, not {word}")
    return value
