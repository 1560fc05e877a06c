"""Train in several processes, on one machine or on many, with MXNet's parameter server.

There are three kinds of process. *Workers* train, each on its rows of every mini-batch.
*Servers* share the parameters among them: a server adds up what all workers send, and
sends each the sum. One *scheduler* makes them known to each other.

MXNet starts none of these processes, and if one of them goes away, the others wait for it
for ever. `launch` does the one and prevents the other.
"""

import argparse
import os
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import mxnet as mx
from mxnet.kvstore import KVStoreServer

from gluonbook.checkpoints import FILE_NAME, Checkpoint, architecture_of, load_checkpoint
from gluonbook.checks import check_shares, check_sizes
from gluonbook.cli import TRAIN_OPTIONS, Formatter, hash_of
from gluonbook.corpus import Corpus, load_corpus
from gluonbook.device import try_gpu
from gluonbook.models import LAYERS, RNNModel
from gluonbook.parallel import train_data_parallel
from gluonbook.progress import say
from gluonbook.run import Epoch
from gluonbook.watchdog import watchdog

HERE = "127.0.0.1"
PATIENCE = 60.0
"""Seconds that a process waits for the others before it gives up, if nobody says otherwise."""
GRACE = 5.0
"""Seconds between asking a process to end and making it."""
SSH = ["ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10"]
# A machine that no longer answers is given up after 15 seconds.
SSH += ["-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=3"]
ONLY_ALONE = ("--chars", "--prefix", "--length", "--save")
"""The options of ``python -m gluonbook train`` that several workers do without."""


class ClusterError(RuntimeError):
    """One of the processes failed, and so all of them were ended."""


# --- In each process ------------------------------------------------------------------


def join(patience: float = PATIENCE) -> mx.kv.KVStore:
    """Become a worker: the first thing that a program does which `launch` starts.

    From here on the process ends when the one that launched it does, and at any error,
    so that the launcher sees it.

    Parameters
    ----------
    patience : float
        Seconds to wait for the scheduler and the servers; and, inside
        `train_data_parallel`, for a mini-batch.

    Returns
    -------
    mxnet.kv.KVStore
        What `train_data_parallel` adds up gradients with. It has a ``rank``, which is 0
        for one of the workers, and ``num_workers``.

    Raises
    ------
    RuntimeError
        If the process was not started by `launch`.
    """
    if os.environ.get("GLUONBOOK_ROLE") != "worker":
        raise RuntimeError(
            "there is no cluster to join: start this program with gluonbook.cluster.launch"
        )
    end_with_the_launcher()
    sys.excepthook = end_at_once
    os.environ["DMLC_ROLE"] = "worker"
    scheduler = "{DMLC_PS_ROOT_URI}:{DMLC_PS_ROOT_PORT}".format_map(os.environ)
    watchdog.start(
        patience,
        f"a worker on {socket.gethostname()} gave up after {patience:g} seconds: it did not reach "
        f"the scheduler at {scheduler} and the servers. Can the machines reach each other, "
        "at any port?",
    )
    kvstore = mx.kv.create("dist_sync")
    watchdog.start(
        patience,
        f"worker {kvstore.rank} gave up after {patience:g} seconds without a mini-batch: a server "
        "or another worker does not answer. If a mini-batch can take that long, allow more",
    )
    watchdog.rest()
    return kvstore


def serve(role: str) -> None:
    """Be the scheduler or a server until all workers are done.

    Parameters
    ----------
    role : str
        ``"scheduler"`` or ``"server"``.
    """
    end_with_the_launcher()
    os.environ["DMLC_ROLE"] = role
    KVStoreServer(mx.kv.create("dist_sync")).run()


def end_with_the_launcher() -> None:
    """End this process as soon as the launcher is gone, even if that was killed."""

    def wait_for_the_end() -> None:
        # The launcher writes nothing. The other end of a pipe closes with its process, and
        # the connection to another machine passes that on.
        os.read(sys.stdin.fileno(), 1)
        os._exit(1)

    threading.Thread(target=wait_for_the_end, daemon=True).start()


