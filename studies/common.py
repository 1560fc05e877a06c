"""What the studies share: where a text is, and what a stored run says of itself."""

import gluonbook as gb  # isort: skip  # before mxnet
import os
import sys
from pathlib import Path

from gluonbook.support.novel import find_novel

ROOT = Path(__file__).resolve().parents[1]


def novel():
    """Return the path of the novel: a study is not done with the text that stands in for it.

    Raises
    ------
    FileNotFoundError
        If it is not on this machine.
    """
    path = find_novel()
    if path is None:
        raise FileNotFoundError("the novel is not here, and a study needs it: `make data` gets it")
    return path


def bible():
    """Return the path of the long text, the King James Version of the Bible.

    Raises
    ------
    FileNotFoundError
        If it is not on this machine.
    """
    path = Path(os.environ.get("GLUONBOOK_DATA_DIR") or ROOT / "data") / "kjv.txt"
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not here: data/README.md tells how it is made")
    return path


def num_params(model):
    """Count the parameters of a model that has been trained."""
    return sum(param.data().size for param in model.collect_params().values())


def run_all(run, settings, seeds, *texts, name=""):
    """Do the runs of a study that are still to be done, and return all of them.

    They are stored where the sections of the chapter look for them, in a file that is named
    for the study's module, and for what they are if the study has several kinds.
    """
    study = Path(sys.modules[run.__module__].__file__).stem
    path = ROOT / "chapter_rnn" / "measured" / f"{study}{name}.json"
    return gb.train_many(run, settings, seeds, path, files=texts)


def best_rates(runs):
    """Return the best learning rate of each model, and its perplexity on the validation text."""
    well = [run for run in runs if run.result["validation"]]
    well.sort(key=lambda run: run.result["validation"], reverse=True)
    return {run.setting["model"]: (run.setting["rate"], run.result["validation"]) for run in well}
