"""Several processes train as one does, and an error in one of them ends all of them."""

import os
import re
import shutil
import sys
from types import SimpleNamespace

import pytest

from gluonbook.tool import cli, cluster
from tests.processes import finished
from tests.tool.test_cli import perplexities

TEXT = ("the quick brown fox jumps over a lazy dog. " * 5)[:180]
HERE = {
    "OMP_NUM_THREADS": "1",
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_btl": "self,sm",  # on one machine: MPI itself needs no network
}
GLUONBOOK = [sys.executable, "-m", "gluonbook"]
MPIRUN = ["mpirun", "--oversubscribe", "-n", "4"]  # four processes, of which two train


def options(folder, num_epochs):
    (folder / "text.txt").write_text(TEXT)
    told = {"epochs": num_epochs, "hiddens": 8, "batch-size": 4, "steps": 5}
    told |= {"lr": 2.0, "clip": 0.3, "report": 1}
    files = [str(folder / "text.txt"), str(folder / "run.npz")]
    return [*files, *(f"--{name}={value}" for name, value in told.items())]


@pytest.mark.weekly
@pytest.mark.skipif(
    not shutil.which("mpirun") and os.environ.get("CI") != "true",
    reason="mpirun is not here: openmpi-bin",
)
def test_two_workers_train_as_one_process_does_and_resume_a_run(tmp_path):
    alone, together = tmp_path / "alone", tmp_path / "together"
    for folder in (alone, together):
        folder.mkdir()
    assert cli.main(["train", *options(alone, 3)]) == 0
    for num_epochs in (2, 3):
        command = [*MPIRUN, *GLUONBOOK, "cluster", *options(together, num_epochs)]
        done = finished(command, env=os.environ | HERE)
        assert done.returncode == 0, done.stderr
    expected = pytest.approx(perplexities(alone / "run.npz"), rel=1e-4)
    assert perplexities(together / "run.npz") == expected
    assert re.findall(r"^epoch (\d+), perplexity ", done.stdout, re.M) == ["3"]
    alone = finished([*GLUONBOOK, "cluster", *options(tmp_path, 1)])
    assert "the number of processes is 1: start four or more" in alone.stderr


def test_an_error_while_processes_find_each_other_ends_all_of_them(monkeypatch, capsys):
    ended = []
    comm = SimpleNamespace(size=4, rank=3, Abort=ended.append)
    comm.allgather, comm.bcast = lambda name: ["no-such-machine.invalid", name], str
    mpi = SimpleNamespace(COMM_WORLD=comm, Get_processor_name=lambda: "localhost")
    monkeypatch.setitem(sys.modules, "mpi4py", SimpleNamespace(MPI=mpi))
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    cluster.join_cluster()
    assert ended == [1] and "gaierror" in capsys.readouterr().err
