"""Many trainings side by side: in order, kept when they are finished, and none left behind."""

import gluonbook as gb  # isort: skip  # before mxnet
import contextlib
import io
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import mxnet as mx
import numpy as np
import pytest
from mxnet import nd

from gluonbook.many import Run, RunsFailedError, load_runs, runs, train_many, training, workers
from tests import LIMIT, ROOT
from tests.many import trainings

RUN = Run({"name": "a"}, 1, [2.5], 0.5, {}, "2026-11-26", "a machine", {"python": "3.14"})

SCRIPT = """
import signal, sys
import gluonbook as gb
from tests.many import trainings
from gluonbook.many import train_many

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    settings = [{{"trace": "trace", "name": name}} for name in {names}]
    print([run.result for run in train_many(trainings.wait_or_not, settings, [5], "runs.json")])
"""


@pytest.fixture
def setting(tmp_path):
    return lambda name: {"trace": str(tmp_path / "trace"), "name": name}


@pytest.fixture
def trained(tmp_path):
    """Return what has left a trace: pairs of a process and a training."""

    def trained():
        path = tmp_path / "trace"
        lines = path.read_text().splitlines() if path.exists() else []
        return [(int(line.split()[0]), line.partition(" ")[2]) for line in lines]

    return trained


def start(folder, *arguments):
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def start_script(folder, text):
    (folder / "script.py").write_text(text)
    return start(folder, "script.py")


def wait_until(condition):
    deadline = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


# --- what comes of it -----------------------------------------------------------------


def test_runs_come_in_order_and_only_what_is_missing_is_trained(tmp_path, setting, trained):
    path, text = tmp_path / "new" / "runs.json", tmp_path / "text.txt"
    text.write_text("once")
    settings = [setting("b"), setting("a")]
    first = train_many(trainings.draw, settings, [7], path, files=[text])
    assert [(run.setting, run.seed) for run in first] == [(settings[0], 7), (settings[1], 7)]
    assert sorted(name for _, name in trained()) == ["a 7", "b 7"]
    assert len({pid for pid, _ in trained()} | {os.getpid()}) == 3

    both = train_many(trainings.draw, settings, [8, 7], path, files=[text])
    assert [run.seed for run in both] == [8, 7, 8, 7]
    assert both[1::2] == first
    assert len(trained()) == 4
    # In the file, their order is that of settings and seeds.
    assert load_runs(path) == [both[i] for i in (3, 2, 1, 0)]

    # Nothing is to be done: no process is started.
    assert train_many(trainings.draw, settings, [7, 8], path, files=[text])[0] == both[1]
    assert len(trained()) == 4

    # Of another text, nothing is known; what is known of the first one stays.
    text.write_text("twice")
    (other,) = train_many(trainings.draw, settings[:1], [7], path, files=[text])
    assert other.result == first[0].result
    assert len(trained()) == 5
    assert len(load_runs(path)) == 5
    assert {run.files["text.txt"] for run in load_runs(path)} == {
        first[0].files["text.txt"],
        other.files["text.txt"],
    }


def test_a_run_begins_at_its_seed_with_one_thread_and_tells_its_circumstances(
    tmp_path, setting, monkeypatch
):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    (run,) = train_many(trainings.draw, [setting("a")], [3], tmp_path / "runs.json")
    random.seed(3)
    np.random.seed(3)
    mx.random.seed(3)
    drawn = nd.random.uniform(shape=(1,)).asscalar().item()
    assert run.result["drawn"] == [random.random(), np.random.random(), drawn]
    assert run.result["threads"] == "1"
    assert os.environ["OMP_NUM_THREADS"] == "2"
    assert run.versions["mxnet"] == mx.__version__
    assert "processors" in run.machine
    assert run.date[:2] == "20"
    assert run.seconds > 0
    assert run.files == {}


def test_a_line_of_the_file_is_a_run(tmp_path):
    path = tmp_path / "runs.json"
    runs.store(path, RUN._replace(seed=2))
    runs.store(path, RUN)
    first, *lines, last = path.read_text().splitlines()
    assert (first, last) == ("[", "]")
    assert [json.loads(line.rstrip(","))["seed"] for line in lines] == [1, 2]
    runs.store(path, RUN._replace(result="better"))
    assert [run.result for run in load_runs(path)] == ["better", [2.5]]


def test_whoever_stores_at_the_same_time_loses_nothing(tmp_path):
    path = tmp_path / "runs.json"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda seed: runs.store(path, RUN._replace(seed=seed)), range(40)))
    assert [run.seed for run in load_runs(path)] == list(range(40))


