"""The code that the studies share: texts, stored runs, choosing a rate, training, and measuring."""

import math
import os
import statistics
import sys
from pathlib import Path

import mxnet as mx
import numpy as np
from mxnet import gluon, nd

import gluonbook as gb
from gluonbook.ground.novel import find_novel
from gluonbook.ground.reading import read_text
from gluonbook.services.parameters import set_params
from studies.many import train_many

ROOT = Path(__file__).resolve().parents[1]
# The defaults of `gb.train`.
NUM_STEPS, BATCH_SIZE, LR, CLIPPING_THETA = 35, 32, 1e2, 1e-2

# A long text has NUM_BLOCKS validation blocks and as many test blocks; the other two are their lengths.
NUM_BLOCKS, NUM_VALIDATION, NUM_TEST = 20, 2_000, 4_000
# Training on it is evaluated this many times, and stops after PATIENCE evaluations without a new best.
NUM_EVALUATIONS, PATIENCE = 20, 5


def novel():
    """Return the path of the novel; a study does not use the stand-in text."""
    path = find_novel()
    if path is None:
        raise FileNotFoundError(
            "a study needs the novel, which is not on this machine: run `make data` to download it"
        )
    return path


def passages():
    """Return the novel's test text and later passages as long, without unknown characters, as rows."""
    text, string = gb.load_text(), read_text(novel())
    start, length = 15_000, len(text.test)
    found = [string[i : i + length] for i in range(start, len(string) - length + 1, length)]
    return np.stack(
        [text.encode(passage) for passage in found if text.index.keys() >= set(passage)]
    )


def path(name):
    """Return the path of a long text, "bible" or "austen"."""
    file = {"bible": "kjv.txt", "austen": "austen.txt"}[name]
    path = Path(os.environ.get("GLUONBOOK_DATA_DIR") or ROOT / "data") / file
    if not path.is_file():
        raise FileNotFoundError(f"{path} does not exist: data/README.md explains how to make it")
    return path


