"""Training learns, reports what it should, and stops when it makes no sense to go on."""

import math
import signal

import mxnet as mx
import numpy as np
import pytest
from mxnet import autograd, nd
from mxnet.gluon import rnn
from mxnet.gluon.loss import SoftmaxCrossEntropyLoss

import gluonbook as gb
from gluonbook import training
from gluonbook.ground import checks

CPU = mx.cpu()
# No two rows of a mini-batch of four begin alike.
PANGRAM = gb.Text(("the quick brown fox jumps over a lazy dog. " * 5)[:180])
SETTINGS = {"num_epochs": 3, "num_steps": 5, "lr": 2.0, "clipping_theta": 0.3, "batch_size": 4}


def gluon_model(text=PANGRAM):
    return gb.RNNModel(rnn.RNN(16, activation="tanh"), text.size)


def scratch_model(text=PANGRAM):
    return gb.ScratchModel(16, text.size)


def train(model, text=PANGRAM, **changes):
    return gb.train(model, text, **({"ctx": CPU} | SETTINGS | changes))


def perplexities(history):
    return [epoch.perplexity for epoch in history]


def arrays(model):
    return [array.asnumpy() for array in gb.params_of(model)]


both = pytest.mark.parametrize("make_model", [gluon_model, scratch_model])


# --- clipping -------------------------------------------------------------------------


def with_gradients(*gradients):
    """Make parameters that have these gradients."""
    params = [nd.ones(np.shape(g)) for g in gradients]
    for param, gradient in zip(params, gradients, strict=True):
        param.attach_grad()
        param.grad[:] = nd.array(gradient)
    return params


@pytest.mark.parametrize("theta", [0.01, 5, np.float64(0.5), math.inf])
@pytest.mark.parametrize("scale", [1e-3, 1, 50])
def test_clipping_is_what_numpy_computes(theta, scale):
    draw = np.random.default_rng(0)
    gradients = [draw.normal(scale=scale, size=shape) for shape in ((3, 4), (5,), (2, 1, 2))]
    params = with_gradients(*gradients)
    norm = math.sqrt(sum((g**2).sum() for g in gradients))
    assert gb.grad_clipping(params, theta).asnumpy() == pytest.approx([norm])
    for param, gradient in zip(params, gradients, strict=True):
        expected = gradient * min(1, theta / norm)
        np.testing.assert_allclose(param.grad.asnumpy(), expected, rtol=1e-5)
        assert (param.asnumpy() == 1).all()  # the parameter itself does not change


def test_clipping_does_not_depend_on_the_shapes_that_were_clipped_before():
    for shape in ((2, 3), (50, 40), (2, 3)):
        params = with_gradients(np.full(shape, 3.0), np.full(shape, 4.0))
        norm = 5 * math.sqrt(math.prod(shape))
        assert gb.grad_clipping(params, norm / 10).asnumpy() == pytest.approx([norm])
        for param, value in zip(params, (0.3, 0.4), strict=True):
            np.testing.assert_allclose(param.grad.asnumpy(), np.full(shape, value), rtol=1e-5)


@pytest.mark.parametrize("theta", [0.01, math.inf])
def test_a_gradient_of_zeros_stays(theta):
    (param,) = with_gradients([0.0, 0.0])
    gb.grad_clipping([param], theta, CPU)  # with the device, as in 2018
    assert param.grad.asnumpy().tolist() == [0, 0]


@pytest.mark.parametrize("length", [1e-25, 1e30])
def test_very_small_and_very_large_gradients_are_clipped(length):
    gradient = np.array([0.6, 0.0, 0.8], dtype="float32") * np.float32(length)
    (param,) = with_gradients(gradient)
    norm = gb.grad_clipping([param], length / 10)
    np.testing.assert_allclose(norm.asscalar(), length, rtol=1e-2)
    np.testing.assert_allclose(param.grad.asnumpy(), gradient / 10, rtol=1e-2)


def test_clipping_needs_parameters_with_gradients():
    (param,) = with_gradients([3.0, 4.0])
    with pytest.raises(ValueError, match="there are no parameters"):
        gb.grad_clipping([], 1)
    with pytest.raises(ValueError, match=r"1 of 2 parameters have no gradient.*attach_grad"):
        gb.grad_clipping([param, nd.ones(2)], 1)
    with pytest.raises(ValueError, match="the clipping threshold must be above zero"):
        gb.grad_clipping([param], 0)


