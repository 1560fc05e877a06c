"""Training learns, reports what it should, and stops when it makes no sense to go on."""

import math
import random
import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import mxnet as mx
import numpy as np
import pytest
from mxnet import autograd, init, nd
from mxnet.gluon import nn, rnn
from mxnet.gluon.loss import SoftmaxCrossEntropyLoss

import gluonbook as gb
from gluonbook import errors, training
from tests import LIMIT

CPU = mx.cpu()


class Text:
    """A text as indices, under the names that the training functions have for it."""

    def __init__(self, text):
        self.idx_to_char = sorted(set(text))
        self.char_to_idx = {char: idx for idx, char in enumerate(self.idx_to_char)}
        self.corpus_indices = [self.char_to_idx[char] for char in text]
        self.vocab_size = len(self.idx_to_char)


PANGRAM = Text("the quick brown fox jumps over the lazy dog. " * 4)


class PlainModel(nn.Block):
    """A model as readers wrote it: not hybridizable, and its state merely passes through."""

    def __init__(self, rnn_layer, vocab_size):
        super().__init__()
        with self.name_scope():
            self.vocab_size = vocab_size
            self.rnn = rnn_layer
            self.dense = nn.Dense(vocab_size)

    def forward(self, inputs, state):
        Y, state = self.rnn(nd.one_hot(inputs.T, self.vocab_size), state)
        return self.dense(Y.reshape((-1, Y.shape[-1]))), state

    def begin_state(self, *args, **kwargs):
        return self.rnn.begin_state(*args, **kwargs)


class Scratch:
    """A model from scratch, under the names that its training function has for it.

    Its parameters can be asked for: `get_params` keeps what it draws.
    """

    def __init__(self, text, num_hiddens=16):
        self.text, self.num_hiddens = text, num_hiddens

    def get_params(self):
        self.params = gb.get_params(self.text.vocab_size, self.num_hiddens, CPU)
        return self.params


SETTINGS = {
    "num_epochs": 3,
    "num_steps": 5,
    "lr": 2.0,
    "clipping_theta": 0.3,
    "batch_size": 4,
    "pred_period": 1000,
    "pred_len": 4,
    "prefixes": ["the"],
}


def train_gluon(model, text=PANGRAM, **changes):
    """Train a Gluon model; return the perplexity of each epoch."""
    epochs = []
    settings = {"callbacks": [epochs.append]} | vars(text) | SETTINGS | changes
    gb.train_and_predict_rnn_gluon(model=model, num_hiddens=16, ctx=CPU, **settings)
    return [epoch.perplexity for epoch in epochs]


def train_scratch(model, text=PANGRAM, *, is_random_iter=False, rnn=gb.rnn_forward, **changes):
    """Train a model from scratch; return the perplexity of each epoch."""
    epochs = []
    settings = {"callbacks": [epochs.append], "get_params": model.get_params}
    gb.train_and_predict_rnn(
        rnn=rnn,
        init_rnn_state=gb.init_rnn_state,
        num_hiddens=model.num_hiddens,
        ctx=CPU,
        is_random_iter=is_random_iter,
        **(settings | vars(text) | SETTINGS | changes),
    )
    return [epoch.perplexity for epoch in epochs]


def train_anything_gluon(text=PANGRAM, **changes):
    return train_gluon(
        gb.RNNModel(rnn.RNN(16, activation="tanh"), text.vocab_size), text, **changes
    )


def train_anything_scratch(text=PANGRAM, **changes):
    return train_scratch(Scratch(text), text, **changes)


both = pytest.mark.parametrize("train", [train_anything_gluon, train_anything_scratch])


# --- clipping -------------------------------------------------------------------------


def with_gradients(*gradients):
    """Make parameters that have these gradients."""
    params = [nd.ones(np.shape(g)) for g in gradients]
    for param, gradient in zip(params, gradients, strict=True):
        param.attach_grad()
        param.grad[:] = nd.array(gradient)
    return params


