"""Measure how fast several workers on this machine train, and how many bytes they send.

The workers send over 127.0.0.1. The system counts all bytes that go over the loopback device, including
those of other programs. The workers are compared with a single process without a parameter server.
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

import mxnet as mx
from mxnet.gluon import rnn

import gluonbook as gb
from gluonbook import tool
from studies import common
from studies.common import BATCH_SIZE, NUM_STEPS

EPOCHS = 16
WORKERS, SIZES = [0, 1, 2, 4], [256, 1024]  # 0 is the process without a server


def bytes_sent():
    """Return the number of bytes sent over the loopback device since the system started."""
    return int(Path("/sys/class/net/lo/statistics/tx_bytes").read_text())


def train(num_hiddens, kvstore=None):
    """Train; return the seconds and the bytes sent for each epoch but the first, which is slower."""
    text = gb.load_text()
    model = gb.RNNModel(rnn.RNN(num_hiddens), text.size)
    model.hybridize(static_alloc=True, static_shape=True)
    moments = []
    gb.train_data_parallel(
        model,
        text,
        ctxs=[mx.cpu()],
        num_epochs=EPOCHS,
        callbacks=[lambda _: moments.append((time.perf_counter(), bytes_sent()))],
        kvstore=kvstore,
    )
    return [[b - a for a, b in zip(*pair, strict=True)] for pair in itertools.pairwise(moments)]


def measure(num_workers, num_hiddens):
    """Train with some workers, or with 0 in this process alone; return the figures."""
    if not num_workers:
        epochs = train(num_hiddens)
    else:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "epochs.json"
            # With a scheduler and a server. Open MPI asks about processors only without the option.
            command = ["mpirun", "--oversubscribe", "-n", str(num_workers + 2)]
            command += [sys.executable, "-m", __spec__.name, str(num_hiddens), str(path)]
            subprocess.run(command, check=True, env={"OMP_NUM_THREADS": "1"} | os.environ)
            epochs = json.loads(path.read_text())
    text = gb.load_text()
    num_batches = (len(text.train) - 1) // (BATCH_SIZE * NUM_STEPS)
    seconds, sent = map(statistics.median, zip(*epochs, strict=True))
    num_params = gb.num_params(gb.RNNModel(rnn.RNN(num_hiddens), text.size))
    return {
        "workers": num_workers,
        "hidden units": num_hiddens,
        "parameters": num_params,
        "characters a second": num_batches * BATCH_SIZE * NUM_STEPS / seconds,
        "bytes a mini-batch": sent / num_batches if num_workers else 0,
        # Each worker sends a gradient of 4 bytes for each parameter, and receives the sum.
        "bytes expected": 2 * 4 * num_params * num_workers,
    }


def work(num_hiddens, path):
    """Act as a worker; the worker of rank 0 writes its measurements to a file."""
    kvstore = tool.join_cluster()
    epochs = train(num_hiddens, kvstore)
    if kvstore.rank == 0:
        Path(path).write_text(json.dumps(epochs))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        work(int(sys.argv[1]), sys.argv[2])
    else:
        common.measure_once(
            "workers", lambda: [measure(workers, size) for size in SIZES for workers in WORKERS]
        )