def test_a_step_goes_against_the_gradient():
    a, b = with_gradients([2.0, -4.0], [8.0])
    gb.SGD([a, b], lr=np.float64(0.5)).step(2)
    assert a.asnumpy().tolist() == [0.5, 2]
    assert b.asnumpy().tolist() == [-1]


# --- training against a loop as readers know it ---------------------------------------


def clip_on_the_host(params, theta):
    norm = math.sqrt(sum((p.grad**2).sum().asscalar() for p in params))
    if norm > theta:
        for p in params:
            p.grad[:] *= theta / norm


def perplexities_of_a_plain_loop(model, text, settings):
    """Train a model as it is; cut the text by hand, and wait after every step."""
    batch_size, num_steps = settings["batch_size"], settings["num_steps"]
    corpus = text.train
    row_length = len(corpus) // batch_size
    loss = SoftmaxCrossEntropyLoss()
    perplexities = []
    for _ in range(settings["num_epochs"]):
        state = model.begin_state(batch_size=batch_size, ctx=CPU)
        total = count = 0
        for column in range(0, row_length - num_steps, num_steps):
            places = row_length * np.arange(batch_size)[:, None] + column + np.arange(num_steps)
            X, Y = nd.array(corpus[places]), nd.array(corpus[places + 1])
            with autograd.record():
                logits, state = model(X, [s.detach() for s in state])
                mean = loss(logits, Y.T.reshape((-1,))).mean()
            mean.backward()
            params = gb.params_of(model)
            clip_on_the_host(params, settings["clipping_theta"])
            for p in params:
                p[:] = p - settings["lr"] * p.grad
            total, count = total + mean.asscalar() * Y.size, count + Y.size
        perplexities.append(math.exp(total / count))
    return perplexities


@pytest.mark.parametrize(
    ("make_model", "changes"),
    [
        (gluon_model, {"clipping_theta": 100}),  # no gradient is clipped
        (gluon_model, {"clipping_theta": 0.01, "lr": 100}),  # every one is
        (gluon_model, {}),  # some are
        (scratch_model, {}),
        (lambda: gb.RNNModel(rnn.LSTM(16), PANGRAM.size), {}),
    ],
)
def test_a_model_learns_as_in_a_plain_loop(make_model, changes):
    found = perplexities(train(make_model(), seed=1, **changes))
    model = make_model()
    mx.random.seed(1)
    training.initialize(model, CPU)
    expected = perplexities_of_a_plain_loop(model, PANGRAM, SETTINGS | changes)
    assert found == pytest.approx(expected, rel=1e-4)
    assert found[-1] < 0.95 * found[0]


@both
def test_training_begins_from_new_parameters(make_model):
    model = make_model()
    train(model)  # now the shapes of all parameters are known
    first, again = (perplexities(train(model, seed=0)) for _ in range(2))
    assert first == again
    assert perplexities(train(model, seed=1)) != first


def test_a_plain_model_is_made_fast():
    model = gluon_model()
    train(model, num_epochs=1)
    assert model._active and "_forward_kernel" in vars(model.rnn)


@both
def test_training_is_on_the_device_asked_for(make_model):
    model = make_model()
    train(model, ctx=mx.cpu(1), is_random_iter=True, pred_period=1, prefixes=["the"])
    assert {array.context for array in gb.params_of(model)} == {mx.cpu(1)}


# --- what is learned ------------------------------------------------------------------


@pytest.mark.parametrize("is_random_iter", [False, True])
@both
def test_a_periodic_text_is_learned_measured_and_written(make_model, is_random_iter, capsys):
    text = gb.Text("abcdef" * 20)
    model = make_model(text)
    keep = gb.KeepBest(model, text.train, CPU, period=10)
    report = {"pred_period": 20, "pred_len": 12, "prefixes": ["abc"]}
    how = {"num_epochs": 20, "clipping_theta": 1, "is_random_iter": is_random_iter, "seed": 0}
    found = perplexities(train(model, text, callbacks=[keep], **how, **report))
    assert found[0] > 4
    assert 1 <= found[-1] < 1.05
    assert capsys.readouterr().out.endswith(" - abcdefabcdefabc\n")
    keep.restore()
    assert gb.evaluate_perplexity(model, text.train, CPU) == pytest.approx(keep.best.perplexity)
    assert gb.write(model, text, prefix="ca", num_chars=4, ctx=CPU).startswith("ca")