def end_at_once(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Print an error and end. An ordinary end would wait for the other workers first."""
    traceback.print_exception(kind, error, trace)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(1)


# --- In the process that starts the others --------------------------------------------


class Member(NamedTuple):
    """A process of the cluster."""

    name: str
    process: subprocess.Popen


def launch(
    command: Sequence[str],
    num_workers: int,
    num_servers: int = 1,
    *,
    hosts: Sequence[str] = (HERE,),
    patience: float = PATIENCE,
) -> None:
    """Start a scheduler, servers and workers, and see to it that all of them end.

    What the processes print goes where this process prints. If one of them fails, all
    others are ended, and there is an error; none is left behind, even if this process
    is killed.

    Parameters
    ----------
    command : sequence of str
        A program for each worker, such as ``[sys.executable, "train.py"]``. It calls `join`.
    num_workers : int
        Workers.
    num_servers : int
        Servers.
    hosts : sequence of str
        Machines, in turn for servers and for workers; the scheduler is on the first. All
        but this one are reached by ``ssh``, without a password, and have the same files
        at the same places, above all this Python and the current folder.
    patience : float
        Seconds that the other processes have to end when one worker is done.

    Raises
    ------
    ClusterError
        If a process fails, or one ends before it should. Says which, and how.
    OSError
        If a host has no address, or a process cannot be started.
    TypeError, ValueError
        If an argument makes no sense.
    """
    check_sizes(num_workers=num_workers, num_servers=num_servers)
    addresses = [socket.gethostbyname(host) for host in hosts]
    if HERE in addresses and set(addresses) != {HERE}:
        raise ValueError(
            f"{HERE} is another machine for every machine. With several, name this one by an "
            "address that the others know"
        )
    serving = [sys.executable, "-m", "gluonbook.cluster"]
    wanted = [("scheduler", serving, 0)]
    wanted += [("server", serving, i) for i in range(num_servers)]
    wanted += [("worker", command, i) for i in range(num_workers)]
    package = str(Path(__file__).resolve().parents[1])
    settings = {
        # Where this gluonbook is, the others find it, too, from whichever folder.
        "PYTHONPATH": os.pathsep.join(
            [package, *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
        ),
        "DMLC_PS_ROOT_URI": addresses[0],
        "DMLC_PS_ROOT_PORT": str(free_port()),
        "DMLC_NUM_SERVER": str(num_servers),
        "DMLC_NUM_WORKER": str(num_workers),
    }
    members = []
    try:
        for role, program, i in wanted:
            host, address = hosts[i % len(hosts)], addresses[i % len(hosts)]
            own = {"GLUONBOOK_ROLE": role, "DMLC_NODE_HOST": address}
            process = start(program, host, settings | own)
            members.append(Member(f"{role} {i} on {host}", process))
        watch(members, patience)
    finally:
        end([member.process for member in members])


def start(command: Sequence[str], host: str, settings: Mapping[str, str]) -> subprocess.Popen:
    """Start a process on a host.

    Parameters
    ----------
    command : sequence of str
        The program and its arguments.
    host : str
        ``"127.0.0.1"`` for this machine without detours.
    settings : mapping of str to str
        Environment variables that the process has beside the usual ones.
    """
    # Processes that share the processors and all take half of them would block each other.
    settings = {"OMP_NUM_THREADS": "1", **os.environ, **settings} if host == HERE else settings
    if host != HERE:
        variables = [f"{name}={value}" for name, value in settings.items()]
        remote = shlex.join(["exec", "env", *variables, *command])
        command, settings = [*SSH, host, f"cd {shlex.quote(os.getcwd())} && {remote}"], os.environ
    # A session of its own: a Ctrl-C is for this process, which then ends the others in order.
    return subprocess.Popen(command, env=settings, stdin=subprocess.PIPE, start_new_session=True)


def watch(members: Sequence[Member], patience: float) -> None:
    """Wait until all processes are done; raise an error as soon as one has failed."""
    deadline = float("inf")
    while True:
        codes = [member.process.poll() for member in members]
        for member, code in zip(members, codes, strict=True):
            if code:
                raise ClusterError(f"{member.name} {ending(code)}. All others were ended")
        if None not in codes:
            return
        if 0 in codes:  # they are done together, or something is wrong
            deadline = min(deadline, time.monotonic() + patience)
        if time.monotonic() > deadline:
            late = [
                member.name for member, code in zip(members, codes, strict=True) if code is None
            ]
            raise ClusterError(
                f"{', '.join(late)} did not end within {patience:g} seconds after the first of "
                "the processes had, and so had to"
            )
        time.sleep(0.05)


def ending(code: int) -> str:
    """Put the exit code of a process into words."""
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"


def end(processes: Sequence[subprocess.Popen]) -> None:
    """End all processes that still run, and wait until they have."""
    for process in processes:
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + GRACE
    for process in processes:
        try:
            process.wait(max(0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdin.close()


def free_port() -> int:
    """Find a port that nobody listens at."""
    with socket.socket() as listener:
        listener.bind(("", 0))
        return listener.getsockname()[1]


# --- On the command line --------------------------------------------------------------


def arguments() -> argparse.ArgumentParser:
    """Describe the command."""
    parser = argparse.ArgumentParser(
        prog="python -m gluonbook.cluster",
        description="Train the chapter's model on a text of yours, in several processes. "
        "All of them together do what a single one would: the same mini-batches, the same "
        "learning curve.",
        epilog="Exit code: 0 if the training is done, 1 if a process failed and all were ended, "
        "2 if the command makes no sense.",
        formatter_class=Formatter,
    )
    parser.add_argument("text", type=Path, metavar="TEXT", help="a text file, UTF-8, of any size")
    where = parser.add_argument_group("where")
    where.add_argument("--workers", type=int, default=2, help="processes that train")
    where.add_argument("--servers", type=int, default=1, help="processes that add up gradients")
    where.add_argument(
        "--hosts",
        type=Path,
        help="a file that names one machine a line, taken in turn for servers and workers and "
        "reached by ssh without a password. They share this folder. Without it, this machine",
    )
    where.add_argument(
        "--patience", type=float, default=PATIENCE, help="seconds that any process waits for others"
    )
    training = parser.add_argument_group("training, as with `python -m gluonbook train`")
    for name, options in TRAIN_OPTIONS.items():
        if name not in ONLY_ALONE:
            training.add_argument(name, **options)
    training.add_argument(
        "--folder",
        type=Path,
        help="where the training is saved after every epoch. The same command goes on from there",
    )
    return parser


def work(args: argparse.Namespace) -> None:
    """Train as one of the workers."""
    kvstore = join(args.patience)
    text = load_corpus(args.text, as_array=True)
    corpus_indices, _, idx_to_char, vocab_size = text
    mx.random.seed(args.seed)
    model, history = begin_or_go_on(args, text)

    def report(epoch: Epoch) -> None:
        if epoch.number % args.pred_period == 0:
            say(
                f"epoch {epoch.number}, perplexity {epoch.perplexity:f}, time {epoch.seconds:.2f} sec"
            )

    callbacks = []
    if kvstore.rank == 0:
        callbacks.append(report)
        if args.folder:
            # What `python -m gluonbook` needs, to let the model write or to go on alone.
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


def begin_or_go_on(args: argparse.Namespace, text: Corpus) -> tuple[RNNModel, list[Epoch]]:
    """Return a new model; or the one that was saved in the folder, and its epochs.

    Raises
    ------
    FileExistsError
        If the folder holds a training of another model, or with other settings.
    ValueError
        If it holds one that cannot be read, or that has another vocabulary.
    """
    _, _, idx_to_char, vocab_size = text
    layer = LAYERS[args.layer](args.num_hiddens, args.num_layers)
    model = RNNModel(layer, vocab_size)
    model.hybridize()
    if not (args.folder and (args.folder / FILE_NAME).exists()):
        return model, []
    saved = load_checkpoint(args.folder, try_gpu(), idx_to_char=idx_to_char)
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
            f"{args.folder} holds a training with {', '.join(changed)}; it is left as it is. Give "
            "the same settings to go on with it, or name another folder"
        )
    return saved.model, saved.history


def read_hosts(path: Path) -> list[str]:
    """Read the names of machines, one a line; what follows a # is a remark.

    Raises
    ------
    ValueError
        If there is none.
    """
    lines = (line.partition("#")[0].strip() for line in path.read_text().splitlines())
    hosts = [line for line in lines if line]
    if not hosts:
        raise ValueError(f"{path} names no machine: write one a line")
    return hosts


def main() -> int:
    """Run the command. The workers run it as well, and train; the others serve."""
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
    except (ArithmeticError, ClusterError, OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr, flush=True)
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
    check_shares(args.batch_size, args.workers, [try_gpu()])
    begin_or_go_on(
        args, load_corpus(args.text, as_array=True)
    )  # one complaint here, rather than one from each worker
    hosts = read_hosts(args.hosts) if args.hosts else [HERE]
    # A polite request to end is one for all processes.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    command = [sys.executable, "-m", "gluonbook.cluster", *sys.argv[1:]]
    launch(command, args.workers, args.servers, hosts=hosts, patience=args.patience)


if __name__ == "__main__":
    sys.exit(main())