# --- what may go wrong ------------------------------------------------------------------


def test_what_fails_is_named_and_everything_else_is_kept(tmp_path, setting, trained, capsys):
    path = tmp_path / "runs.json"
    settings = [setting(name) for name in ("error", "killed", "exit", "nan")]
    good = setting("good")
    with pytest.raises(RunsFailedError) as error:
        train_many(trainings.fall, [*settings, good], [4], path)
    message = str(error.value)
    assert message.startswith(f"4 of 5 runs failed; the others are kept in {path}")
    for failed, why in zip(
        settings,
        ["ValueError: no such luck", "the process was killed by SIGKILL", "had enough", "JSON"],
        strict=True,
    ):
        assert f"{failed}, seed 4:\n" in message
        assert why in message
    assert "about to fall\nthe process was killed" in message
    said = capsys.readouterr().out
    assert f"failed: {settings[0]}, seed 4: ValueError: no such luck\n" in said
    assert [run.setting for run in load_runs(path)] == [good]

    (tmp_path / "mended").touch()
    (run,) = train_many(trainings.fall, settings[1:2], [4], path)
    assert run.result == 4
    assert len(trained()) == 6


def test_ctrl_c_ends_every_process_and_keeps_what_is_finished(tmp_path, trained):
    process = start_script(tmp_path, SCRIPT.format(names=["at once", "endless"]))
    wait_until(lambda: len(trained()) == 2 and (tmp_path / "runs.json").exists())
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all of them
    out, err = process.communicate(timeout=LIMIT)
    assert process.returncode != 0
    assert out == (
        "interrupted: 1 of 2 runs are kept in runs.json. The same call continues with the others\n"
    )
    assert err.count("Traceback") == 1, err
    assert err.endswith("KeyboardInterrupt\n")
    assert not [pid for pid, _ in trained() if is_alive(pid)]
    assert {path.name for path in tmp_path.iterdir()} == {"runs.json", "trace", "script.py"}


def test_an_interrupt_leaves_no_process_behind_in_a_program_that_goes_on(
    tmp_path, setting, trained, monkeypatch
):
    class Bar(contextlib.nullcontext):
        n = 0

        def refresh(self):
            wait_until(trained)
            raise KeyboardInterrupt

    bar = Bar()
    bar.enter_result = bar
    monkeypatch.setattr(training, "bar_of_runs", lambda *_: bar)
    with pytest.raises(KeyboardInterrupt):
        train_many(trainings.wait_or_not, [setting("endless")], [1], tmp_path / "runs.json")
    ((pid, _),) = trained()
    assert not is_alive(pid)


def test_no_process_outlives_one_that_was_killed(tmp_path, trained):
    process = start_script(tmp_path, SCRIPT.format(names=["endless"]))
    wait_until(trained)
    ((pid, _),) = trained()
    assert is_alive(pid)
    # Ctrl-C is not for it: a training that ends at that would pass for a finished one.
    blocked = re.search(r"^SigBlk:\s*(\w+)$", Path(f"/proc/{pid}/status").read_text(), re.M)[1]
    assert int(blocked, 16) >> (signal.SIGINT - 1) & 1
    process.kill()
    process.communicate(timeout=LIMIT)
    wait_until(lambda: not is_alive(pid))


def test_a_script_that_calls_it_whenever_it_is_imported_is_told_so(tmp_path):
    text = SCRIPT.format(names=["at once"]).replace('if __name__ == "__main__":', "if True:")
    process = start_script(tmp_path, text)
    _, err = process.communicate(timeout=LIMIT)
    assert process.returncode != 0
    assert "below if __name__ == '__main__': only?" in err.splitlines()[-1]


