"""Many training runs side by side: in order, stored when finished, and no process left behind."""

import json
import os
import random
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import mxnet as mx
import numpy as np
import pytest
from mxnet import nd

import gluonbook as gb
from gluonbook import tool
from gluonbook.tool import many
from tests import LIMIT, ROOT
from tests.processes import finished, running
from tests.test_runs import RUN
from tests.tool import is_running, trainings, wait_until

RUNS = Path("runs.json")
ELSEWHERE = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Let each test have a folder of its own, and work in it."""
    monkeypatch.chdir(tmp_path)


def setting(name):
    return {"trace": "trace", "name": name}


def trained():
    """Return what has left a trace: pairs of a process and a training."""
    lines = Path("trace").read_text().splitlines() if Path("trace").exists() else []
    return [(int(line.split()[0]), line.partition(" ")[2]) for line in lines]


@pytest.fixture
def here():
    """An executor that takes no time to start: it trains in this process, one run at a time."""
    with ThreadPoolExecutor(1) as executor:
        yield executor


# --- results and order -----------------------------------------------------------------


def test_runs_come_in_order_and_only_what_is_missing_is_trained(here):
    path = Path("new", "deep", "runs.json")
    settings = [setting("b"), setting("a")]
    first = tool.train_many(trainings.train, settings, [7], path, here)
    assert [(run.setting, run.seed) for run in first] == [(settings[0], 7), (settings[1], 7)]
    # A generator of seeds is gone through once, like anything else, and NumPy's numbers are numbers.
    both = tool.train_many(trainings.train, settings, iter(np.array([8, 7])), path, here)
    assert [run.seed for run in both] == [8, 7, 8, 7]
    assert both[1::2] == first
    assert sorted(name for _, name in trained()) == ["a 7", "a 8", "b 7", "b 8"]
    # In the file, each has a line, and their order is that of settings and seeds.
    assert gb.load_runs(path) == [both[i] for i in (3, 2, 1, 0)]
    lines = path.read_text().splitlines()[1:-1]
    assert [json.loads(line.rstrip(","))["seed"] for line in lines] == [7, 8, 7, 8]
    assert tool.train_many(trainings.train, iter(settings), [7, 8], path, here)[0] == both[1]
    assert len(trained()) == 4


def test_a_run_of_another_text_or_function_is_another(here):
    def train(function, *files):
        (run,) = tool.train_many(function, [setting("a")], [1], RUNS, here, files=files)
        return run

    texts = [Path(folder, "text.txt") for folder in ("one", "two")]
    for text in texts:
        text.parent.mkdir()
        text.write_text("once")
    train(trainings.train, texts[0], texts[0])  # the same file twice is no contradiction
    assert train(trainings.train, texts[1]).files.keys() == {"text.txt"}
    assert len(trained()) == 1  # the same text in another place
    with pytest.raises(ValueError, match=r"the same name, .*one/text\.txt, .*two/text\.txt"):
        train(trainings.train, *texts)
    texts[1].write_text("twice")
    train(trainings.train, texts[1])
    assert len(trained()) == 2
    assert train(trainings.other, texts[1]).result["drawn"] == []
    assert train(trainings.train, texts[1]).result["drawn"] != []
    assert len(trained()) == 3
    assert {run.function for run in gb.load_runs(RUNS)} == {"trainings.train", "trainings.other"}


def test_a_run_that_is_older_than_the_names_of_functions_counts_and_stays(here):
    old = RUN._replace(setting=setting("a"), function="")._asdict()
    del old["function"]
    RUNS.write_text(json.dumps([old]))
    (run,) = tool.train_many(trainings.train, [setting("a")], [1], RUNS, here)
    assert run.result == RUN.result and "function" not in RUNS.read_text()


def test_each_run_has_a_new_process_with_one_thread_and_a_killed_one_ends_no_other(
    monkeypatch, capfd
):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    settings = [setting("killed"), setting("a")]
    with pytest.raises(many.RunsFailedError, match=r'1 of 2 runs .*\n.*"killed".*seed 3: Broken'):
        tool.train_many(trainings.train, settings, [3], RUNS)
    assert len({pid for pid, _ in trained()} | {os.getpid()}) == 3
    assert "something" not in capfd.readouterr().out  # that is, what a run prints
    (run,) = gb.load_runs(RUNS)
    random.seed(3)
    np.random.seed(3)
    mx.random.seed(3)
    drawn = nd.random.uniform(shape=(1,)).asscalar().item()
    assert run.result["drawn"] == [random.random(), np.random.random(), drawn]
    assert (run.result["threads"], os.environ["OMP_NUM_THREADS"]) == ("1", "2")
    assert run.versions["mxnet"] == mx.__version__ and "processors" in run.machine
    assert run.date[:2] == "20" and run.seconds > 0 and run.files == {}


DASK = """
from gluonbook import tool
from dask.distributed import Client, LocalCluster
from tests.tool import trainings

