"""Measure throughput, and bytes sent, against the number of workers on this machine.

The workers share the processors and send over 127.0.0.1, so this shows what it costs to send
gradients, not what several machines gain. Bytes are counted by the system at the loopback
device, including everything else that goes over it.
"""

import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from mxnet import cpu
from mxnet.gluon import rnn
from tqdm import tqdm

import gluonbook as gb
from benchmarks.common import BATCH_SIZE, CLIPPING_THETA, LR, NUM_STEPS, save, spread

ROUNDS, EPOCHS = 3, 8
WORKERS, SIZES = [0, 1, 2, 4], [256, 1024]  # 0 workers: one process without a server


def bytes_sent():
    """Return how many bytes have gone over the loopback device since the system started."""
    for line in Path("/proc/net/dev").read_text().splitlines():
        name, _, counts = line.partition(":")
        if name.strip() == "lo":
            return int(counts.split()[8])
    raise OSError("this system has no loopback device lo")


def train(num_hiddens, kvstore=None):
    """Train; return the seconds and the bytes of each epoch but the first."""
    text = gb.load_text()
    model = gb.RNNModel(rnn.RNN(num_hiddens), text.size)
    model.hybridize()
    seconds, sent = [], []

    def count(epoch):
        seconds.append(epoch.seconds)
        sent.append(bytes_sent())

    gb.train_data_parallel(
        model, text, ctxs=[cpu()], num_epochs=EPOCHS, num_steps=NUM_STEPS, lr=LR,
        clipping_theta=CLIPPING_THETA, batch_size=BATCH_SIZE, kvstore=kvstore, callbacks=[count],
    )  # fmt: skip
    num_batches = (len(text.train) - 1) // (BATCH_SIZE * NUM_STEPS)
    return {
        "parameters": gb.num_params(rnn.RNN(num_hiddens), text.size),
        "characters a second": [num_batches * BATCH_SIZE * NUM_STEPS / s for s in seconds[1:]],
        "bytes a mini-batch": [
            (after - before) / num_batches for before, after in itertools.pairwise(sent)
        ],
    }


def work(num_hiddens, path, alone):
    """Be a worker, or all there is. The one with rank 0 writes what it has measured into a file."""
    kvstore = None if alone else gb.join_cluster()
    measured = train(num_hiddens, kvstore)
    if alone or kvstore.rank == 0:
        Path(path).write_text(json.dumps(measured))


def measure(num_workers, num_hiddens):
    """Train with some workers; return what one of them has measured."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "measured.json"
        command = [sys.executable, "-m", __spec__.name, str(num_hiddens), str(path)]
        if num_workers:
            gb.launch_cluster(command, num_workers)
        else:
            subprocess.run(
                [*command, "alone"], env={"OMP_NUM_THREADS": "1"} | os.environ, check=True
            )
        return json.loads(path.read_text())


def summary(num_workers, num_hiddens, measured):
    """Return the figures of a setting, over all rounds."""
    speeds = [speed for one in measured for speed in one["characters a second"]]
    sent = [count for one in measured for count in one["bytes a mini-batch"]]
    parameters = measured[0]["parameters"]
    return {
        "workers": num_workers,
        "hidden units": num_hiddens,
        "parameters": parameters,
        "characters a second": statistics.median(speeds),
        "spread": spread(speeds, ",.0f"),
        "bytes a mini-batch": statistics.median(sent) if num_workers else 0,
        # Each worker sends a gradient of 4 bytes a parameter, and is sent the sum.
        "bytes expected": 2 * 4 * parameters * num_workers,
    }


def main():
    cases = [(workers, size) for size in SIZES for workers in WORKERS]
    measured = {case: [] for case in cases}
    for case in tqdm(cases * ROUNDS, "runs", leave=False):
        measured[case].append(measure(*case))
    figures = [summary(*case, measured[case]) for case in cases]
    header = ["workers", "hidden units", "characters a second", "spread", "sent a mini-batch"]
    rows = [
        [
            str(figure["workers"]),
            str(figure["hidden units"]),
            f"{figure['characters a second']:,.0f}",
            figure["spread"],
            f"{figure['bytes a mini-batch'] / 1e6:.2f} MB",
        ]
        for figure in figures
    ]
    title = "Throughput and bytes sent, with several workers on one machine"
    save(title, header, rows, figures=figures)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        work(int(sys.argv[1]), sys.argv[2], alone=len(sys.argv) > 3)
    else:
        main()
