"""studies/curve.py: tables are those of the lesson, networks are causal, and the ball is where it is said to be."""

import random

import mxnet as mx
import numpy as np
import pytest
from mxnet import init, nd

import gluonbook as gb
from studies import common, curve

VOCAB_SIZE = 54  # of Austen's novels


def test_each_row_of_a_table_is_the_model_of_the_lesson_that_sees_so_many_letters(monkeypatch):
    string = "".join(random.Random(1).choices("aaabbcde ", k=35_000))
    text = gb.Text(string, num_train=10_000)
    passages = text.test[None, :200]
    monkeypatch.setattr(gb, "load_text", lambda: text)
    monkeypatch.setattr(common, "passages", lambda: passages)
    found = curve.run({"kind": "Kneser-Ney", "text": "novel"}, 0)
    for seen in (0, 3):
        counts = gb.count_followers(text.decode(text.train), seen)
        model = gb.kneser_ney(counts, seen + 1, found["choices"][seen], text.chars)
        losses = gb.loss_by_context(model, text, [seen, curve.MOST], passages[0])
        np.testing.assert_allclose(found["losses"][seen], losses.mean(axis=1)[:1], atol=2e-4)


def read(model, X, num_steps):
    """Return the logits of texts that are read in parts, a row for each position and text."""
    state, found = model.begin_state(batch_size=len(X)), []
    for start in range(0, X.shape[1], num_steps):
        logits, state = model(X[:, start : start + num_steps], state)
        found.append(logits)
    return nd.concat(*found, dim=0).asnumpy().reshape((X.shape[1], len(X), -1))


KINDS = {name: make for name, (make, _) in (curve.NOVEL | curve.AUSTEN).items()}


@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)
def test_every_kind_is_causal_and_reads_at_once_as_it_reads_one_by_one(make):
    mx.random.seed(1)
    model = make(VOCAB_SIZE)
    model.initialize(init.Xavier())
    X = nd.array(np.random.default_rng(1).integers(VOCAB_SIZE, size=(2, 80)))
    at_once = read(model, X, 40)
    np.testing.assert_allclose(read(model, X, 1), at_once, atol=1e-4)
    X[:, 50] = (X[:, 50] + 1) % VOCAB_SIZE
    change = np.abs(read(model, X, 40) - at_once).max(axis=(1, 2))
    assert change[:50].max() < 1e-5 < change[50]


def test_the_ball_is_where_the_swaps_have_put_it():
    swaps, cups = curve.draw_swaps(np.random.default_rng(1), num_rows=3)
    for row, followed in zip(swaps.asnumpy().astype(int), cups.asnumpy(), strict=True):
        order = [0, 1, 2, 3, 4]  # the ball is 0
        for (first, second), cup in zip(curve.SWAPS[row], followed, strict=True):
            order[first], order[second] = order[second], order[first]
            assert order.index(0) == cup
