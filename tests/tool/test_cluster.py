"""Several processes train as one does, and if one of them fails, all of them end."""

import ctypes
import os
import re
import shutil
import signal
import subprocess
import sys

import mxnet as mx
import numpy as np
import psutil
import pytest
from mxnet.gluon import rnn

import gluonbook as gb
import gluonbook_cli as cli
from gluonbook import tool
from gluonbook.tool import cluster
from tests import LIMIT
from tests.processes import finished, running
from tests.tool import is_running, wait_until

PR_GET_PDEATHSIG = 2
# No two rows of a mini-batch of four begin alike.
TEXT = ("the quick brown fox jumps over a lazy dog. " * 5)[:180]
COMMAND = [sys.executable, "-m", "gluonbook", "cluster"]


def options(folder, num_epochs, **changes):
    """Return the command line that trains a small model."""
    (folder / "text.txt").write_text(TEXT)
    told = {"epochs": num_epochs, "hiddens": 8, "batch-size": 4, "steps": 5}
    told |= {"lr": 2.0, "clip": 0.3, "report": 1} | changes
    files = [str(folder / "text.txt"), str(folder / "run.npz")]
    return [*files, *(f"--{name}={value}" for name, value in told.items())]


def perplexities(folder):
    return [epoch.perplexity for epoch in tool.load_checkpoint(folder / "run.npz").history]


# --- the same numbers -----------------------------------------------------------------


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """Return the perplexities of three epochs in one process."""
    folder = tmp_path_factory.mktemp("alone")
    assert cli.main(["train", *options(folder, 3)]) == 0
    return pytest.approx(perplexities(folder), rel=1e-4)


def test_two_workers_train_as_one_process_does_which_resumes_their_run(tmp_path, alone, capfd):
    assert cli.main(["cluster", *options(tmp_path, 2), "--workers", "2"]) == 0
    report, err = capfd.readouterr()
    assert re.findall(r"^epoch (\d+), perplexity ", report, re.M) == ["1", "2"]
    assert err == ""
    assert cli.main(["resume", str(tmp_path / "run.npz"), "--epochs", "3"]) == 0
    assert perplexities(tmp_path) == alone


@pytest.mark.weekly
def test_two_workers_resume_the_run_of_one_process_and_show_an_error(tmp_path, alone, capfd):
    assert cli.main(["train", *options(tmp_path, 1)]) == 0
    assert cli.main(["cluster", *options(tmp_path, 3), "--workers", "2"]) == 0
    assert perplexities(tmp_path) == alone
    (tmp_path / "run.npz").unlink()
    assert cli.main(["cluster", *options(tmp_path, 3, lr=1e9, clip=1e9), "--workers", "2"]) == 1
    assert "FloatingPointError: training diverged" in capfd.readouterr().err


# What each worker runs: it draws its own parameters, and fails in the end.
WORKER = """
import sys
import gluonbook as gb
import mxnet as mx
from mxnet.gluon import rnn
from gluonbook import tool

kvstore = tool.join_cluster()
mx.random.seed(1 + kvstore.rank)
text = gb.Text(sys.argv[1])
model = gb.RNNModel(rnn.LSTM(16), text.size)

def note(epoch):
    if epoch.number < 3:
        # In one piece, or that of the other could come between.
        print(f"worker {kvstore.rank}: {epoch.perplexity}\\n", end="", flush=True)
    elif kvstore.rank == 1:
        raise AssertionError("no more")

gb.train_data_parallel(
    model, text, ctxs=[mx.cpu(0), mx.cpu(1)], num_epochs=10**6, num_steps=5, lr=2.0,
    clipping_theta=0.3, batch_size=4, kvstore=kvstore, callbacks=[note]
)
"""


def told_by_workers(out):
    """Return the perplexities that each of two workers has printed."""
    return [[float(p) for p in re.findall(rf"^worker {i}: (.+)$", out, re.M)] for i in range(2)]


def test_workers_start_from_the_parameters_of_worker_0_and_an_error_ends_both(capfd):
    with pytest.raises(tool.ClusterError, match=r"worker \d ended with exit code 1"):
        tool.launch_cluster([sys.executable, "-c", WORKER, TEXT], 2)  # either may end first
    first, second = told_by_workers(capfd.readouterr().out)
    assert first == second and len(first) == 2