if __name__ == "__main__":
    with LocalCluster(2, threads_per_worker=1, dashboard_address=":0") as two, Client(two) as client:
        settings = [{"trace": "trace", "name": name} for name in ("a", "error")]
        tool.train_many(trainings.train, settings, [1, 2], "runs.json", client.get_executor())
"""


@pytest.mark.weekly
def test_two_workers_of_dask_train():
    # In a process of its own: what pytest does to warnings would stop Dask's threads.
    Path("script.py").write_text(DASK)
    done = finished([sys.executable, "script.py"], env=ELSEWHERE)
    assert done.stderr.splitlines()[-1].endswith(": ValueError: no such luck")
    assert [run.seed for run in gb.load_runs(RUNS)] == [1, 2]
    # Without Dask, each of the four runs would have its own.
    assert len(trained()) == 4 and len({pid for pid, _ in trained()}) <= 2


# --- what goes wrong ----------------------------------------------------------------


def test_failed_runs_are_named_and_all_others_are_stored(here, capsys):
    reasons = {"error": "no such luck", "nan": "JSON"}
    settings = [setting(name) for name in [*reasons, "good"]]
    with pytest.raises(many.RunsFailedError) as caught:
        tool.train_many(trainings.train, settings, [4], RUNS, here)
    first, *lines = str(caught.value).splitlines()
    assert first.startswith(f"2 of 3 runs failed; the others are stored in {RUNS}")
    for name, why in reasons.items():
        assert any(f'"name": "{name}"' in line and why in line for line in lines)
    assert str(caught.value.__cause__) == "no such luck"
    assert "ValueError: no such luck\n" in capsys.readouterr().out
    assert [run.setting for run in gb.load_runs(RUNS)] == settings[-1:]
    Path("mended").touch()
    assert len(tool.train_many(trainings.train, settings[::2], [4], RUNS, here)) == 2
    assert len(trained()) == 4


SCRIPT = """
import signal
from gluonbook import tool
from tests.tool import trainings

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    settings = [{"trace": "trace", "name": name} for name in ("at once", "endless")]
    tool.train_many(trainings.train, settings, [5], "runs.json")
"""


@pytest.mark.weekly
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_ctrl_c_and_a_killed_parent_end_every_process_and_keep_finished_runs(number):
    Path("script.py").write_text(SCRIPT)
    # In a session of its own, so that a Ctrl-C can be sent to all of its processes.
    with running([sys.executable, "script.py"], env=ELSEWHERE, start_new_session=True) as process:
        wait_until(lambda: len(trained()) == 2 and RUNS.read_text() != "[\n\n]\n")
        if number == signal.SIGINT:
            os.killpg(process.pid, number)  # as a terminal does: to all of them
        else:
            process.kill()
        out, err = process.communicate(timeout=LIMIT)
    assert process.returncode != 0
    assert out == ""  # what a run prints is not shown
    assert number == signal.SIGKILL or err.endswith("KeyboardInterrupt\n")
    wait_until(lambda: not any(is_running(pid) for pid, _ in trained()))
    assert {path.name for path in Path().iterdir()} == {"runs.json", "trace", "script.py"}
    assert len(gb.load_runs(RUNS)) == 1


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"run": lambda setting, seed: 1}, TypeError, "cannot import .*lambda.* %%writefile"),
        ({"settings": [{"layer": nd.zeros}]}, TypeError, "not JSON serializable"),
        ({"settings": [float("nan")]}, ValueError, "JSON"),
        ({"seeds": [0.5]}, TypeError, "cannot be interpreted as an integer"),
        ({"files": ["nowhere.txt"]}, FileNotFoundError, "nowhere"),
        ({"path": "folder"}, OSError, "folder"),
        ({"path": "text/runs.json"}, OSError, "text"),
        ({"path": "text"}, ValueError, "text does not hold runs"),
    ],
)
def test_invalid_arguments_are_refused_before_training(changes, error, message):
    Path("folder").mkdir()
    Path("text").write_text("precious")
    arguments = {"run": trainings.train, "settings": [1], "seeds": [1], "path": "r"} | changes
    with pytest.raises(error, match=message):
        tool.train_many(**arguments, executor=object())  # which can submit nothing
    assert Path("text").read_text() == "precious"


# --- the machine that a stored run names ---------------------------------------------------


def test_the_machine_is_described_as_the_system_does(monkeypatch):
    path = Path("cpuinfo")
    path.write_text("processor\t: 0\nmodel name\t: Fast: One\nmodel name\t: Fast: Two\n")
    monkeypatch.setattr(many, "Path", lambda name: path)
    assert many.processor() == "Fast: One"
    path.unlink()  # as on macOS
    assert many.processor() == many.platform.machine()
    # Processors that another process keeps do not count.
    monkeypatch.setattr(many.os, "sched_getaffinity", lambda pid: {0, 3, 5}, raising=False)
    assert many.num_processors() == 3
