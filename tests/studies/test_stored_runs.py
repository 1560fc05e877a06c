"""The studies still reproduce their stored runs: the shortest run of each study is repeated."""

import importlib

import mxnet as mx
import pytest

import gluonbook as gb
from gluonbook.ground.novel import FILE_NAME, SHA256, find_novel
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
    """Yield the numbers in a result, each with the keys that lead to it, and no generated text."""
    if isinstance(result, dict):
        for key, part in result.items():
            yield from numbers(part, (*path, key))
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
