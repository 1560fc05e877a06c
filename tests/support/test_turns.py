"""Threads that use the same model keep out of each other's way."""

import gluonbook as gb  # isort: skip  # before mxnet
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import mxnet as mx
import pytest
from mxnet.gluon import rnn

from tests import LIMIT

CHARS = list("abc")
TEXT = {
    "vocab_size": 3,
    "ctx": mx.cpu(),
    "idx_to_char": CHARS,
    "char_to_idx": {char: idx for idx, char in enumerate(CHARS)},
}
CORPUS = [0, 1, 2, 1] * 10


def choosing_together(models, together):
    """Continue a text with each model in a thread of its own; return how many chose at once."""
    chars = list("abc")
    index = {char: idx for idx, char in enumerate(chars)}
    choosing, most = [], []
    meeting = threading.Barrier(len(models), timeout=LIMIT)

    def choose(logits):
        choosing.append(1)
        most.append(len(choosing))
        if together:
            meeting.wait()
        else:
            time.sleep(0.05)
        choosing.pop()
        return gb.greedy(logits)

    def proceed(model):
        gb.predict_rnn_gluon("a", 3, model, 3, mx.cpu(), chars, index, choose=choose)

    threads = [threading.Thread(target=proceed, args=(model,)) for model in models]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(most) == 3 * len(models)
    return max(most)


def test_threads_take_turns_with_a_model_and_not_with_others():
    models = [gb.RNNModel(rnn.RNN(4), 3) for _ in range(2)]
    for model in models:
        model.initialize()
    assert choosing_together([models[0]] * 3, together=False) == 1
    assert choosing_together(models, together=True) == 2


def test_threads_write_what_one_alone_writes():
    chars = [chr(97 + idx) for idx in range(20)]
    index = {char: idx for idx, char in enumerate(chars)}
    mx.random.seed(1)
    model = gb.RNNModel(rnn.LSTM(16), 20)
    model.initialize(mx.init.Normal(0.6))
    vocabulary = (20, mx.cpu(), chars, index)

    def write(char):
        one = gb.predict_rnn_gluon(char, 20, model, *vocabulary)
        (other,) = gb.generate([char], 20, model, *vocabulary)
        best = gb.beam_search(char, 5, model, *vocabulary, beam_width=2)
        return one, other, best

    expected = [write(char) for char in chars[:6]]
    with ThreadPoolExecutor(6) as pool:
        for _ in range(3):
            assert list(pool.map(write, chars[:6])) == expected


# --- training -----------------------------------------------------------------------------


def train(model, callback, num_epochs=2):
    """Train on the little text; call something at the end of every epoch."""
    sizes = {"num_hiddens": 4, "num_steps": 3, "batch_size": 2, "pred_period": 9, "pred_len": 1}
    rates = {"lr": 1.0, "clipping_theta": 1.0, "num_epochs": num_epochs}
    return gb.train_and_predict_rnn_gluon(
        model, corpus_indices=CORPUS, prefixes=["a"], callbacks=[callback], **TEXT, **sizes, **rates
    )


def train_parallel(model, callback):
    """Train on the same text with the function for several devices."""
    return gb.train_data_parallel(
        model, 3, [mx.cpu()], CORPUS, 2, 3, 1.0, 1.0, 2, callbacks=[callback]
    )


def export(model):
    with tempfile.TemporaryDirectory() as folder:
        gb.export_onnx(model, f"{folder}/model.onnx", CHARS)


def save(model):
    with tempfile.TemporaryDirectory() as folder:
        gb.Checkpoint(folder, model, CHARS, {}).save()


USES = {
    "train": lambda model: train(model, lambda epoch: None),
    "train in parallel": lambda model: train_parallel(model, lambda epoch: None),
    "evaluate": lambda model: gb.evaluate_perplexity(model, CORPUS, mx.cpu()),
    "predict": lambda model: gb.predict_rnn_gluon("a", 3, model, **TEXT),
    "generate": lambda model: gb.generate(["a"], 3, model, **TEXT),
    "export": export,
    "save": save,
}


@pytest.mark.parametrize("training", [train, train_parallel])
@pytest.mark.parametrize("name", USES)
def test_while_a_thread_trains_a_model_others_are_told_so(name, training):
    model = gb.RNNModel(rnn.RNN(4), 3)
    errors = []

    def elsewhere(epoch):
        with ThreadPoolExecutor(1) as other:
            errors.append(other.submit(USES[name], model).exception(timeout=LIMIT))

    assert len(training(model, elsewhere)) == 2
    assert [type(error) for error in errors] == [RuntimeError] * 2
    assert "another thread is training this model" in str(errors[0])
    with ThreadPoolExecutor(1) as other:  # once it is trained, all may use it again
        assert other.submit(USES[name], model).exception(timeout=LIMIT) is None


def test_a_thread_may_use_the_model_that_it_trains_and_not_train_it_meanwhile():
    model = gb.RNNModel(rnn.RNN(4), 3)

    def use(epoch):
        for name in ("evaluate", "predict", "generate", "export", "save"):
            USES[name](model)
        with pytest.raises(RuntimeError, match="is being trained already"):
            USES["train"](model)

    assert len(train(model, use)) == 2


def test_two_models_are_trained_at_once():
    meeting = threading.Barrier(2, timeout=LIMIT)
    models = [gb.RNNModel(rnn.RNN(4), 3) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(train, model, lambda epoch: meeting.wait()) for model in models]
        assert [len(run.result()) for run in runs] == [2, 2]


def test_a_training_that_fails_lets_others_use_the_model():
    model = gb.RNNModel(rnn.RNN(4), 3)

    def fail(epoch):
        raise OSError("no more")

    with pytest.raises(OSError, match="no more"):
        train(model, fail)
    with ThreadPoolExecutor(1) as other:
        assert other.submit(USES["train"], model).exception(timeout=LIMIT) is None
