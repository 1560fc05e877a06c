"""What makes no sense is refused before anything is done, with a message that says what to do."""

import functools
import math
import re

import mxnet as mx
import pytest
from mxnet import nd
from mxnet.gluon import rnn

import gluonbook as gb

TEXT = gb.Text("abc" * 8)
SIZES = ["num_epochs", "num_steps", "batch_size", "pred_period", "pred_len"]
GOOD = dict.fromkeys(SIZES, 1) | {"lr": 1.0, "clipping_theta": 1.0, "prefixes": ["a"]}
GOOD |= {"num_steps": 3, "batch_size": 2}


def text_of(indices):
    """Return a `Text` of three characters with these indices, right or wrong."""
    text = gb.Text("abc")
    text.train = indices
    return text


NO_INDICES = "must be a list or an array of whole numbers"
BAD = [
    *(({size: 0}, ValueError, f"{size} must be 1 or more, not 0") for size in SIZES),
    ({"num_epochs": 2.0}, TypeError, "num_epochs must be a whole number, not 2.0"),
    *(({"text": text_of(bad)}, TypeError, NO_INDICES) for bad in (None, [1.5] * 9, ["a"])),
    ({"text": text_of([[0, 1, 2]] * 8)}, TypeError, "not list of shape (8, 3) and type int64"),
    ({"text": text_of("abc" * 8)}, TypeError, "not a string: convert it with text.encode"),
    ({"text": "abc" * 8}, TypeError, "pass gb.Text(text)"),
    ({"text": text_of([0] * 6)}, ValueError, "must have 7 or more"),
    ({"text": text_of([0, 1, 3] * 8)}, ValueError, "a vocab_size of 3 an index is from 0 to 2"),
    *(({"lr": lr}, ValueError, f"to 3.4e+38, not {lr}") for lr in (-1, math.nan, 1e39)),
    ({"clipping_theta": "1"}, TypeError, "the clipping threshold must be a number, not '1'"),
    *(({"clipping_theta": t}, ValueError, f"nothing, not {t}") for t in (0, math.nan, 1e-46)),
    *(({"prefixes": p}, TypeError, "must be a list of strings") for p in (None, "abc", iter("a"))),
    *(({"callbacks": c}, TypeError, "callbacks must be a list of func") for c in (print, [5])),
    *(
        ({"history": h}, TypeError, "history must be the list of epochs")
        for h in ([1, 2], "ab", 5, iter([]))
    ),
    ({"prefixes": ["a", ""]}, ValueError, "the prefix is empty"),
]


TRAINING = [gb.train, gb.train_data_parallel]


def train(model, **changes):
    arguments = {"text": TEXT, "ctx": mx.cpu()} | GOOD | changes
    return gb.train(model, arguments.pop("text"), **arguments)


@pytest.mark.parametrize(("change", "error", "message"), BAD)
def test_what_makes_no_sense_is_refused_before_parameters_are_drawn(change, error, message, capsys):
    model = gb.ScratchModel(4, 3, get_params=lambda *_: pytest.fail("they were drawn"))
    with pytest.raises(error, match=re.escape(message)):
        train(model, **change)
    assert capsys.readouterr().out == ""


def own_model(num_chars):
    """Return a model with a layer that is not one of Gluon's."""
    model = gb.RNNModel(gb.DeepRNN([rnn.GRU(4)], dropout=0), num_chars)
    model.initialize()
    return model


def known_model():
    model = gb.RNNModel(rnn.RNN(4), 3)
    model.initialize()
    return model


LOGITS = "is 4, but the model returns logits of shape (6, 3)"
DEVICES = "must be a list of devices"
LOST = [
    (gb.train, {"optimizer": "adm"}, ValueError, "must be the name of one of Gluon's optimisers"),
    (gb.train, {"optimizer": 5}, ValueError, "must be the name of one of Gluon's optimisers"),
    (gb.train, {"ctx": "cpu"}, TypeError, DEVICES),
    *((gb.train_data_parallel, {"ctxs": c}, TypeError, DEVICES) for c in ([], mx.cpu(), ["cpu"])),
    *((f, {"text": gb.Text("abcd" * 6)}, ValueError, LOGITS) for f in TRAINING),
    *((f, {"history": ["a"]}, TypeError, "history must be the list of ep") for f in TRAINING),
]


