"""Code that was written in 2018 runs unchanged, and computes what the functions of today compute."""

import random
import re
import sys
from pathlib import Path

import mxnet as mx
import pytest

import gluonbook as gb
from tests import ROOT
from tests.processes import finished
from tests.services.test_training import PANGRAM as TEXT
from tests.services.test_training import SETTINGS, perplexities

CPU = mx.cpu(1)  # not the one that is taken if none is named
VOCABULARY = (TEXT.size, CPU, TEXT.chars, TEXT.index)

# A reader's own file, as it was written in 2018.
OLDER_CODE = """
import sys
sys.path.insert(0, '..')
import gluonbook as gb
from mxnet import nd
from mxnet.gluon import nn, rnn

class OwnModel(nn.Block):
    def __init__(self, rnn_layer, vocab_size, **kwargs):
        super(OwnModel, self).__init__(**kwargs)
        self.rnn = rnn_layer
        self.vocab_size = vocab_size
        self.dense = nn.Dense(vocab_size)

    def forward(self, inputs, state):
        X = nd.one_hot(inputs.T, self.vocab_size)
        Y, state = self.rnn(X, state)
        output = self.dense(Y.reshape((-1, Y.shape[-1])))
        return output, state

    def begin_state(self, *args, **kwargs):
        return self.rnn.begin_state(*args, **kwargs)

(corpus_indices, char_to_idx, idx_to_char, vocab_size) = gb.load_data_time_machine()
ctx = gb.try_gpu()
rnn_layer = rnn.RNN(16)
rnn_layer.initialize()
model = OwnModel(rnn_layer, vocab_size)
model.initialize(force_reinit=True, ctx=ctx)
print(gb.predict_rnn_gluon('traveller', 10, model, vocab_size, ctx, idx_to_char, char_to_idx))
gb.train_and_predict_rnn_gluon(model, 16, vocab_size, ctx, corpus_indices, idx_to_char,
                               char_to_idx, 2, 35, 1e2, 1e-2, 32, 1, 50,
                               ['traveller', 'time traveller'])
print(gb.__file__)
"""


@pytest.mark.reads_text
def test_older_code_runs_in_the_folder_of_the_chapter():
    done = finished([sys.executable, "-c", OLDER_CODE], cwd=ROOT / "chapter_rnn")
    assert done.returncode == 0, done.stderr
    predicted, *report, file = done.stdout.splitlines()
    assert predicted.startswith("traveller")
    assert len(predicted) == len("traveller") + 10
    assert re.fullmatch(r"epoch 1, perplexity \d+\.\d{6}, time \d+\.\d\d sec", report[0])
    assert [line.split()[0] for line in report] == ["epoch", "-", "-"] * 2
    assert [len(line) for line in report[1:3]] == [
        len(" - traveller") + 50,
        len(" - time traveller") + 50,
    ]
    assert Path(file).resolve().parent == ROOT / "gluonbook"


@pytest.mark.parametrize("is_random_iter", [False, True])
def test_a_model_from_scratch_is_trained_and_continues_a_text_as_today(is_random_iter):
    begun = []

    def begin(batch_size, num_hiddens, ctx):
        begun.append((num_hiddens, ctx))
        return gb.init_rnn_state(batch_size, num_hiddens, ctx)

    mx.random.seed(3)
    params = gb.get_params(TEXT.size, 16, CPU)
    model = gb.ScratchModel(16, TEXT.size)
    random.seed(3)
    history = gb.train_and_predict_rnn(
        gb.rnn_forward, lambda: params, begin, 16, TEXT.size, CPU, TEXT.train.tolist(), TEXT.chars,
        TEXT.index, is_random_iter, 3, 5, 2.0, 0.3, 4, 9, 6, [],
    )  # fmt: skip
    same = gb.train(model, TEXT, ctx=CPU, is_random_iter=is_random_iter, seed=3, **SETTINGS)
    assert perplexities(history) == perplexities(same)
    assert set(begun) == {(16, CPU)}, "a reader's function begins"
    written = gb.predict_rnn("fox", 20, gb.rnn_forward, params, begin, 16, *VOCABULARY)
    assert written == gb.write(model, TEXT, prefix="fox", num_chars=20, ctx=CPU)
