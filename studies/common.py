"""What the studies share: texts, the choice of a learning rate, training, and where results go."""

import json
import math
import os
import statistics
import sys
from pathlib import Path

import mxnet as mx
import numpy as np
from mxnet import autograd, gluon, init, nd
from mxnet.gluon import rnn

import gluonbook as gb
from gluonbook import tool
from gluonbook.ground.novel import find_novel
from gluonbook.tool.many import circumstances
from studies import counting

BATCH_SIZE, NUM_STEPS = 32, 35  # as in the chapter
NUM_LOOKS, PATIENCE = 20, 5  # looks at the validation blocks; so many without a gain end a run
ROOT = Path(__file__).resolve().parents[1]
# Of a long text: how many blocks are held out, and how many characters of each.
NUM_BLOCKS, NUM_VALIDATION, NUM_TEST = 20, 2_000, 4_000


def novel():
    """Return the path of the novel; a study does not use the stand-in text."""
    path = find_novel()
    if path is None:
        raise FileNotFoundError(
            "a study needs the novel, which is not on this machine: `make data` downloads it"
        )
    return path


def path(name):
    """Return the path of a long text, "bible" or "austen"."""
    file = {"bible": "kjv.txt", "austen": "austen.txt"}[name]
    path = Path(os.environ.get("GLUONBOOK_DATA_DIR") or ROOT / "data") / file
    if not path.is_file():
        raise FileNotFoundError(f"{path} does not exist: data/README.md says how to make it")
    return path


def blocks(name, length=None):
    """Return the vocabulary of a long text, the training text, and the validation and test blocks.

    The text is cut into twenty parts. The end of each part is held out, 2,000 characters for
    validation and 4,000 for the test. The training text is the beginning of each part, `length`
    characters in all, or all of the part that is not held out. Each block is a row.
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


# --- runs -------------------------------------------------------------------------------


def run_all(run, settings, seeds, *texts, name=""):
    """Do the missing runs of a study, and return all of its runs.

    They are stored where the sections of the chapter read them, in a file with the name of the
    study's module, and a suffix if the study has several kinds of runs.
    """
    study = Path(sys.modules[run.__module__].__file__).stem
    stored = ROOT / "chapter_rnn" / "measured" / f"{study}{name}.json"
    return tool.train_many(run, settings, seeds, stored, files=texts)


def validation(result):
    """Return a run's perplexity on the validation text, infinite if it diverged."""
    return result["validation"] or math.inf


def mistakes(result):
    """Return the mean share of wrong answers, to two digits, so that rates can tie."""
    return round(1 - statistics.fmean(result["accuracy"].values()), 2)


def choose_rate(run, setting, rates, *texts, loss_of=validation, tie=0.0):
    """Choose a learning rate in trials with seed 0; the best is never at the edge of the grid.

    The grid begins with three rates or more, and grows where its best rate is at an edge. Rates
    tie if what `loss_of` returns for them is within the share `tie` of the smallest. Of rates that
    tie, the middle one is taken, or the lower of the two in the middle.
    """
    rates = sorted(rates)
    while True:
        trials = [setting | {"rate": rate} for rate in rates]
        runs = run_all(run, trials, [0], *texts, name="-rates")
        losses = {trial.setting["rate"]: loss_of(trial.result) for trial in runs}
        smallest = min(losses.values())
        tied = [rate for rate in rates if losses[rate] <= smallest + tie * abs(smallest)]
        best = statistics.median_low(tied)
        # Two steps of the grid from the last but one, so that 1, 3, 10 goes on with 30.
        if best == rates[0]:
            rates.insert(0, float(f"{rates[1] * rates[0] / rates[2]:.6g}"))
        elif best == rates[-1]:
            rates.append(float(f"{rates[-2] * rates[-1] / rates[-3]:.6g}"))
        else:
            return best


def measure_once(name, measure):
    """Store the figures that `measure` returns, and this machine, unless some are stored already."""
    path = ROOT / "chapter_rnn" / "measured" / f"{name}.json"
    if path.exists():
        print(f"{path} is there already. To measure again, remove it")
        return
    figures, here = measure(), circumstances()
    threads = os.environ.get("OMP_NUM_THREADS", "unset")
    machine = [here["machine"], f"load {os.getloadavg()[0]:.1f}", f"OMP_NUM_THREADS {threads}"]
    machine += [f"{package} {version}" for package, version in here["versions"].items()]
    content = {"machine": ", ".join(machine), "date": here["date"], "figures": figures}
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