@pytest.mark.parametrize(("train", "change", "error", "message"), LOST)
@pytest.mark.parametrize("make_model", [known_model, lambda: own_model(3)])
def test_a_trained_model_keeps_its_parameters_when_a_call_is_refused(
    train, change, error, message, make_model
):
    model = make_model()
    model(nd.zeros((1, 1)), model.begin_state(batch_size=1))
    before = [values.copy() for values in gb.params_of(model)]
    how = {"text": TEXT, "num_epochs": 1, "batch_size": 2, "num_steps": 3}
    how |= {"ctx": mx.cpu()} if train is gb.train else {"ctxs": [mx.cpu()]}
    with pytest.raises(error, match=re.escape(message)):
        train(model, **how | change)
    for values, kept in zip(gb.params_of(model), before, strict=True):
        assert (values == kept).asnumpy().all()
    assert len(train(model, **how)) == 1


def test_a_model_from_scratch_takes_plain_steps_only_and_keeps_its_parameters():
    model = gb.ScratchModel(4, 3)
    model.initialize(mx.cpu())
    before = model.params
    for change, message in [
        ({"optimizer": "adam"}, "with 'sgd', not with 'a"),
        ({"text": gb.Text("abcd" * 6)}, "logits"),
    ]:
        with pytest.raises(ValueError, match=message):
            gb.train(model, **{"text": TEXT, "batch_size": 2, "num_steps": 3} | change)
    assert model.params is before


def generate(model, text, prefix, num_chars, **how):
    return gb.generate(model, text, prefixes=[prefix], num_chars=num_chars, **how)[0]


@pytest.mark.parametrize("proceed", [gb.write, gb.beam_search, generate])
def test_whatever_continues_a_text_refuses_what_makes_no_sense(proceed):
    model = own_model(3)
    good = {"prefix": "ab", "num_chars": 4}
    good |= {"beam_width": 2} if proceed is gb.beam_search else {}
    assert len(proceed(model, TEXT, **good)) == 6
    assert proceed(model, TEXT, **good | {"num_chars": 0}) == "ab"
    for change, error, message in [
        ({"num_chars": -3}, ValueError, "num_chars must be 0 or more, not -3"),
        ({"prefix": ["a", "b"]}, TypeError, "a prefix must be a string"),
        ({"prefix": "bZ!"}, ValueError, "not in the vocabulary: '!', 'Z'"),
    ]:
        with pytest.raises(error, match=message):
            proceed(model, TEXT, **good | change)
    for of_either_kind in (model, known_model()):
        with pytest.raises(ValueError, match="5, but the model returns logits of shape"):
            proceed(of_either_kind, gb.Text("abcde"), **good)
    with pytest.raises(TypeError, match=r"pass gb\.Text\(text\)"):
        proceed(model, "abc", **good)


@pytest.mark.parametrize("model", [gb.ScratchModel(4, 3), gb.RNNModel(rnn.RNN(4), 3)])
def test_a_model_without_parameters_is_trained_first(model):
    for use in (
        lambda: gb.write(model, TEXT, prefix="a"),
        lambda: gb.generate(model, TEXT, prefixes=["a"]),
        lambda: gb.beam_search(model, TEXT, prefix="a", beam_width=2),
        lambda: gb.evaluate_perplexity(model, TEXT.train),
        lambda: gb.train(model, TEXT, batch_size=2, num_steps=3, history=[gb.Epoch(1, 2.0, 0.1)]),
    ):
        with pytest.raises(ValueError, match="the model has no parameters yet: train it, or call"):
            use()


@pytest.mark.parametrize("temperature", [0, -1, math.nan, 1e-50])
def test_temperatures_that_quotients_overflow_with_are_refused(temperature):
    for draw in (
        gb.temperature_sampling,
        functools.partial(gb.top_k_sampling, 2),
        functools.partial(gb.nucleus_sampling, 0.5),
        lambda temperature: generate(known_model(), TEXT, "a", 4, temperature=temperature),
    ):
        with pytest.raises(ValueError, match="greedy takes the most probable character"):
            draw(temperature)


def test_a_perplexity_may_be_infinite_but_not_come_from_parameters_that_are_no_numbers():
    model = known_model()
    assert gb.evaluate_perplexity(model, [0, 1, 2], mx.cpu()) > 1
    model.dense.bias.set_data(nd.array([1e30, 0, 0]))
    assert gb.evaluate_perplexity(model, [0, 1, 2], mx.cpu()) == math.inf
    model.dense.bias.set_data(nd.array([0, 0, math.nan]))  # even if no target needs it
    with pytest.raises(FloatingPointError, match="the model's logits are NaN or infinite"):
        gb.evaluate_perplexity(model, [0, 1, 0], mx.cpu())


@pytest.mark.parametrize("idx", [-1, 3])
def test_a_perplexity_is_measured_on_the_vocabulary_of_the_model_only(idx):
    for model in (known_model(), own_model(3)):
        with pytest.raises(ValueError, match=f"has the index {idx}, but"):
            gb.evaluate_perplexity(model, [0, 1, 2, idx], mx.cpu())
