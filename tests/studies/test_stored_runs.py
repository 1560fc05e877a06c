"""What the sections plot is what the studies still give: the shortest stored run of each, done again."""

import gluonbook as gb  # isort: skip  # before mxnet
import importlib

import mxnet as mx
import pytest

from gluonbook.support.novel import FILE_NAME, SHA256, find_novel
from tests import ROOT

STUDIES = [path.stem for path in (ROOT / "studies").glob("*.py") if "def main" in path.read_text()]


def leaves(result):
    """Return the numbers in a result, in order; texts that a model wrote are left out."""
    if isinstance(result, dict):
        return [leaf for name in sorted(result) for leaf in leaves(result[name])]
    if isinstance(result, list):
        return [leaf for part in result for leaf in leaves(part)]
    return [] if isinstance(result, str) or result is None else [result]


@pytest.mark.reads_text
@pytest.mark.parametrize("name", STUDIES)
def test_the_shortest_stored_run_gives_what_it_gave(name):
    stored = ROOT / "chapter_rnn" / "measured" / f"{name}.json"
    # Others have read a text that is not at hand here.
    runs = [run for run in gb.load_runs(stored) if run.files in ({}, {FILE_NAME: SHA256})]
    # Counting takes no time: what is to be done again is a training run.
    run = min((run for run in runs if run.seed > 0), key=lambda run: run.seconds)
    if run.files and not find_novel():
        pytest.skip("the novel, which some stored runs have read, is not here")
    mx.random.seed(run.seed)
    again = importlib.import_module(f"studies.{name}").run(run.setting, run.seed)
    # As wide as the tolerance for perplexities in the notebooks: other processors round otherwise.
    # Shares, between 0 and 1, may differ by as much of the whole.
    assert leaves(again) == pytest.approx(leaves(run.result), rel=0.05, abs=0.05)


@pytest.mark.parametrize("name", STUDIES)
def test_every_stored_setting_has_run_from_all_of_its_seeds(name):
    seeds = {}
    runs = gb.load_runs(ROOT / "chapter_rnn" / "measured" / f"{name}.json")
    # On a long text a run takes up to an hour, and the section says from how many seeds.
    for run in [run for run in runs if run.files in ({}, {FILE_NAME: SHA256})]:
        seeds.setdefault(str(run.setting), set()).add(run.seed)
    for setting, found in seeds.items():
        assert found == {0} or len(found) >= 5, setting
