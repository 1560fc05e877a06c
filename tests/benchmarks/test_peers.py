"""The model in other frameworks: its logits, training and generated text agree with MXNet."""

import json
import os

import mxnet as mx
import numpy as np
import pytest
from mxnet import init, nd
from mxnet.gluon import loss as gloss
from mxnet.gluon import rnn

import gluonbook as gb
from benchmarks import frameworks
from gluonbook import tool
from tests import ROOT
from tests.benchmarks.test_page import IN_SECTIONS
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


def need(package):
    """Skip a test if a package is not in the environment of the peers."""
    if package and package not in frameworks.peers_packages():
        missing = pytest.fail if "PEERS_MUST_BE_HERE" in os.environ else pytest.skip
        missing(f"needs {package} in .venv-peers: make peers installs it there")


def run(name, *arguments):
    """Run a task with a peer in its environment, and return the result."""
    need(frameworks.PACKAGES.get(name))
    return frameworks.run(name, *arguments)


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


@pytest.mark.parametrize("name", ["in_gluon", *frameworks.PACKAGES])
def test_a_peer_has_the_same_learning_curve(name, text, tmp_path):
    model = make_model(rnn.RNN(256), text, 0.01)
    tool.Checkpoint(model, text, tmp_path / "model.npz").save()
    # Because the history is not empty, training continues with the given weights.
    history = gb.train(model, text, num_epochs=3, history=[gb.Epoch(1, 1.0, 1.0)], ctx=mx.cpu())
    epochs = run(name, tmp_path / "model.npz", "train", json.dumps(text.train.tolist()), 2)
    expected = [epoch.perplexity for epoch in history[1:]]
    np.testing.assert_allclose([perplexity for perplexity, _ in epochs], expected, rtol=1e-3)


@pytest.mark.parametrize("name", ["in_numpy", *frameworks.PACKAGES])
def test_a_peer_generates_the_same_text(name, text, tmp_path):
    model = make_model(rnn.RNN(256), text, 0.05)
    tool.Checkpoint(model, text, tmp_path / "model.npz").save()
    expected = gb.write(model, text, prefix="the", num_chars=20, ctx=mx.cpu())
    prefix = json.dumps(text.encode("the").tolist())
    written, _ = run(name, tmp_path / "model.npz", "write", prefix, 20)
    assert "the" + text.decode(written) == expected


# --- the folded blocks of the sections --------------------------------------------------

READ_GIVEN = """
import json, sys
import numpy
given = {name: torch.tensor(array) for name, array in numpy.load(sys.argv[1]).items()}

def with_weights(model):
    weights = {name: given.get(name, own) for name, own in model.state_dict().items()}
    model.load_state_dict(weights)
    return model
"""


def run_blocks(sections, code, given, folder):
    """Run the blocks of sections and then `code` in a new process; return its list `found`."""
    need("torch")
    np.savez(folder / "given.npz", **given)
    blocks = [block for section in sections for _, block in IN_SECTIONS[section]]
    lines = [*blocks, READ_GIVEN, code, "print(json.dumps([part.tolist() for part in found]))"]
    python = frameworks.PEERS_ENVIRONMENT / "bin" / "python"
    done = finished([python, "-c", "\n".join(lines), folder / "given.npz"])
    assert done.returncode == 0, done.stderr
    return [np.array(part) for part in json.loads(done.stdout)]


def drawn(*shape):
    return nd.random.normal(scale=0.5, shape=shape)


def agree(found, expected):
    for part, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(part, other.asnumpy(), atol=1e-5)


def test_the_model_from_scratch_learns_the_same_in_pytorch(text, tmp_path):
    mx.random.seed(1)
    model = gb.ScratchModel(64, text.size)
    model.initialize(mx.cpu())
    batches = list(gb.data_iter_consecutive(text.train, 32, 35, ctx=mx.cpu()))
    names = ("W_xh", "W_hh", "b_h", "W_hq", "b_q")
    given = {name: param.asnumpy() for name, param in zip(names, model.params, strict=True)}
    given["batches"] = np.array([[X.asnumpy(), Y.asnumpy()] for X, Y in batches]).astype(int)
    trainer, loss = gb.SGD(model.params, 100), gloss.SoftmaxCrossEntropyLoss()
    state, expected = model.begin_state(32, mx.cpu()), []
    for X, Y in batches:
        batch_loss, _, state = gb.train_step(model, X, Y, state, loss, trainer, 0.01)
        expected.append(batch_loss.asscalar())
    code = f"""
model, state, found = with_weights(ScratchModel(64, {text.size})), torch.zeros(32, 64), []
optimizer = torch.optim.SGD(model.parameters(), lr=100)
for X, Y in given["batches"]:
    loss, _, state = train_step(model, X, Y, state, optimizer, 0.01)
    found.append(loss)
"""
    found = run_blocks(["rnn-scratch"], code, given, tmp_path)
    np.testing.assert_allclose(found, expected, rtol=1e-3)


def test_the_class_that_calls_a_layer_runs_as_it_is_shown(tmp_path):
    code = "found = RNNModel(nn.RNN(5, 4), 5)(torch.tensor([[0, 1], [2, 3], [4, 0]]))"
    logits, state = run_blocks(["rnn-gluon"], code, {}, tmp_path)
    assert (logits.shape, state.shape) == ((3, 2, 5), (1, 2, 4))


@pytest.mark.parametrize(("section", "num_gates"), [("gru", 3), ("lstm", 4)])
def test_a_gated_step_in_pytorch_agrees_with_the_package(section, num_gates, tmp_path):
    mx.random.seed(1)
    inputs = [drawn(2, 3), *(drawn(2, 4) for _ in range(num_gates - 2))]
    params = [drawn(*shape) for _ in range(num_gates) for shape in ((3, 4), (4, 4), (4,))]
    expected = getattr(gb, f"{section}_step")(*inputs, params)
    code = f"""
arrays = [*given.values()]
found = {section}_step(*arrays[:{len(inputs)}], arrays[{len(inputs)}:])
found = found if isinstance(found, tuple) else (found,)
"""
    given = {str(i): array.asnumpy() for i, array in enumerate([*inputs, *params])}
    found = run_blocks([section], code, given, tmp_path)
    agree(found, expected if isinstance(expected, tuple) else (expected,))


def test_attention_in_pytorch_agrees_with_the_package(tmp_path):
    mx.random.seed(1)
    parts = {"Q": drawn(2, 3, 4), "K": drawn(2, 5, 4), "V": drawn(2, 5, 6), "bias": drawn(1, 3, 5)}
    given = {name: part.asnumpy() for name, part in parts.items()}
    found = run_blocks(["looking-back"], "found = attend(**given)", given, tmp_path)
    agree(found, gb.attend(**parts))


def test_a_block_with_a_minimal_gru_in_pytorch_agrees_with_the_package(tmp_path):
    mx.random.seed(1)
    X, state = drawn(2, 3, 12), drawn(2, 12)
    block = gb.Block(gb.MinGRU(12), 12)
    block.initialize(init.Normal(0.3))
    expected = block(X, state)
    params = block._collect_params_with_prefix()
    given = {name: param.data() for name, param in params.items()} | {"X": X, "state": state}
    given = {name: array.asnumpy() for name, array in given.items()}
    code = "found = with_weights(Block(MinGRU(12), 12))(given['X'], given['state'])"
    agree(run_blocks(["looking-back", "recurrence-again"], code, given, tmp_path), expected)
