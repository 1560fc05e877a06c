"""studies/ruler.py: what is compared is what its name says, and is measured as the text says."""

import mxnet as mx
import numpy as np
import pytest
from mxnet import init, nd

from studies import common, counting, models, ruler

VOCAB_SIZE = 54  # of Austen's novels


def made(make):
    mx.random.seed(1)
    model = make(VOCAB_SIZE)
    model.initialize(init.Xavier())
    return model


def read(model, X, num_steps):
    """Return the logits of texts that are read in parts, a row for each position and text."""
    state, found = model.begin_state(batch_size=len(X)), []
    for start in range(0, X.shape[1], num_steps):
        logits, state = model(X[:, start : start + num_steps], state)
        found.append(logits)
    return nd.concat(*found, dim=0).asnumpy().reshape((X.shape[1], len(X), -1))


SMALLER = {f"small {name}": make for name, make in models.MODELS.items()}


@pytest.mark.parametrize("make", (ruler.KINDS | SMALLER).values(), ids=ruler.KINDS | SMALLER)
def test_every_kind_is_causal_and_reads_at_once_as_it_reads_one_by_one(make):
    model = made(make)
    X = nd.array(np.random.default_rng(1).integers(VOCAB_SIZE, size=(2, 80)))
    at_once = read(model, X, 40)
    np.testing.assert_allclose(read(model, X, 1), at_once, atol=1e-4)
    X[:, 50] = (X[:, 50] + 1) % VOCAB_SIZE
    change = np.abs(read(model, X, 40) - at_once).max(axis=(1, 2))
    assert change[:50].max() < 1e-5 < change[50]


def test_all_networks_have_about_as_many_parameters_and_carry_what_is_counted():
    carried = {}
    for kind in ruler.KINDS:
        model = ruler.KINDS[kind](VOCAB_SIZE)
        common.check_size(kind, model, ruler.LARGE if "large" in kind else ruler.SIZE)
        carried[kind] = ruler.num_carried(model)
    with pytest.raises(ValueError, match=r"GRU. has 13\d,\d+ parameters, .* models of 506,000"):
        common.check_size("GRU", ruler.KINDS["GRU"](VOCAB_SIZE), ruler.LARGE)
    assert carried["window of 8"] == 7
    assert carried["LSTM"] == 2 * 150
    assert carried["transformer, window 16"] == 4 * 2 * 15 * 51  # keys and values of four blocks
    assert carried["matrix"] == 4 * (3 * 17 * 17 + 51)


TEXT = "".join(np.random.default_rng(1).choice(list("abcdef"), 3_000))
LETTERS = "abcdef"


def indices(text):
    return np.array([LETTERS.index(char) for char in text])


@pytest.mark.parametrize("smooth", [counting.interpolated, counting.kneser_ney])
@pytest.mark.parametrize("rarest", [1, 3])
def test_a_table_gives_the_whole_distribution_of_each_letter_of_the_page(
    smooth, rarest, monkeypatch
):
    monkeypatch.setattr(ruler, "START", 10)
    monkeypatch.setattr(ruler, "NUM_LETTERS", 20)
    block = indices(TEXT[:40])
    counts = counting.Counts(indices(TEXT[40:]), len(LETTERS), longest=4)
    counts.prune(rarest)
    found = ruler.table_distributions(counts, smooth, 4, 0.6, block)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    expected = smooth(counts, block, [0.6])[4, 0.6][9:29]
    np.testing.assert_allclose(found[np.arange(20), block[10:30]], expected)
    letters = ruler.letters(found, block, LETTERS)
    np.testing.assert_allclose(letters["bits"], -np.log2(expected), atol=0.01)
    guessed = [found[0, LETTERS.index(guess)] for guess in letters["guesses"][:3]]
    assert guessed == sorted(found[0], reverse=True)[:3]


def test_the_gain_is_that_of_reading_the_same_passage_before(monkeypatch):
    def repeats(model, text):
        """Predict well what stood a passage earlier, as if copying it."""
        copied = text[:, 5:] == text[:, :-5]
        return np.hstack([np.full((len(text), 4), 0.1), np.where(copied, 0.8, 0.1)])

    monkeypatch.setattr(common, "probabilities", repeats)
    blocks = np.arange(60).reshape((3, 20))
    np.testing.assert_allclose(ruler.gains(None, blocks, 5), np.log(8), atol=1e-4)


def test_the_ball_is_where_the_swaps_have_put_it(monkeypatch):
    swaps, cups = ruler.draw_swaps(np.random.default_rng(1), num_rows=3, num_swaps=20)
    for row, followed in zip(swaps.asnumpy().astype(int), cups.asnumpy(), strict=True):
        order = [0, 1, 2, 3, 4]  # the ball is 0
        for (first, second), cup in zip(ruler.SWAPS[row], followed, strict=True):
            order[first], order[second] = order[second], order[first]
            assert order.index(0) == cup
    monkeypatch.setattr(ruler, "CUP_UPDATES", 2)
    found = ruler.follow_cups({"kind": "GRU", "rate": 0.01}, seed=1)["accuracy"]
    assert list(found) == [4, 16, 64] and 0 < found[4] < 0.6