@pytest.mark.parametrize("theta", [0.01, 1, 5, 100, 1e6, np.float64(0.5), math.inf])
def test_clipping_is_what_numpy_computes(theta):
    draw = np.random.default_rng(0)
    for scale in (1e-3, 1, 50):
        gradients = [draw.normal(scale=scale, size=shape) for shape in ((3, 4), (5,), (2, 1, 2))]
        params = with_gradients(*gradients)
        gb.grad_clipping(params, theta, CPU)
        norm = math.sqrt(sum((g**2).sum() for g in gradients))
        for param, gradient in zip(params, gradients, strict=True):
            expected = gradient * min(1, theta / norm)
            np.testing.assert_allclose(param.grad.asnumpy(), expected, rtol=1e-5)
            assert (param.asnumpy() == 1).all()  # the parameter itself does not change


def test_a_gradient_is_shortened_to_the_threshold_and_its_length_before_is_returned():
    a, b = with_gradients([3.0, 0.0], [4.0])
    assert gb.grad_clipping([a, b], 1, None).asnumpy() == pytest.approx([5])
    np.testing.assert_allclose(a.grad.asnumpy(), [0.6, 0], rtol=1e-6)
    np.testing.assert_allclose(b.grad.asnumpy(), [0.8], rtol=1e-6)
    assert gb.grad_clipping([a, b], 1, None).asnumpy() == pytest.approx([1])


@pytest.mark.parametrize("theta", [0.01, math.inf])
def test_a_gradient_of_zeros_stays(theta):
    (param,) = with_gradients([0.0, 0.0])
    gb.grad_clipping([param], theta, CPU)
    assert param.grad.asnumpy().tolist() == [0, 0]


def test_clipping_does_not_wait_for_the_device(monkeypatch):
    (param,) = with_gradients([3.0, 4.0])
    for name in ("asnumpy", "asscalar", "wait_to_read", "__bool__"):
        monkeypatch.setattr(nd.NDArray, name, lambda x: pytest.fail("it waited"))
    gb.grad_clipping([param], 1, CPU)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("length", [1e-25, 1e-3, 5, 6e4, 1e30])
def test_gradients_of_any_size_and_kind_are_shortened(dtype, length):
    info = np.finfo(dtype)  # its numbers: beside one of them NumPy 2 would round `length`, too
    if not float(info.tiny) < length < float(info.max):
        pytest.skip(f"{length} is no number of this kind")
    gradient = (np.array([0.6, 0.0, 0.8]) * length).astype(dtype)
    param = nd.zeros((3,), dtype=dtype)
    param.attach_grad()
    param.grad[:] = nd.array(gradient, dtype=dtype)
    theta = length / 10
    norm = gb.grad_clipping([param], theta, CPU)
    np.testing.assert_allclose(norm.asscalar(), length, rtol=1e-2)
    np.testing.assert_allclose(param.grad.asnumpy(), gradient / 10, rtol=1e-2)


# --- one step, one number -------------------------------------------------------------


@pytest.mark.parametrize("lr", [0.5, np.float64(0.5)], ids=["float", "numpy"])
def test_a_step_goes_against_the_gradient(lr):
    for step in (gb.sgd, lambda params, lr, batch_size: gb.SGD(params, lr).step(batch_size)):
        a, b = with_gradients([2.0, -4.0], [8.0])
        step([a, b], lr, 2)
        assert a.asnumpy().tolist() == [0.5, 2]
        assert b.asnumpy().tolist() == [-1]


# --- training against a loop as readers know it ---------------------------------------


def clip_on_the_host(params, theta):
    norm = math.sqrt(sum((p.grad**2).sum().asscalar() for p in params))
    if norm > theta:
        for p in params:
            p.grad[:] *= theta / norm