def blocks(name, length=None):
    """Return the vocabulary of a long text, a training text of `length`, validation blocks and test blocks.

    Each block is a row. If `length` is None, the training text is all text that is not held out.
    """
    text = path(name).read_text(encoding="utf-8").lower().replace("\n", " ")
    chars, indices = np.unique(np.array(list(text)), return_inverse=True)
    held_out = NUM_VALIDATION + NUM_TEST
    parts = np.array_split(indices, NUM_BLOCKS)
    # The blocks are the ends of twenty parts. The training text consists of their beginnings.
    ends = [len(part) - held_out if length is None else length // NUM_BLOCKS for part in parts]
    training = np.concatenate([part[:end] for part, end in zip(parts, ends, strict=True)])
    validation = np.stack([part[-held_out:-NUM_TEST] for part in parts])
    test = np.stack([part[-NUM_TEST:] for part in parts])
    return chars.tolist(), training, validation, test


# --- runs -------------------------------------------------------------------------------


def run_all(run, settings, seeds, *texts, name=""):
    """Carry out the missing runs of a study, store them where the sections read them, and return all."""
    study = Path(sys.modules[run.__module__].__file__).stem
    stored = ROOT / "chapter_rnn" / "measured" / f"{study}{name}.json"
    return train_many(run, settings, seeds, stored, files=texts)


def validation(result):
    """Return a run's perplexity on the validation text, or infinity if the run diverged."""
    return result["validation"] or math.inf


def error_rate(result):
    """Return a run's mean error rate, rounded to two digits, so that learning rates can tie."""
    return round(1 - statistics.fmean(result["accuracy"].values()), 2)


def choose_rate(run, setting, rates, *texts, loss_of=validation):
    """Return a setting with the learning rate that was best in trials with seed 0.

    The grid starts with at least three rates, and is extended as long as the best is at an edge. If
    several rates tie, the middle one is taken, or the lower of the two in the middle.
    """
    rates = sorted(rates)
    while True:
        trials = [setting | {"rate": rate} for rate in rates]
        runs = run_all(run, trials, [0], *texts, name="-rates")
        losses = {trial.setting["rate"]: loss_of(trial.result) for trial in runs}
        smallest = min(losses.values())
        if smallest == math.inf:
            raise FloatingPointError(
                f"training diverged at each of the rates {rates}: try lower ones"
            )
        best = statistics.median_low([rate for rate in rates if losses[rate] == smallest])
        # Repeat the last two steps of the grid, so that 1, 3, 10 is followed by 30.
        if best == rates[0]:
            rates.insert(0, float(f"{rates[1] * rates[0] / rates[2]:.6g}"))
        elif best == rates[-1]:
            rates.append(float(f"{rates[-2] * rates[-1] / rates[-3]:.6g}"))
        else:
            return setting | {"rate": best}


def best_dropout(run, setting, dropouts, text):
    """Return the best run of a setting with seed 1; larger dropout rates are tried while they help."""
    trials = []
    for dropout in dropouts:
        trials += run_all(run, [setting | {"dropout": dropout}], [1], text)
        best = min(trials, key=lambda trial: validation(trial.result))
        if best is not trials[-1]:
            break
    return best


# --- training on a long text --------------------------------------------------------------


def train_with_adam(model, batches, num_updates, rate, evaluate, when):
    """Train with Adam and a decaying learning rate; yield a point after each number of updates in `when`.

    A point is that number, the perplexity on the training text since the last point, and ``evaluate(model)``.
    A mini-batch is X, Y, and whether it begins from a state of zeros.
    """
    trainer = gluon.Trainer(model.collect_params(), "adam", {"learning_rate": rate})
    loss, losses = gluon.loss.SoftmaxCrossEntropyLoss(), []
    for step, (X, Y, begins) in zip(range(1, num_updates + 1), batches, strict=False):
        if begins:
            state = model.begin_state(batch_size=BATCH_SIZE, ctx=mx.cpu())
        trainer.set_learning_rate(rate * (1 + math.cos(math.pi * (step - 1) / num_updates)) / 2)
        batch_loss, _, state = gb.train_step(model, X, Y, state, loss, trainer, 1)
        losses.append(batch_loss)
        if step in when:
            perplexity = nd.concat(*losses, dim=0).mean().exp().asscalar()
            yield step, float(perplexity), evaluate(model)
            losses = []


def train(
    model,
    training,
    validation,
    num_updates,
    rate,
    num_evaluations=NUM_EVALUATIONS,
    num_steps=NUM_STEPS,
):
    """Train a model, restore the parameters that were best on the validation blocks, return the results."""

    def evaluate(model):
        return perplexity(probabilities(model, validation))

    when = {math.ceil(num_updates * i / num_evaluations) for i in range(1, num_evaluations + 1)}
    batches = mini_batches(training, num_steps)
    curve, best = [], None  # the best point is curve[best]
    for point in train_with_adam(model, batches, num_updates, rate, evaluate, when):
        _, on_training, on_validation = point
        if not (on_training < math.exp(20) and on_validation < math.inf):
            return {"diverged": True, "validation": None}
        curve.append(point)
        if best is None or on_validation < curve[best][-1]:
            best, kept = len(curve) - 1, [values.copy() for values in gb.params_of(model)]
        elif len(curve) - 1 == best + PATIENCE:
            break
    set_params(model, kept)
    return {"num_params": gb.num_params(model), "curve": curve, "validation": curve[best][-1]}


def mini_batches(training, num_steps):
    """Read a text again and again; yield mini-batches, and whether each is the first of the text."""
    while True:
        batches = gb.data_iter_consecutive(training, BATCH_SIZE, num_steps, mx.cpu())
        for number, (X, Y) in enumerate(batches):
            yield X, Y, number == 0


def probabilities(model, blocks):
    """Return the probabilities of all characters but the first in blocks that are read in parallel."""
    state = model.begin_state(batch_size=len(blocks), ctx=mx.cpu())
    found, num_steps = [], 100
    for start in range(0, blocks.shape[1] - 1, num_steps):
        piece = nd.array(blocks[:, start : start + num_steps + 1], dtype="float32")
        logits, state = model(piece[:, :-1], state)
        picked = nd.pick(nd.log_softmax(logits), piece[:, 1:].T.reshape((-1,)))
        found.append(picked.reshape((-1, len(blocks))).T.asnumpy())
    # With 64 bits, no probability is rounded to zero.
    return np.exp(np.concatenate(found, axis=1).astype("float64"))


def perplexity(probabilities):
    """Return the perplexity of a text, from the probabilities of its characters."""
    return float(np.exp(-np.log(probabilities).mean()))


def measured(on_validation, on_test):
    """Return the perplexities on the validation and test blocks, and the mean loss on each test block."""
    losses = -np.log(on_test).mean(axis=1)
    return {
        "validation": perplexity(on_validation),
        "test": perplexity(on_test),
        "test blocks": [round(float(loss), 5) for loss in losses],
    }