@pytest.mark.skipif(not shutil.which("mpirun"), reason="mpirun is not here: openmpi-bin")
@pytest.mark.weekly
def test_a_program_that_mpirun_starts_trains_as_one_until_an_error_ends_it():
    may_be_root = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    # By its name: as it would be on another machine.
    more = {"OMP_NUM_THREADS": "1", "DMLC_PS_ROOT_URI": "localhost"}
    command = ["mpirun", "--oversubscribe", "-n", "2", sys.executable, "-c", WORKER, TEXT]
    done = finished(command, env=os.environ | may_be_root | more)
    assert done.returncode == 1
    assert "AssertionError: no more" in done.stderr
    mx.random.seed(1)
    alone = gb.train_data_parallel(
        gb.RNNModel(rnn.LSTM(16), len(set(TEXT))), gb.Text(TEXT), ctxs=[mx.cpu(0), mx.cpu(1)],
        num_epochs=2, num_steps=5, lr=2.0, clipping_theta=0.3, batch_size=4,
    )  # fmt: skip
    for told in told_by_workers(done.stdout):
        np.testing.assert_allclose(told, [epoch.perplexity for epoch in alone], rtol=1e-5)


# --- who a worker is --------------------------------------------------------------------

SLURM = {"SLURM_PROCID": "3", "SLURM_NTASKS": "8"}
MPI = {"OMPI_COMM_WORLD_RANK": "1", "OMPI_COMM_WORLD_SIZE": "4"}
MPI |= {"PMIX_NAMESPACE": "prterun-node-01-24429@1"}
MPICH = {"PMI_RANK": "1", "PMI_SIZE": "2", "MPI_LOCALNRANKS": "2"}  # it names no job


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        (SLURM | {"SLURM_STEP_NODELIST": "node[07-09,12],x"}, (3, 8, "node07")),
        (MPI | {"OMPI_COMM_WORLD_LOCAL_SIZE": "2"}, (1, 4, "node-01")),
        (MPI | {"OMPI_COMM_WORLD_LOCAL_SIZE": "4"}, (1, 4, "127.0.0.1")),
        (SLURM | {"PMI_RANK": "1", "PMI_SIZE": "2", "DMLC_PS_ROOT_URI": "there"}, (1, 2, "there")),
    ],
    ids=["srun", "mpirun", "mpirun on one machine", "set by hand"],
)
def test_the_launcher_says_who_a_worker_is_and_where_worker_0_is(environment, expected):
    place = cluster.place_of(environment)
    assert place[:3] == expected
    assert 20_000 <= place.port < 30_000
    assert cluster.place_of(environment | {"DMLC_PS_ROOT_PORT": "5"}).port == 5


def test_two_jobs_have_different_ports_and_numbers(monkeypatch):
    job = SLURM | {"SLURM_STEP_NODELIST": "node", "SLURM_STEP_ID": "0"}
    places = [cluster.place_of(job | {"SLURM_JOB_ID": str(i)}) for i in range(9)]
    for lr in range(9):
        monkeypatch.setattr(sys, "orig_argv", ["gluonbook", "cluster", f"--lr={lr}"])
        places.append(cluster.place_of(MPICH))
    assert len({place.port for place in places}) == len({place.job for place in places}) == 18


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({}, "no launcher started this process"),
        # As of an older Open MPI.
        (MPI | {"PMIX_NAMESPACE": "3829399553"}, "set DMLC_PS_ROOT_URI"),
        ({"PMI_RANK": "0"}, "must be whole numbers in their range .'PMI_SIZE'.: start this with"),
        (MPICH | {"DMLC_PS_ROOT_PORT": "http"}, "must be whole numbers .*'http'"),
        (MPICH | {"DMLC_PS_ROOT_PORT": "65536"}, "in their range .worker 1 of 2, port 65536"),
        (MPICH | {"DMLC_PS_ROOT_PORT": "0"}, "port 0"),
        (MPICH | {"PMI_RANK": "2"}, "worker 2 of 2"),
        (MPICH | {"PMI_RANK": "-1"}, "worker -1 of 2"),
    ],
)
def test_half_of_an_environment_is_refused(environment, message):
    with pytest.raises(tool.ClusterError, match=message):
        cluster.place_of(environment)


def test_an_unknown_machine_is_named(monkeypatch):
    for name, value in (MPICH | {"DMLC_PS_ROOT_URI": "no-such-machine.invalid"}).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(tool.ClusterError, match=r"is on no-such-machine\.invalid, which is"):
        tool.join_cluster()
    if sys.platform == "linux":  # even then, this process would end with its launcher
        libc, ends_with_parent = ctypes.CDLL(None), ctypes.c_int()
        libc.prctl(PR_GET_PDEATHSIG, ctypes.byref(ends_with_parent))
        assert ends_with_parent.value == signal.SIGKILL


