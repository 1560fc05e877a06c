"""One training run in several processes, on one machine or many, with MXNet's parameter server.

*Workers* train, each on its rows of every mini-batch. A *server* adds up what the workers send and
returns the sum. A *scheduler* tells the processes about each other. Here each worker is started by
what a cluster has for that, ``mpirun`` or ``srun``, and worker 0 starts server and scheduler.

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
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import mxnet as mx
from mxnet import nd
from mxnet.base import _LIB, check_call
from mxnet.kvstore import KVStoreServer

from gluonbook.fast import speed_up
from gluonbook.ground.checks import check_split
from gluonbook.models import try_gpu
from gluonbook.parallel import train_data_parallel
from gluonbook.tool.run_file import Checkpoint
from gluonbook.tool.training import (
    TRAINING,
    OwnText,
    UsageError,
    as_usage_error,
    new_run,
    open_run,
    reporter,
    settings_of,
    text_of,
)

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


def join_cluster() -> mx.kv.KVStore:
    """Join the other processes that the same launcher has started, as one of the workers.

    From then on the process ends at any error, so that its launcher notices and ends all others.

    Returns
    -------
    mxnet.kv.KVStore
        What `train_data_parallel` adds up gradients with. It has a ``rank`` and ``num_workers``.

    Raises
    ------
    ClusterError
        If no launcher has started this process, or it does not say where worker 0 is.
    """
    rank, size, host, port = place_of(os.environ)
    address = socket.gethostbyname(host)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as route:
        route.connect((address, port))  # sends nothing, but knows by which network it would
        here = route.getsockname()[0]
    os.environ |= {
        "DMLC_PS_ROOT_URI": address,
        "DMLC_PS_ROOT_PORT": str(port),
        "DMLC_NUM_WORKER": str(size),
        "DMLC_NUM_SERVER": "1",
        "DMLC_NODE_HOST": here,
    }
    end_with_parent()
    servers = [start_server("scheduler"), start_server("server")] if rank == 0 else []
    sys.excepthook = end_at_once
    os.environ["DMLC_ROLE"] = "worker"
    kvstore = mx.kv.create("dist_sync")
    atexit.register(leave, kvstore, servers)
    return kvstore


def place_of(environment: Mapping[str, str]) -> tuple[int, int, str, int]:
    """Return which worker this is, how many there are, and host and port of worker 0.

    Raises
    ------
    ClusterError
        If the launcher's variables do not say so.
    """
    variables = next((names for names in LAUNCHERS if names[0] in environment), None)
    if variables is None:
        raise ClusterError(
            "no launcher has started this process: use mpirun or srun, or --workers for this machine alone"
        )
    rank, size, here = map(environment.get, variables)
    host = HERE if here == size else ""
    if nodes := environment.get("SLURM_STEP_NODELIST"):
        # Such as node[07-09,12],other: the first is node07.
        host = host or re.sub(r"^([^,\[]*)(?:\[(\w+)[^\]]*\])?.*", r"\1\2", nodes)
        job = environment.get("SLURM_JOB_ID", "") + environment.get("SLURM_STEP_ID", "")
    else:
        # Such as prterun-node-07-4711@1: where mpirun runs, and with it worker 0.
        job = environment.get("PMIX_NAMESPACE", "")
        named = re.fullmatch(r"\w+?-(.*)-\d+@\d+", job)
        host = host or (named[1] if named else "")
    host = environment.get("DMLC_PS_ROOT_URI", host)
    if not host:
        raise ClusterError(
            "the launcher does not say on which machine worker 0 is: set DMLC_PS_ROOT_URI to its name, "
            "and DMLC_PS_ROOT_PORT to a free port there"
        )
    # The same in all processes of a job, another in another job, and below what systems hand out.
    port = 20_000 + zlib.crc32(job.encode()) % 10_000
    return int(rank), int(size), host, int(environment.get("DMLC_PS_ROOT_PORT", port))


def leave(kvstore: mx.kv.KVStore, servers: Sequence[subprocess.Popen]) -> None:
    """Wait for the other workers, and stay until the servers started here are done."""
    nd.waitall()
    check_call(_LIB.MXKVStoreFree(kvstore.handle))
    kvstore.handle = None
    for server in servers:
        server.wait()


def end_at_once(*error: Any) -> None:
    """Print an error and end. An ordinary end would wait for the other workers first."""
    sys.__excepthook__(*error)
    sys.stdout.flush()
    os._exit(1)


def end_with_parent() -> None:
    """End this process as soon as the one that started it has ended, even if that was killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


# --- servers and scheduler --------------------------------------------------------------


def start_server(role: str) -> subprocess.Popen:
    """Start a server or the scheduler; end this process if it fails, so that all others end."""
    program = f"from gluonbook.tool.cluster import serve; serve({role!r})"
    server = subprocess.Popen([sys.executable, "-c", program], start_new_session=True)

    def watch() -> None:
        if server.wait():
            print(f"the {role} has failed, and so all end", file=sys.stderr, flush=True)
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    return server


def serve(role: str) -> None:
    """Be the scheduler or the server until all workers are done."""
    end_with_parent()
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

# Options with which a run may be continued that has others in its file.
MAY_CHANGE = {"num_epochs", "pred_period", "pred_len", "prefixes", "text"}


def cluster(run: str, workers: int | None, **options: Any) -> None:
    """Train with several workers, which this command starts or is one of."""
    num_workers = workers or place_of(os.environ)[1]
    with as_usage_error():
        check_split(options["batch_size"], num_workers, [try_gpu()])
    text = OwnText(options["text"], options["num_chars"])
    settings = settings_of(text, options)
    saved = continued(run, settings) if os.path.exists(run) else new_run(run, text, settings)
    if workers:
        call = f"cluster({run!r}, workers=None, **{options})"
        program = f"from gluonbook.tool.cluster import cluster; {call}"
        launch_cluster([sys.executable, "-c", program], workers)
        return
    kvstore = join_cluster()
    try:
        speed_up(saved.model)
        mx.random.seed(settings["seed"])
        train_data_parallel(
            saved.model,
            text,
            ctxs=[try_gpu()],
            **{name: settings[name] for name in TRAINING},
            kvstore=kvstore,
            callbacks=[saved, reporter(saved, text)] if kvstore.rank == 0 else [],
            history=saved.history,
        )
    except Exception:
        end_at_once(*sys.exc_info())


def continued(run: str, settings: Mapping[str, Any]) -> Checkpoint:
    """Open a run that was begun on the same text with the same settings, but for some."""
    saved = open_run(run)
    text_of(saved, settings["text"])
    others = {
        name: saved.settings.get(name)
        for name in settings.keys() - MAY_CHANGE
        if saved.settings.get(name) != settings[name]
    }
    if others:
        raise UsageError(
            f"{run} holds a run with other options, {others}: give the same to continue it, or name "
            "another file"
        )
    saved.settings |= settings
    return saved
