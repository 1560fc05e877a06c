"""One training run in several processes, on one machine or many, with MXNet's parameter server.

*Workers* train, each on its rows of every mini-batch. *Servers* add up what the workers send and
return the sum. One *scheduler* tells the processes about each other. Here each worker is started by
what a cluster has for that, ``mpirun`` or ``srun``, and the first ones start server and scheduler.

MXNet's parameter server has no authentication and no encryption: use it only where everyone is
trusted who can reach a port of these machines.
"""

import atexit
import ctypes
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
import zlib
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any

import mxnet as mx
from mxnet import nd
from mxnet.base import _LIB, check_call
from mxnet.kvstore import KVStoreServer

from gluonbook.fast import speed_up
from gluonbook.models import RNNModel, try_gpu
from gluonbook.owntext.run_file import Checkpoint, architecture_of, build_model
from gluonbook.owntext.training import (
    OwnText,
    UsageError,
    new_run,
    open_run,
    report,
    text_of,
)
from gluonbook.parallel import train_data_parallel
from gluonbook.training import Epoch

# Where launchers say which process this is, how many there are, and how many on this machine.
LAUNCHERS = [
    ("PMI_RANK", "PMI_SIZE", "MPI_LOCALNRANKS"),
    ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_SIZE"),
    ("SLURM_PROCID", "SLURM_NTASKS", "SLURM_NTASKS_PER_NODE"),
]
HERE = "127.0.0.1"
PR_SET_PDEATHSIG = 1  # on Linux: the signal to send to a process when its parent ends


class ClusterError(RuntimeError):
    """There is no cluster, or one of its processes failed and so all of them were ended."""


# --- a worker ---------------------------------------------------------------------------


def join_cluster(num_servers: int = 1) -> mx.kv.KVStore:
    """Join the other processes that the same launcher has started, as one of the workers.

    From then on the process ends at any error, so that its launcher notices and ends all others.

    Parameters
    ----------
    num_servers : int
        How many processes add up gradients. Each runs beside one of the first workers.

    Returns
    -------
    mxnet.kv.KVStore
        What `train_data_parallel` adds up gradients with. It has a ``rank`` and ``num_workers``.

    Raises
    ------
    ClusterError
        If no launcher has started this process, or it does not say where worker 0 is.
    OSError
        If this is worker 0 and it cannot be reached at the address that the launcher tells.
    """
    rank, size, _ = place_of(os.environ)
    host, port = address_of_worker_0(os.environ)
    address = socket.gethostbyname(host)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as route:
        route.connect((address, port))  # sends nothing, but knows by which network it would
        here = route.getsockname()[0]
    os.environ |= {
        "DMLC_PS_ROOT_URI": address,
        "DMLC_PS_ROOT_PORT": str(port),
        "DMLC_NUM_WORKER": str(size),
        "DMLC_NUM_SERVER": str(num_servers),
        "DMLC_NODE_HOST": here,
    }
    end_with_parent()
    servers = []
    if rank == 0:
        with socket.socket() as listener:
            listener.bind((address, port))  # fails where no scheduler could listen
        servers.append(start_server("scheduler"))
    if rank < num_servers:
        servers.append(start_server("server"))
    sys.excepthook = end_at_once
    os.environ["DMLC_ROLE"] = "worker"
    kvstore = mx.kv.create("dist_sync")
    atexit.register(leave, kvstore, servers)
    return kvstore


def place_of(environment: Mapping[str, str]) -> tuple[int, int, bool]:
    """Return which worker this is, how many there are, and whether all are on this machine."""
    for rank, size, here in LAUNCHERS:
        if rank in environment and size in environment:
            alone = environment.get(here) == environment[size]
            return int(environment[rank]), int(environment[size]), alone
    raise ClusterError(
        "no launcher has started this process: use mpirun or srun, or --workers for this machine alone"
    )