def test_only_parameters_with_a_gradient_are_trained():
    model = gluon_model()
    model.rnn.l0_h2h_bias.grad_req = "null"
    train(model)
    assert not model.rnn.l0_h2h_bias.data().asnumpy().any()
    assert model.rnn.l0_i2h_bias.data().asnumpy().any()


def test_another_optimiser_learns_otherwise():
    text = gb.Text("abc" * 20)
    sgd, adam = (
        train(gluon_model(text), text, optimizer=optimizer, lr=0.01, seed=1)[-1].perplexity
        for optimizer in ("sgd", "adam")
    )
    assert adam < sgd < 3


# --- the state ------------------------------------------------------------------------


@pytest.mark.parametrize("is_random_iter", [False, True])
@both
def test_a_model_reads_in_order_with_its_own_state_or_at_random_without(
    make_model, is_random_iter, monkeypatch
):
    step, read, given, returned = gb.train_step, [], [], []

    def step_and_note(model, X, Y, state, *rest):
        *found, after = step(model, X, Y, state, *rest)
        for notes, array in ((read, X), (given, state[0]), (returned, after[0])):
            notes.append(array.asnumpy())
        return *found, after

    monkeypatch.setattr(training, "train_step", step_and_note)
    train(make_model(), is_random_iter=is_random_iter, num_epochs=2, seed=0)
    first, second = np.split(np.stack(read), 2)
    assert np.array_equal(first, second) == (not is_random_iter)
    if is_random_iter:
        # The mini-batch before was from other places of the text.
        assert not np.stack(given).any()
        return
    batches = gb.data_iter_consecutive(PANGRAM.train, 4, 5)
    np.testing.assert_array_equal(first, [X.asnumpy() for X, _ in batches])
    for number, state in enumerate(given):
        before = returned[number - 1] if number % len(first) else np.zeros_like(state)
        np.testing.assert_array_equal(state, before)
    assert returned[0].any()


def test_the_gradient_ends_at_the_mini_batch():
    bias, before = with_gradients([0.0, 0.0], [0.0, 0.0])
    model = gb.ScratchModel(
        num_hiddens=2, vocab_size=2, get_params=lambda *_: [bias],
        rnn=lambda inputs, state, params: ([0 * x + state[0] + params[0] for x in inputs], state),
    )  # fmt: skip
    model.initialize(CPU)
    with autograd.record():
        state = [before * 3]  # as the mini-batch before computed it
    X = nd.array([[0, 1]])
    gb.train_step(model, X, 0 * X, state, SoftmaxCrossEntropyLoss(), gb.SGD([bias], lr=1), 1)
    assert bias.grad.asnumpy().any()
    assert not before.grad.asnumpy().any()


# --- reports and callbacks ------------------------------------------------------------


@both
def test_callbacks_are_told_of_every_epoch_and_a_report_is_made_every_so_many(make_model, capsys):
    told, model = [], make_model()
    callbacks = [lambda epoch: told.append(("a", epoch)), lambda epoch: told.append(("b", epoch))]
    report = {"pred_period": 2, "pred_len": 9, "prefixes": ["the", "dog. "]}
    history = train(model, num_epochs=4, callbacks=callbacks, **report)
    assert told == [(name, epoch) for epoch in history for name in "ab"]
    assert [epoch.number for epoch in history] == [1, 2, 3, 4]
    lines = capsys.readouterr().out.splitlines()
    assert lines[::3] == [
        f"epoch {e.number}, perplexity {e.perplexity:f}, time {e.seconds:.2f} sec"
        for e in history[1::2]
    ]
    written = [gb.write(model, PANGRAM, prefix=p, num_chars=9, ctx=CPU) for p in ("the", "dog. ")]
    assert lines[4:] == [f" - {text}" for text in written]


