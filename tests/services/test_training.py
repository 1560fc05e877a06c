"""Training learns, reports what it should, and stops when it makes no sense to go on."""

import itertools
import math
import random
import signal
import time
from types import SimpleNamespace

import mxnet as mx
import numpy as np
import pytest
from mxnet import nd
from mxnet.gluon import rnn
from mxnet.gluon.loss import SoftmaxCrossEntropyLoss

import gluonbook as gb
from gluonbook.lesson import training
from gluonbook.services import watching
from gluonbook.services.parameters import initialize, vocab_size_of

CPU = mx.cpu()
# No two rows of a mini-batch of four begin alike.
PANGRAM = gb.Text(("the quick brown fox jumps over a lazy dog. " * 5)[:180])
SETTINGS = {"num_epochs": 3, "num_steps": 5, "lr": 2.0, "clipping_theta": 0.3, "batch_size": 4}


def gluon_model():
    return gb.RNNModel(rnn.RNN(16, activation="tanh"), PANGRAM.size)


def scratch_model():
    return gb.ScratchModel(16, PANGRAM.size)


def train(model, **changes):
    return gb.train(model, PANGRAM, **({"ctx": CPU} | SETTINGS | changes))


def perplexities(history):
    return [epoch.perplexity for epoch in history]


# --- a step ---------------------------------------------------------------------------


@pytest.mark.parametrize(("scale", "theta"), [(0, 0.01), (1e-25, 1e-26), (1, 5), (1e30, 1e29)])
def test_gradients_of_any_size_are_clipped_as_in_numpy(scale, theta):
    draw = np.random.default_rng(0)
    params = [nd.ones(shape) for shape in ((3, 4), (5,), (2, 1, 2))]
    gradients = [scale * draw.normal(size=param.shape) for param in params]
    for param, gradient in zip(params, gradients, strict=True):
        param.attach_grad()
        param.grad[:] = nd.array(gradient)
    norm = math.sqrt(sum((g**2).sum() for g in gradients))
    found = gb.grad_clipping(params, theta, CPU)  # with the device, as in 2018
    np.testing.assert_allclose(found.asnumpy(), [norm], rtol=1e-5)
    for param, gradient in zip(params, gradients, strict=True):
        expected = gradient * (theta / norm if norm > theta else 1)
        np.testing.assert_allclose(param.grad.asnumpy(), expected, rtol=1e-5)


# --- training against the loop of the lesson -------------------------------------------


def perplexities_of_the_lesson(
    model, num_epochs, num_steps, lr, clipping_theta, batch_size, is_random_iter=False
):
    """Train a model as it is, without services."""
    loss, trainer = SoftmaxCrossEntropyLoss(), gb.SGD(gb.params_of(model), lr)
    sample = gb.data_iter_random if is_random_iter else gb.data_iter_consecutive
    perplexities = []
    for _ in range(num_epochs):
        batches = sample(PANGRAM.train, batch_size, num_steps, CPU)
        state = model.begin_state(batch_size=batch_size, ctx=CPU)
        how = loss, trainer, clipping_theta, is_random_iter
        mean_loss, _ = training.train_epoch(model, batches, state, *how)
        perplexities.append(math.exp(mean_loss.asscalar()))
    return perplexities


@pytest.mark.parametrize(
    ("make_model", "changes"),
    [
        (gluon_model, {"clipping_theta": 0.01, "lr": 100}),  # every gradient is clipped
        (scratch_model, {}),  # some are
        (gluon_model, {"is_random_iter": True}),
    ],
)
def test_a_model_learns_as_in_the_lesson(make_model, changes):
    found = perplexities(train(make_model(), seed=1, **changes))
    model = make_model()
    mx.random.seed(1)
    random.seed(1)
    initialize(model, CPU)
    vocab_size_of(model, CPU)  # now every shape is known
    expected = perplexities_of_the_lesson(model, **SETTINGS | changes)
    assert found == pytest.approx(expected, rel=1e-4)
    assert found[-1] < 0.95 * found[0]


def own_model():
    return gb.RNNModel(gb.DeepRNN([rnn.GRU(4), rnn.GRU(4)], dropout=0), PANGRAM.size)


