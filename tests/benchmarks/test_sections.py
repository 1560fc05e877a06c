"""The folded blocks of the sections: in PyTorch, they compute the same as in MXNet."""

import re

import mxnet as mx
import nbformat
import numpy as np
import pytest
from mxnet import init, nd
from mxnet.gluon import loss as gloss

import gluonbook as gb
from tests import ROOT
from tests.benchmarks.test_peers import TEXT, compare_logits

torch = pytest.importorskip("torch", reason="make peers installs PyTorch")
FOLDED = re.compile(r"<summary>In PyTorch</summary>\n\n```python\n(.*?)```", re.DOTALL)


def defined_in(*sections):
    """Run the folded blocks of sections, and return what the blocks define."""
    names = {}
    for section in sections:
        for cell in nbformat.read(ROOT / f"chapter_rnn/{section}.ipynb", as_version=4).cells:
            for code in FOLDED.findall(cell.source):
                exec(code, names)
    return names


def drawn(*shape):
    return nd.random.normal(scale=0.5, shape=shape)


def tensors(arrays):
    return [torch.tensor(array.asnumpy()) for array in arrays]


def agree(found, expected):
    for part, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(part.detach(), other.asnumpy(), atol=1e-5)


def test_the_class_of_the_section_on_gluon_computes_the_same_logits(tmp_path, monkeypatch):
    from benchmarks.peers import in_pytorch

    monkeypatch.setattr(in_pytorch, "RNNModel", defined_in("rnn-gluon")["RNNModel"])
    compare_logits(in_pytorch, "RNN", tmp_path / "model.npz")


def test_the_model_from_scratch_learns_the_same():
    names = defined_in("rnn-scratch")
    mx.random.seed(1)
    model, theirs = gb.ScratchModel(64, TEXT.size), names["ScratchModel"](64, TEXT.size)
    model.initialize(mx.cpu())
    named = zip(("W_xh", "W_hh", "b_h", "W_hq", "b_q"), tensors(model.params), strict=True)
    theirs.load_state_dict(dict(named))
    trainer, loss = gb.SGD(model.params, 100), gloss.SoftmaxCrossEntropyLoss()
    optimizer = torch.optim.SGD(theirs.parameters(), lr=100)
    state, their_state = model.begin_state(32, mx.cpu()), torch.zeros(32, 64)
    for batch in gb.data_iter_consecutive(TEXT.train, 32, 35, ctx=mx.cpu()):
        expected, _, state = gb.train_step(model, *batch, state, loss, trainer, 0.01)
        X, Y = (array.long() for array in tensors(batch))
        found, _, their_state = names["train_step"](theirs, X, Y, their_state, optimizer, 0.01)
        assert found.item() == pytest.approx(expected.asscalar(), rel=1e-3)


@pytest.mark.parametrize(("section", "num_gates"), [("gru", 3), ("lstm", 4)])
def test_a_gated_step_computes_the_same(section, num_gates):
    mx.random.seed(1)
    inputs = [drawn(2, 3), *(drawn(2, 4) for _ in range(num_gates - 2))]
    params = [drawn(*shape) for _ in range(num_gates) for shape in ((3, 4), (4, 4), (4,))]
    expected = getattr(gb, f"{section}_step")(*inputs, params)
    found = defined_in(section)[f"{section}_step"](*tensors(inputs), tensors(params))
    if section == "gru":
        found, expected = [found], [expected]
    agree(found, expected)


def test_attention_computes_the_same():
    mx.random.seed(1)
    arrays = drawn(2, 3, 4), drawn(2, 5, 4), drawn(2, 5, 6), drawn(1, 3, 5)  # Q, K, V and the bias
    agree(defined_in("looking-back")["attend"](*tensors(arrays)), gb.attend(*arrays))


def test_a_block_with_a_minimal_gru_computes_the_same():
    names = defined_in("looking-back", "recurrence-again")
    mx.random.seed(1)
    inputs = drawn(2, 3, 12), drawn(2, 12)
    block, theirs = gb.Block(gb.MinGRU(12), 12), names["Block"](names["MinGRU"](12), 12)
    block.initialize(init.Normal(0.3))
    expected = block(*inputs)
    params = block._collect_params_with_prefix()
    own = list(theirs.state_dict())
    given = tensors(params[name].data() for name in own)
    theirs.load_state_dict(dict(zip(own, given, strict=True)))
    agree(theirs(*tensors(inputs)), expected)
