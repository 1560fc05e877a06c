"""Measure what training costs as the work grows: seconds per epoch, and memory.

One size changes at a time. Each setting is measured in a process of its own, one setting
after the other, and then all of them again. An epoch is timed on its first mini-batches,
and holds the whole text in memory.
"""

import itertools
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from mxnet import gluon, init, nd
from mxnet.gluon import rnn
from tqdm import tqdm

import gluonbook as gb
from benchmarks.common import BATCH_SIZE, CLIPPING_THETA, LR, NUM_HIDDENS, NUM_STEPS, save, spread

ROUNDS, EPOCHS, NUM_BATCHES = 3, 6, 8
VOCABULARY = "abcdefghijklmnopqrstuvwxyz ,.;:!?'-()0123456789"[:43]
BASE = {
    "length": 10_000,
    "hidden units": NUM_HIDDENS,
    "batch size": BATCH_SIZE,
    "layers": 1,
    "cell": "RNN",
}
CHANGES = {
    "length": [10_000, 100_000, 1_000_000, 10_000_000],
    "hidden units": [64, 128, 256, 512, 1024],
    "batch size": [8, 16, 32, 64, 128],
    "layers": [1, 2, 4],
    "cell": ["RNN", "GRU", "LSTM"],
}
GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}


def num_weights(setting):
    """Count the weights, which is what a character is multiplied with; biases are only added."""
    h, d = setting["hidden units"], len(VOCABULARY)
    inputs = [d] + [h] * (setting["layers"] - 1)
    return GATES[setting["cell"]] * sum(h * (i + h) for i in inputs) + h * d


def flops(setting):
    """Count the operations of an epoch: 2 a weight and character forward, and 4 backward."""
    return 6 * num_weights(setting) * num_batches(setting) * setting["batch size"] * NUM_STEPS


def num_batches(setting):
    """Count the mini-batches of an epoch."""
    return (setting["length"] - 1) // (setting["batch size"] * NUM_STEPS)


def megabytes():
    """Return the most memory that this process ever had.

    Not `resource.getrusage`: its figure begins with that of the process that started this one.
    """
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def forget_peak():
    """Let the most memory that this process ever had begin anew with what it has now."""
    Path("/proc/self/clear_refs").write_text("5")


def make_text(length):
    """Return a text of random characters, with the vocabulary in front, so that all of it is there."""
    letters = np.frombuffer(VOCABULARY.encode(), dtype="uint8")
    drawn = np.random.default_rng(1).integers(len(VOCABULARY), size=length - len(VOCABULARY))
    return gb.Text(VOCABULARY + letters[drawn].tobytes().decode())


def matrix_product_speed():
    """Return the operations a second of large matrix products, the machine's limit."""
    size, times = 1024, []
    A = nd.random.normal(shape=(size, size))
    for _ in range(10):
        start = time.time()
        nd.dot(A, A).wait_to_read()
        times.append(time.time() - start)
    return 2 * size**3 / min(times)


def measure_here(setting):
    """Train a few mini-batches of each epoch; return what was measured."""
    before = megabytes()
    text = make_text(setting["length"])
    forget_peak()  # what making the text took for a moment is no memory of the training
    batch_size, ctx = setting["batch size"], gb.try_gpu()
    layer = getattr(rnn, setting["cell"])(setting["hidden units"], num_layers=setting["layers"])
    model = gb.RNNModel(layer, text.size)
    model.initialize(init.Normal(0.01), ctx=ctx)
    model.hybridize(static_alloc=True, static_shape=True)
    trainer = gluon.Trainer(model.collect_params(), "sgd", {"learning_rate": LR})
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    trained, seconds = min(NUM_BATCHES, num_batches(setting)), []
    for _ in range(EPOCHS):
        start = time.time()
        batches = gb.data_iter_consecutive(text.train, batch_size, NUM_STEPS, ctx)
        prepared = time.time()
        state = model.begin_state(batch_size=batch_size, ctx=ctx)
        first = itertools.islice(batches, NUM_BATCHES)
        losses, _ = gb.train_epoch(model, first, state, loss, trainer, CLIPPING_THETA)
        losses[-1].wait_to_read()
        each = (time.time() - prepared) / trained
        seconds.append(prepared - start + each * num_batches(setting))
    highest = megabytes()  # before the products of large matrices
    return {
        # The first epoch is slower: operators are looked up, graphs compiled.
        "seconds": seconds[1:],
        "peak": matrix_product_speed(),
        "megabytes": highest,
        "megabytes before": before,
    }


def measure(setting):
    """Measure a setting in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", __spec__.name, json.dumps(setting)],
        env=os.environ | {"GLUONBOOK_OFFLINE": "1"},
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout)


def settings():
    """Return the settings, each with the name of what changes: the base comes in each series."""
    return [(name, BASE | {name: value}) for name, values in CHANGES.items() for value in values]


def summary(name, setting, measured):
    """Return the figures of a setting, over all rounds."""
    seconds = [second for one in measured for second in one["seconds"]]
    peak = statistics.median(one["peak"] for one in measured)
    return {
        "changes": name,
        **setting,
        "weights": num_weights(setting),
        "operations": flops(setting),
        "seconds": statistics.median(seconds),
        "spread": spread(seconds, ".3g"),
        "share of peak": statistics.median(
            flops(setting) / second / one["peak"] for one in measured for second in one["seconds"]
        ),
        "peak": peak,
        "megabytes": statistics.median(one["megabytes"] for one in measured),
        "megabytes before": statistics.median(one["megabytes before"] for one in measured),
    }


def main():
    distinct = {json.dumps(setting): [] for _, setting in settings()}
    for setting in tqdm([*distinct] * ROUNDS, "runs", leave=False):
        distinct[setting].append(measure(json.loads(setting)))
    figures = [summary(name, one, distinct[json.dumps(one)]) for name, one in settings()]
    header = ["", "seconds an epoch", "spread", "operations", "of the peak", "memory"]
    rows = [
        [
            f"{figure['changes']} {figure[figure['changes']]}",
            f"{figure['seconds']:.3g}",
            figure["spread"],
            f"{figure['operations']:.3g}",
            f"{figure['share of peak']:.0%}",
            f"{figure['megabytes']:.0f} MB",
        ]
        for figure in figures
    ]
    save("What an epoch costs as one size grows", header, rows, figures=figures)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measure_here(json.loads(sys.argv[1]))))
    else:
        main()
