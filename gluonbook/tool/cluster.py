"""One training run in several processes, on one machine or many, with MXNet's parameter server.

Each *worker* trains on its own rows of every mini-batch. A *server* adds up the gradients that the
workers send and returns the sum. A *scheduler* tells the processes about each other. The workers are
started by a launcher (``mpirun``, ``srun`` or `launch_cluster`), and worker 0 starts the server and
the scheduler.

MXNet's parameter server has no authentication and no encryption: use it only where everyone who
can reach a port of these machines is trusted.
"""

import atexit
import ctypes
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import mxnet as mx
from mxnet import nd
from mxnet.base import _LIB, check_call

# The variables that launchers set: the rank of this process, the number of processes, and how many of
# them are on this machine.
LAUNCHERS = [
    ("PMI_RANK", "PMI_SIZE", "MPI_LOCALNRANKS"),
    ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_SIZE"),
    ("SLURM_PROCID", "SLURM_NTASKS", "SLURM_NTASKS_PER_NODE"),
]
JOB = "GLUONBOOK_JOB"  # the variable in which `launch_cluster` names the job
HERE = "127.0.0.1"
PR_SET_PDEATHSIG = 1  # on Linux: the signal that a process gets when its parent ends
JOB_KEY = 2**30  # a key of the store, far above the keys of the parameters


class ClusterError(RuntimeError):
    """There is no cluster, or one of its processes failed, so all of them were terminated."""


# --- a worker ---------------------------------------------------------------------------


def join_cluster() -> mx.kv.KVStore:
    """Join the other processes that the same launcher started, as one of the workers.

    From then on, any error ends the process at once, so that its launcher notices the failure and ends
    the others.

    Returns
    -------
    mxnet.kv.KVStore
        The store with which `train_data_parallel` adds up gradients. It has a ``rank`` and
        ``num_workers``.

    Raises
    ------
    ClusterError
        If no launcher started this process, or if the launcher does not provide the address of worker 0.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # in case mpirun is killed
    place = place_of(os.environ)
    try:
        address = socket.gethostbyname(place.host)
    except OSError as error:
        raise ClusterError(
            f"worker 0 is on {place.host}, which is unknown here: {error}"
        ) from error
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as route:
        route.connect((address, place.port))  # sends nothing, but chooses the network
        here = route.getsockname()[0]
    os.environ |= {
        "DMLC_PS_ROOT_URI": address,
        "DMLC_PS_ROOT_PORT": str(place.port),
        "DMLC_NUM_WORKER": str(place.size),
        "DMLC_NUM_SERVER": "1",
        "DMLC_NODE_HOST": here,
    }
    servers = [start_server("scheduler"), start_server("server")] if place.rank == 0 else []
    sys.excepthook = end_at_once
    os.environ["DMLC_ROLE"] = "worker"
    kvstore = mx.kv.create("dist_sync")
    atexit.register(leave, kvstore, servers)
    check_job(kvstore, place.job)
    return kvstore


class Place(NamedTuple):
    """The place of a worker in its cluster."""

    rank: int
    """Its number, from 0."""
    size: int
    """The number of workers."""
    host: str
    """The name or address of the machine of worker 0."""
    port: int
    """The port of the scheduler there."""
    job: int
    """A number of 24 bits that all workers of a job share, and probably no other workers."""


def place_of(environment: Mapping[str, str]) -> Place:
    """Return the place of this worker according to its launcher's variables.

    Raises
    ------
    ClusterError
        If the variables are missing, incomplete or invalid.
    """
    names = next((names for names in LAUNCHERS if names[0] in environment), None)
    if names is None:
        raise ClusterError(
            "no launcher started this process: use mpirun or srun, or --workers for a single machine"
        )
    host = HERE if environment.get(names[2]) == environment.get(names[1]) else ""
    if nodes := environment.get("SLURM_STEP_NODELIST"):
        # Such as node[07-09,12],other: the first is node07.
        host = host or re.sub(r"^([^,\[]*)(?:\[(\w+)[^\]]*\])?.*", r"\1\2", nodes)
        job = environment.get("SLURM_JOB_ID", "") + "." + environment.get("SLURM_STEP_ID", "")
    elif job := environment.get("PMIX_NAMESPACE", ""):
        # Such as prterun-node-07-4711@1, which names the machine of mpirun, and therefore of worker 0.
        named = re.fullmatch(r"\w+?-(.*)-\d+@\d+", job)
        host = host or (named[1] if named else "")
    else:
        # The launcher does not name the job, but all its workers have the same command line.
        job = repr((os.getcwd(), sys.orig_argv))
    host = environment.get("DMLC_PS_ROOT_URI", host)
    if not host:
        raise ClusterError(
            "the launcher does not name the machine of worker 0: set DMLC_PS_ROOT_URI to its name, "
            "and DMLC_PS_ROOT_PORT to a free port on it"
        )
    number = zlib.crc32(environment.get(JOB, job).encode())
    try:
        rank, size = (int(environment[name]) for name in names[:2])
        # Below the ports that systems assign automatically.
        port = int(environment.get("DMLC_PS_ROOT_PORT", 20_000 + number % 10_000))
        if not (0 <= rank < size and 0 < port < 2**16):
            raise ValueError(f"worker {rank} of {size}, port {port}")
    except (KeyError, ValueError) as error:
        raise ClusterError(
            f"{names[0]}, {names[1]} and DMLC_PS_ROOT_PORT must be whole numbers in their range ({error}): start this "
            "with mpirun or srun, which set the first two"
        ) from error
    return Place(rank, size, host, port, number % 2**24)


def check_job(kvstore: mx.kv.KVStore, job: int) -> None:
    """End this process if it joined the workers of another job that uses the same port."""
    ours, first = nd.array([job]), nd.zeros(1)
    kvstore.init(JOB_KEY, ours)  # the store keeps the value of the first worker
    kvstore.pull(JOB_KEY, out=first)
    if first.asscalar() != ours.asscalar():
        error = ClusterError(
            f"two jobs use port {os.environ['DMLC_PS_ROOT_PORT']} of {os.environ['DMLC_PS_ROOT_URI']}: "
            "start one of them again with another DMLC_PS_ROOT_PORT"
        )
        end_at_once(ClusterError, error, None)


def leave(kvstore: mx.kv.KVStore, servers: Sequence[subprocess.Popen]) -> None:
    """Wait for the other workers, and then for the servers that were started here."""
    nd.waitall()
    check_call(_LIB.MXKVStoreFree(kvstore.handle))
    kvstore.handle = None
    for server in servers:
        server.wait()


def end_at_once(*error: Any) -> None:
    """Print an error and end the process; a normal exit would wait for the other workers first."""
    sys.__excepthook__(*error)
    sys.stdout.flush()
    os._exit(1)


# --- processes that end with the process that started them --------------------------------

# A new process runs this program first: it asks Linux for SIGKILL when its parent ends (1 is
# PR_SET_PDEATHSIG), and then runs its command, unless the parent has already ended.
END_WITH_PARENT = """
import ctypes, os, sys
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, 9)
if os.getppid() == int(sys.argv[1]):
    os.execvp(sys.argv[2], sys.argv[2:])