# --- training on a long text --------------------------------------------------------------


def new_model(vocab_size, size, mixer=None):
    """Return a model with its first parameters: an LSTM, or four blocks with a mixer each."""
    if mixer:
        model = gb.BlockModel(vocab_size, size, [mixer(size) for _ in range(4)])
    else:
        model = gb.RNNModel(rnn.LSTM(size), vocab_size)
    model.initialize(init.Xavier(), ctx=mx.cpu())
    return model


def updates(model, batches, num_updates, rate):
    """Train with Adam and a falling rate; yield the number of updates so far, and the last loss."""
    trainer = gluon.Trainer(model.collect_params(), "adam", {"learning_rate": rate})
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    for step in range(num_updates):
        X, Y, state = next(batches)
        trainer.set_learning_rate(rate * (1 + math.cos(math.pi * step / num_updates)) / 2)
        batch_loss, _, state[:] = gb.train_step(model, X, Y, state, loss, trainer, 1)
        yield step + 1, batch_loss


def train(model, training, validation, num_updates, rate):
    """Train a model, keep the parameters that were best on the validation blocks, and describe it.

    A point of the "curve", for each look at the blocks: updates, perplexity on the training text
    since the last look, perplexity on the blocks.
    """
    params = model.collect_params().values()
    curve, losses, best, best_look = [], [], math.inf, 0
    for step, batch_loss in updates(model, mini_batches(model, training), num_updates, rate):
        losses.append(batch_loss)
        if step * NUM_LOOKS % num_updates < NUM_LOOKS:
            mean_loss = nd.concat(*losses, dim=0).mean().asscalar()
            unseen = counting.perplexity(probabilities(model, validation))
            if not (mean_loss < 20 and unseen < math.inf):
                return {"diverged": True, "validation": None}
            curve.append([step, math.exp(mean_loss), unseen])
            losses = []
            if unseen < best:
                best, best_look = unseen, len(curve)
                kept = [param.data().copy() for param in params]
            elif len(curve) == best_look + PATIENCE:
                break
    for param, values in zip(params, kept, strict=True):
        param.set_data(values)
    return {"num_params": gb.num_params(model), "curve": curve, "validation": curve[-1][-1]}


def mini_batches(model, training):
    """Read a text again and again; yield mini-batches, each with the state before it."""
    while True:
        state = model.begin_state(batch_size=BATCH_SIZE, ctx=mx.cpu())
        for X, Y in gb.data_iter_consecutive(training, BATCH_SIZE, NUM_STEPS, mx.cpu()):
            yield X, Y, state  # `updates` replaces its elements with those of the state after it


def probabilities(model, blocks):
    """Return a model's probability of each character but the first of each block.

    The blocks, of shape ``(num_blocks, length)``, are read side by side.
    """
    state = model.begin_state(batch_size=len(blocks), ctx=mx.cpu())
    found = []
    for start in range(0, blocks.shape[1] - 1, 100):
        piece = nd.array(blocks[:, start : start + 101], dtype="float32")
        logits, state = model(piece[:, :-1], state)
        found.append(of_targets(logits, piece))
    # In 64 bits no probability vanishes.
    return np.exp(np.concatenate(found, axis=1).astype("float64"))


def of_targets(logits, rows):
    """Return the log-probability of each character but the first of some rows, as an array of rows."""
    picked = nd.pick(nd.log_softmax(logits), rows[:, 1:].T.reshape((-1,)))
    return picked.reshape((-1, len(rows))).T.asnumpy()


def measured(on_validation, on_test):
    """Return perplexities, and the mean loss on each test block."""
    losses = -np.log(on_test).mean(axis=1)
    return {
        **counting.perplexities(on_validation, on_test),
        "test blocks": [round(float(loss), 5) for loss in losses],
    }


# --- the reach of the gradient ------------------------------------------------------------


def gradient_lengths(step, state, inputs, score):
    """Measure how long the gradient of a score is with respect to the state after each input.

    The state is all that a layer hands from step to step: an LSTM's cell as well. The gradient is
    measured as that of zeros that are added to it. ``step(x, state)`` returns the next state, whose
    arrays have one axis of layers, one of rows and one of units; ``score(state)`` is taken of the last.

    Returns an array with a row for each step, the last step first; in it, a length for each row of
    the batch.
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
