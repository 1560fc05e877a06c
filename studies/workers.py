"""Measure the bytes that workers on this machine send in a mini-batch.

They send over 127.0.0.1. The system counts the bytes at the loopback device, including everything
else that goes over it.
"""

import itertools
import json
import statistics
import sys
import tempfile
from pathlib import Path

from mxnet import cpu
from mxnet.gluon import rnn

import gluonbook as gb
from benchmarks.common import BATCH_SIZE, CLIPPING_THETA, LR, NUM_STEPS, save
from gluonbook import tool

EPOCHS = 8
WORKERS, SIZES = [1, 2, 4], [256, 1024]


def bytes_sent():
    """Return how many bytes have gone over the loopback device since the system started."""
    return int(Path("/sys/class/net/lo/statistics/tx_bytes").read_text())


def work(num_hiddens, path):
    """Be a worker. The one with rank 0 writes into a file what was sent in each epoch but the first."""
    kvstore, sent = tool.join_cluster(), []
    text = gb.load_text()
    model = gb.RNNModel(rnn.RNN(num_hiddens), text.size)
    model.hybridize()
    gb.train_data_parallel(
        model, text, ctxs=[cpu()], num_epochs=EPOCHS, num_steps=NUM_STEPS, lr=LR,
        clipping_theta=CLIPPING_THETA, batch_size=BATCH_SIZE, kvstore=kvstore,
        callbacks=[lambda _: sent.append(bytes_sent())],
    )  # fmt: skip
    if kvstore.rank == 0:
        Path(path).write_text(json.dumps([b - a for a, b in itertools.pairwise(sent)]))


def measure(num_workers, num_hiddens):
    """Train with some workers; return the figures."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sent.json"
        command = [sys.executable, "-m", __spec__.name, str(num_hiddens), str(path)]
        tool.launch_cluster(command, num_workers)
        sent = json.loads(path.read_text())
    text = gb.load_text()
    num_batches = (len(text.train) - 1) // (BATCH_SIZE * NUM_STEPS)
    return {
        "workers": num_workers,
        "hidden units": num_hiddens,
        "bytes a mini-batch": statistics.median(sent) / num_batches,
        # Each worker sends a gradient of 4 bytes a parameter, and is sent the sum.
        "bytes expected": 2 * 4 * gb.num_params(rnn.RNN(num_hiddens), text.size) * num_workers,
    }


def main():
    """Measure, print a table and keep it."""
    figures = [measure(workers, size) for size in SIZES for workers in WORKERS]
    header = ["workers", "hidden units", "MB sent a mini-batch", "MB expected"]
    rows = [
        [
            *(str(figure[name]) for name in header[:2]),
            *(f"{figure[f'bytes {name}'] / 1e6:.2f}" for name in ("a mini-batch", "expected")),
        ]
        for figure in figures
    ]
    save("Bytes that workers on one machine send", header, rows, figures=figures)


if __name__ == "__main__":
    work(int(sys.argv[1]), sys.argv[2]) if len(sys.argv) > 1 else main()
