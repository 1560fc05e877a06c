"""Many training runs side by side: in order, stored when finished, and no process left behind."""

import json
import os
import random
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import mxnet as mx
import numpy as np
import pytest
from mxnet import nd

import gluonbook as gb
from gluonbook import tool
from gluonbook.runs import Run
from gluonbook.tool import many
from tests import ROOT
from tests.processes import Process
from tests.test_runs import RUN
from tests.tool import is_running, trainings, wait_until

RUNS = Path("runs.json")


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


SCRIPT = """
import signal, sys
from gluonbook import tool
from tests.tool import trainings

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    settings = [{{"trace": "trace", "name": name}} for name in {names}]
    tool.train_many(trainings.wait_or_not, settings, [5], "runs.json")
"""


def start(text):
    """Start a script in a session of its own, so that a Ctrl-C can be sent to all of its processes."""
    Path("script.py").write_text(text)
    return Process(
        [sys.executable, "script.py"],
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


# --- results and order -----------------------------------------------------------------


def test_runs_come_in_order_and_only_what_is_missing_is_trained(here):
    path = Path("new", "runs.json")
    settings = [setting("b"), setting("a")]
    first = tool.train_many(trainings.draw, settings, [7], path, here)
    assert [(run.setting, run.seed) for run in first] == [(settings[0], 7), (settings[1], 7)]
    # A generator of seeds is gone through once, like anything else, and NumPy's numbers are numbers.
    both = tool.train_many(trainings.draw, settings, iter(np.array([8, 7])), path, here)
    assert [run.seed for run in both] == [8, 7, 8, 7]
    assert both[1::2] == first
    assert sorted(name for _, name in trained()) == ["a 7", "a 8", "b 7", "b 8"]
    # In the file, their order is that of settings and seeds.
    assert gb.load_runs(path) == [both[i] for i in (3, 2, 1, 0)]
    assert tool.train_many(trainings.draw, iter(settings), [7, 8], path, here)[0] == both[1]
    assert len(trained()) == 4


@pytest.fixture
def texts():
    """Two files of one name and content."""
    texts = [Path(folder, "text.txt") for folder in ("one", "two")]
    for text in texts:
        text.parent.mkdir()
        text.write_text("once")
    return texts


def test_a_run_of_another_text_or_function_is_another(here, texts):
    def train(function, *files):
        (run,) = tool.train_many(function, [setting("a")], [1], RUNS, here, files=files)
        return run

    train(trainings.draw, texts[0])
    assert train(trainings.draw, texts[1]).files.keys() == {"text.txt"}
    assert len(trained()) == 1  # the same text in another place
    texts[1].write_text("twice")
    train(trainings.draw, texts[1])
    assert len(trained()) == 2
    assert train(trainings.fall, texts[1]).result == 1
    assert train(trainings.draw, texts[1]).result != 1
    assert len(trained()) == 3
    assert {run.function for run in gb.load_runs(RUNS)} == {"trainings.draw", "trainings.fall"}


def test_two_files_of_one_name_are_refused(here, texts):
    with pytest.raises(ValueError, match=r"the same name, .*one/text\.txt, .*two/text\.txt"):
        tool.train_many(trainings.draw, [setting("a")], [1], RUNS, here, files=texts)
    assert trained() == []
    # The same file twice is no contradiction.
    tool.train_many(trainings.draw, [setting("a")], [1], RUNS, here, files=texts[:1] * 2)


def test_a_run_that_is_older_than_the_names_of_functions_counts_and_stays(here):
    old = RUN._replace(setting=setting("a"), function="")
    before = json.dumps([{name: old._asdict()[name] for name in Run._fields if name != "function"}])
    RUNS.write_text(before)
    assert tool.train_many(trainings.draw, [setting("a")], [1], RUNS, here) == [old]
    assert RUNS.read_text() == before


def test_each_run_has_a_new_process_with_one_thread_and_a_killed_one_ends_no_other(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    settings = [setting("killed"), setting("a")]
    with pytest.raises(many.RunsFailedError, match=r'1 of 2 runs .*\n.*"killed".*seed 3: Broken'):
        tool.train_many(trainings.draw, settings, [3], RUNS)
    assert len({pid for pid, _ in trained()} | {os.getpid()}) == 3
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
        executor = client.get_executor()
        settings = [{"trace": "trace", "name": "good"}]
        runs = tool.train_many(trainings.fall, settings, range(4), "runs.json", executor)
        print([run.result for run in runs])
        try:
            tool.train_many(trainings.fall, [{"trace": "trace", "name": "error"}], [1], "r", executor)
        except RuntimeError as error:
            print(str(error).splitlines()[-1])
"""


@pytest.mark.weekly
def test_two_workers_of_dask_train():
    # In a process of its own: what pytest does to warnings would stop Dask's threads.
    process = start(DASK)
    out, err = process.communicate()
    first, *_, last = out.splitlines()
    assert first == "[0, 1, 2, 3]", err
    assert last.endswith(", seed 1: ValueError: no such luck")
    assert process.pid not in {pid for pid, _ in trained()}
    assert len(gb.load_runs(RUNS)) == 4


def test_a_line_of_the_file_is_a_run():
    later = RUN._replace(seed=2)
    many.store(RUNS, [later, RUN])
    first, *lines, last, after = RUNS.read_text().split("\n")
    assert (first, last, after) == ("[", "]", "")
    assert [json.loads(line.rstrip(",")) for line in lines] == [RUN._asdict(), later._asdict()]


# --- what goes wrong ----------------------------------------------------------------


def test_failed_runs_are_named_and_all_others_are_stored(here, capsys):
    reasons = {"error": "no such luck", "nan": "JSON"}
    settings = [setting(name) for name in [*reasons, "good"]]
    with pytest.raises(many.RunsFailedError) as caught:
        tool.train_many(trainings.fall, settings, [4], RUNS, here)
    first, *lines = str(caught.value).splitlines()
    assert first.startswith(f"2 of 3 runs failed; the others are stored in {RUNS}")
    for name, why in reasons.items():
        assert any(f'"name": "{name}"' in line and why in line for line in lines)
    assert str(caught.value.__cause__) == "no such luck"
    assert "ValueError: no such luck\n" in capsys.readouterr().out
    assert [run.setting for run in gb.load_runs(RUNS)] == settings[-1:]
    Path("mended").touch()
    assert len(tool.train_many(trainings.fall, settings, [4], RUNS, here)) == 3
    assert len(trained()) == 5


def test_ctrl_c_ends_every_process_and_keeps_finished_runs():
    process = start(SCRIPT.format(names=["at once", "endless"]))
    wait_until(lambda: len(trained()) == 2 and RUNS.read_text() != "[\n\n]\n")
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all of them
    out, err = process.communicate()
    assert process.returncode != 0
    assert out == ""  # what a run prints is not shown
    assert err.endswith("KeyboardInterrupt\n")
    wait_until(lambda: not any(is_running(pid) for pid, _ in trained()))
    assert {path.name for path in Path().iterdir()} == {"runs.json", "trace", "script.py"}
    assert len(gb.load_runs(RUNS)) == 1


@pytest.mark.weekly
def test_no_process_outlives_a_killed_parent():
    process = start(SCRIPT.format(names=["endless"]))
    wait_until(trained)
    ((pid, _),) = trained()
    assert is_running(pid)
    process.kill()
    process.communicate()
    wait_until(lambda: not is_running(pid))


TYPED = {"__name__": "__main__"}  # as at a prompt
exec("def train(setting, seed): pass", TYPED)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"run": lambda setting, seed: 1}, TypeError, "cannot import .*lambda.* %%writefile"),
        ({"run": TYPED["train"]}, TypeError, "cannot import .*train.* %%writefile"),
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
    arguments = {"run": trainings.draw, "settings": [1], "seeds": [1], "path": "r"} | changes
    with pytest.raises(error, match=message):
        tool.train_many(**arguments, executor=object())  # which can submit nothing
    assert Path("text").read_text() == "precious"


# --- the machine that a stored run names ---------------------------------------------------


def test_the_processor_has_the_name_that_the_system_gives_it(monkeypatch):
    path = Path("cpuinfo")
    path.write_text("processor\t: 0\nmodel name\t: Fast: One\nmodel name\t: Fast: Two\n")
    monkeypatch.setattr(many, "Path", lambda name: path)
    assert many.processor() == "Fast: One"
    path.unlink()  # as on macOS
    assert many.processor() == many.platform.machine()


def test_processors_that_another_process_keeps_are_not_counted(monkeypatch):
    monkeypatch.setattr(many.os, "cpu_count", lambda: 64)
    monkeypatch.setattr(many.os, "sched_getaffinity", lambda pid: {0, 3, 5}, raising=False)
    assert many.num_processors() == 3
    monkeypatch.delattr(many.os, "sched_getaffinity")  # as on macOS
    assert many.num_processors() == 64