def test_a_function_that_was_typed_at_a_prompt_is_refused(tmp_path):
    typed = "import gluonbook.many as m; exec('def train(a, b): pass'); m.train_many(train, [1], [1], 'r')"
    _, err = start(tmp_path, "-c", typed).communicate(timeout=LIMIT)
    assert "TypeError: train is defined in a notebook or at a prompt" in err
    assert "%%writefile my_study.py" in err


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        (
            {"train": lambda setting, seed: 1},
            TypeError,
            "cannot import .*lambda.* at the top level",
        ),
        ({"train": 3}, TypeError, "train must be a function"),
        ({"seeds": [0, 0]}, ValueError, "given twice"),
        ({"settings": [{"a": 1, "b": 2}, {"b": 2, "a": 1}]}, ValueError, "given twice"),
        ({"settings": [{"layer": nd.zeros}]}, TypeError, "not JSON serializable"),
        ({"seeds": [-1]}, ValueError, "from 0 to 2"),
        ({"seeds": [2**31]}, ValueError, "from 0 to 2"),
        ({"seeds": [0.5]}, TypeError, "a seed must be an int"),
        ({"num_workers": -1}, ValueError, "num_workers must be 1 or more"),
        ({"files": ["nowhere.txt"]}, FileNotFoundError, "nowhere"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_trained(
    changes, error, message, tmp_path, monkeypatch
):
    monkeypatch.setattr(training, "train_side_by_side", None)
    arguments = {"train": trainings.draw, "settings": [1], "seeds": [1], "path": tmp_path / "r"}
    with pytest.raises(error, match=message):
        train_many(**(arguments | changes))


@pytest.mark.parametrize("content", ["", "{}", "[1]", '[{"setting": 1}]', "\xff"])
def test_a_file_of_something_else_is_left_as_it_is(content, tmp_path):
    path = tmp_path / "runs.json"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(ValueError, match=r"runs\.json does not hold runs .* left as it is"):
        train_many(trainings.draw, [1], [1], path)
    assert path.read_bytes() == content.encode("latin-1")


# --- what is seen -----------------------------------------------------------------------


def test_one_bar_shows_all_runs_also_in_part(tmp_path, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    (run,) = train_many(trainings.in_two_steps, [1], [1], tmp_path / "runs.json")
    assert run.result == 1
    shown = terminal.getvalue()
    assert "runs: 0.0 of 1" in shown
    assert "runs: 0.5 of 1" in shown
    assert "steps" not in shown
    assert shown.rstrip("\r").rsplit("\r", 1)[-1].strip() == ""


# --- how many at a time -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("device", "wanted", "number"), [(mx.cpu(), None, 5), (mx.gpu(0), None, 1), (mx.gpu(0), 3, 3)]
)
def test_processors_are_shared_and_a_gpu_takes_turns(device, wanted, number, tmp_path, monkeypatch):
    asked = []

    def side_by_side(train, tasks, num_workers, show):
        asked.append((tasks, num_workers))
        yield (1, 2), ("result", 3, 0.1)

    monkeypatch.setattr(training, "try_gpu", lambda: device)
    monkeypatch.setattr(training, "num_processors", lambda: 5)
    monkeypatch.setattr(training, "train_side_by_side", side_by_side)
    (run,) = gb.train_many(trainings.draw, [1], [2], tmp_path / "runs.json", num_workers=wanted)
    assert run.result == 3
    assert asked == [([(1, 2)], number)]


def test_no_more_processes_run_than_were_asked_for(monkeypatch):
    alive, numbers = [], []

    class Worker:
        """What stands in for a process: it is done as soon as it is looked at."""

        def __init__(self, train, task, output):
            self.task, self.connection, self.share = task, object(), 0.5
            alive.append(self)

        def receive(self):
            numbers.append(len(alive))
            return "result", self.task[1]

        def end(self):
            alive.remove(self)

    monkeypatch.setattr(workers, "Worker", Worker)
    monkeypatch.setattr(workers.connection, "wait", lambda connections: connections[:1])
    tasks = [("setting", seed) for seed in range(5)]
    done = list(workers.train_side_by_side(None, tasks, 2, lambda shares: None))
    assert done == [(task, ("result", task[1])) for task in tasks]
    assert numbers == [2, 2, 2, 2, 1]
    assert alive == []


@pytest.mark.parametrize(
    ("code", "words"), [(0, "ended with 0"), (3, "ended with 3"), (-9, "was killed by SIGKILL")]
)
def test_the_end_of_a_process_is_put_into_words(code, words):
    worker = workers.Worker.__new__(workers.Worker)
    worker.process = SimpleNamespace(join=lambda: None, exitcode=code)
    assert worker.how_it_ended() == words


def test_runs_are_selected_by_what_their_settings_say():
    mine = [RUN._replace(setting={"model": "GRU", "rate": 1}, seed=seed) for seed in (1, 2)]
    others = [
        RUN._replace(setting=s) for s in ({"model": "LSTM", "rate": 1}, {"model": "GRU", "rate": 2})
    ]
    assert gb.select_runs(mine + others, model="GRU", rate=1) == mine
    with pytest.raises(ValueError, match=r"no run has \{'model': 'RNN'\}"):
        gb.select_runs(mine, model="RNN")
