"""studies/curve.py: tables are those of the lesson, and dropout changes only the training."""

import mxnet as mx
import numpy as np
import pytest
from mxnet import autograd, init, nd

import gluonbook as gb
from studies import common, curve, ruler


@pytest.mark.parametrize(
    ("kind", "make"), [("Kneser-Ney", gb.kneser_ney), ("interpolated", gb.interpolate)]
)
def test_each_row_of_a_table_is_the_model_of_the_lesson_that_sees_so_many_letters(
    kind, make, monkeypatch
):
    text = gb.Text("the cat sat on the mat and the dog sat on the cat " * 700, num_train=10_000)
    passages = text.test[None, :200]
    monkeypatch.setattr(gb, "load_text", lambda: text)
    monkeypatch.setattr(common, "passages", lambda: passages)
    found = curve.run({"kind": kind, "text": "novel"}, 0)
    for seen in (0, 3):
        counts = gb.count_followers(text.decode(text.train), seen)
        model = make(counts, seen + 1, found["choices"][seen], text.chars)
        losses = gb.loss_by_context(model, text, [seen, curve.MOST], passages[0])
        np.testing.assert_allclose(found["losses"][seen], losses.mean(axis=1)[:1], atol=2e-4)


def test_dropout_before_the_output_layer_changes_nothing_but_the_training():
    dense = curve.DenseAfterDropout(5, 0.5)
    dense.initialize(init.Xavier())
    X = nd.ones((3, 40))
    at_rest = dense(X).asnumpy()
    np.testing.assert_allclose(at_rest, nd.dot(X, dense.weight.data().T).asnumpy(), rtol=1e-5)
    with autograd.train_mode():
        assert abs(dense(X).asnumpy() - at_rest).max() > 0.1


def test_a_network_that_knows_nothing_has_no_step():
    mx.random.seed(1)
    found = ruler.train_on_cups({"kind": "GRU", "rate": 0.01, "updates": 1}, 1, curve.cups)
    assert np.shape(found["losses"]) == (7, 10)
    assert np.ptp(np.mean(found["losses"], axis=1)) < 0.5 and max(found["right"]) < 0.4
