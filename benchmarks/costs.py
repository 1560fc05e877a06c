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
import tempfile
import time
from pathlib import Path

import numpy as np
from common import (
    BATCH_SIZE,
    NUM_HIDDENS,
    NUM_STEPS,
    machine,
    print_table,
    save,
    spread,
    train_gluon,
)
from mxnet import nd
from mxnet.gluon import rnn

import gluonbook as gb
import gluonbook.training

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


def write_text(path, length):
    """Write a text of random characters, with the vocabulary in front, so that all of it is there.

    A piece at a time, so that no array of the whole length is left in this process's memory.
    """
    letters = np.frombuffer(VOCABULARY.encode(), dtype="uint8")
    rng = np.random.default_rng(1)
    left = length - len(VOCABULARY)
    with path.open("wb") as file:
        file.write(VOCABULARY.encode())
        while left > 0:
            drawn = letters[rng.integers(len(VOCABULARY), size=min(left, 100_000))]
            file.write(drawn.tobytes())
            left -= len(drawn)


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
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "text.txt"
        write_text(path, setting["length"])
        text = gb.load_corpus(path, as_array=True)
    # What reading the file took for a moment is no memory of the training.
    forget_peak()

    prepare, seconds_to_prepare = gluonbook.training.data_iter_consecutive, []

    def first_batches(*args):
        start = time.time()
        batches = prepare(*args)
        seconds_to_prepare.append(time.time() - start)
        return itertools.islice(batches, NUM_BATCHES)

    gluonbook.training.data_iter_consecutive = first_batches
    layer = getattr(rnn, setting["cell"])(setting["hidden units"], num_layers=setting["layers"])
    model = gb.RNNModel(layer, len(VOCABULARY))
    model.hybridize()
    epochs = train_gluon(model, text, gb.try_gpu(), EPOCHS, setting["batch size"])
    highest = megabytes()  # before the products of large matrices
    trained = min(NUM_BATCHES, num_batches(setting))
    return {
        # The first epoch is slower: operators are looked up, graphs compiled.
        "seconds": [
            preparing + (epoch.seconds - preparing) / trained * num_batches(setting)
            for epoch, preparing in zip(epochs[1:], seconds_to_prepare[1:], strict=True)
        ],
        "peak": matrix_product_speed(),
        "megabytes": highest,
        "megabytes before": before,
    }


def measure(setting):
    """Measure a setting in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, json.dumps(setting)],
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
    title = "What an epoch costs as one size grows, beside the arithmetic"
    print(f"{title}.", machine(), flush=True)
    distinct = {json.dumps(setting): [] for _, setting in settings()}
    for setting in gb.with_progress([*distinct] * ROUNDS, "runs"):
        distinct[setting].append(measure(json.loads(setting)))
    figures = [summary(name, one, distinct[json.dumps(one)]) for name, one in settings()]
    base = next(figure for figure in figures if all(figure[key] == BASE[key] for key in BASE))
    header = (
        "",
        "seconds an epoch",
        "spread",
        "times the first",
        "operations",
        "of the peak",
        "memory",
    )
    rows = [
        (
            f"{figure['changes']} {figure[figure['changes']]:,}"
            if figure["changes"] != "cell"
            else figure["cell"],
            f"{figure['seconds']:.3g}",
            figure["spread"],
            f"{figure['seconds'] / base['seconds']:.2f}",
            f"{figure['operations'] / base['operations']:.2f} times",
            f"{figure['share of peak']:.0%}",
            f"{figure['megabytes']:.0f} MB",
        )
        for figure in figures
    ]
    print_table(header, rows)
    save(title, header, rows, figures=figures)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measure_here(json.loads(sys.argv[1]))))
    else:
        main()