@both
def test_within_an_epoch_nothing_waits_for_the_device(make_model, monkeypatch):
    waits, steps = [], []
    asnumpy, step = nd.NDArray.asnumpy, gb.train_step
    monkeypatch.setattr(nd.NDArray, "asnumpy", lambda x: waits.append(len(steps)) or asnumpy(x))
    monkeypatch.setattr(nd.NDArray, "wait_to_read", lambda x: waits.append(len(steps)))
    monkeypatch.setattr(nd, "waitall", lambda: waits.append(len(steps)))
    monkeypatch.setattr(training, "train_step", lambda *a: steps.append(None) or step(*a))
    train(make_model())
    assert set(waits) == {8, 16, 24}


def test_python_is_at_most_a_hundred_mini_batches_ahead(monkeypatch):
    read, waits = [], []
    monkeypatch.setattr(nd, "waitall", lambda: waits.append(len(read)))
    for number in training.paced(range(250)):
        read.append(number)
    assert read == [*range(250)]
    assert waits == [100, 200]


# --- history and Ctrl-C ---------------------------------------------------------------


def interrupt_in(number):
    def interrupt(epoch):
        if epoch.number == number:
            signal.raise_signal(signal.SIGINT)

    return interrupt


@pytest.mark.parametrize("is_random_iter", [False, True])
@both
def test_a_training_that_was_stopped_goes_on_as_if_nothing_had_happened(
    make_model, is_random_iter, capsys
):
    how = {"is_random_iter": is_random_iter, "num_epochs": 5}
    whole, model = make_model(), make_model()
    expected = train(whole, seed=1, **how)
    history = train(model, seed=1, callbacks=[interrupt_in(2)], **how)
    assert perplexities(history) == perplexities(expected[:2])
    assert capsys.readouterr().out.splitlines()[-1].startswith("stopped after epoch 2: to continue")
    again = train(model, history=tuple(history), **how)
    assert perplexities(again) == perplexities(expected)
    assert again[:2] == history
    assert len(history) == 2
    for ours, theirs in zip(arrays(model), arrays(whole), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    # A history that is long enough is returned as it is.
    before = arrays(model)
    assert train(model, history=again, **how) == again
    for ours, theirs in zip(arrays(model), before, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_ctrl_c_in_the_middle_of_an_epoch_ends_it_after_that_epoch(monkeypatch):
    step, steps = training.train_step, []

    def step_and_interrupt(*args):
        steps.append(None)
        if len(steps) == 11:  # of eight in an epoch
            signal.raise_signal(signal.SIGINT)
        return step(*args)

    monkeypatch.setattr(training, "train_step", step_and_interrupt)
    assert len(train(gluon_model(), num_epochs=5)) == 2
    assert len(steps) == 16


# --- a loss that is no number ---------------------------------------------------------


def test_the_epoch_that_diverged_is_named_and_nobody_is_told_of_its_perplexity(capsys):
    told, model = [], gluon_model()

    def spoil(epoch):
        told.append(epoch.number)
        if epoch.number == 2:
            model.dense.bias.data()[:] = math.nan

    with pytest.raises(FloatingPointError, match="diverged in epoch 3: the loss is nan") as caught:
        train(model, num_epochs=9, pred_period=1, callbacks=[spoil])
    assert told == [1, 2]
    assert "smaller learning rate lr" in str(caught.value)
    assert "smaller clipping_theta" in str(caught.value)
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_a_gradient_without_a_length_ends_the_training(monkeypatch):
    clip, norms = training.grad_clipping, []

    def infinite_at_last(params, theta):
        norms.append(clip(params, theta))
        return norms[-1] if len(norms) < 12 else nd.full((1,), math.inf)

    monkeypatch.setattr(training, "grad_clipping", infinite_at_last)
    with pytest.raises(
        FloatingPointError, match=r"in epoch 2: .* the largest norm of a gradient is inf"
    ):
        train(gluon_model())


def test_a_loss_whose_perplexity_is_no_number_ends_the_training():
    checks.check_loss(709, np.ones(2), 1)
    with pytest.raises(FloatingPointError, match="in epoch 17: the loss is 710"):
        checks.check_loss(710, np.ones(2), 17)
