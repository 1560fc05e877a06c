"""Measure the seconds that an epoch of training takes, for several ways to write the loop.

Each way trains for a few epochs in a process of its own, on one processor and on all, one
way after the other, and then all of them again. So a busy moment of the machine slows all
of them down.
"""

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from beside import ALL, ONE, ask, not_measured, on_cores, peers, save_weights
from classic import ClassicModel, train
from common import (
    BATCH_SIZE,
    CLIPPING_THETA,
    LR,
    NUM_HIDDENS,
    NUM_STEPS,
    machine,
    print_table,
    save,
    spread,
    train_gluon,
)
from mxnet import init, nd
from mxnet.gluon import rnn

import gluonbook as gb

ROUNDS, EPOCHS = 5, 10


def classic(text, layer):
    corpus_indices, *_, vocab_size = text
    model = ClassicModel(layer, vocab_size)
    return train(model, corpus_indices, gb.try_gpu(), EPOCHS)


def eager(text, layer):
    model = gb.RNNModel(layer, text[-1])
    return [epoch.seconds for epoch in train_gluon(model, text, gb.try_gpu(), EPOCHS)]


def hybridized(text, layer):
    model = gb.RNNModel(layer, text[-1])
    model.hybridize()
    return [epoch.seconds for epoch in train_gluon(model, text, gb.try_gpu(), EPOCHS)]


def scratch(text, _):
    corpus_indices, char_to_idx, idx_to_char, vocab_size = text
    ctx = gb.try_gpu()
    epochs = []
    gb.train_and_predict_rnn(
        gb.rnn_forward,
        lambda: gb.get_params(vocab_size, NUM_HIDDENS, ctx),
        gb.init_rnn_state,
        NUM_HIDDENS,
        vocab_size,
        ctx,
        corpus_indices,
        idx_to_char,
        char_to_idx,
        is_random_iter=False,
        num_epochs=EPOCHS,
        num_steps=NUM_STEPS,
        lr=LR,
        clipping_theta=CLIPPING_THETA,
        batch_size=BATCH_SIZE,
        pred_period=EPOCHS + 1,  # never
        pred_len=1,
        prefixes=[],
        callbacks=[epochs.append],
    )
    return [epoch.seconds for epoch in epochs]


OURS = {
    "classic loop": classic,
    "gluonbook, eager": eager,
    "gluonbook, hybridized": hybridized,
    "gluonbook, from scratch": scratch,
}
WAYS_OF_PEERS = {"in_pytorch": "PyTorch, eager", "in_jax": "JAX, compiled"}


def measure(way, kind, cores, weights, corpus_indices):
    """Train in one way in a process of its own; return the seconds of each epoch but the first."""
    if way in OURS:
        command, environment = on_cores(cores, [sys.executable, __file__, way, kind])
        # Which text it is, the first process has said already.
        environment |= {"GLUONBOOK_OFFLINE": "1", "PYTHONWARNINGS": "ignore::UserWarning"}
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
        seconds = json.loads(done.stdout)
    else:
        (name,) = (name for name, its_way in WAYS_OF_PEERS.items() if its_way == way)
        indices = json.dumps(list(corpus_indices))
        epochs = ask(name, weights, "train", indices, EPOCHS, cores=cores)
        seconds = [seconds for _, seconds in epochs]
    return seconds[1:]


def new_weights(text, kind, path):
    """Save weights to begin with, drawn as the training functions draw them."""
    *_, idx_to_char, vocab_size = text
    model = gb.RNNModel(getattr(rnn, kind)(NUM_HIDDENS), vocab_size)
    model.initialize(init.Normal(0.01))
    model(nd.zeros((1, 1)), model.begin_state(batch_size=1))  # now the shapes are known
    save_weights(model, path, idx_to_char)
    return path


def compare(title, ways):
    """Measure some ways to train with some kinds of layer; print a table, and keep it.

    A way is a name and a kind of layer. The first one of a kind is what the others of that
    kind are compared with.
    """
    print(f"{title}.", machine(), flush=True)
    text = gb.load_data_time_machine()
    kinds = dict.fromkeys(kind for _, kind in ways)
    all_cores = list(dict.fromkeys([ONE, ALL]))
    cases = [(*way, cores) for way in ways for cores in all_cores]
    seconds = {case: [] for case in cases}
    with tempfile.TemporaryDirectory() as folder:
        weights = {kind: new_weights(text, kind, Path(folder) / f"{kind}.npz") for kind in kinds}
        for way, kind, cores in gb.with_progress(cases * ROUNDS, "runs"):
            seconds[way, kind, cores] += measure(way, kind, cores, weights[kind], text[0])
    medians = {case: statistics.median(measured) for case, measured in seconds.items()}
    header, rows = [""], [[way if len(kinds) == 1 else f"{kind}, {way}"] for way, kind in ways]
    for cores in all_cores:
        header += [cores, "spread", "times as fast as the first"]
        for row, (way, kind) in zip(rows, ways, strict=True):
            first = next(name for name, its_kind in ways if its_kind == kind)
            median = medians[way, kind, cores]
            between = spread(seconds[way, kind, cores], ".3f")
            row += [f"{median:.4f}", between, f"{medians[first, kind, cores] / median:.2f}"]
    print_table(header, rows)
    save(title, header, rows)
    for name in not_measured():
        print(f"{name} is not installed, and so not compared.")


def main():
    ways = [*OURS, *(WAYS_OF_PEERS[name] for name in peers())]
    title = "Seconds an epoch of training takes, on 10,000 characters"
    compare(title, [(way, "RNN") for way in ways])


if __name__ == "__main__":
    if len(sys.argv) > 1:
        way, kind = sys.argv[1:]
        layer = getattr(rnn, kind)(NUM_HIDDENS)
        print(json.dumps(OURS[way](gb.load_data_time_machine(), layer)))
    else:
        main()
