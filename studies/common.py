"""What the studies share: where a text is, and what a stored run says of itself."""

import gluonbook as gb  # isort: skip  # before mxnet
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def find_text(name):
    """Return the path of a text that is not part of the repository.

    Raises
    ------
    FileNotFoundError
        If it is neither in the folder that ``GLUONBOOK_DATA_DIR`` names nor in ``data``.
    """
    folders = [os.environ.get("GLUONBOOK_DATA_DIR"), ROOT / "data"]
    for folder in filter(None, folders):
        if (path := Path(folder) / name).is_file():
            return path
    raise FileNotFoundError(f"{name} is not in data: data/README.md says how to make it")


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
