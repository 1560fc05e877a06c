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

from mxnet import init, nd
from mxnet.gluon import rnn
from tqdm import tqdm

import gluonbook as gb
from benchmarks.beside import ALL, ONE, ask, not_measured, on_cores, peers, save_weights
from benchmarks.classic import ClassicModel
from benchmarks.classic import train as classic_loop
from benchmarks.common import NUM_HIDDENS, machine, print_table, save, spread, train

ROUNDS, EPOCHS = 5, 10


def classic(text, layer):
    return classic_loop(ClassicModel(layer, text.size), text.train, gb.try_gpu(), EPOCHS)


def eager(text, layer):
    return train(gb.RNNModel(layer, text.size), text, EPOCHS)


def hybridized(text, layer):
    model = gb.RNNModel(layer, text.size)
    model.hybridize()
    return train(model, text, EPOCHS)


def scratch(text, _):
    functions = (gb.rnn_forward, gb.get_params, gb.init_rnn_state)
    return train(gb.ScratchModel(*functions, NUM_HIDDENS, text.size), text, EPOCHS)


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
        command, environment = on_cores(cores, [sys.executable, "-m", __spec__.name, way, kind])
        # Which text it is, the first process has said already.
        environment |= {"GLUONBOOK_OFFLINE": "1", "PYTHONWARNINGS": "ignore::UserWarning"}
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
        seconds = json.loads(done.stdout)
    else:
        (name,) = (name for name, its_way in WAYS_OF_PEERS.items() if its_way == way)
        indices = json.dumps(corpus_indices.tolist())
        epochs = ask(name, weights, "train", indices, EPOCHS, cores=cores)
        seconds = [seconds for _, seconds in epochs]
    return seconds[1:]


def new_weights(text, kind, path):
    """Save weights to begin with, drawn as the training functions draw them."""
    model = gb.RNNModel(getattr(rnn, kind)(NUM_HIDDENS), text.size)
    model.initialize(init.Normal(0.01))
    model(nd.zeros((1, 1)), model.begin_state(batch_size=1))  # now the shapes are known
    save_weights(model, path, text.chars)
    return path


def compare(title, ways):
    """Measure some ways to train with some kinds of layer; print a table, and keep it.

    A way is a name and a kind of layer. The first one of a kind is what the others of that
    kind are compared with.
    """
    print(f"{title}.", machine(), flush=True)
    text = gb.load_text()
    kinds = dict.fromkeys(kind for _, kind in ways)
    all_cores = list(dict.fromkeys([ONE, ALL]))
    cases = [(*way, cores) for way in ways for cores in all_cores]
    seconds = {case: [] for case in cases}
    with tempfile.TemporaryDirectory() as folder:
        weights = {kind: new_weights(text, kind, Path(folder) / f"{kind}.npz") for kind in kinds}
        for way, kind, cores in tqdm(cases * ROUNDS, "runs", leave=False):
            seconds[way, kind, cores] += measure(way, kind, cores, weights[kind], text.train)
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
        print(json.dumps(OURS[way](gb.load_text(), layer)))
    else:
        main()
