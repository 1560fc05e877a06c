"""Several processes train as one does, and if one of them fails, all of them end."""

import contextlib
import ctypes
import json
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
from tests.processes import Process, finished
from tests.tool import is_running, wait_until

PR_GET_PDEATHSIG = 2
# No two rows of a mini-batch of four begin alike.
TEXT = ("the quick brown fox jumps over a lazy dog. " * 5)[:180]

# What each worker runs: it draws its own parameters, and stores its perplexities.
WORKER = """
import json, pathlib, sys
import gluonbook as gb
import mxnet as mx
from mxnet.gluon import rnn
from gluonbook import tool

kvstore = tool.join_cluster()
folder, text = pathlib.Path(sys.argv[1]), gb.Text(sys.argv[2])
mx.random.seed(1 + kvstore.rank)
model = gb.RNNModel(rnn.LSTM(16), text.size)
perplexities = []

def note(epoch):
    perplexities.append(epoch.perplexity)
    if epoch.number == 2:
        (folder / f"worker {kvstore.rank}.json").write_text(json.dumps(perplexities))
    if epoch.number == 3 and kvstore.rank == 1:
        raise AssertionError("no more")

gb.train_data_parallel(
    model, text, ctxs=[mx.cpu(0), mx.cpu(1)], num_epochs=10**6, num_steps=5, lr=2.0,
    clipping_theta=0.3, batch_size=4, kvstore=kvstore, callbacks=[note]
)
"""


def options(folder, num_epochs, **changes):
    """Return the command line that trains a small model."""
    folder.mkdir(exist_ok=True)
    (folder / "text.txt").write_text(TEXT)
    told = {"epochs": num_epochs, "hiddens": 8, "batch-size": 4, "steps": 5}
    told |= {"lr": 2.0, "clip": 0.3, "report": 1} | changes
    files = [str(folder / "text.txt"), str(folder / "run.npz")]
    return [*files, *(f"--{name}={value}" for name, value in told.items())]


def start(folder, num_epochs, *more, **environment):
    return Process(
        [sys.executable, "-m", "gluonbook", "cluster", *options(folder, num_epochs), *more],
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def mpirun(num_workers, *arguments):
    may_be_root = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    # By its name: as it would be on another machine.
    more = {"OMP_NUM_THREADS": "1", "DMLC_PS_ROOT_URI": "localhost"}
    worker = [sys.executable, "-m", "gluonbook", "cluster"]
    command = ["mpirun", "--oversubscribe", "-n", str(num_workers), *worker, *arguments]
    return finished(command, env=os.environ | may_be_root | more)


needs_mpirun = pytest.mark.skipif(
    not shutil.which("mpirun"), reason="mpirun is not here: apt-checks.txt"
)


def perplexities(folder):
    return [epoch.perplexity for epoch in tool.load_checkpoint(folder / "run.npz").history]


@pytest.fixture
def started_here(monkeypatch, tmp_path):
    """Return a function that returns the processes which this test has started and which still run."""
    monkeypatch.setenv("STARTED_BY", str(tmp_path))

    def find():
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):  # it has ended, or is somebody else's
                if process.environ().get("STARTED_BY") == str(tmp_path):
                    found.append(process)
        return found

    return find


# --- the same numbers -----------------------------------------------------------------


def test_two_workers_train_as_one_until_an_error_in_one_ends_both(tmp_path, started_here, capfd):
    with pytest.raises(tool.ClusterError, match=r"worker \d ended with exit code 1, so all"):
        tool.launch_cluster([sys.executable, "-c", WORKER, str(tmp_path), TEXT], 2)
    assert "AssertionError: no more" in capfd.readouterr().err
    wait_until(lambda: not started_here())
    mx.random.seed(1)
    alone = gb.train_data_parallel(
        gb.RNNModel(rnn.LSTM(16), len(set(TEXT))), gb.Text(TEXT), ctxs=[mx.cpu(0), mx.cpu(1)],
        num_epochs=2, num_steps=5, lr=2.0, clipping_theta=0.3, batch_size=4,
    )  # fmt: skip
    told = [json.loads((tmp_path / f"worker {i}.json").read_text()) for i in range(2)]
    assert told[0] == told[1]
    np.testing.assert_allclose(told[0], [epoch.perplexity for epoch in alone], rtol=1e-5)


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """Return the perplexities of three epochs in one process."""
    folder = tmp_path_factory.mktemp("alone")
    assert cli.main(["train", *options(folder, 3)]) == 0
    return pytest.approx(perplexities(folder), rel=1e-4)


def test_the_command_trains_as_one_process_does_and_one_process_resumes_the_run(
    tmp_path, alone, capfd
):
    assert cli.main(["cluster", *options(tmp_path, 2), "--workers", "2"]) == 0
    report, err = capfd.readouterr()
    assert re.findall(r"^epoch (\d+), perplexity ", report, re.MULTILINE) == ["1", "2"]
    assert err == ""
    assert cli.main(["resume", str(tmp_path / "run.npz"), "--epochs", "3"]) == 0
    assert perplexities(tmp_path) == alone


@needs_mpirun
def test_workers_that_mpirun_starts_resume_the_run_of_one_process(tmp_path, alone):
    assert cli.main(["train", *options(tmp_path, 1)]) == 0
    done = mpirun(2, *options(tmp_path, 3))
    assert done.returncode == 0, done.stderr
    assert perplexities(tmp_path) == alone


