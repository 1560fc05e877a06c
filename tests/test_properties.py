"""What holds for every text and every saved run, tried on many that were drawn."""

import io
import math
import tempfile
from pathlib import Path

import mxnet as mx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from mxnet import nd
from mxnet.gluon import rnn

import gluonbook as gb
from gluonbook import tool
from gluonbook.tool import run_file

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
    if not whole.strip() or not expected:  # refused, which is tested elsewhere
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
    lambda kind, *sizes: kind(*sizes),
    st.sampled_from([rnn.RNN, rnn.GRU, rnn.LSTM]),
    st.integers(1, 4),
    st.integers(1, 3),
)


@settings(max_examples=25)
@given(layers, st.integers(2, 5), epochs, json_values, st.randoms(use_true_random=False))
def test_saving_and_loading_is_the_identity(layer, vocab_size, history, note, draw):
    chars = draw.sample('abc 天é\u2028😀"\\', vocab_size)  # in any order
    text = gb.IndexedText([0], {char: i for i, char in enumerate(chars)}, chars, vocab_size)
    model = gb.RNNModel(layer, vocab_size)
    model.initialize(mx.init.Normal(1))
    model(nd.zeros((1, 1)), model.begin_state(batch_size=1))
    given_settings = {"num_epochs": 9, "lr": 0.1, "clipping_theta": math.inf, "note": note}
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/run.npz"
        tool.Checkpoint(model, text, path, given_settings, history=history).save()
        saved = tool.load_checkpoint(path)
    assert saved.settings == given_settings
    assert (saved.text.chars, saved.history) == (chars, history)
    assert run_file.architecture_of(saved.model) == run_file.architecture_of(model)
    before, after = (m._collect_params_with_prefix() for m in (model, saved.model))
    assert before.keys() == after.keys()
    for name, param in before.items():
        np.testing.assert_array_equal(param.data().asnumpy(), after[name].data().asnumpy())
