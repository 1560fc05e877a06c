"""Train with many settings and seeds, and keep each run when it is finished."""

import json
import os
import pickle
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from gluonbook.many.runs import Run, canonical, circumstances, hash_of, load_runs, store
from gluonbook.many.workers import train_side_by_side
from gluonbook.support.checks import check_sizes
from gluonbook.support.device import num_processors, try_gpu
from gluonbook.support.progress import progress_bar, say


class RunsFailedError(RuntimeError):
    """Some runs raised an error, or their process was killed. All others are kept."""


def train_many(
    train: Callable[[Any, int], Any],
    settings: Sequence[Any],
    seeds: Sequence[int],
    path: str | os.PathLike[str],
    *,
    files: Sequence[str | os.PathLike[str]] = (),
    num_workers: int | None = None,
) -> list[Run]:
    """Train with every setting and every seed, side by side, and keep each finished run.

    The same call after an interrupt, or with further settings or seeds, does only what is
    missing. A script calls it like this::

        def train(setting, seed):
            text = gb.load_data_time_machine()
            ...
            return [epoch.perplexity for epoch in history]

        if __name__ == "__main__":
            settings = [{"num_hiddens": 128}, {"num_hiddens": 256}]
            runs = gb.train_many(train, settings, range(5), "sizes.json")

    What a run prints is not shown, unless its process crashes.

    Parameters
    ----------
    train : callable
        ``train(setting, seed)`` trains, and returns something that JSON can represent. Other
        processes import it, so it is defined at the top level of a file. The random generators
        of Python, NumPy and MXNet are seeded before it is called.
    settings : sequence
        What to train: each is something that JSON can represent, such as a dictionary.
    seeds : sequence of int
        From 0 to 2**31 - 1.
    path : str or path-like
        A JSON file for the runs. Runs that it already holds stay in it.
    files : sequence of str or path-like
        The files that a run reads, such as the text. Their hashes are stored, and a stored
        run counts only if it has read the same files, by name and hash.
    num_workers : int, optional
        How many runs go on at a time: by default one per processor, and on a GPU one.

    Returns
    -------
    list of Run
        Setting by setting and, for each, seed by seed.

    Raises
    ------
    KeyboardInterrupt
        On Ctrl-C. Finished runs are kept; the others are ended, and start again the next time.
    RunsFailedError
        If a run raised an error or its process was killed, once all others are done.
    RuntimeError
        If a process ends before it can begin, most likely because it cannot import `train`.
    TypeError, ValueError
        If an argument makes no sense, or the file holds something else.
    """
    check_importable(train)
    check_sizes(num_workers=num_workers or 1)
    check_seeds(seeds)
    path, hashes = Path(path), {Path(file).name: hash_of(file) for file in files}
    # Train with what the file will say: a list instead of a tuple, for instance.
    settings = [json.loads(json.dumps(setting, allow_nan=False)) for setting in settings]
    wanted = [(setting, seed) for setting in settings for seed in seeds]
    if len({key(*task) for task in wanted}) < len(wanted):
        raise ValueError("a setting or a seed is given twice: give each once")
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = stored_runs(path, hashes)
    missing = [task for task in wanted if key(*task) not in kept]
    if not num_workers:
        num_workers = 1 if try_gpu().device_type == "gpu" else num_processors()

    failures = {}
    with bar_of_runs(len(wanted), len(wanted) - len(missing)) as bar:
        num_over = bar.n

        def show(shares: Sequence[float]) -> None:
            bar.n = num_over + sum(shares)
            bar.refresh()

        try:
            for task, (word, *content) in train_side_by_side(train, missing, num_workers, show):
                num_over += 1
                if word == "result":
                    store(path, Run(*task, *content, hashes, **circumstances()))
                else:
                    failures[named(*task)] = content[0].rstrip()
                    say(f"failed: {named(*task)}: {content[0].rstrip().splitlines()[-1]}")
        except KeyboardInterrupt:
            kept = stored_runs(path, hashes)
            num_kept = sum(key(*task) in kept for task in wanted)
            say(
                f"interrupted: {num_kept} of {len(wanted)} runs are kept in {path}. The same call "
                "continues with the others"
            )
            raise
    if failures:
        raise RunsFailedError(
            f"{len(failures)} of {len(wanted)} runs failed; the others are kept in {path}, and "
            "the same call tries these again.\n"
            + "\n".join(f"\n{name}:\n{why}" for name, why in failures.items())
        )
    kept = stored_runs(path, hashes)
    return [kept[key(*task)] for task in wanted]


def stored_runs(path: Path, hashes: Mapping[str, str]) -> dict[tuple[str, int], Run]:
    """Return the stored runs that have read the same files, by setting and seed."""
    runs = load_runs(path) if path.exists() else []
    return {key(run.setting, run.seed): run for run in runs if run.files == hashes}


def key(setting: Any, seed: int) -> tuple[str, int]:
    """Return what is the same for equal settings and seeds."""
    return canonical(setting), seed


def bar_of_runs(total: int, initial: int) -> tqdm:
    """Open a bar that counts runs, and fractions of them."""
    return progress_bar(
        total=total,
        initial=initial,
        desc="runs",
        bar_format="{desc}: {n:.1f} of {total}|{bar}| {elapsed} < {remaining}",
    )


def named(setting: Any, seed: int) -> str:
    """Name a run in a message."""
    return f"{setting}, seed {seed}"


def check_importable(train: Callable[[Any, int], Any]) -> None:
    """Check that other processes can import a function.

    Raises
    ------
    TypeError
        If it is not a function, or not defined at the top level of a file.
    """
    if not callable(train):
        raise TypeError(f"train must be a function, train(setting, seed), not {train!r}")
    where = "Put it into a file, my_study.py, at the top level: from my_study import train"
    # In a notebook or at a prompt, what was typed there is in a module without a file.
    main = sys.modules["__main__"]
    if getattr(train, "__module__", None) == "__main__" and not os.path.isfile(
        getattr(main, "__file__", "")
    ):
        raise TypeError(
            f"{train.__qualname__} is defined in a notebook or at a prompt, where the processes that "
            f"train cannot import it. {where}. In a notebook, a cell that begins with "
            "%%writefile my_study.py writes that file"
        )
    try:
        pickle.dumps(train)
    except (AttributeError, TypeError, pickle.PicklingError) as error:
        raise TypeError(
            f"the processes that train cannot import {train!r} ({error}). {where}"
        ) from None


def check_seeds(seeds: Sequence[int]) -> None:
    """Check that every random generator can take some seeds.

    Raises
    ------
    TypeError
        If one is not a whole number.
    ValueError
        If one is below 0, or 2**31 or more.
    """
    for seed in seeds:
        if isinstance(seed, bool) or not isinstance(seed, int):
            raise TypeError(f"a seed must be an int, not {seed!r}")
        if not 0 <= seed < 2**31:
            raise ValueError(f"a seed must be from 0 to 2**31 - 1, not {seed}")