@pytest.mark.weekly
def test_workers_of_two_jobs_do_not_train_together(tmp_path):
    """As when both use one port, and a worker of each is there first."""
    # Below the ports that the system gives to other programs meanwhile.
    same = os.environ | MPICH | {"DMLC_PS_ROOT_PORT": str(20_000 + os.getpid() % 10_000)}
    first, second = ([*COMMAND, *options(tmp_path, 3, lr=lr)] for lr in (1.0, 2.0))
    with (
        running(first, env=same | {"PMI_RANK": "0"}) as one,
        running(second, env=same) as other,
    ):
        wait_until(lambda: any(worker.poll() is not None for worker in (one, other)))
        for worker in (one, other):  # as a launcher does
            worker.kill()
        errors = [worker.communicate(timeout=LIMIT)[1] for worker in (one, other)]
    assert any("ClusterError: two jobs use port" in error for error in errors)
    assert not (tmp_path / "run.npz").exists()


def test_a_run_with_other_settings_is_not_changed(tmp_path, capsys):
    assert cli.main(["train", *options(tmp_path, 1)]) == 0
    before = (tmp_path / "run.npz").read_bytes()

    def refused(text=TEXT, **changes):
        told = options(tmp_path, 2, **changes)
        (tmp_path / "text.txt").write_text(text)
        assert cli.main(["cluster", *told, "--workers", "2"]) == 1
        assert (tmp_path / "run.npz").read_bytes() == before
        return capsys.readouterr().err

    assert "contains a run with other options, {'lr': 2.0}: give the same" in refused(lr=1.0)
    assert "it has changed" in refused(TEXT[:100] + TEXT[100:].replace("fox", "oxf"))
    assert "--batch-size 5 cannot be split evenly among 2" in refused(**{"batch-size": 5})


# --- one is killed, all end ---------------------------------------------------------------

# What neither trains nor waits for the imports of what does.
WORKER_1_IS_KILLED = """
import os, time
if os.environ["PMI_RANK"] == "1":
    os.kill(os.getpid(), 9)
time.sleep(1000)
"""


def test_a_worker_that_is_killed_ends_the_others(monkeypatch):
    workers, start_process = [], cluster.start_process

    def start(*args, **options):
        workers.append(start_process(*args, **options))
        return workers[-1]

    monkeypatch.setattr(cluster, "start_process", start)
    with pytest.raises(tool.ClusterError, match="worker 1 was killed by SIGKILL, so all were"):
        tool.launch_cluster([sys.executable, "-c", WORKER_1_IS_KILLED], 2)
    assert [worker.returncode for worker in workers] == [-signal.SIGKILL] * 2
    assert all(cluster.END_WITH_PARENT in worker.args for worker in workers)


PARENT = """
import os, subprocess, sys
child = [sys.executable, "-c", sys.argv[1], str(os.getpid()), "sleep", "1000"]
print(subprocess.Popen(child).pid, flush=True)
sys.stdin.read()
"""


def test_a_process_ends_with_its_parent_and_does_not_begin_when_that_has_ended():
    program = [sys.executable, "-c", PARENT, cluster.END_WITH_PARENT]
    with running(program, stdin=subprocess.PIPE) as parent:
        child = int(parent.stdout.readline())
        wait_until(lambda: psutil.Process(child).cmdline()[:1] == ["sleep"])
    wait_until(lambda: not is_running(child))
    orphan = [sys.executable, "-c", cluster.END_WITH_PARENT, "1", "echo", "begun"]
    assert finished(orphan).stdout == ""


@pytest.mark.weekly
@pytest.mark.parametrize(
    ("number", "code"), [(None, 1), (signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_no_process_survives_the_scheduler_or_the_launcher(number, code, tmp_path):
    with running([*COMMAND, *options(tmp_path, 10**6), "--workers", "2"]) as launcher:
        assert launcher.stdout.readline().startswith("epoch 1, perplexity ")
        children = psutil.Process(launcher.pid).children(recursive=True)
        assert len(children) == 4
        if number:
            launcher.send_signal(number)
        else:
            next(each for each in children if "scheduler" in str(each.cmdline())).kill()
        _, err = launcher.communicate(timeout=LIMIT)
    assert launcher.returncode == code
    wait_until(lambda: not any(is_running(child.pid) for child in children))
    if not number:
        assert re.search(r"^gluonbook: worker \d ended .*, so all were terminated$", err, re.M)
    assert perplexities(tmp_path)  # finished epochs are kept