def address_of_worker_0(environment: Mapping[str, str]) -> tuple[str, int]:
    """Return host and port of worker 0, by the launcher's variables."""
    host = job = ""
    if nodes := environment.get("SLURM_STEP_NODELIST"):
        # Such as node[07-09,12],other: the first is node07.
        host = re.sub(r"^([^,\[]*)(?:\[(\w+)[^\]]*\])?.*", r"\1\2", nodes)
        job = environment.get("SLURM_JOB_ID", "") + environment.get("SLURM_STEP_ID", "")
    elif job := environment.get("PMIX_NAMESPACE", ""):
        # Such as prterun-node07-4711@1: where mpirun runs, and with it worker 0.
        host = re.sub(r"^\w+?-(.*)-\d+@\d+$", r"\1", job)
    *_, alone = place_of(environment)
    host = environment.get("DMLC_PS_ROOT_URI") or (HERE if alone else host)
    if not host:
        raise ClusterError(
            "the launcher does not say on which machine worker 0 is: set DMLC_PS_ROOT_URI to its name, "
            "and DMLC_PS_ROOT_PORT to a free port there"
        )
    # The same in all processes of a job, another in another job, and below what systems hand out.
    port = environment.get("DMLC_PS_ROOT_PORT") or 20_000 + zlib.crc32(job.encode()) % 10_000
    return host, int(port)


def leave(kvstore: mx.kv.KVStore, servers: Sequence[subprocess.Popen]) -> None:
    """Wait for the other workers, and stay until the servers started here are done."""
    nd.waitall()
    check_call(_LIB.MXKVStoreFree(kvstore.handle))
    kvstore.handle = None
    for server in servers:
        server.wait()


