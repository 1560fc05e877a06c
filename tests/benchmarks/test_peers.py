"""The model in other frameworks: its logits, training and generated text agree with MXNet."""

import json
import os
import sys

import mxnet as mx
import numpy as np
import pytest
from mxnet import init, nd
from mxnet.gluon import rnn

import gluonbook as gb
from benchmarks import common, frameworks
from gluonbook import tool
from tests import ROOT
from tests.processes import finished

LAYERS = {
    "RNN": lambda: rnn.RNN(256),
    "RNN, 2 layers": lambda: rnn.RNN(24, 2),
    "GRU": lambda: rnn.GRU(24),
    "LSTM, 2 layers": lambda: rnn.LSTM(24, 2),
}
CASES = [
    ("in_numpy", "RNN, 2 layers"),
    ("in_jax", "RNN"),
    *(("in_pytorch", layer) for layer in LAYERS),
]


def run(name, *arguments):
    """Run a task with a peer in its environment, and return the result."""
    package = frameworks.PACKAGES.get(name)
    if package and package not in common.peers_packages():
        missing = pytest.fail if "PEERS_MUST_BE_HERE" in os.environ else pytest.skip
        missing(f"needs {package} in .venv-peers: make peers installs it there")
    return frameworks.run(name, frameworks.ONE, *arguments)


def make_model(layer, text, scale):
    mx.random.seed(1)
    model = gb.RNNModel(layer, text.size)
    model.initialize(init.Normal(scale))
    model(nd.zeros((1, 1)), model.begin_state(batch_size=1))
    return model


def logits_of(model, indices):
    logits, _ = model(nd.array([indices]), model.begin_state(batch_size=1))
    return logits.asnumpy()


@pytest.fixture(scope="module")
def text():
    return gb.load_text(ROOT / "data" / "time_traveller_retold.txt")


@pytest.mark.parametrize(("name", "layer"), CASES)
def test_a_peer_computes_the_same_logits(name, layer, text, tmp_path):
    layer = LAYERS[layer]()
    # The weights are as large as possible without a state that keeps growing.
    model = make_model(layer, text, 0.8 / layer._hidden_size**0.5)
    for param in model.collect_params(".*bias").values():
        param.set_data(nd.random.normal(scale=0.3, shape=param.shape))
    tool.Checkpoint(model, text, tmp_path / "model.npz").save()
    indices = text.train[:200].tolist()
    expected = logits_of(model, indices)
    assert np.abs(expected).max() > 0.5
    found = run(name, tmp_path / "model.npz", "logits", json.dumps(indices))
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_the_version_in_numpy_finds_the_vocabulary_in_the_file(text, tmp_path):
    model = make_model(rnn.RNN(24), text, 0.2)
    tool.Checkpoint(model, text, tmp_path / "model.npz").save()
    program = ROOT / "benchmarks" / "peers" / "in_numpy.py"
    done = finished([sys.executable, program, tmp_path / "model.npz"])
    assert done.stdout == f"{gb.write(model, text, prefix='time traveller', num_chars=60)}\n"


@pytest.mark.parametrize("name", ["in_gluon", *frameworks.PACKAGES])
def test_a_peer_has_the_same_learning_curve(name, text, tmp_path):
    model = make_model(rnn.RNN(256), text, 0.01)
    tool.Checkpoint(model, text, tmp_path / "model.npz").save()
    # Because the history is not empty, training continues with the given weights.
    history = gb.train(model, text, num_epochs=3, history=[gb.Epoch(1, 1.0, 1.0)], ctx=mx.cpu())
    epochs = run(name, tmp_path / "model.npz", "train", json.dumps(text.train.tolist()), 2)
    expected = [epoch.perplexity for epoch in history[1:]]
    np.testing.assert_allclose([perplexity for perplexity, _ in epochs], expected, rtol=1e-3)


@pytest.mark.parametrize("name", frameworks.PACKAGES)
def test_a_peer_generates_the_same_text(name, text, tmp_path):
    model = make_model(rnn.RNN(256), text, 0.05)
    tool.Checkpoint(model, text, tmp_path / "model.npz").save()
    expected = gb.write(model, text, prefix="the", num_chars=20, ctx=mx.cpu())
    prefix = json.dumps(text.encode("the").tolist())
    written, _ = run(name, tmp_path / "model.npz", "write", prefix, 20)
    assert "the" + text.decode(written) == expected
