"""Train many models side by side: one setting with several seeds, or many settings."""

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
from gluonbook.tool.machine import num_processors, processor


class RunsFailedError(RuntimeError):
    """Some runs raised an error, or their process was killed. All others are kept."""


def train_many(
    run: Callable[[Any, int], Any],
    settings: Iterable[Any],
    seeds: Iterable[int],
    path: str | os.PathLike[str],
    executor: Executor | None = None,
    *,
    files: Iterable[str | os.PathLike[str]] = (),
) -> list[Run]:
    """Train with every setting and every seed, side by side, and keep each finished run.

    The same call after an interrupt, or with further settings or seeds, does only what is
    missing. A script calls it like this::

        def train(setting, seed):
            text = gb.load_text()
            ...
            return [epoch.perplexity for epoch in history]

        if __name__ == "__main__":
            settings = [{"num_hiddens": 128}, {"num_hiddens": 256}]
            runs = tool.train_many(train, settings, range(5), "sizes.json")

    A stored run counts if it is of the same function (by file name and name), setting and seed, and
    has read files of the same names and content. What is *not* compared: the code of the function,
    the versions of the packages, the machine. Whoever changes the code names another file.

    Parameters
    ----------
    run : callable
        ``run(setting, seed)`` trains, and returns something that JSON can represent. Other
        processes import it, so it is defined at the top level of a file. The random generators
        of Python, NumPy and MXNet are seeded before it is called.
    settings : iterable
        What to train: each is something that JSON can represent, such as a dictionary.
    seeds : iterable of int
        From 0 to 2**31 - 1.
    path : str or path-like
        A JSON file for the runs. Runs that it already holds stay in it. One call at a time writes
        to it.
    executor : concurrent.futures.Executor, optional
        What runs them, such as ``dask.distributed.Client(...).get_executor()`` for many machines. By
        default a new process with one thread for each run, one per processor at a time; on a GPU one.
    files : iterable of str or path-like
        The files that a run reads, such as the text.

    Returns
    -------
    list of Run
        Setting by setting and, for each, seed by seed.

    Raises
    ------
    KeyboardInterrupt
        On Ctrl-C. Finished runs are kept; the others start again the next time.
    OSError
        If the runs cannot be stored in `path`; before anything is trained.
    RunsFailedError
        If a run raised an error or its process was killed, once all others are done.
    TypeError, ValueError
        If an argument makes no sense, or `path` holds something else; before anything is trained.
    """
    function = name_of(run)
    hashes = {Path(file).name: pooch.file_hash(str(file)) for file in files}
    # Train with what the file will say: a list instead of a tuple, for instance.
    settings, seeds = [canonical(setting) for setting in settings], list(map(operator.index, seeds))
    wanted = [(setting, seed) for setting in settings for seed in seeds]
    path = Path(path)
    kept = stored(path, function, hashes)
    missing = [task for task in dict.fromkeys(wanted) if task not in kept]
    if missing:
        store(path, [])  # so that what cannot be stored is noticed now
    failures = {}
    with own_processes() if executor is None else contextlib.nullcontext(executor.submit) as submit:
        tasks = {submit(train_one, run, *task): task for task in missing}
        shown = sys.stderr.isatty()
        bar = tqdm(as_completed(tasks), "runs", len(tasks), leave=False, disable=not shown)
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
                    store(path, [Run(*done, **circumstances(), function=function)])
        finally:
            for future in tasks:
                future.cancel()
    if failures:
        raise RunsFailedError(
            f"{len(failures)} of {len(wanted)} runs failed; the others are kept in {path}, and the same "
            "call tries these again:\n" + "\n".join(failures)
        ) from next(iter(failures.values()))
    kept = stored(path, function, hashes)
    return [kept[task] for task in wanted]


def train_one(run: Callable[[Any, int], Any], setting: str, seed: int) -> tuple[Any, float]:
    """Train once, in whatever process; return the result and the seconds that it took."""
    random.seed(seed)
    np.random.seed(seed)
    mx.random.seed(seed)
    start = time.monotonic()
    # Through JSON, so that a result it cannot represent is refused here, not when it is stored.
    result = json.loads(canonical(run(json.loads(setting), seed)))
    return result, round(time.monotonic() - start, 3)


# --- processes --------------------------------------------------------------------------


@contextlib.contextmanager
def own_processes() -> Iterator[Callable[..., Future]]:
    """Offer a function that has a new process, with one thread, call another; leave none behind.

    Each run has a process of its own, so that one which is killed takes no other along. When `life`
    is closed, all of them end: so as well if the process that has started them is killed.
    """
    spawn = multiprocessing.get_context("spawn")
    awaited, life = spawn.Pipe(duplex=False)

    def in_new_process(*call: Any) -> Any:
        with ProcessPoolExecutor(1, spawn, begin_process, [awaited]) as process:
            return process.submit(*call).result()

    threads_before = os.environ.get("OMP_NUM_THREADS")
    os.environ["OMP_NUM_THREADS"] = "1"  # MXNet reads this when it is imported
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
    """Print nothing, leave Ctrl-C to the process that started this one, and end when it says so."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115

    def end() -> None:
        awaited.poll(None)  # comes back when the other end is closed
        os._exit(1)

    threading.Thread(target=end, daemon=True).start()


# --- what is stored ---------------------------------------------------------------------


def stored(path: Path, function: str, hashes: dict[str, str]) -> dict[tuple[str, int], Run]:
    """Return the stored runs of a function that have read the same files, by setting and seed."""
    return {
        (canonical(run.setting), run.seed): run
        for run in runs_in(path)
        # Runs that are older than the name of the function count for any.
        if run.files == hashes and run.function in ("", function)
    }


def store(path: Path, new: Sequence[Run]) -> None:
    """Add runs to a file, in the order of settings and seeds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    runs = sorted([*runs_in(path), *new], key=lambda run: (canonical(run.setting), run.seed))
    lines = (canonical(run._asdict()) for run in runs)
    write_atomically(path, ("[\n" + ",\n".join(lines) + "\n]\n").encode())


def runs_in(path: Path) -> list[Run]:
    """Return the runs in a file, none if it is not there yet."""
    return load_runs(path) if path.exists() else []


def canonical(value: Any) -> str:
    """Return a value as JSON, the same for equal values."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False)


def name_of(run: Callable[[Any, int], Any]) -> str:
    """Return file and name of a function that other processes can import."""
    module = sys.modules.get(getattr(run, "__module__", None))
    file = getattr(module, "__file__", None)
    name = getattr(run, "__qualname__", "")
    if not file or getattr(module, name, None) is not run:
        raise TypeError(
            f"the processes that train cannot import {run!r}. Put it into a file, my_study.py, at the top "
            "level: from my_study import train. In a notebook, a cell that begins with %%writefile "
            "my_study.py writes that file"
        )
    return f"{Path(file).stem}.{name}"


def circumstances() -> dict[str, Any]:
    """Return when, on what and with what a run was done, under the names that `Run` uses."""
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
