"""What each process of a cluster does: a worker joins it, a server or the scheduler serves it."""

import atexit
import ctypes
import os
import signal
import socket
import sys
import threading
import traceback
from types import TracebackType

import mxnet as mx
from mxnet import nd
from mxnet.base import _LIB, check_call
from mxnet.kvstore import KVStoreServer

from gluonbook.support.checks import check_patience
from gluonbook.support.watchdog import watchdog

PATIENCE = 60.0
"""Seconds that a process waits for the others before it gives up, by default."""

PR_SET_PDEATHSIG = 1  # on Linux: the signal to send to a process when its parent ends


def join(patience: float = PATIENCE) -> mx.kv.KVStore:
    """Join the cluster as a worker. A program that `launch` starts calls this first.

    From then on the process ends when its launcher ends, and at any error, so that the
    launcher notices.

    Parameters
    ----------
    patience : float
        Seconds to wait for the scheduler and the servers; inside `train_data_parallel`, for a
        mini-batch; and at the end of the program, for the others to finish.

    Returns
    -------
    mxnet.kv.KVStore
        What `train_data_parallel` adds up gradients with. It has a ``rank``, which is 0
        for one of the workers, and ``num_workers``.

    Raises
    ------
    RuntimeError
        If the process was not started by `launch`.
    TypeError, ValueError
        If `patience` is not a number of seconds above 0.
    """
    check_patience(patience)
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
        "on any port?",
    )
    kvstore = mx.kv.create("dist_sync")
    watchdog.start(
        patience,
        f"worker {kvstore.rank} gave up after {patience:g} seconds without a mini-batch: a server "
        "or another worker does not answer. If a mini-batch can take that long, raise patience",
    )
    watchdog.rest()
    atexit.register(leave, kvstore, patience)
    return kvstore


def leave(kvstore: mx.kv.KVStore, patience: float) -> None:
    """Wait until all workers are done, and leave the cluster together, or give up.

    MXNet would wait as well, but later, when Python has stopped its threads: nothing could
    give up then, or notice that the launcher is gone.
    """
    watchdog.start(
        patience,
        f"worker {kvstore.rank} is done and gave up after {patience:g} seconds: another worker, "
        "a server or the scheduler did not finish",
    )
    nd.waitall()
    check_call(_LIB.MXKVStoreFree(kvstore.handle))
    kvstore.handle = None
    watchdog.rest()


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
        # The launcher writes nothing to this pipe, which closes when it ends. ssh passes that
        # on to another machine.
        os.read(sys.stdin.fileno(), 1)
        os._exit(1)

    if sys.platform == "linux":
        # This works even while this process is stopped and can do nothing itself.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    threading.Thread(target=wait_for_the_end, daemon=True).start()


def end_at_once(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Print an error and end. An ordinary end would wait for the other workers first."""
    traceback.print_exception(kind, error, trace)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(1)
