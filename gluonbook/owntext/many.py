"""Train many models side by side: one setting with several seeds, or many settings."""

import contextlib
import datetime
import fcntl
import json
import multiprocessing
import os
import platform
import random
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from multiprocessing.process import parent_process
from pathlib import Path
from typing import Any

import mxnet as mx
import numpy as np
import pooch
from tqdm import tqdm

from gluonbook.models import try_gpu
from gluonbook.owntext.machine import num_processors, processor
from gluonbook.owntext.writing import write_whole
from gluonbook.runs import Run, load_runs

# One thread for each process. MXNet reads this when it is imported.
ENVIRONMENT = {"OMP_NUM_THREADS": "1"}


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
            runs = gb.train_many(train, settings, range(5), "sizes.json")

    A stored run counts if it is of the same function (by file name and name), setting and seed, and
    has read files of the same content. What is *not* compared: the code of the function, the
    versions of the packages, the machine. Whoever changes the code names another file.

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
        A JSON file for the runs. Runs that it already holds stay in it.
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
    function, hashes = name_of(run), hashes_of(files)
    # Train with what the file will say: a list instead of a tuple, for instance.
    settings, seeds = [json.loads(canonical(setting)) for setting in settings], list(seeds)
    check_seeds(seeds)
    wanted = [(canonical(setting), seed) for setting in settings for seed in seeds]
    if len(set(wanted)) < len(wanted):
        raise ValueError("a setting or a seed is given twice: give each once")
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    store(path, [])  # so that what cannot be stored is noticed now
    kept = stored(path, function, hashes)
    missing = [task for task in wanted if task not in kept]
    with default_executor() if executor is None else contextlib.nullcontext(executor) as pool:
        tasks = {pool.submit(train_one, run, json.loads(s), seed): (s, seed) for s, seed in missing}
        failures = keep_each(tasks, path, function, hashes, len(wanted))
    if failures:
        raise RunsFailedError(
            f"{sum(map(len, failures.values()))} of {len(wanted)} runs failed; the others are kept in "
            f"{path}, and the same call tries these again.\n"
            + "\n".join(f"\n{', '.join(names)}:\n{why}" for why, names in failures.items())
        )
    kept = stored(path, function, hashes)
    return [kept[task] for task in wanted]


def keep_each(
    tasks: Mapping[Future, tuple[str, int]],
    path: Path,
    function: str,
    hashes: dict[str, str],
    num_wanted: int,
) -> dict[str, list[str]]:
    """Store each run when it is finished; return what has failed: the runs by the reason."""
    failures: dict[str, list[str]] = {}
    watched = sys.stderr.isatty()
    bar = tqdm(total=num_wanted, desc="runs", leave=False, disable=not watched)
    with bar:
        bar.update(num_wanted - len(tasks))
        try:
            for future in as_completed(tasks):
                setting, seed = tasks[future]
                try:
                    result, seconds = future.result()
                except BrokenProcessPool:
                    failures.setdefault(BROKEN, []).append(f"{setting}, seed {seed}")
                except (Exception, SystemExit) as error:
                    why = "".join(traceback.format_exception(error)).rstrip()
                    failures.setdefault(why, []).append(f"{setting}, seed {seed}")
                    tqdm.write(f"failed: {setting}, seed {seed}: {why.splitlines()[-1]}")
                else:
                    done = (json.loads(setting), seed, result, seconds, hashes)
                    store(path, [Run(*done, **circumstances(), function=function)])
                bar.update()
        except BaseException:
            for future in tasks:
                future.cancel()
            raise
    return failures


BROKEN = (
    "a process ended before its run was over, and all others with it: it was killed, perhaps for lack of "
    "memory, or could not import the function. Does the file import by itself, and does a script call "
    "train_many below if __name__ == '__main__': only?"
)


def train_one(run: Callable[[Any, int], Any], setting: Any, seed: int) -> tuple[Any, float]:
    """Train once, in whatever process; return the result and the seconds that it took."""
    random.seed(seed)
    np.random.seed(seed)
    mx.random.seed(seed)
    start = time.monotonic()
    # Through JSON, so that a result it cannot represent is refused here, not when it is stored.
    result = json.loads(canonical(run(setting, seed)))
    return result, round(time.monotonic() - start, 3)


# --- processes --------------------------------------------------------------------------


@contextlib.contextmanager
def default_executor() -> Iterator[Executor]:
    """Offer a new process for each run, and leave none behind."""
    number = 1 if try_gpu().device_type == "gpu" else num_processors()
    spawn = multiprocessing.get_context("spawn")
    others = multiprocessing.active_children()
    with environment(ENVIRONMENT):
        pool = ProcessPoolExecutor(number, spawn, begin_process, max_tasks_per_child=1)
        try:
            yield pool
        except BaseException:
            for process in multiprocessing.active_children():
                if process not in others:
                    process.kill()
            raise
        finally:
            pool.shutdown(cancel_futures=True)


def begin_process() -> None:
    """Print nothing, leave Ctrl-C to the process that started this one, and end with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)

    def end_with_parent() -> None:
        wait([parent_process().sentinel])
        os._exit(1)

    threading.Thread(target=end_with_parent, daemon=True).start()


@contextlib.contextmanager
def environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Give some environment variables to processes that are started inside the ``with``."""
    before = dict(os.environ)
    os.environ |= variables
    try:
        yield
    finally:
        os.environ.clear()
        os.environ |= before


# --- what is stored ---------------------------------------------------------------------


def stored(path: Path, function: str, hashes: dict[str, str]) -> dict[tuple[str, int], Run]:
    """Return the stored runs of a function that have read the same files, by setting and seed."""
    return {
        (canonical(run.setting), run.seed): run
        for run in load_runs(path)
        # Runs that are older than the name of the function count for any.
        if run.files == hashes and run.function in ("", function)
    }


def store(path: Path, new: Sequence[Run]) -> None:
    """Add runs to a file, each in place of one with the same setting, seed, files and function."""
    with alone_in(path.parent):
        runs = load_runs(path) if path.exists() else []
        by_key = {key(run): run for run in [*runs, *new]}
        lines = (canonical(by_key[found]._asdict()) for found in sorted(by_key))
        write_whole(path, ("[\n" + ",\n".join(lines) + "\n]\n").encode())


def key(run: Run) -> tuple[str, int, str, str]:
    """Return what is the same for two runs of which one replaces the other."""
    return canonical(run.setting), run.seed, canonical(run.files), run.function


@contextlib.contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keep other processes from storing runs in a folder, inside the ``with``."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # not every file system in a network has locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def canonical(value: Any) -> str:
    """Return a value as JSON, the same for equal values."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False)
    text.encode()
    return text


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


def hashes_of(files: Iterable[str | os.PathLike[str]]) -> dict[str, str]:
    """Return the SHA-256 of each file, by its name, or by its path where names are the same."""
    paths = [Path(file) for file in files]
    alike = len({path.name for path in paths}) < len(paths)
    found = {str(path) if alike else path.name: pooch.file_hash(str(path)) for path in paths}
    canonical(found)  # a name that is no UTF-8 is refused
    return found


def check_seeds(seeds: Iterable[int]) -> None:
    """Check that every random generator can take some seeds."""
    for seed in seeds:
        if isinstance(seed, bool) or not isinstance(seed, int):
            raise TypeError(f"a seed must be an int, not {seed!r}")
        if not 0 <= seed < 2**31:
            raise ValueError(f"a seed must be from 0 to 2**31 - 1, not {seed}")


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
