"""The model in other frameworks: its logits, training and generated text agree with MXNet."""

import importlib
import re
from types import SimpleNamespace

import mxnet as mx
import numpy as np
import pytest
from mxnet import init, nd
from mxnet.gluon import rnn

import gluonbook as gb
from gluonbook import tool
from tests import ROOT

TEXT = gb.load_text(ROOT / "data" / "time_traveller_retold.txt")
LAYERS = {
    "RNN": lambda: rnn.RNN(256),
    "RNN, 2 layers": lambda: rnn.RNN(24, 2),
    "GRU": lambda: rnn.GRU(24),
    "LSTM, 2 layers": lambda: rnn.LSTM(24, 2),
}


def imported(name):
    """Return a version of the model, or skip the test if PyTorch is not installed."""
    pytest.importorskip("torch", reason="make peers installs PyTorch")
    return importlib.import_module(f"benchmarks.peers.{name}")


def saved(layer, scale, weights, text=TEXT):
    """Make a model with random weights, and save it as the page says."""
    mx.random.seed(1)
    model = gb.RNNModel(layer, TEXT.size)
    model.initialize(init.Normal(scale))
    model(nd.zeros((1, 1)), model.begin_state(batch_size=1))
    for param in model.collect_params(".*bias").values():
        param.set_data(nd.random.normal(scale=0.3, shape=param.shape))
    tool.Checkpoint(model, text, weights).save()
    return model


def compare_logits(peer, layer, path):
    layer = LAYERS[layer]()
    # The weights are as large as possible without a state that keeps growing.
    model = saved(layer, 0.8 / layer._hidden_size**0.5, path)
    indices = TEXT.train[:200].tolist()
    expected, _ = model(nd.array([indices]), model.begin_state(batch_size=1))
    assert expected.abs().max() > 0.5
    found = peer.logits(peer.load(path), indices)
    np.testing.assert_allclose(found, expected.asnumpy(), atol=1e-5)


@pytest.mark.parametrize("layer", LAYERS)
def test_pytorch_computes_the_same_logits(layer, tmp_path):
    compare_logits(imported("in_pytorch"), layer, tmp_path / "model.npz")


def step(model, char, H):
    """Read a character; return the logits, (vocab_size,), and the new state."""
    W_xh, W_hh, b_h, W_hq, b_q = model
    # The product of W_xh and a one-hot vector is a column of W_xh.
    H = np.maximum(W_xh[:, char] + W_hh @ H + b_h, 0)
    return W_hq @ H + b_q, H


def logits_in_numpy(weights, indices):
    """Return the logits of a plain layer after each character, from the entries of a saved run."""
    W_xh, W_hh, *biases = (
        weights[f"rnn._unfused.0.{name}"]
        for name in ("i2h_weight", "h2h_weight", "i2h_bias", "h2h_bias")
    )
    model = W_xh, W_hh, sum(biases), weights["dense.weight"], weights["dense.bias"]
    found, H = [], np.zeros(len(W_hh))
    for char in indices:
        logits, H = step(model, char, H)
        found.append(logits)
    return np.stack(found)


def test_the_steps_in_numpy_compute_the_same_logits(tmp_path):
    compare_logits(
        SimpleNamespace(load=np.load, logits=logits_in_numpy), "RNN", tmp_path / "model.npz"
    )


def test_pytorch_writes_the_same_text_and_has_the_same_learning_curve(tmp_path):
    peer, path = imported("in_pytorch"), tmp_path / "model.npz"
    model = saved(rnn.RNN(256), 0.05, path)
    loaded = peer.load(path)
    written = peer.write(loaded, TEXT.encode("the").tolist(), 20)
    assert "the" + TEXT.decode(written) == gb.write(model, TEXT, "the", 20, ctx=mx.cpu())
    # Because a history is given, training continues with the given weights.
    expected = gb.train(model, TEXT, num_epochs=2, history=[], ctx=mx.cpu())
    found = peer.train(loaded, TEXT.train.tolist(), 2)
    np.testing.assert_allclose(found, [epoch.perplexity for epoch in expected], rtol=1e-3)


@pytest.mark.parametrize(
    ("network", "model"),
    [
        ("scratch", lambda: gb.ScratchModel(64, TEXT.size)),
        ("lstm", lambda: gb.RNNModel(rnn.LSTM(29), TEXT.size)),
    ],
)
def test_the_whole_script_learns_as_the_book_does_from_weights_that_it_draws_itself(
    network, model, monkeypatch, capsys
):
    script = imported("char_rnn")
    monkeypatch.setattr(script, "NUM_EPOCHS", 10)
    script.main(ROOT / "data" / "time_traveller_retold.txt", network, 1)
    (found,) = re.findall(r"epoch 10, perplexity (\S+), validation", capsys.readouterr().out)
    # With two biases in place of one, or with PyTorch's own initial weights, it is further off.
    expected = gb.train(model(), TEXT, num_epochs=10, seed=1, ctx=mx.cpu())[-1].perplexity
    assert float(found) == pytest.approx(expected, rel=0.05)
