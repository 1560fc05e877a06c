"""Train many models in parallel: one setting with several seeds, or many settings."""

import contextlib
import datetime
import json
import multiprocessing
import operator
import os
import platform
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import (
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    as_completed,
)
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import mxnet as mx
import numpy as np
import pooch
from tqdm import tqdm

from gluonbook.models import try_gpu
from gluonbook.runs import Run, load_runs
from gluonbook.tool.atomic import write_atomically


class RunsFailedError(RuntimeError):
    """Some runs raised an error, or their processes were killed. All other runs are stored."""


def train_many(
    run: Callable[[Any, int], Any],
    settings: Iterable[Any],
    seeds: Iterable[int],
    path: str | os.PathLike[str],
    executor: Executor | None = None,
    *,
    files: Iterable[str | os.PathLike[str]] = (),
) -> list[Run]:
    """Train with every setting and every seed in parallel, and store each finished run.

    Repeating the call after an interruption, or with additional settings or seeds, trains only the
    runs that are missing. A script calls it like this::

        def train(setting, seed):
            text = gb.load_text()
            ...
            return [epoch.perplexity for epoch in history]

        if __name__ == "__main__":
            settings = [{"num_hiddens": 128}, {"num_hiddens": 256}]
            runs = tool.train_many(train, settings, range(5), "sizes.json")

    A stored run is reused if the function (identified by its file name and its own name), the setting
    and the seed are the same, and if the files that it read had the same names and contents. The code
    of the function, the versions of the packages and the machine are *not* compared: if you change the
    code, use another file for the runs.

    Parameters
    ----------
    run : callable
        ``run(setting, seed)`` trains, and returns a JSON-serializable result. It must be defined at
        the top level of a file, because other processes import it. The random generators of Python,
        NumPy and MXNet are seeded before each call.
    settings : iterable
        The settings to train with; each is JSON-serializable, such as a dictionary.
    seeds : iterable of int
        From 0 to 2**31 - 1.
    path : str or path-like
        A JSON file for the runs. Runs that it already contains stay in it. Only one call at a time
        may write to it.
    executor : concurrent.futures.Executor, optional
        The executor for the runs, such as ``dask.distributed.Client(...).get_executor()`` for many
        machines. By default each run has a new process with one thread; as many processes run at a
        time as there are processors, or a single process on a GPU.
    files : iterable of str or path-like
        The files that a run reads, such as the text; no two may have the same name.

    Returns
    -------
    list of Run
        All runs of the first setting in the order of the seeds, then those of the second, and so on.

    Raises
    ------
    KeyboardInterrupt
        After Ctrl-C. Finished runs are stored; the next call starts the others again.
    OSError
        If the runs cannot be stored in `path`; raised before any training.
    RunsFailedError
        If a run raised an error or its process was killed; raised after all other runs are done.
    TypeError, ValueError
        If other processes cannot import `run`, a setting is not JSON-serializable, a seed is not an
        integer, two `files` have the same name, or `path` contains anything but runs; raised before
        any training.
    """
    function = name_of(run)
    hashes = hashes_of(files)
    # Train with the settings as the file will store them, for instance with a list instead of a tuple.
    settings, seeds = [canonical(setting) for setting in settings], list(map(operator.index, seeds))
    wanted = [(setting, seed) for setting in settings for seed in seeds]
    path = Path(path)
    runs = load_runs(path) if path.exists() else []
    kept = {
        (canonical(old.setting), old.seed): old
        for old in runs
        # Runs of older versions, which did not store the function, count for every function.
        if old.files == hashes and old.function in ("", function)
    }
    missing = [task for task in dict.fromkeys(wanted) if task not in kept]
    if missing:
        store(path, runs)  # so that an error shows up now
    failures = {}
    with own_processes() if executor is None else contextlib.nullcontext(executor.submit) as submit:
        tasks = {submit(train_one, run, *task): task for task in missing}
        # Shown only in a terminal, because of disable=None.
        bar = tqdm(as_completed(tasks), "runs", len(tasks), leave=False, disable=None)
        try:
            for future in bar:
                setting, seed = tasks[future]
                try:
                    result, seconds = future.result()
                except Exception as error:
                    failure = f"{setting}, seed {seed}: {type(error).__name__}: {error}"
                    failures[failure] = error
                    tqdm.write(f"failed: {failure}")
                else:
                    done = (json.loads(setting), seed, result, seconds, hashes)
                    kept[setting, seed] = Run(*done, **circumstances(), function=function)
                    # Read again, so that runs which another program has added meanwhile are kept.
                    store(path, [*load_runs(path), kept[setting, seed]])
        finally:
            for future in tasks:
                future.cancel()
    if failures:
        raise RunsFailedError(
            f"{len(failures)} of {len(wanted)} runs failed; the others are stored in {path}, and the same "
            "call tries the failed ones again:\n" + "\n".join(failures)
        ) from next(iter(failures.values()))
    return [kept[task] for task in wanted]