@needs_mpirun
@pytest.mark.weekly
def test_an_error_of_the_command_ends_all_that_mpirun_has_started(tmp_path):
    done = mpirun(2, *options(tmp_path, 3, lr=1e9, clip=1e9))
    assert done.returncode == 1
    assert "FloatingPointError: training diverged" in done.stderr


# --- who a worker is --------------------------------------------------------------------

SLURM = {"SLURM_PROCID": "3", "SLURM_NTASKS": "8"}
MPI = {"OMPI_COMM_WORLD_RANK": "1", "OMPI_COMM_WORLD_SIZE": "4"}
MPI |= {"PMIX_NAMESPACE": "prterun-node-01-24429@1"}


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


MPICH = {"PMI_RANK": "1", "PMI_SIZE": "2", "MPI_LOCALNRANKS": "2"}  # it names no job


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
        (MPICH | {"DMLC_PS_ROOT_PORT": "70000"}, "in their range .worker 1 of 2, port 70000"),
        (MPICH | {"DMLC_PS_ROOT_PORT": "0"}, "in their range .worker 1 of 2, port 0"),
        (MPICH | {"PMI_RANK": "2"}, "in their range .worker 2 of 2"),
        (MPICH | {"PMI_RANK": "-1"}, "in their range .worker -1 of 2"),
    ],
)
def test_half_of_an_environment_is_refused(environment, message):
    with pytest.raises(tool.ClusterError, match=message):
        cluster.place_of(environment)


def test_an_unknown_machine_is_named(monkeypatch):
    for name, value in (MPICH | {"DMLC_PS_ROOT_URI": "no-such-machine.invalid"}).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(
        tool.ClusterError, match=r"worker 0 is on no-such-machine\.invalid, which is"
    ):
        tool.join_cluster()
    if sys.platform == "linux":  # even then, this process would end with its launcher
        libc, ends_with_parent = ctypes.CDLL(None), ctypes.c_int()
        libc.prctl(PR_GET_PDEATHSIG, ctypes.byref(ends_with_parent))
        assert ends_with_parent.value == signal.SIGKILL


def test_workers_of_two_jobs_do_not_train_together(tmp_path):
    """As when both use one port, and a worker of each is there first."""
    # Below the ports that the system gives to other programs meanwhile.
    same = MPICH | {"DMLC_PS_ROOT_PORT": str(20_000 + os.getpid() % 10_000)}
    workers = [
        start(tmp_path, 3, f"--lr={rank + 1}", **(same | {"PMI_RANK": str(rank)}))
        for rank in range(2)
    ]
    wait_until(lambda: any(worker.poll() is not None for worker in workers))
    for worker in workers:  # as a launcher does
        worker.kill()
    ends = [worker.communicate() for worker in workers]
    assert any("ClusterError: two jobs use port" in err for _, err in ends)
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
    assert "{'num_chars': None}" in refused(chars=100)
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


def test_a_worker_that_is_killed_ends_the_others(started_here):
    with pytest.raises(tool.ClusterError, match="worker 1 was killed by SIGKILL, so all were"):
        tool.launch_cluster([sys.executable, "-c", WORKER_1_IS_KILLED], 2)
    assert not started_here()


LAUNCHER = r"""
import sys
from gluonbook.tool import launch_cluster
# Both write to one pipe, so each writes its line at once.
sleep = r"import os, time; os.write(1, b'%d\n' % os.getpid()); time.sleep(1000)"
launch_cluster([sys.executable, "-c", sleep], 2)
"""


def test_a_launcher_that_is_killed_ends_its_workers():
    with Process([sys.executable, "-c", LAUNCHER], stdout=subprocess.PIPE) as launcher:
        workers = [int(launcher.stdout.readline()) for _ in range(2)]
        launcher.kill()
    wait_until(lambda: not any(map(is_running, workers)))


def test_a_process_whose_parent_has_ended_does_not_begin():
    command = [sys.executable, "-c", cluster.END_WITH_PARENT, "1", "echo", "begun"]
    assert subprocess.check_output(command, timeout=LIMIT) == b""


@pytest.mark.weekly
@pytest.mark.parametrize(
    ("what", "number", "code"),
    [
        ("gluonbook cluster", signal.SIGKILL, 1),
        ("as the scheduler", signal.SIGKILL, 1),
        ("the launcher", signal.SIGINT, 130),
        ("the launcher", signal.SIGKILL, -9),
        ("the launcher", signal.SIGTERM, -15),
    ],
)
def test_no_process_survives_one_that_is_killed(what, number, code, tmp_path, started_here):
    with start(tmp_path, 10**6, "--workers", "2") as started:
        assert started.stdout.readline().startswith("epoch 1, perplexity ")
        everyone = started_here()
        assert len(everyone) == 5  # with the launcher
        others = [each for each in everyone if each.pid != started.pid]
        victims = [each.pid for each in others if what in " ".join(each.cmdline())]
        os.kill([*victims, started.pid][0], number)
        _, err = started.communicate()
    assert started.returncode == code
    wait_until(lambda: not started_here())
    if code == 1:
        assert re.search(
            r"^gluonbook: worker \d (was|ended) .*, so all were terminated$", err, re.M
        )
        assert len(perplexities(tmp_path)) >= 1  # finished epochs are kept