@pytest.mark.parametrize("make_model", [gluon_model, scratch_model, own_model])
def test_a_seed_gives_the_parameters_of_a_new_model_to_a_model_that_was_called(make_model):
    model = make_model()
    if make_model is gluon_model:
        gb.num_params(model)
    if make_model is own_model:
        model.initialize()
        model.hybridize()
        gb.write(model, PANGRAM, prefix="the", num_chars=1, ctx=CPU)
    first = perplexities(train(make_model(), seed=0))
    for _ in range(2):
        assert perplexities(train(model, seed=0)) == first
    assert perplexities(train(model, seed=1)) != first


# --- reports and callbacks ------------------------------------------------------------


def test_callbacks_are_told_of_every_epoch_and_a_report_is_made_every_so_many(capsys):
    told, model = [], gluon_model()
    callbacks = [lambda epoch: told.append(("a", epoch)), lambda epoch: told.append(("b", epoch))]
    report = {"pred_period": 2, "pred_len": 9, "prefixes": ["the", "dog. "]}
    start = time.perf_counter()
    history = train(model, num_epochs=4, callbacks=callbacks, **report)
    assert 0 < sum(epoch.seconds for epoch in history) < time.perf_counter() - start
    assert told == [(name, epoch) for epoch in history for name in "ab"]
    assert [epoch.number for epoch in history] == [1, 2, 3, 4]
    lines = capsys.readouterr().out.splitlines()
    assert lines[::3] == [
        f"epoch {e.number}, perplexity {e.perplexity:f}, time {e.seconds:.2f} sec"
        for e in history[1::2]
    ]
    written = [gb.write(model, PANGRAM, prefix=p, num_chars=9, ctx=CPU) for p in ("the", "dog. ")]
    assert lines[4:] == [f" - {text}" for text in written]


def test_python_is_at_most_a_hundred_mini_batches_ahead(monkeypatch):
    read, waits, step = [], [], training.train_step
    monkeypatch.setattr(training, "train_step", lambda *args: read.append(args) or step(*args))
    monkeypatch.setattr(nd, "waitall", lambda: waits.append(len(read)))
    train(gluon_model(), batch_size=1, num_steps=1, num_epochs=2)
    assert len(read) == 2 * 179 and waits == [100, 279]


# --- history, Ctrl-C, and a loss that is no number ------------------------------------


def interrupt_at(monkeypatch, *steps):
    """Press Ctrl-C in some steps of the training runs that begin from here on."""
    step, train_step = itertools.count(), training.train_step

    def step_or_interrupt(*args):
        if next(step) in steps:
            signal.raise_signal(signal.SIGINT)
        return train_step(*args)

    monkeypatch.setattr(training, "train_step", step_or_interrupt)


@pytest.mark.parametrize("make_model", [gluon_model, scratch_model])
def test_a_training_that_was_stopped_goes_on_as_if_nothing_had_happened(
    make_model, monkeypatch, capsys
):
    whole, model = make_model(), make_model()
    expected = train(whole, num_epochs=5, seed=1)
    interrupt_at(monkeypatch, 10)  # an epoch has eight steps
    history = train(model, num_epochs=5, seed=1)
    assert perplexities(history) == perplexities(expected[:2])
    assert capsys.readouterr().out.splitlines()[-1] == "stopped after epoch 2 of 5"
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler  # as before
    again = train(model, num_epochs=5, history=tuple(history))
    assert perplexities(again) == perplexities(expected)
    assert again[:2] == history
    assert len(history) == 2
    # A history that is long enough is returned as it is.
    assert train(model, num_epochs=5, history=again) == again
    for ours, theirs in zip(gb.params_of(model), gb.params_of(whole), strict=True):
        np.testing.assert_array_equal(ours.asnumpy(), theirs.asnumpy())


def test_the_epoch_that_diverged_is_named_and_nobody_is_told_of_its_perplexity(capsys):
    told, model = [], gluon_model()

    def spoil(epoch):
        told.append(epoch.number)
        if epoch.number == 2:
            model.dense.bias.data()[:] = math.nan

    with pytest.raises(FloatingPointError, match="diverged in epoch 3: the loss is nan"):
        train(model, num_epochs=9, pred_period=1, callbacks=[spoil])
    assert told == [1, 2]
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_a_notebook_shows_a_bar_and_a_pipe_does_not(monkeypatch, capsys):
    for front_end in (SimpleNamespace(kernel=None), SimpleNamespace(), None):
        monkeypatch.setattr(watching, "get_ipython", lambda front_end=front_end: front_end)
        train(gluon_model())
        assert ("epochs" in capsys.readouterr().err) == hasattr(front_end, "kernel")
