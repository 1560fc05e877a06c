"""What the studies share: where a text is, and what a stored run says of itself."""

import os
import sys
from pathlib import Path

import numpy as np
from mxnet import autograd, nd

from gluonbook import tool
from gluonbook.ground.novel import find_novel

ROOT = Path(__file__).resolve().parents[1]
# Of a long text: how many blocks are held out, and how many characters of each.
NUM_BLOCKS, NUM_VALIDATION, NUM_TEST = 20, 2_000, 4_000


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


def path(name):
    """Return the path of a long text, by its name.

    Raises
    ------
    FileNotFoundError
        If it is not on this machine.
    """
    file = {"bible": "kjv.txt", "austen": "austen.txt"}[name]
    path = Path(os.environ.get("GLUONBOOK_DATA_DIR") or ROOT / "data") / file
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not here: data/README.md tells how it is made")
    return path


def blocks(name, length=None):
    """Hold out twenty blocks from all over a long text, twice, and train on what stands before.

    The text is cut into twenty parts. The end of each is held out: 2,000 characters for
    validation, 4,000 for the test. Training text is the beginning of each part, or all of it.

    Parameters
    ----------
    name : str
        "bible" or "austen".
    length : int, optional
        Characters of training text.

    Returns
    -------
    chars : list of str
        The vocabulary.
    training : numpy.ndarray
        The training text, as indices.
    validation, test : numpy.ndarray
        A row for each block.
    """
    text = path(name).read_text(encoding="utf-8").lower().replace("\n", " ")
    chars, indices = np.unique(np.array(list(text)), return_inverse=True)
    held_out = NUM_VALIDATION + NUM_TEST
    parts = np.array_split(indices, NUM_BLOCKS)
    ends = [len(part) - held_out if length is None else length // NUM_BLOCKS for part in parts]
    training = np.concatenate([part[:end] for part, end in zip(parts, ends, strict=True)])
    validation = np.stack([part[-held_out:-NUM_TEST] for part in parts])
    test = np.stack([part[-NUM_TEST:] for part in parts])
    return chars.tolist(), training, validation, test


def num_params(model):
    """Count the parameters of a model that has been trained."""
    return sum(param.data().size for param in model.collect_params().values())


def run_all(run, settings, seeds, *texts, name=""):
    """Do the runs of a study that are still to be done, and return all of them.

    They are stored where the sections of the chapter look for them, in a file that is named
    for the study's module, and for what they are if the study has several kinds.
    """
    study = Path(sys.modules[run.__module__].__file__).stem
    stored = ROOT / "chapter_rnn" / "measured" / f"{study}{name}.json"
    return tool.train_many(run, settings, seeds, stored, files=texts)


def best_of(runs, name):
    """Return the run that is best on the validation text, for each value of a part of the setting."""
    well = [run for run in runs if run.result["validation"]]
    well.sort(key=lambda run: run.result["validation"], reverse=True)
    return {run.setting[name]: run for run in well}  # the last one is the best


def gradient_lengths(step, state, inputs, score):
    """Measure how long the gradient of a score is with respect to the state after each input.

    The state is all that a layer hands from step to step: an LSTM's cell as well. The gradient is
    measured as that of zeros that are added to it.

    Parameters
    ----------
    step : callable
        ``step(x, state)`` returns the next state.
    state : list of mxnet.ndarray.NDArray
        The first state, each array with one axis of layers, one of rows and one of units.
    inputs : iterable
        What is read.
    score : callable
        ``score(state)`` returns what the gradient is taken of, from the last state.

    Returns
    -------
    numpy.ndarray
        A row for each step, the last step first; in it, a length for each row of the batch.
    """
    nudges = []
    with autograd.record():
        for x in inputs:
            state = step(x, state)
            nudges.append([nd.zeros_like(part) for part in state])
            for nudge in nudges[-1]:
                nudge.attach_grad()
            state = [part + nudge for part, nudge in zip(state, nudges[-1], strict=True)]
        scored = score(state)
    scored.backward()
    squares = [sum((n.grad**2).sum(axis=(0, 2)) for n in nudge) for nudge in reversed(nudges)]
    return nd.stack(*squares).sqrt().asnumpy()