def perplexities_of_a_plain_loop(step, begin_state, params, text, settings):
    """Train with `step(X, state)`, which returns logits and a state; wait after every step.

    The text is cut by hand, so no sampler of gluonbook's is trusted. `params` is
    called after the first forward computation.
    """
    batch_size, num_steps = settings["batch_size"], settings["num_steps"]
    corpus = np.array(text.corpus_indices)
    row_length = len(corpus) // batch_size
    loss = SoftmaxCrossEntropyLoss()
    perplexities = []
    for _ in range(settings["num_epochs"]):
        state = begin_state()
        total = count = 0
        for column in range(0, row_length - num_steps, num_steps):
            places = row_length * np.arange(batch_size)[:, None] + column + np.arange(num_steps)
            X, Y = nd.array(corpus[places]), nd.array(corpus[places + 1])
            with autograd.record():
                logits, state = step(X, [s.detach() for s in state])
                mean = loss(logits, Y.T.reshape((-1,))).mean()
            mean.backward()
            clip_on_the_host(params(), settings["clipping_theta"])
            for p in params():
                p[:] = p - settings["lr"] * p.grad
            total, count = total + mean.asscalar() * Y.size, count + Y.size
        perplexities.append(math.exp(total / count))
    return perplexities


# In the first case no gradient is clipped, in the second every one, in the third some.
@pytest.mark.parametrize(
    "changes", [{"clipping_theta": 100}, {"clipping_theta": 0.01, "lr": 100}, {}]
)
@pytest.mark.parametrize("layer", [rnn.RNN, rnn.LSTM])
def test_a_gluon_model_learns_as_in_a_plain_loop(layer, changes):
    settings = SETTINGS | changes
    model = gb.RNNModel(layer(16), PANGRAM.vocab_size)
    mx.random.seed(1)
    perplexities = train_gluon(model, **changes)
    plain = PlainModel(layer(16), PANGRAM.vocab_size)
    mx.random.seed(1)
    plain.initialize(init.Normal(0.01), ctx=CPU)
    expected = perplexities_of_a_plain_loop(
        plain,
        lambda: plain.begin_state(batch_size=settings["batch_size"]),
        lambda: [p.data() for p in plain.collect_params().values()],
        PANGRAM,
        settings,
    )
    assert perplexities == pytest.approx(expected, rel=1e-4)
    assert perplexities[-1] < 0.95 * perplexities[0]


@pytest.mark.parametrize("changes", [{"clipping_theta": 100}, {"clipping_theta": 0.01, "lr": 100}])
def test_a_model_from_scratch_learns_as_in_a_plain_loop(changes):
    settings = SETTINGS | changes
    model = Scratch(PANGRAM)
    mx.random.seed(1)
    perplexities = train_scratch(model, **changes)
    mx.random.seed(1)
    params = model.get_params()

    def step(X, state):
        outputs, state = gb.rnn_forward(gb.to_onehot(X, PANGRAM.vocab_size), state, params)
        return nd.concat(*outputs, dim=0), state

    expected = perplexities_of_a_plain_loop(
        step,
        lambda: gb.init_rnn_state(settings["batch_size"], 16, CPU),
        lambda: params,
        PANGRAM,
        settings,
    )
    assert perplexities == pytest.approx(expected, rel=1e-4)


def test_a_model_of_the_readers_own_is_trained():
    own = PlainModel(rnn.LSTM(16), PANGRAM.vocab_size)
    ours = gb.RNNModel(rnn.LSTM(16), PANGRAM.vocab_size)
    mx.random.seed(2)
    perplexities = train_gluon(own)
    mx.random.seed(2)
    assert perplexities == pytest.approx(train_gluon(ours), rel=1e-5)


def test_training_begins_from_new_parameters():
    model = gb.RNNModel(rnn.RNN(16), PANGRAM.vocab_size)
    train_gluon(model)
    mx.random.seed(0)
    again = train_gluon(model)
    mx.random.seed(0)
    assert train_gluon(model) == again


def test_the_first_parameters_are_small():
    model = gb.RNNModel(rnn.RNN(64), PANGRAM.vocab_size)
    train_gluon(model, lr=1e-9, num_epochs=1)
    for name, param in model.collect_params().items():
        spread = param.data().asnumpy().std()
        assert spread == (
            pytest.approx(0, abs=1e-6) if "bias" in name else pytest.approx(0.01, rel=0.1)
        )