def end_at_once(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Print an error and end. An ordinary end would wait for the other workers first."""
    traceback.print_exception(kind, error, trace)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(1)


def end_with_parent() -> None:
    """End this process as soon as the one that started it has ended, even if that was killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


# --- servers and scheduler --------------------------------------------------------------


def start_server(role: str) -> subprocess.Popen:
    """Start a server or the scheduler; end this process if it fails, so that all others end."""
    program = f"from gluonbook.owntext.cluster import serve; serve({role!r}, {os.getpid()})"
    server = subprocess.Popen([sys.executable, "-c", program], start_new_session=True)

    def watch() -> None:
        if server.wait():
            print(f"the {role} has failed, and so all end", file=sys.stderr, flush=True)
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    return server


def serve(role: str, parent: int) -> None:
    """Be the scheduler or a server until all workers are done."""
    end_with_parent()
    if os.getppid() != parent:  # it had ended before
        return
    os.environ["DMLC_ROLE"] = role
    KVStoreServer(mx.kv.create("dist_sync")).run()


# --- this machine alone -----------------------------------------------------------------


def launch_cluster(command: Sequence[str], num_workers: int) -> None:
    """Start workers on this machine, as ``mpirun`` would, and wait for them.

    If one of them fails, the others are ended; none is left behind, even if this process is killed.

    Parameters
    ----------
    command : sequence of str
        A program for each worker, such as ``[sys.executable, "train.py"]``. It calls
        `join_cluster`.
    num_workers : int
        How many.

    Raises
    ------
    ClusterError
        If a worker fails. The message says which, and how.
    """
    with socket.socket() as listener:
        listener.bind((HERE, 0))
        port = listener.getsockname()[1]
    # By default each process would take half of the processors, and they would block each other.
    environment = {"OMP_NUM_THREADS": "1"} | os.environ | {
        "PMI_SIZE": str(num_workers), "DMLC_PS_ROOT_URI": HERE, "DMLC_PS_ROOT_PORT": str(port)
    }  # fmt: skip
    workers: list[subprocess.Popen] = []
    try:
        for rank in range(num_workers):
            # A session of its own: Ctrl-C is for this process, which ends the others.
            place = {"PMI_RANK": str(rank)}
            workers.append(
                subprocess.Popen(command, env=environment | place, start_new_session=True)
            )
        while None in (codes := [worker.poll() for worker in workers]) and not any(codes):
            time.sleep(0.05)
        for rank, code in enumerate(codes):
            if code:
                killed = f"was killed by {signal.Signals(-code).name}" if code < 0 else ""
                how = killed or f"ended with exit code {code}"
                raise ClusterError(f"worker {rank} {how}, and so all were ended")
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()


# --- the command ------------------------------------------------------------------------

OPTIONS: dict[str, dict[str, Any]] = {
    "--workers": {
        "type": int,
        "metavar": "N",
        "help": "start N processes on this machine, instead of being started by mpirun or srun",
    },
    "--servers": {"type": int, "default": 1, "metavar": "N", "help": "processes that add up"},
}
# Options that have other names in the shell than in the chapter.
TYPED = {
    "num_hiddens": "hiddens", "num_layers": "layers", "num_steps": "steps", "num_chars": "chars",
    "batch_size": "batch-size", "clipping_theta": "clip",
}  # fmt: skip
MORE_HELP = """
  mpirun -n 4 python -m gluonbook.cluster my-book.txt my-run.npz
  srun --ntasks 4 --kill-on-bad-exit python -m gluonbook.cluster my-book.txt my-run.npz

The machines share the folder of RUN. Only where everyone is trusted: there is no authentication.
Whoever reaches one of the ports can change the parameters, or stop the training."""


def cluster(workers: int | None, servers: int, **options: Any) -> None:
    """Train with several workers, which this command starts or is one of."""
    num_workers = workers or place_of(os.environ)[1]
    if options["batch_size"] % num_workers:
        raise UsageError(
            f"--batch-size {options['batch_size']} rows cannot be shared out among {num_workers} workers"
        )
    model, settings, history, text = begin_or_continue(options)
    if workers:
        call = f"cluster(workers=None, servers={servers}, **{options})"
        program = f"from gluonbook.owntext.cluster import cluster; {call}"
        launch_cluster([sys.executable, "-c", program], workers)
        return
    kvstore = join_cluster(servers)
    keep = Checkpoint(options["run"], model, text.chars, settings, history=history)

    def tell(epoch: Epoch) -> None:
        if epoch.number % settings["pred_period"] == 0 or epoch.number == settings["num_epochs"]:
            report(model, settings, text, epoch)

    if not history:  # without parameters, so that they are drawn in the order of a single process
        model = keep.model = build_model(architecture_of(model))
    speed_up(model)
    mx.random.seed(options["seed"])
    names = ("num_epochs", "num_steps", "lr", "clipping_theta", "batch_size")
    train_data_parallel(
        model,
        text,
        ctxs=[try_gpu()],
        **{name: settings[name] for name in names},
        kvstore=kvstore,
        callbacks=[keep, tell] if place_of(os.environ)[0] == 0 else [],
        history=history,
    )


def begin_or_continue(
    options: dict[str, Any],
) -> tuple[RNNModel, dict[str, Any], list[Epoch], OwnText]:
    """Return a model, its settings, its epochs and its text: a new one, or the one in the file."""
    text = OwnText(options["text"], options["num_chars"])
    model, settings = new_run(text, options)
    if not os.path.exists(options["run"]):
        return model, settings, [], text
    saved = open_run(options["run"])
    text_of(saved, options["text"])
    if saved.position:
        raise UsageError(
            f"{options['run']} was stopped within an epoch: `resume` it in one process"
        )
    here = architecture_of(model) | settings
    there = architecture_of(saved.model) | saved.settings
    may_change = {"num_epochs", "pred_period", "pred_len", "prefixes", "text"}
    for name in here.keys() - may_change:
        if here[name] != there[name]:
            raise UsageError(
                f"{options['run']} holds a run with --{TYPED.get(name, name)} {there[name]}, not "
                f"{here[name]}: give the same options to continue it, or name another file"
            )
    return saved.model, settings, saved.history, text