"""


def start_process(command: Sequence[str], **options: Any) -> subprocess.Popen:
    """Start a process that ends when this one does, even if this one is killed.

    The new process is in a separate session, so that Ctrl-C reaches only this process, which ends
    the others.
    """
    first = [sys.executable, "-I", "-S", "-c", END_WITH_PARENT, str(os.getpid())]
    return subprocess.Popen([*first, *command], start_new_session=True, **options)


def start_server(role: str) -> subprocess.Popen:
    """Start the server or the scheduler; if it fails, end this process, so that all others end too."""
    # MXNet reads the role when it is imported, serves until all workers are done, and ends the process.
    command = [sys.executable, "-c", f"import gluonbook  # as the {role}"]
    server = start_process(command, env=os.environ | {"DMLC_ROLE": role})

    def watch() -> None:
        if server.wait():
            print(f"the {role} failed, so this worker stops", file=sys.stderr, flush=True)
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    return server


# --- this machine alone -----------------------------------------------------------------


def launch_cluster(command: Sequence[str], num_workers: int) -> None:
    """Start workers on this machine, as ``mpirun`` would, and wait for them.

    If a worker fails, the others are terminated. No worker is left running, even if this process is
    killed.

    Parameters
    ----------
    command : sequence of str
        The program of each worker, such as ``[sys.executable, "train.py"]``, which calls
        `join_cluster`.
    num_workers : int
        The number of workers.

    Raises
    ------
    ClusterError
        If a worker fails. The message names the worker and its exit code or signal.
    """
    with socket.socket() as listener:
        listener.bind((HERE, 0))
        port = listener.getsockname()[1]
    # By default each process would use half of the processors, and they would block each other.
    environment = {"OMP_NUM_THREADS": "1"} | os.environ | {
        "PMI_SIZE": str(num_workers), "DMLC_PS_ROOT_URI": HERE, "DMLC_PS_ROOT_PORT": str(port),
        JOB: secrets.token_hex(8),
    }  # fmt: skip
    workers: list[subprocess.Popen] = []
    try:
        for rank in range(num_workers):
            workers.append(start_process(command, env=environment | {"PMI_RANK": str(rank)}))
        while None in (codes := [worker.poll() for worker in workers]) and not any(codes):
            time.sleep(0.05)
        for rank, code in enumerate(codes):
            if code:
                killed = f"was killed by {signal.Signals(-code).name}" if code < 0 else ""
                how = killed or f"ended with exit code {code}"
                raise ClusterError(f"worker {rank} {how}, so all were terminated")
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
