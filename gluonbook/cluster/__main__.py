"""``python -m gluonbook.cluster`` trains on a text of your own in several processes."""

import argparse
import os
import signal
import sys
from pathlib import Path
from typing import Any

import mxnet as mx

from gluonbook._old import train_data_parallel
from gluonbook.cli import TRAIN_OPTIONS, Formatter, check_stays, check_text, hash_of, in_words
from gluonbook.cluster.launcher import HERE, ClusterError, launch
from gluonbook.cluster.member import PATIENCE, join, serve
from gluonbook.corpus import Corpus, load_corpus
from gluonbook.files.architecture import architecture_of
from gluonbook.files.checkpoints import FILE_NAME, Checkpoint, load_checkpoint
from gluonbook.models import LAYERS, RNNModel
from gluonbook.support import shell
from gluonbook.support.checks import check_patience, check_shares, check_sizes
from gluonbook.support.device import try_gpu
from gluonbook.support.progress import say
from gluonbook.training import Epoch

ONLY_ALONE = ("--chars", "--prefix", "--length", "--save")
"""The options of ``python -m gluonbook train`` that several workers do without."""


def arguments() -> argparse.ArgumentParser:
    """Describe the command."""
    parser = argparse.ArgumentParser(
        prog="python -m gluonbook.cluster",
        description="Train the chapter's model on a text of your own, in several processes. "
        "Together they do what a single process would: the same mini-batches, the same learning "
        "curve.",
        epilog="Only where everyone is trusted: there is no authentication. Anyone who can reach "
        "one of the ports, including other users of these machines, can read and change the "
        "parameters or stop the training. Exit codes: 0 training finished, 1 a process failed "
        "and all were ended, 2 the command line makes no sense.",
        formatter_class=Formatter,
    )
    parser.add_argument("text", type=Path, metavar="TEXT", help="a text file, UTF-8, of any size")
    where = parser.add_argument_group("where")
    where.add_argument("--workers", type=int, default=2, help="processes that train")
    where.add_argument("--servers", type=int, default=1, help="processes that add up gradients")
    where.add_argument(
        "--hosts",
        type=Path,
        help="a file with one machine per line, used in turn for servers and workers and reached "
        "by ssh without a password; they share this folder. By default, this machine alone",
    )
    where.add_argument(
        "--patience",
        type=float,
        default=PATIENCE,
        help="seconds that a process waits for the others",
    )
    training = parser.add_argument_group("training, as with `python -m gluonbook train`")
    for name, options in TRAIN_OPTIONS.items():
        if name not in ONLY_ALONE:
            training.add_argument(name, **options)
    training.add_argument(
        "--folder",
        type=Path,
        help="where the training run is saved after every epoch. The same command continues it",
    )
    return parser


def work(args: argparse.Namespace) -> None:
    """Train as one of the workers."""
    kvstore = join(args.patience)
    text = load_corpus(args.text)
    corpus_indices, _, idx_to_char, vocab_size = text
    mx.random.seed(args.seed)
    model, history = begin_or_continue(args, text)

    def report(epoch: Epoch) -> None:
        if epoch.number % args.pred_period == 0:
            say(
                f"epoch {epoch.number}, perplexity {epoch.perplexity:f}, time {epoch.seconds:.2f} sec"
            )

    callbacks = []
    if kvstore.rank == 0:
        callbacks.append(report)
        if args.folder:
            # What `python -m gluonbook` needs to generate text with the model, or to continue alone.
            path = args.text.resolve()
            notes = {"text": str(path), "sha256": hash_of(path), "num_chars": None}
            settings = settings_of(args, text)
            callbacks.append(
                Checkpoint(args.folder, model, idx_to_char, settings, history=history, notes=notes)
            )
    train_data_parallel(
        model,
        vocab_size,
        [try_gpu()],
        corpus_indices,
        args.num_epochs,
        args.num_steps,
        args.lr,
        args.clipping_theta,
        args.batch_size,
        kvstore=kvstore,
        callbacks=callbacks,
        history=history,
    )


