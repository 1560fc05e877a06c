"""The model in other frameworks: its logits, training and generated text agree with MXNet."""

import importlib
import re

import mxnet as mx
import nbformat
import numpy as np
import pytest
from mxnet import init, nd
from mxnet.gluon import loss as gloss
from mxnet.gluon import rnn

import gluonbook as gb
from gluonbook import tool
from tests import ROOT

CHAPTER = ROOT / "chapter_rnn"
FOLDED = re.compile(r"<summary>In PyTorch</summary>\n\n```python\n(.*?)```", re.DOTALL)
LAYERS = {
    "RNN": lambda: rnn.RNN(256),
    "RNN, 2 layers": lambda: rnn.RNN(24, 2),
    "GRU": lambda: rnn.GRU(24),
    "LSTM, 2 layers": lambda: rnn.LSTM(24, 2),
}


def imported(name):
    """Return a version of the model, or skip the test if its framework is not installed."""
    if name == "in_pytorch":
        pytest.importorskip("torch", reason="make peers installs PyTorch")
    return importlib.import_module(f"benchmarks.peers.{name}")


def saved(layer, text, scale, path):
    """Make a model with random weights and save it."""
    mx.random.seed(1)
    model = gb.RNNModel(layer, text.size)
    model.initialize(init.Normal(scale))
    model(nd.zeros((1, 1)), model.begin_state(batch_size=1))
    for param in model.collect_params(".*bias").values():
        param.set_data(nd.random.normal(scale=0.3, shape=param.shape))
    tool.Checkpoint(model, text, path).save()
    return model


@pytest.fixture(scope="module")
def text():
    return gb.load_text(ROOT / "data" / "time_traveller_retold.txt")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.npz"


def compare_logits(peer, layer, text, path):
    layer = LAYERS[layer]()
    # The weights are as large as possible without a state that keeps growing.
    model = saved(layer, text, 0.8 / layer._hidden_size**0.5, path)
    indices = text.train[:200].tolist()
    expected, _ = model(nd.array([indices]), model.begin_state(batch_size=1))
    assert expected.abs().max() > 0.5
    found = peer.logits(peer.load(path), indices)
    np.testing.assert_allclose(found, expected.asnumpy(), atol=1e-5)


@pytest.mark.parametrize(
    ("name", "layer"),
    [("in_numpy", "RNN, 2 layers"), *(("in_pytorch", layer) for layer in LAYERS)],
)
def test_a_peer_computes_the_same_logits(name, layer, text, path):
    compare_logits(imported(name), layer, text, path)


@pytest.mark.parametrize("name", ["in_gluon", "in_pytorch"])
def test_a_peer_has_the_same_learning_curve(name, text, path):
    peer = imported(name)
    model = saved(rnn.RNN(256), text, 0.01, path)
    # Because a history is given, training continues with the given weights.
    expected = gb.train(model, text, num_epochs=2, history=[], ctx=mx.cpu())
    found = [*peer.train(peer.load(path), text.train.tolist(), 2)]
    np.testing.assert_allclose(found, [epoch.perplexity for epoch in expected], rtol=1e-3)


@pytest.mark.parametrize("name", ["in_gluon", "in_numpy", "in_pytorch"])
def test_a_peer_generates_the_same_text(name, text, path):
    peer = imported(name)
    expected = gb.write(saved(rnn.RNN(256), text, 0.05, path), text, "the", 20, ctx=mx.cpu())
    written = peer.write(peer.load(path), text.encode("the").tolist(), 20)
    assert "the" + text.decode(written) == expected


# --- the folded blocks of the sections --------------------------------------------------


def folded(*sections):
    """Run the folded blocks of sections, and return PyTorch and what the blocks define."""
    torch, names = pytest.importorskip("torch", reason="make peers installs PyTorch"), {}
    for section in sections:
        for cell in nbformat.read(CHAPTER / f"{section}.ipynb", as_version=4).cells:
            for code in FOLDED.findall(cell.source):
                exec(code, names)
    return torch, names


