"""Train many models in parallel: many settings, each with several seeds."""

import fcntl
import hashlib
import itertools
import json
import multiprocessing
import os
import random
import signal
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import mxnet as mx
import numpy as np

from gluonbook.ground.atomic import check_writable, write_atomically
from gluonbook.runs import Run, circumstances, load_runs, num_processors


def train_many(run, settings, seeds, path, executor=None, *, files=()):
    """Train with every setting and every seed, store each finished run, and return all runs in order.

    ``run(setting, seed)`` returns a JSON-serializable result. It is defined at the top level of a file,
    because other processes import it. By default each run has a new process with one thread on this
    machine; the `executor` of another library may use many machines.

    A run that is stored in the JSON file at `path` is reused if its function's name and file, its setting
    and seed, and the names and contents of the `files` that it read are the same. The code of the
    function is *not* compared.
    """
    function = f"{Path(sys.modules[run.__module__].__file__).stem}.{run.__qualname__}"
    hashes = {
        Path(file).name: hashlib.sha256(Path(file).read_bytes()).hexdigest() for file in files
    }
    # Train with the settings as the file will store them, for instance with a list instead of a tuple.
    wanted = [(canonical(setting), seed) for setting, seed in itertools.product(settings, seeds)]
    runs = load_runs(path) if path.exists() else []
    kept = {
        (canonical(old.setting), old.seed): old
        for old in runs
        if old.files == hashes and old.function == function
    }
    missing = [task for task in dict.fromkeys(wanted) if task not in kept]
    if missing:
        print(f"{path.stem}: {len(missing)} of {len(wanted)} runs are missing", flush=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        check_writable(path)  # so that an error shows up now
    executor = executor or new_processes()
    tasks = {executor.submit(train_one, run, *task): task for task in missing}
    failures = []
    try:
        for future in as_completed(tasks):
            setting, seed = tasks[future]
            if error := future.exception():
                failures.append(f"{setting}, seed {seed}: {type(error).__name__}: {error}")
                continue
            done = (json.loads(setting), seed, *future.result(), hashes)
            kept[setting, seed] = Run(*done, **circumstances(), function=function)
            add(path, kept[setting, seed])
            seconds = kept[setting, seed].seconds
            print(f"{path.stem}: {setting}, seed {seed}: {seconds:.0f} s", file=sys.stderr)
    except BaseException:  # such as Ctrl-C
        executor.shutdown(wait=False, cancel_futures=True)
        for process in multiprocessing.active_children():
            process.kill()
        raise
    if failures:
        raise RuntimeError("\n".join([f"{len(failures)} runs failed:", *failures]))
    return [kept[task] for task in wanted]


def new_processes():
    """Return an executor that starts a process with one thread for each run."""
    os.environ["OMP_NUM_THREADS"] = "1"  # MXNet reads this variable when a new process imports it
    spawn = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(num_processors(), spawn, begin_process, max_tasks_per_child=1)


def begin_process():
    """Print nothing, and leave Ctrl-C to the parent process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115


def train_one(run, setting, seed):
    """Train once, in any process; return the result and the time in seconds."""
    random.seed(seed)
    np.random.seed(seed)
    mx.random.seed(seed)
    start = time.monotonic()
    # Convert to JSON, so that a result that is not JSON-serializable raises an error here.
    result = json.loads(canonical(run(json.loads(setting), seed)))
    return result, round(time.monotonic() - start, 3)


def add(path, run):
    """Add a run to a file, in the order of settings and seeds; another program may be adding one, too."""
    with path.with_name(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # until the file is closed
        runs = [*(load_runs(path) if path.exists() else ()), run]
        runs.sort(key=lambda run: (canonical(run.setting), run.seed))
        lines = (canonical(run._asdict()) for run in runs)
        write_atomically(path, ("[\n" + ",\n".join(lines) + "\n]\n").encode())


def canonical(value):
    """Return a value as JSON that is the same for equal values."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False)