def settings_of(args: argparse.Namespace, text: Corpus) -> dict[str, Any]:
    """Return the settings that a checkpoint keeps, under the names that it has for them."""
    names = ["num_epochs", "num_steps", "lr", "clipping_theta", "batch_size"]
    settings = {name: getattr(args, name) for name in names}
    corpus_indices, _, idx_to_char, _ = text
    beginning = "".join(idx_to_char[idx] for idx in corpus_indices[:10])
    return settings | {"pred_period": args.pred_period, "pred_len": 50, "prefixes": [beginning]}


def begin_or_continue(args: argparse.Namespace, text: Corpus) -> tuple[RNNModel, list[Epoch]]:
    """Return a new model, or the one that was saved in the folder and its epochs.

    Raises
    ------
    FileExistsError
        If the folder holds a training run of another model, or with other settings.
    ValueError
        If it holds one that cannot be read, or one on another text.
    """
    _, _, idx_to_char, vocab_size = text
    layer = LAYERS[args.layer](args.num_hiddens, args.num_layers)
    model = RNNModel(layer, vocab_size)
    model.hybridize()
    if not (args.folder and (args.folder / FILE_NAME).exists()):
        return model, []
    saved = load_checkpoint(args.folder, try_gpu(), idx_to_char=idx_to_char)
    check_text(args.folder, saved.checkpoint.notes, args.text)
    if saved.checkpoint.notes.get("num_chars"):
        raise ValueError(
            f"{args.folder} holds a training run on a part of the text only, the first "
            f"{saved.checkpoint.notes['num_chars']} characters: continue it in one process, with "
            "`resume`, or name another folder"
        )
    of_both = [
        (architecture_of(model), architecture_of(saved.model)),
        (settings_of(args, text), saved.settings),
    ]
    changed = [
        f"{name} {there.get(name)}, not {here[name]}"
        for here, there in of_both
        for name in sorted(here.keys() - {"num_epochs", "pred_period"})
        if here[name] != there.get(name)
    ]
    if changed:
        raise FileExistsError(
            f"{args.folder} holds a training run with {', '.join(changed)}; it is left as it is. Give "
            "the same settings to continue it, or name another folder"
        )
    return saved.model, saved.history


def read_hosts(path: Path) -> list[str]:
    """Read the names of machines, one per line; # begins a comment.

    Raises
    ------
    ValueError
        If there is none.
    """
    lines = (line.partition("#")[0].strip() for line in path.read_text().splitlines())
    hosts = [line for line in lines if line]
    if not hosts:
        raise ValueError(f"{path} names no machine: put one on each line")
    return hosts


def main() -> int:
    """Run the command. The workers run it as well, and train; the others serve."""
    shell.begin()
    role = os.environ.get("GLUONBOOK_ROLE")
    if role in ("scheduler", "server"):
        serve(role)
        return 0
    args = arguments().parse_args()
    try:
        if role == "worker":
            work(args)
        else:
            launch_this_command(args)
    except (ArithmeticError, ClusterError, OSError, TypeError, ValueError) as error:
        reason = in_words(error) if isinstance(error, OSError) else error
        print(f"error: {reason}", file=sys.stderr, flush=True)
        if role == "worker":
            os._exit(1)  # an ordinary end would wait for the other workers first
        return 1 if isinstance(error, ClusterError) else 2
    except KeyboardInterrupt:
        print("interrupted: all processes were ended", file=sys.stderr)
        return 1
    return 0


def launch_this_command(args: argparse.Namespace) -> None:
    """Start a scheduler and servers, and workers that run this very command."""
    check_sizes(workers=args.workers, servers=args.servers)
    check_patience(args.patience)
    check_stays(args.text)
    check_shares(args.batch_size, args.workers, [try_gpu()])
    # Complain here once, rather than once in each worker.
    begin_or_continue(args, load_corpus(args.text))
    hosts = read_hosts(args.hosts) if args.hosts else [HERE]
    # A request to end, sent to this process, is meant for all of them.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    command = [sys.executable, "-m", "gluonbook.cluster", *sys.argv[1:]]
    launch(command, args.workers, args.servers, hosts=hosts, patience=args.patience)


if __name__ == "__main__":
    sys.exit(main())