def train_one(run: Callable[[Any, int], Any], setting: str, seed: int) -> tuple[Any, float]:
    """Train once, in any process; return the result and the time in seconds."""
    random.seed(seed)
    np.random.seed(seed)
    mx.random.seed(seed)
    start = time.monotonic()
    # Convert to JSON, so that a result that is not JSON-serializable raises an error here.
    result = json.loads(canonical(run(json.loads(setting), seed)))
    return result, round(time.monotonic() - start, 3)


# --- processes --------------------------------------------------------------------------


@contextlib.contextmanager
def own_processes() -> Iterator[Callable[..., Future]]:
    """Provide a function that calls another in a new process with one thread; leave no process behind.

    Each run has its own process, so that killing one process does not end any other run. All of the
    processes end when `life` is closed, which also happens if the process that started them is killed.
    """
    spawn = multiprocessing.get_context("spawn")
    awaited, life = spawn.Pipe(duplex=False)

    def in_new_process(*call: Any) -> Any:
        with ProcessPoolExecutor(1, spawn, begin_process, [awaited]) as process:
            return process.submit(*call).result()

    threads_before = os.environ.get("OMP_NUM_THREADS")
    os.environ["OMP_NUM_THREADS"] = "1"  # MXNet reads this variable when it is imported
    side_by_side = 1 if try_gpu().device_type == "gpu" else num_processors()
    try:
        with ThreadPoolExecutor(side_by_side) as pool, life:
            yield partial(pool.submit, in_new_process)
    finally:
        if threads_before is None:
            del os.environ["OMP_NUM_THREADS"]
        else:
            os.environ["OMP_NUM_THREADS"] = threads_before


def begin_process(awaited: Connection) -> None:
    """Print nothing, leave Ctrl-C to the parent process, and end when the parent ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115

    def end() -> None:
        awaited.poll(None)  # returns when the parent's end of the pipe is closed
        os._exit(1)

    threading.Thread(target=end, daemon=True).start()


# --- the file of the runs ---------------------------------------------------------------


def hashes_of(files: Iterable[str | os.PathLike[str]]) -> dict[str, str]:
    """Return the SHA-256 of each file by its name without the folder, which may vary among machines."""
    paths = {Path(file).absolute() for file in files}
    hashes = {path.name: pooch.file_hash(str(path)) for path in paths}
    if len(hashes) < len(paths):
        raise ValueError(
            f"two of these files have the same name, but stored runs identify files by name: "
            f"{', '.join(sorted(map(str, paths)))}. Rename one of them"
        )
    return hashes


def store(path: Path, runs: Sequence[Run]) -> None:
    """Write runs to a file, in the order of settings and seeds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    runs = sorted(runs, key=lambda run: (canonical(run.setting), run.seed))
    lines = (canonical(run._asdict()) for run in runs)
    write_atomically(path, ("[\n" + ",\n".join(lines) + "\n]\n").encode())


def canonical(value: Any) -> str:
    """Return a value as JSON that is the same for equal values."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False)


def name_of(run: Callable[[Any, int], Any]) -> str:
    """Return the file and the name of a function that other processes can import."""
    module = sys.modules.get(getattr(run, "__module__", None))
    file = getattr(module, "__file__", None)
    name = getattr(run, "__qualname__", "")
    if not file or getattr(module, name, None) is not run:
        raise TypeError(
            f"the processes that train cannot import {run!r}. Define it at the top level of a file, "
            "my_study.py, and import it: from my_study import train. In a notebook, a cell that begins "
            "with %%writefile my_study.py writes that file"
        )
    return f"{Path(file).stem}.{name}"


# --- the machine ------------------------------------------------------------------------


def num_processors() -> int:
    """Count the processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def processor() -> str:
    """Return the name of the processor, as the system reports it."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def circumstances() -> dict[str, Any]:
    """Return the date, the machine and the versions, under the names that `Run` uses."""
    return {
        "date": datetime.date.today().isoformat(),
        "machine": f"{processor()}, {num_processors()} processors, "
        f"{platform.system()} {platform.machine()}",
        "versions": {
            "python": platform.python_version(),
            "mxnet": mx.__version__,
            "numpy": np.__version__,
        },
    }
