"""The studies still reproduce their stored runs: the shortest run of each study is repeated."""

import importlib
from pathlib import Path

import mxnet as mx
import pytest

import gluonbook as gb
from gluonbook.ground.novel import FILE_NAME, SHA256, find_novel
from studies import common
from studies.many import canonical
from tests import ROOT

MEASURED = ROOT / "chapter_rnn" / "measured"
STUDIES = [
    path.stem
    for path in (ROOT / "studies").glob("*.py")
    if path.stem != "common" and "common.run_all(" in path.read_text()
]

# The others take up to ten seconds.
QUICK = ("memory",)

# Processors round differently, and training amplifies the differences, so that in the end the results of
# a seed differ as if from another seed, and by this share of a value where all seeds have the same.
CLOSE = 0.03


def numbers(result, path=()):
    """Yield the numbers in a result, each with the keys that lead to it.

    Generated text is left out, as is the best epoch, because small differences between learning
    curves, which are compared themselves, can move their minimum.
    """
    if isinstance(result, dict):
        for key in result.keys() - {"best_epoch"}:
            yield from numbers(result[key], (*path, key))
    elif isinstance(result, list):
        for index, part in enumerate(result):
            yield from numbers(part, (*path, index))
    elif not isinstance(result, str) and result is not None:
        yield path, result


def runs_of(name):
    """Load a study's runs, without those that have read a text that is not part of the project."""
    runs = gb.load_runs(MEASURED / f"{name}.json")
    return [run for run in runs if run.files in ({}, {FILE_NAME: SHA256})]


@pytest.mark.reads_text
@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[] if name in QUICK else pytest.mark.weekly) for name in STUDIES],
)
def test_the_shortest_stored_run_is_reproduced(name):
    runs = runs_of(name)
    if not runs:
        pytest.skip("all of its runs have read a text that is not part of the project")
    run = min(runs, key=lambda run: run.seconds)
    if run.files and not find_novel():
        pytest.skip("the novel, which some stored runs have read, is missing")
    mx.random.seed(run.seed)
    again = importlib.import_module(f"studies.{name}").run(run.setting, run.seed)
    again = dict(numbers(again))
    all_seeds = [dict(numbers(other.result)) for other in runs if other.setting == run.setting]
    for path in dict(numbers(run.result)):
        found = [of_seed[path] for of_seed in all_seeds if path in of_seed]
        low, high = min(found), max(found)
        margin = (high - low) + CLOSE * max(abs(low), abs(high))
        assert low - margin <= again[path] <= high + margin, path


@pytest.mark.parametrize("name", STUDIES)
def test_a_study_asks_for_runs_that_are_stored(name, monkeypatch):
    def stored(run, settings, seeds, path, files):
        names = {Path(file).name for file in files}
        kept = {
            (canonical(each.setting), each.seed): each
            for each in gb.load_runs(path)
            if each.files.keys() == names and each.function in ("", f"{name}.{run.__name__}")
        }
        wanted = [(canonical(setting), seed) for setting in settings for seed in seeds]
        missing = {setting for setting, seed in wanted if (setting, seed) not in kept}
        # On a long text, the runs with other seeds may still be missing.
        assert not missing or (names - {FILE_NAME} and missing <= {task[0] for task in kept})
        return [kept[task] for task in wanted if task in kept]

    study = importlib.import_module(f"studies.{name}")
    monkeypatch.setattr(common, "train_many", stored)
    monkeypatch.setattr(common, "novel", lambda: FILE_NAME)
    monkeypatch.setattr(Path, "is_file", lambda path: True)  # no text is read
    if name == "size":  # some of its longest runs are still missing
        for num_hiddens in study.FIRST_RATE:
            study.with_best_dropout("bible", None, num_hiddens)
        assert study.with_best_dropout("austen", 160_000, 150)["dropout"] == 0.3
        monkeypatch.setattr(study, "TEXTS", ())
    if name == "curve":  # so are those with other seeds
        monkeypatch.setattr(study, "SEEDS", (1,))
    study.main()
