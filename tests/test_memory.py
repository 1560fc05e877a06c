"""Training needs no more memory after many epochs than after a few."""

import subprocess
import sys

import pytest

from tests import LIMIT, ROOT

# A process of its own: the most memory that a process ever had does not shrink again.
PROGRAM = """
import pathlib
import gluonbook as gb
import mxnet as mx
from mxnet.gluon import rnn

peaks = []

def look(epoch):
    status = pathlib.Path("/proc/self/status").read_text()
    peaks.append(int(status.partition("VmHWM:")[2].split()[0]))

text = "the quick brown fox jumps over the lazy dog. " * 2000
idx_to_char = sorted(set(text))
char_to_idx = {char: idx for idx, char in enumerate(idx_to_char)}
corpus_indices = [char_to_idx[char] for char in text]
model = gb.RNNModel(rnn.RNN(8), len(idx_to_char))
model.hybridize()
"""
WAYS = {
    "one device": "gb.train_and_predict_rnn_gluon(model, 8, len(idx_to_char), mx.cpu(), "
    "corpus_indices, idx_to_char, char_to_idx, 20, 100, 1, 0.1, 64, 100, 1, [], callbacks=[look])",
    "two devices": "gb.train_data_parallel(model, gb.Text(text), ctxs=[mx.cpu(0), mx.cpu(1)], lr=1, "
    "num_epochs=20, num_steps=100, clipping_theta=0.1, batch_size=64, callbacks=[look])",
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_memory_does_not_grow_with_the_epochs(way):
    done = subprocess.run(
        [sys.executable, "-c", f"{PROGRAM}\n{way}\nprint(peaks[4], peaks[19])"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=LIMIT,
    )
    after_few, after_many = map(int, done.stdout.split())
    # In kilobytes. Epochs that kept their mini-batches would need 14,000 more.
    assert after_many - after_few < 7000
