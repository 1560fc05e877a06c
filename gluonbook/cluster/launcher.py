"""Start the processes of a cluster, and make sure that all of them end."""

import contextlib
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from gluonbook.cluster.member import PATIENCE
from gluonbook.support.checks import check_patience, check_sizes

HERE = "127.0.0.1"
GRACE = 5.0
"""Seconds between asking a process to end and killing it."""
SSH = ["ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10"]
# A machine that no longer answers is given up after 15 seconds.
SSH += ["-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=3"]


class ClusterError(RuntimeError):
    """One of the processes failed, and so all of them were ended."""


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
    """Start a scheduler, servers and workers, and make sure that all of them end.

    Their output goes where this process prints. If one of them fails, the others are ended
    and an error is raised; none is left behind, even if this process is killed.

    Only for networks and machines where everyone is trusted: the processes listen on open
    ports and believe whoever connects. Anyone who can reach a port, including other users of
    these machines, can read and change the parameters, or stop the training.

    Parameters
    ----------
    command : sequence of str
        A program for each worker, such as ``[sys.executable, "train.py"]``. It calls `join`.
    num_workers : int
        Workers.
    num_servers : int
        Servers.
    hosts : sequence of str
        Machines, used in turn for servers and for workers; the scheduler runs on the first.
        All but this machine are reached by ``ssh`` without a password, and have the same
        files in the same places, in particular this Python and the current folder.
    patience : float
        Seconds that the other processes have to finish once one worker is done, and that a
        process may stay stopped by a signal such as SIGSTOP. On other machines the launcher does
        not see that: if one worker there is stopped, the others give up, but if all workers are
        stopped, they cannot be told from slow ones and are waited for.

    Raises
    ------
    ClusterError
        If a process fails or ends too early. The message says which, and how.
    OSError
        If a host has no address, or a process cannot be started.
    TypeError, ValueError
        If an argument makes no sense.
    """
    check_sizes(num_workers=num_workers, num_servers=num_servers)
    check_patience(patience)
    addresses = [address_of(host) for host in hosts]
    if HERE in addresses and set(addresses) != {HERE}:
        raise ValueError(
            f"{HERE} is a different machine on every machine. With several machines, name this one "
            "by an address that the others know"
        )
    serving = [sys.executable, "-m", "gluonbook.cluster"]
    wanted = [("scheduler", serving, 0)]
    wanted += [("server", serving, i) for i in range(num_servers)]
    wanted += [("worker", command, i) for i in range(num_workers)]
    package = str(Path(__file__).resolve().parents[2])
    settings = {
        # Whatever folder they start in, the processes import this gluonbook.
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
        ``"127.0.0.1"`` for this machine, without ssh.
    settings : mapping of str to str
        Environment variables that the process has besides the usual ones.
    """
    # By default each process would take half of the processors, and they would block each other.
    settings = {"OMP_NUM_THREADS": "1", **os.environ, **settings} if host == HERE else settings
    if host != HERE:
        variables = [f"{name}={value}" for name, value in settings.items()]
        remote = shlex.join(["exec", "env", *variables, *command])
        command, settings = [*SSH, host, f"cd {shlex.quote(os.getcwd())} && {remote}"], os.environ
    # A session of its own: a Ctrl-C is for this process, which then ends the others in order.
    return subprocess.Popen(command, env=settings, stdin=subprocess.PIPE, start_new_session=True)


def watch(members: Sequence[Member], patience: float) -> None:
    """Wait until all processes are done; raise an error as soon as one has failed."""
    deadline, stopped_since = float("inf"), {}
    while True:
        codes = [member.process.poll() for member in members]
        for member, code in zip(members, codes, strict=True):
            if code:
                raise ClusterError(f"{member.name} {ending(code)}. All others were ended")
            if not is_stopped(member.process):
                stopped_since.pop(member.name, None)
                continue
            since = stopped_since.setdefault(member.name, time.monotonic())
            if time.monotonic() - since > patience:
                raise ClusterError(
                    f"{member.name} has been stopped by a signal for {patience:g} seconds. It and "
                    "all others were ended"
                )
        if None not in codes:
            return
        if 0 in codes:  # the others should finish soon, or something is wrong
            deadline = min(deadline, time.monotonic() + patience)
        if time.monotonic() > deadline:
            late = [
                member.name for member, code in zip(members, codes, strict=True) if code is None
            ]
            raise ClusterError(
                f"{', '.join(late)} did not finish within {patience:g} seconds after the first "
                "process had, and were ended"
            )
        time.sleep(0.05)


def is_stopped(process: subprocess.Popen) -> bool:
    """Tell whether a process on this machine has been stopped by a signal such as SIGSTOP."""
    if sys.platform != "linux":
        return False
    try:
        # WNOWAIT only looks: the answer is the same until the process runs again.
        news = os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:  # it has ended
        return False
    return news is not None


def ending(code: int) -> str:
    """Put the exit code of a process into words."""
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"


def end(processes: Sequence[subprocess.Popen]) -> None:
    """End all processes that still run, and wait until they have ended."""
    deadline = time.monotonic() + GRACE
    try:
        for process in processes:
            process.terminate()
        for process in processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0, deadline - time.monotonic()))
    finally:  # also if this is interrupted, by a second Ctrl-C
        for process in processes:
            process.kill()
            process.wait()
            process.stdin.close()


def address_of(host: str) -> str:
    """Return the address of a machine.

    Raises
    ------
    OSError
        If it has none.
    """
    try:
        return socket.gethostbyname(host or ".")  # an empty name would mean any machine
    except (OSError, UnicodeError) as error:
        raise OSError(
            f"the machine {host!r} has no address ({error}): is its name right, and does this "
            "machine know it?"
        ) from error


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("", 0))
        return listener.getsockname()[1]