def test_training_is_on_the_device_asked_for():
    model = gb.RNNModel(rnn.RNN(16), PANGRAM.vocab_size)
    settings = vars(PANGRAM) | SETTINGS | {"pred_period": 1}
    gb.train_and_predict_rnn_gluon(model=model, num_hiddens=16, ctx=mx.cpu(1), **settings)
    assert [p.list_ctx() for p in model.collect_params().values()] == [[mx.cpu(1)]] * 6
    gb.train_and_predict_rnn(
        rnn=gb.rnn_forward,
        get_params=lambda: gb.get_params(PANGRAM.vocab_size, 16, mx.cpu(1)),
        init_rnn_state=gb.init_rnn_state,
        num_hiddens=16,
        ctx=mx.cpu(1),
        is_random_iter=True,
        **settings,
    )


def test_arguments_may_be_given_by_position(capsys):
    text = PANGRAM
    gb.train_and_predict_rnn_gluon(
        PlainModel(rnn.RNN(8), text.vocab_size), 8, text.vocab_size, CPU, text.corpus_indices,
        text.idx_to_char, text.char_to_idx, 2, 5, 1e2, 1e-2, 4, 1, 6, ["the", "fox"],
    )  # fmt: skip
    gb.train_and_predict_rnn(
        gb.rnn_forward, lambda: gb.get_params(text.vocab_size, 8, CPU), gb.init_rnn_state, 8,
        text.vocab_size, CPU, text.corpus_indices, text.idx_to_char, text.char_to_idx, True, 2, 5,
        1e2, 1e-2, 4, 1, 6, ["the", "fox"],
    )  # fmt: skip
    assert len(capsys.readouterr().out.splitlines()) == 2 * 2 * 3


# --- what is learned ------------------------------------------------------------------


@both
def test_a_periodic_text_is_learned(train, capsys):
    mx.random.seed(0)
    perplexities = train(
        Text("abcdef" * 20),
        num_epochs=20,
        clipping_theta=1,
        pred_period=20,
        pred_len=12,
        prefixes=["abc"],
    )
    assert perplexities[0] > 4
    assert 1 <= perplexities[-1] < 1.05
    assert " - abcdefabcdefabc\n" in capsys.readouterr().out


@both
def test_only_a_state_that_is_carried_tells_the_first_a_from_the_second(train):
    # Mini-batches of two characters begin everywhere in "aab". After an "a" at the
    # beginning of one, a model without the state before it can do no better than guess:
    # two thirds of half of the characters, at a loss of log 2. That is a perplexity of 1.26.
    mx.random.seed(0)
    perplexities = train(
        Text("aab" * 24), num_epochs=20, num_steps=2, clipping_theta=0.5, prefixes=["a"]
    )
    assert perplexities[-1] < 1.1


def test_random_sampling_learns_too():
    mx.random.seed(0)
    random.seed(0)
    perplexities = train_anything_scratch(
        Text("abcdef" * 20), is_random_iter=True, num_epochs=20, clipping_theta=1, prefixes=["a"]
    )
    assert perplexities[-1] < 1.05


# --- the state ------------------------------------------------------------------------


class Watched(nn.Block):
    """A model that remembers the states it was given and those it returned."""

    def __init__(self, model):
        super().__init__()
        self.model = model
        self.given, self.returned = [], []

    def forward(self, X, state):
        self.given.append([s.copy() for s in state])
        logits, state = self.model(X, state)
        self.returned.append([s.copy() for s in state])
        return logits, state

    def begin_state(self, *args, **kwargs):
        return self.model.begin_state(*args, **kwargs)


def as_numpy(states):
    return np.stack([[s.asnumpy() for s in state] for state in states])


