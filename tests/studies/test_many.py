"""Many training runs side by side: in order, stored when finished, and repeated only if missing."""

import multiprocessing
import os
import random
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import mxnet as mx
import numpy as np
import pytest
from mxnet import nd

import gluonbook as gb
from studies import many
from studies.many import train_many
from tests import LIMIT

RUNS = Path("runs.json")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Let each test have a folder of its own, and work in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OMP_NUM_THREADS", "2")


def settings(*names):
    return [{"trace": "trace", "name": name} for name in names]


def train(setting, seed):
    """Leave a trace, come to the end that the setting names, and return what a run finds around it."""
    name, trace = setting["name"], Path(setting["trace"])
    with trace.open("a") as file:
        file.write(f"{os.getpid()} {name} {seed}\n")
    print("something")
    if name == "interrupted":
        os.kill(os.getppid(), signal.SIGINT)
        signal.pause()
    if name == "error" and not trace.with_name("mended").exists():
        raise ValueError("no such luck")
    drawn = [random.random(), np.random.random(), nd.random.uniform(shape=1).asscalar().item()]
    return {"drawn": drawn, "threads": os.environ.get("OMP_NUM_THREADS")}


def trained():
    """Return what has left a trace: pairs of a process and a training."""
    lines = Path("trace").read_text().splitlines()
    return [(int(line.split()[0]), line.partition(" ")[2]) for line in lines]


@pytest.fixture
def here():
    """An executor that takes no time to start: it trains in this process, one run at a time."""
    with ThreadPoolExecutor(1) as executor:
        yield executor


def test_runs_come_in_order_and_only_what_is_missing_is_trained(here):
    path, text = Path("new", "deep", "runs.json"), Path("text.txt")
    text.write_text("once")

    def run(seeds):
        return train_many(train, settings("b", "a"), seeds, path, here, files=[text])

    first, both = run([7]), run(iter([8, 7]))
    assert [(each.setting["name"], each.seed) for each in both] == [
        ("b", 8), ("b", 7), ("a", 8), ("a", 7),
    ]  # fmt: skip
    assert both[1::2] == first and len(trained()) == 4
    # In the file, their order is that of settings and seeds.
    assert gb.load_runs(path) == [both[i] for i in (3, 2, 1, 0)]
    text.write_text("twice")
    assert run([7])[0].files != first[0].files and len(trained()) == 6


def test_failed_runs_are_named_and_repeated_by_the_same_call_and_all_others_are_stored(here):
    with pytest.raises(RuntimeError, match=r'1 runs failed:\n.*"error".*seed 4: .*no such luck'):
        train_many(train, settings("error", "good"), [4], RUNS, here)
    assert [run.setting for run in gb.load_runs(RUNS)] == settings("good")
    Path("mended").touch()
    assert len(train_many(train, settings("error", "good"), [4], RUNS, here)) == 2
    assert len(trained()) == 3


def test_two_programs_that_store_runs_in_one_file_lose_none(here, monkeypatch):
    def store(seed, executor):
        train_many(train, settings("a"), [seed], RUNS, executor)

    def read_slowly(path):
        """Let the other program go on between reading and writing, if it can."""
        monkeypatch.setattr(many, "load_runs", gb.load_runs)
        runs = gb.load_runs(path)
        other.start()
        other.join(0.5)
        return runs

    with ThreadPoolExecutor(1) as executor:
        store(1, here)
        other = threading.Thread(target=store, args=[3, executor])
        monkeypatch.setattr(many, "load_runs", read_slowly)
        many.add(RUNS, gb.load_runs(RUNS)[0]._replace(seed=2))
        other.join(LIMIT)
    assert [run.seed for run in gb.load_runs(RUNS)] == [1, 2, 3]


def test_each_run_has_a_new_process_with_one_thread_and_the_seed(capfd):
    first, _ = train_many(train, settings("a"), [3, 4], RUNS)
    assert len({pid for pid, _ in trained()} | {os.getpid()}) == 3
    assert "something" not in capfd.readouterr().out  # that is, what a run prints
    random.seed(3)
    np.random.seed(3)
    mx.random.seed(3)
    drawn = nd.random.uniform(shape=(1,)).asscalar().item()
    assert first.result["drawn"] == [random.random(), np.random.random(), drawn]
    assert first.result["threads"] == "1"
    assert first.versions["mxnet"] == mx.__version__ and "processors" in first.machine


def test_ctrl_c_ends_all_processes():
    with pytest.raises(KeyboardInterrupt):
        train_many(train, settings("interrupted"), [1], RUNS)
    # While its neighbours are killed, one more may start, which the executor ends.
    end = time.monotonic() + LIMIT
    while multiprocessing.active_children() and time.monotonic() < end:
        time.sleep(0.05)
    assert not multiprocessing.active_children()


@pytest.mark.weekly
def test_a_client_of_dask_is_an_executor():
    import distributed

    local = distributed.LocalCluster(1, processes=False, dashboard_address=None)
    with local, distributed.Client(local) as client:
        runs = train_many(train, settings("a"), [1, 2], RUNS, client.get_executor())
    assert [run.seed for run in runs] == [1, 2]