def drawn(*shape):
    return nd.random.normal(scale=0.5, shape=shape)


def tensors(torch, arrays):
    """Return arrays, in a list or with their names, as tensors."""
    if isinstance(arrays, dict):
        return dict(zip(arrays, tensors(torch, arrays.values()), strict=True))
    return [torch.tensor(array.asnumpy()) for array in arrays]


def agree(found, expected):
    for part, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(part.detach(), other.asnumpy(), atol=1e-5)


def test_the_class_of_the_section_on_gluon_computes_the_same_logits(text, path, monkeypatch):
    _, names = folded("rnn-gluon")
    peer = imported("in_pytorch")
    monkeypatch.setattr(peer, "RNNModel", names["RNNModel"])
    compare_logits(peer, "RNN", text, path)


def test_the_model_from_scratch_learns_the_same_in_pytorch(text):
    torch, names = folded("rnn-scratch")
    mx.random.seed(1)
    model = gb.ScratchModel(64, text.size)
    model.initialize(mx.cpu())
    theirs = names["ScratchModel"](64, text.size)
    names_of_params = ("W_xh", "W_hh", "b_h", "W_hq", "b_q")
    given = dict(zip(names_of_params, model.params, strict=True))
    theirs.load_state_dict(tensors(torch, given))
    trainer, loss = gb.SGD(model.params, 100), gloss.SoftmaxCrossEntropyLoss()
    optimizer = torch.optim.SGD(theirs.parameters(), lr=100)
    state, their_state = model.begin_state(32, mx.cpu()), torch.zeros(32, 64)
    for X, Y in gb.data_iter_consecutive(text.train, 32, 35, ctx=mx.cpu()):
        expected, _, state = gb.train_step(model, X, Y, state, loss, trainer, 0.01)
        batch = (array.long() for array in tensors(torch, [X, Y]))
        found, _, their_state = names["train_step"](theirs, *batch, their_state, optimizer, 0.01)
        assert found.item() == pytest.approx(expected.asscalar(), rel=1e-3)


@pytest.mark.parametrize(("section", "num_gates"), [("gru", 3), ("lstm", 4)])
def test_a_gated_step_in_pytorch_agrees_with_the_package(section, num_gates):
    torch, names = folded(section)
    mx.random.seed(1)
    inputs = [drawn(2, 3), *(drawn(2, 4) for _ in range(num_gates - 2))]
    params = [drawn(*shape) for _ in range(num_gates) for shape in ((3, 4), (4, 4), (4,))]
    expected = getattr(gb, f"{section}_step")(*inputs, params)
    found = names[f"{section}_step"](*tensors(torch, inputs), tensors(torch, params))
    if section == "gru":
        found, expected = [found], [expected]
    agree(found, expected)


def test_attention_in_pytorch_agrees_with_the_package():
    torch, names = folded("looking-back")
    mx.random.seed(1)
    parts = {"Q": drawn(2, 3, 4), "K": drawn(2, 5, 4), "V": drawn(2, 5, 6), "bias": drawn(1, 3, 5)}
    agree(names["attend"](**tensors(torch, parts)), gb.attend(**parts))


def test_a_block_with_a_minimal_gru_in_pytorch_agrees_with_the_package():
    torch, names = folded("looking-back", "recurrence-again")
    mx.random.seed(1)
    X, state = drawn(2, 3, 12), drawn(2, 12)
    block = gb.Block(gb.MinGRU(12), 12)
    block.initialize(init.Normal(0.3))
    expected = block(X, state)
    theirs = names["Block"](names["MinGRU"](12), 12)
    params = block._collect_params_with_prefix()
    given = {name: params[name].data() for name in theirs.state_dict()}
    theirs.load_state_dict(tensors(torch, given))
    agree(theirs(*tensors(torch, [X, state])), expected)