def check_that_the_state_is_carried(given, returned, num_epochs):
    """Zeros at the beginning of each epoch; after that, what the step before returned."""
    per_epoch = len(given) // num_epochs
    assert per_epoch > 1
    for step, state in enumerate(given):
        expected = np.zeros_like(state) if step % per_epoch == 0 else returned[step - 1]
        np.testing.assert_array_equal(state, expected)
    assert np.abs(returned).max() > 0


def test_a_gluon_model_is_given_the_state_that_it_returned():
    model = Watched(gb.RNNModel(rnn.LSTM(16), PANGRAM.vocab_size))
    train_gluon(model)
    # What it reads first is there to see what it returns.
    check_that_the_state_is_carried(as_numpy(model.given[1:]), as_numpy(model.returned[1:]), 3)


@pytest.mark.parametrize("is_random_iter", [False, True])
def test_a_model_from_scratch_is_given_the_state_that_it_returned(is_random_iter):
    given, returned = [], []

    def watched(inputs, state, params):
        given.append([s.copy() for s in state])
        outputs, state = gb.rnn_forward(inputs, state, params)
        returned.append([s.copy() for s in state])
        return outputs, state

    train_scratch(Scratch(PANGRAM), rnn=watched, is_random_iter=is_random_iter)
    given, returned = as_numpy(given[1:]), as_numpy(returned[1:])
    if is_random_iter:
        # The mini-batch before was from other places of the text.
        assert not given.any()
        assert len(given) == 3 * ((180 - 1) // 5 // 4)
    else:
        check_that_the_state_is_carried(given, returned, 3)


@pytest.mark.parametrize("is_random_iter", [False, True])
def test_a_model_from_scratch_reads_in_order_or_at_random(is_random_iter):
    read = []

    def watched(inputs, state, params):
        read.append(np.stack([x.asnumpy().argmax(axis=1) for x in inputs]))
        return gb.rnn_forward(inputs, state, params)

    random.seed(0)
    train_scratch(Scratch(PANGRAM), rnn=watched, is_random_iter=is_random_iter, num_epochs=2)
    first, second = np.split(np.stack(read[1:]), 2)
    assert (first == second).all() == (not is_random_iter)
    if not is_random_iter:
        batches = gb.data_iter_consecutive(PANGRAM.corpus_indices, 4, 5)
        np.testing.assert_array_equal(first, [X.T.asnumpy() for X, _ in batches])


class Messenger(nn.Block):
    """A model with a parameter that reaches the loss through the next mini-batch alone."""

    def __init__(self):
        super().__init__()
        with self.name_scope():
            self.bias = self.params.get("bias", shape=(1, 3))
            self.message = self.params.get("message", shape=(1, 3))

    def forward(self, X, state):
        (logits,), state = deliver([nd.zeros((X.size, 3))], state, self.parameters())
        return logits, state

    def parameters(self):
        return [self.bias.data(), self.message.data()]

    def begin_state(self, batch_size, ctx):
        return [nd.zeros((1, 3), ctx=ctx)]


def deliver(inputs, state, params):
    bias, message = params
    # Times zero: the message has a gradient, and it is zero.
    return [0 * x + state[0] + bias + 0 * message for x in inputs], (message + 0,)


def test_the_gradient_of_a_gluon_model_ends_at_the_mini_batch():
    model = Messenger()
    mx.random.seed(0)
    train_gluon(model, Text("abc" * 20), prefixes=["a"])
    bias, message = (p.asnumpy() for p in model.parameters())
    mx.random.seed(0)
    model.initialize(init.Normal(0.01), force_reinit=True)
    first_bias, first_message = (p.asnumpy() for p in model.parameters())
    assert (bias != first_bias).all()
    np.testing.assert_array_equal(message, first_message)


def test_the_gradient_of_a_model_from_scratch_ends_at_the_mini_batch():
    params = with_gradients([[1.0, 2.0, 3.0]], [[1.0, 2.0, 3.0]])
    model = Scratch(Text("abc" * 20), num_hiddens=3)
    model.get_params = lambda: params
    bias, message = params
    before = bias.asnumpy()
    train_scratch(model, model.text, rnn=deliver, batch_size=1, prefixes=["a"])
    assert (bias.asnumpy() != before).any()
    assert message.asnumpy().tolist() == [[1, 1, 1]]


# --- reports and callbacks ------------------------------------------------------------


@both
def test_a_report_is_made_every_so_many_epochs(train, capsys):
    train(num_epochs=7, pred_period=3, pred_len=9, prefixes=["the", "dog. "])
    lines = capsys.readouterr().out.splitlines()
    report = re.compile(r"epoch (\d+), perplexity \d+\.\d{6}, time \d+\.\d\d sec")
    assert [report.fullmatch(line)[1] for line in lines[::3]] == ["3", "6"]
    for the, dog in (lines[1:3], lines[4:6]):
        assert the.startswith(" - the")
        assert dog.startswith(" - dog. ")
        assert len(the) == len(" - the") + 9
        assert len(dog) == len(" - dog. ") + 9


@both
def test_callbacks_are_told_of_every_epoch(train, capsys):
    told = []
    callbacks = [lambda epoch: told.append(("a", epoch)), lambda epoch: told.append(("b", epoch))]
    train(num_epochs=4, pred_period=2, prefixes=[], callbacks=callbacks)
    assert [(name, epoch.number) for name, epoch in told] == [
        (name, number) for number in (1, 2, 3, 4) for name in "ab"
    ]
    for _, epoch in told:
        assert 1 < epoch.perplexity < 100
        assert 0 < epoch.seconds < 60
    second, fourth = told[2][1], told[6][1]
    # The report says what the callbacks are told.
    assert capsys.readouterr().out == "".join(
        f"epoch {e.number}, perplexity {e.perplexity:f}, time {e.seconds:.2f} sec\n"
        for e in (second, fourth)
    )


@both
def test_within_an_epoch_nothing_waits_for_the_device(train, monkeypatch):
    waits, steps = [], []
    asnumpy, step = nd.NDArray.asnumpy, gb.train_step
    monkeypatch.setattr(nd.NDArray, "asnumpy", lambda x: waits.append(len(steps)) or asnumpy(x))
    monkeypatch.setattr(nd.NDArray, "wait_to_read", lambda x: waits.append(len(steps)))
    monkeypatch.setattr(nd, "waitall", lambda: waits.append(len(steps)))
    monkeypatch.setattr(training, "train_step", lambda *a: steps.append(None) or step(*a))
    train(num_epochs=3)
    assert set(waits) == {8, 16, 24}


def test_python_is_at_most_a_hundred_mini_batches_ahead(monkeypatch):
    waited = []
    monkeypatch.setattr(nd.NDArray, "wait_to_read", lambda loss: waited.append(loss))
    monkeypatch.setattr(training, "train_step", lambda model, X, Y, state, *rest: (X, X, state))
    batches = [(nd.array([number]), None) for number in range(250)]
    losses, _ = gb.train_epoch(None, batches, [], None, None, 1)
    assert len(losses) == 250
    assert [loss.asscalar() for loss in waited] == [99, 199]


# --- history and Ctrl-C ---------------------------------------------------------------


class Gluon:
    """Train Gluon's model, in adjacent order."""

    def __init__(self):
        self.model = gb.RNNModel(rnn.LSTM(16), PANGRAM.vocab_size)

    def train(self, **changes):
        mx.random.seed(1)
        settings = vars(PANGRAM) | SETTINGS | {"num_epochs": 5} | changes
        return gb.train_and_predict_rnn_gluon(self.model, num_hiddens=16, ctx=CPU, **settings)

    def params(self):
        return [param.data().asnumpy() for param in self.model.collect_params().values()]


class FromScratch:
    """Train the model from scratch, in random order."""

    def __init__(self):
        mx.random.seed(1)
        random.seed(1)
        self.arrays = gb.get_params(PANGRAM.vocab_size, 16, CPU)

    def train(self, **changes):
        settings = vars(PANGRAM) | SETTINGS | {"num_epochs": 5, "ctx": CPU} | changes
        return gb.train_and_predict_rnn(
            gb.rnn_forward, lambda: self.arrays, gb.init_rnn_state, 16,
            is_random_iter=True, **settings,
        )  # fmt: skip

    def params(self):
        return [array.asnumpy() for array in self.arrays]


both_kinds = pytest.mark.parametrize("kind", [Gluon, FromScratch])


def perplexities(history):
    return [epoch.perplexity for epoch in history]


def same_arrays(some, others):
    return all(np.array_equal(a, b) for a, b in zip(some, others, strict=True))


def interrupt_in(number):
    def interrupt(epoch):
        if epoch.number == number:
            signal.raise_signal(signal.SIGINT)

    return interrupt


@both_kinds
def test_a_training_that_was_stopped_goes_on_as_if_nothing_had_happened(kind, capsys):
    whole = kind()
    told = []
    expected = whole.train(callbacks=[told.append])
    assert expected == told
    model = kind()  # from the seed
    history = model.train(callbacks=[interrupt_in(2)])
    assert perplexities(history) == perplexities(expected[:2])
    assert capsys.readouterr().out.splitlines()[-1].startswith("stopped after epoch 2: to continue")
    again = model.train(history=tuple(history))
    assert perplexities(again) == perplexities(expected)
    assert again[:2] == history
    assert len(history) == 2
    assert same_arrays(model.params(), whole.params())


def test_ctrl_c_in_the_middle_of_an_epoch_ends_it_after_that_epoch(monkeypatch):
    step, steps = training.train_step, []

    def step_and_interrupt(*args):
        steps.append(None)
        if len(steps) == 11:  # of eight in an epoch
            signal.raise_signal(signal.SIGINT)
        return step(*args)

    monkeypatch.setattr(training, "train_step", step_and_interrupt)
    assert len(Gluon().train()) == 2
    assert len(steps) == 16


@both_kinds
def test_a_history_that_is_long_enough_is_returned_as_it_is(kind):
    model = kind()
    history = model.train()
    before = model.params()
    assert model.train(history=history) == history
    assert same_arrays(model.params(), before)


def test_a_second_interrupt_is_heeded_at_once():
    def interrupt_twice(epoch):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        pytest.fail("the second one was not heeded")

    with pytest.raises(KeyboardInterrupt):
        Gluon().train(callbacks=[interrupt_twice])
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_is_given_back():
    Gluon().train()
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_a_handler_of_the_readers_own_stays():
    heard = []
    before = signal.signal(signal.SIGINT, lambda *args: heard.append(args))
    try:
        history = Gluon().train(callbacks=[lambda epoch: signal.raise_signal(signal.SIGINT)])
    finally:
        signal.signal(signal.SIGINT, before)
    assert (len(history), len(heard)) == (5, 5)


def test_training_works_in_another_thread():
    with ThreadPoolExecutor() as pool:
        assert len(pool.submit(Gluon().train).result(timeout=LIMIT)) == 5


def test_importing_the_package_leaves_ctrl_c_and_the_lock_of_tqdm_alone():
    program = (
        "import signal, tqdm; lock = tqdm.tqdm.get_lock(); import gluonbook\n"
        "assert signal.getsignal(signal.SIGINT) is signal.default_int_handler\n"
        "assert tqdm.tqdm.get_lock() is lock"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=LIMIT)


# --- one call -------------------------------------------------------------------------


def test_train_is_the_training_of_2018():
    text, epochs = gb.Text("to be or not to be, that is the question. " * 20), []
    for call in ("new", "old"):
        model = gb.RNNModel(rnn.RNN(8), text.size)
        if call == "new":
            epochs.append(
                gb.train(model, text, seed=3, num_epochs=3, num_steps=5, batch_size=4, lr=1)
            )
            continue
        mx.random.seed(3)
        arguments = (model, 8, text.size, mx.cpu(), text.train, text.chars, text.index)
        epochs.append(gb.train_and_predict_rnn_gluon(*arguments, 3, 5, 1, 1e-2, 4, 9, 1, []))
    new, old = ([epoch.perplexity for epoch in history] for history in epochs)
    assert new == old


@pytest.mark.parametrize("is_random_iter", [False, True])
def test_a_model_from_scratch_is_trained_measured_and_written_with(is_random_iter, capsys):
    text = gb.Text("abc" * 200)
    model = gb.ScratchModel(gb.rnn_forward, gb.get_params, gb.init_rnn_state, 8, text.size)
    keep = gb.KeepBest(model, text.train, period=10)
    gb.train(
        model,
        text,
        seed=1,
        lr=1,
        clipping_theta=1,
        num_epochs=40,
        num_steps=5,
        batch_size=4,
        is_random_iter=is_random_iter,
        callbacks=[keep],
        pred_period=40,
        pred_len=6,
        prefixes=["ab"],
    )
    assert capsys.readouterr().out.endswith(" - abcabcab\n")
    keep.restore()
    assert gb.evaluate_perplexity(model, text.train) == pytest.approx(keep.best.perplexity)
    assert gb.write(model, text, prefix="ca", num_chars=4) == "cabcab"


def test_only_parameters_with_a_gradient_are_trained():
    model, text = gb.RNNModel(rnn.RNN(8), 3), gb.Text("abc" * 20)
    model.rnn.l0_h2h_bias.grad_req = "null"
    gb.train(model, text, batch_size=4, num_steps=5, num_epochs=3, lr=1)
    assert not model.rnn.l0_h2h_bias.data().asnumpy().any()
    assert model.rnn.l0_i2h_bias.data().asnumpy().any()


def test_another_optimiser_learns_otherwise():
    text, found = gb.Text("abc" * 20), {}
    for optimizer in ("sgd", "adam"):
        model = gb.RNNModel(rnn.RNN(8), 3)
        how = {"batch_size": 4, "num_steps": 5, "num_epochs": 3, "lr": 0.01, "seed": 1}
        found[optimizer] = gb.train(model, text, optimizer=optimizer, **how)[-1].perplexity
    assert found["adam"] < found["sgd"] < 3


# --- a loss that is no number ---------------------------------------------------------


def test_a_training_that_diverges_is_stopped():
    with pytest.raises(FloatingPointError, match=r"training diverged: the loss is .* in epoch \d"):
        train_anything_gluon(lr=1e10, clipping_theta=math.inf, num_epochs=20)


@both
def test_the_epoch_that_diverged_is_named_and_nobody_is_told_of_its_perplexity(
    train, monkeypatch, capsys
):
    told = []

    def spoil(epoch):
        told.append(epoch.number)
        if epoch.number == 2:
            monkeypatch.setattr("gluonbook.training.grad_clipping", fill_with_nan)

    def fill_with_nan(params, theta, ctx):
        for param in params:
            param[:] = math.nan
        return nd.zeros((1,))

    with pytest.raises(FloatingPointError, match="the loss is nan in epoch 3") as caught:
        train(num_epochs=9, pred_period=1, prefixes=[], callbacks=[spoil])
    assert told == [1, 2]
    assert "smaller learning rate lr" in str(caught.value)
    assert "smaller clipping_theta" in str(caught.value)
    assert len(capsys.readouterr().out.splitlines()) == 2


@both
def test_a_gradient_without_a_length_ends_the_training(train, monkeypatch):
    clip, norms = training.grad_clipping, []

    def infinite_at_last(params, theta, ctx):
        norms.append(clip(params, theta, ctx))
        return norms[-1] if len(norms) < 12 else nd.full((1,), math.inf)

    monkeypatch.setattr(training, "grad_clipping", infinite_at_last)
    with pytest.raises(FloatingPointError, match="the norm of a gradient is no number in epoch 2"):
        train(num_epochs=3)


def test_a_loss_whose_perplexity_is_no_number_ends_the_training():
    errors.check_loss(709, np.ones(2), 1)
    with pytest.raises(FloatingPointError, match="the loss is 710 in epoch 17"):
        errors.check_loss(710, np.ones(2), 17)
