"""What holds for every text, every size and every gradient, tried on many that were drawn."""

import io
import math
import tempfile
from pathlib import Path

import mxnet as mx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from mxnet import gluon, nd
from mxnet.gluon import rnn

import gluonbook as gb
from gluonbook.owntext import run_file

# The same examples every time, however slow the machine is.
settings.register_profile("gluonbook", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("gluonbook")


# --- texts ----------------------------------------------------------------------------

# Letters whose small form depends on what is around them, or is longer than they are; what
# is passed over between them; every line end; one to four bytes.
LETTERS = "aBΣσςİıßŉ'.:\u0301\u0345ʰ \t\n\r\u2028\N{BOM}é天😀1,"
texts = st.one_of(
    st.text(alphabet="aΣ'.\u0345 ", min_size=1, max_size=9),
    st.text(alphabet=LETTERS, min_size=1, max_size=40),
    st.text(min_size=1, max_size=40),
)


def encodable(text):
    return text.encode("utf-8", errors="ignore")


@settings(max_examples=300)
@given(texts, st.none() | st.integers(1, 50), st.booleans())
def test_every_text_becomes_indices_and_back(text, num_chars, marked):
    data = encodable("\N{BOM}" * marked + text)
    whole = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig").read()
    expected = whole.replace("\n", " ").lower()[:num_chars]
    if not expected or expected.isspace():  # refused, and tested elsewhere
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "text.txt"
        path.write_bytes(data)
        indices, char_to_idx, idx_to_char, vocab_size = gb.load_corpus(path, num_chars)
    assert "".join(idx_to_char[idx] for idx in indices) == expected
    assert idx_to_char == sorted(set(expected))
    assert char_to_idx == {char: idx for idx, char in enumerate(idx_to_char)}
    assert vocab_size == len(idx_to_char)
    text = gb.Text(expected)
    assert (text.train.tolist(), text.chars) == (indices, idx_to_char)
    assert text.decode(text.encode(expected)) == expected


@given(texts, st.integers(0, 60), st.binary(min_size=1, max_size=4))
def test_the_place_of_a_byte_that_is_not_utf8_is_told(text, place, bad):
    data = encodable(text)
    data = data[:place] + bad + data[place:]
    try:
        data.decode("utf-8")
        return
    except UnicodeDecodeError as error:
        position = error.start
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "text.txt"
        path.write_bytes(data)
        try:
            gb.load_corpus(path)
        except ValueError as error:
            message = str(error)
    assert f"byte {data[position]:#04x} at position {position}. " in message


# --- mini-batches ---------------------------------------------------------------------


@st.composite
def sizes(draw):
    """A corpus that is long enough, and how to cut it."""
    batch_size, num_steps = draw(st.integers(1, 7)), draw(st.integers(1, 9))
    return batch_size * num_steps + 1 + draw(st.integers(0, 80)), batch_size, num_steps


def read(sampler, length, batch_size, num_steps):
    """Return what is read of a corpus that counts from 0, row by row."""
    batches = [(X.asnumpy(), Y.asnumpy()) for X, Y in sampler(range(length), batch_size, num_steps)]
    for X, Y in batches:
        assert X.shape == Y.shape == (batch_size, num_steps)
        # Every row is a piece of the text, and the targets are what follows.
        np.testing.assert_array_equal(X, X[:, :1] + np.arange(num_steps))
        np.testing.assert_array_equal(Y, X + 1)
    # Both samplers make as many mini-batches as the text has characters for.
    assert len(batches) == (length - 1) // (batch_size * num_steps)
    return np.stack([X for X, _ in batches]).astype(int)


@given(sizes())
def test_adjacent_sampling_reads_every_row_from_its_beginning_without_a_gap(drawn):
    length, batch_size, _ = drawn
    rows = read(gb.data_iter_consecutive, *drawn).transpose(1, 0, 2).reshape(batch_size, -1)
    starts = length // batch_size * np.arange(batch_size)
    np.testing.assert_array_equal(rows, starts[:, None] + np.arange(rows.shape[1]))


@given(sizes())
def test_random_sampling_reads_no_character_twice(drawn):
    length, _, num_steps = drawn
    read_once = np.sort(read(gb.data_iter_random, *drawn).ravel())
    assert len(np.unique(read_once)) == len(read_once)
    assert (read_once[::num_steps] % num_steps == 0).all()
    assert read_once[-1] < length - 1


# --- gradients ------------------------------------------------------------------------

numbers = st.floats(-1e4, 1e4, width=32, allow_subnormal=False)
gradients = st.lists(st.lists(numbers, min_size=1, max_size=6), min_size=1, max_size=4)


@given(gradients, st.floats(1e-3, 1e5))
def test_clipping_never_lengthens_a_gradient_and_never_turns_it(drawn, theta):
    params = [nd.zeros((len(gradient),)) for gradient in drawn]
    for param, gradient in zip(params, drawn, strict=True):
        param.attach_grad()
        param.grad[:] = nd.array(gradient)
    before = np.concatenate([p.grad.asnumpy() for p in params]).astype("float64")
    gb.grad_clipping(params, theta, mx.cpu())
    after = np.concatenate([p.grad.asnumpy() for p in params]).astype("float64")
    length = np.linalg.norm(before)
    assert np.linalg.norm(after) <= min(length, theta) * (1 + 1e-5)
    # One factor for all of it, and no other factor than is needed.
    np.testing.assert_allclose(
        after, before * min(1, theta / max(length, 1e-30)), rtol=1e-4, atol=1e-30
    )


# --- perplexity -----------------------------------------------------------------------


class Uniform(gluon.Block):
    """A model that thinks every character as likely as every other."""

    def __init__(self, vocab_size):
        super().__init__()
        self.vocab_size = vocab_size

    def forward(self, X, state):
        return nd.zeros((X.size, self.vocab_size)), state

    def begin_state(self, batch_size, ctx):
        return []


@given(st.integers(2, 400), st.data(), st.integers(1, 20))
def test_the_perplexity_of_a_uniform_model_is_the_size_of_the_vocabulary(size, data, num_steps):
    corpus = data.draw(st.lists(st.integers(0, size - 1), min_size=2, max_size=60))
    perplexity = gb.evaluate_perplexity(Uniform(size), corpus, mx.cpu(), num_steps=num_steps)
    assert math.isclose(perplexity, size, rel_tol=1e-5)


# --- saving and loading ---------------------------------------------------------------

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
epochs = st.lists(st.tuples(st.floats(1, 1e6), st.floats(0, 1e6)), max_size=4).map(
    lambda drawn: [gb.Epoch(number, *rest) for number, rest in enumerate(drawn, 1)]
)
layers = st.builds(
    lambda kind, *sizes, both: kind(*sizes, bidirectional=both),
    st.sampled_from([rnn.RNN, rnn.GRU, rnn.LSTM]),
    st.integers(1, 4),
    st.integers(1, 3),
    both=st.booleans(),
)


@settings(max_examples=25)
@given(layers, st.integers(1, 5), epochs, json_values, st.randoms(use_true_random=False))
def test_saving_and_loading_is_the_identity(layer, vocab_size, history, note, draw):
    vocabulary = sorted(draw.sample('abc 天é\u2028😀"\\', vocab_size))
    model = gb.RNNModel(layer, vocab_size)
    model.initialize(mx.init.Normal(1))
    model(nd.zeros((1, 1)), model.begin_state(batch_size=1))
    given_settings = {"num_epochs": 9, "lr": 0.1, "clipping_theta": math.inf, "note": note}
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/run.npz"
        gb.Checkpoint(path, model, vocabulary, given_settings, history=history).save()
        saved = gb.load_checkpoint(path)
    assert saved.settings == given_settings
    assert (saved.idx_to_char, saved.history) == (vocabulary, history)
    assert run_file.architecture_of(saved.model) == run_file.architecture_of(model)
    before, after = (m._collect_params_with_prefix() for m in (model, saved.model))
    assert before.keys() == after.keys()
    for name, param in before.items():
        np.testing.assert_array_equal(param.data().asnumpy(), after[name].data().asnumpy())
