"""What makes no sense is refused before anything is done, with a message that says what to do."""

import functools
import math
import re

import mxnet as mx
import numpy as np
import pytest
from mxnet import nd
from mxnet.gluon import nn, rnn

import gluonbook as gb
from gluonbook import parallel, prediction

VOCABULARY = list("abc")

GOOD = {
    "num_hiddens": 4,
    "vocab_size": 3,
    "ctx": mx.cpu(),
    "corpus_indices": [0, 1, 2] * 8,
    "idx_to_char": VOCABULARY,
    "char_to_idx": {char: idx for idx, char in enumerate(VOCABULARY)},
    "num_epochs": 1,
    "num_steps": 3,
    "lr": 1.0,
    "clipping_theta": 1.0,
    "batch_size": 2,
    "pred_period": 1,
    "pred_len": 1,
    "prefixes": ["a"],
}

SIZES = ["num_epochs", "num_steps", "batch_size", "pred_period", "pred_len", "vocab_size"]
TEXT = "must be a list or an array of indices, one after the other, not"

BAD = [
    *(({size: 0}, ValueError, f"{size} must be 1 or more, not 0") for size in SIZES),
    *(({size: 2.0}, TypeError, f"{size} must be a whole number, not 2.0") for size in SIZES),
    ({"num_epochs": -2}, ValueError, "num_epochs must be 1 or more, not -2"),
    ({"num_epochs": "2"}, TypeError, "num_epochs must be a whole number, not '2'"),
    ({"corpus_indices": None}, TypeError, TEXT),
    ({"corpus_indices": iter([0, 1, 2])}, TypeError, TEXT),
    ({"corpus_indices": [[0, 1, 2]] * 8}, TypeError, f"{TEXT} list of shape (8, 3)"),
    ({"corpus_indices": "abc" * 8}, TypeError, "not a string: look its characters up"),
    ({"corpus_indices": []}, ValueError, "0 characters is too short"),
    ({"corpus_indices": [0] * 6}, ValueError, "batch_size * num_steps = 2 * 3 characters"),
    ({"corpus_indices": [0] * 6}, ValueError, "must have 7 or more"),
    *(
        ({"corpus_indices": [0, 1, idx] * 8}, error, message)
        for idx, error, message in [
            (3, ValueError, "has the index 3, but for a vocab_size of 3 an index is from 0 to 2"),
            (-1, ValueError, "has the index -1, but an index is 0 or more"),
            (math.nan, TypeError, "must be whole numbers"),
            (1.5, TypeError, "must be whole numbers"),
            ("a", TypeError, "must be whole numbers"),
            (None, TypeError, "must be whole numbers"),
        ]
    ),
    *(
        (
            {"lr": lr},
            ValueError,
            f"lr must be from 0 to 3.4e+38, the greatest number of 32 bits, not {lr}",
        )
        for lr in (-1, math.inf, math.nan, 1e39)
    ),
    ({"lr": None}, TypeError, "the learning rate lr must be a number, not None"),
    ({"clipping_theta": None}, TypeError, "the clipping threshold must be a number, not None"),
    ({"clipping_theta": "1"}, TypeError, "the clipping threshold must be a number, not '1'"),
    *(
        ({"clipping_theta": theta}, ValueError, f"above zero, not {theta}; float('inf') turns")
        for theta in (0, -0.5, math.nan)
    ),
    ({"clipping_theta": 1e-46}, ValueError, "1e-46 is too small for numbers of 32 bits"),
    *(
        ({"prefixes": prefixes}, TypeError, "prefixes must be a list of strings, such as ['tr")
        for prefixes in (None, "abc", iter(["a"]))
    ),
    ({"prefixes": [5]}, TypeError, "a prefix must be a string, such as 'traveller', not 5"),
    ({"prefixes": ["a", ""]}, ValueError, "the prefix is empty"),
    ({"prefixes": ["a", "cab?!"]}, ValueError, "not in the vocabulary: '!', '?'. The vocabulary"),
]


@pytest.mark.parametrize(
    ("change", "error", "message"),
    BAD,
    ids=[f"{' '.join(bad[0])} {i}" for i, bad in enumerate(BAD)],
)
def test_a_model_is_not_touched(change, error, message, capsys):
    model = gb.RNNModel(rnn.RNN(4), 3)
    model.initialize()
    model(nd.zeros((1, 1)), model.begin_state(batch_size=1))
    before = [param.data().asnumpy() for param in model.collect_params().values()]
    with pytest.raises(error, match=re.escape(message)):
        gb.train_and_predict_rnn_gluon(model, **(GOOD | change))
    for old, param in zip(before, model.collect_params().values(), strict=True):
        np.testing.assert_array_equal(old, param.data().asnumpy())
    assert capsys.readouterr().out == ""


def train_scratch(*, draw=lambda: gb.get_params(3, 4, mx.cpu()), **changes):
    arguments = GOOD | {"is_random_iter": False} | changes
    return gb.train_and_predict_rnn(gb.rnn_forward, draw, gb.init_rnn_state, **arguments)


@pytest.mark.parametrize("change", [{"num_epochs": 0}, {"lr": -1}, {"prefixes": ["?"]}], ids=str)
def test_no_parameters_are_drawn_from_scratch(change):
    with pytest.raises(ValueError, match=r"must be|not in the vocabulary"):
        train_scratch(draw=lambda: pytest.fail("they were drawn"), **change)


@pytest.mark.parametrize(
    "change",
    [
        {"corpus_indices": [0, 1, 2, 0, 1, 2, 0]},  # the shortest
        {"corpus_indices": np.array([0, 1, 2] * 8, dtype="float32")},
        {"num_epochs": np.int64(1), "pred_period": np.int32(1)},
        {"prefixes": ("a", "cab")},
        {"prefixes": []},
        {"clipping_theta": math.inf, "lr": 1},
    ],
    ids=repr,
)
def test_what_makes_sense_is_accepted(change):
    train_scratch(**change)
    gb.train_and_predict_rnn_gluon(gb.RNNModel(rnn.RNN(4), 3), **(GOOD | change))


# --- a vocabulary and a model that belong together ----------------------------------------

VOCABULARIES = [
    ({"idx_to_char": list("ab")}, ValueError, "3, idx_to_char has 2 characters and char_to_idx 3"),
    ({"idx_to_char": list("acb")}, ValueError, "or they differ in order: give those that came"),
    ({"char_to_idx": {"a": 0, "b": 1}}, ValueError, "has 3 characters and char_to_idx 2"),
    ({"char_to_idx": GOOD["char_to_idx"] | {"d": 3}}, ValueError, "characters and char_to_idx 4"),
    ({"idx_to_char": GOOD["char_to_idx"], "char_to_idx": VOCABULARY}, TypeError, "comes first"),
]


class Unnamed(nn.Block):
    """A reader's own model, which does not say how many characters it knows."""

    def __init__(self, num_chars):
        super().__init__()
        self.own = gb.RNNModel(rnn.RNN(4), num_chars)
        self.begin_state = self.own.begin_state

    def forward(self, X, state):
        return self.own(X, state)


def new_model(make=lambda num_chars: gb.RNNModel(rnn.RNN(4), num_chars), num_chars=3):
    model = make(num_chars)
    model.initialize()
    return model


def continuations(model):
    """Every function that continues a text, called with good arguments and a few others."""
    arguments = {name: GOOD[name] for name in ("vocab_size", "ctx", "idx_to_char", "char_to_idx")}
    arguments |= {"num_chars": 4, "prefix": "ab"}
    scratch = {"rnn": gb.rnn_forward, "init_rnn_state": gb.init_rnn_state, "num_hiddens": 4}
    scratch["params"] = gb.get_params(3, 4, mx.cpu())
    text = gb.Text("abc")
    return {
        "predict_rnn_gluon": lambda **more: gb.predict_rnn_gluon(
            **{"model": model} | arguments | more
        ),
        "predict_rnn": lambda **more: gb.predict_rnn(**scratch | arguments | more),
        "beam_search": lambda **more: prediction.beam_search(
            model,
            more.pop("text", text),
            **{"num_chars": 4, "prefix": "ab", "beam_width": 2} | more,
        ),
        "generate": lambda prefix="ab", **more: prediction.generate(
            model, more.pop("text", text), prefixes=[prefix], **{"num_chars": 4} | more
        )[0],
    }


CONTINUATIONS = [*continuations(None)]


@pytest.mark.parametrize(("change", "error", "message"), VOCABULARIES)
def test_a_vocabulary_that_does_not_fit_is_refused(change, error, message):
    for train in (train_scratch, lambda **all: gb.train_and_predict_rnn_gluon(new_model(), **all)):
        with pytest.raises(error, match=re.escape(message)):
            train(**(GOOD | change))
    for name in CONTINUATIONS[:2]:
        with pytest.raises(error, match=re.escape(message)):
            continuations(new_model())[name](**change)


FIVE = {
    "vocab_size": 5,
    "idx_to_char": list("abcde"),
    "char_to_idx": {char: idx for idx, char in enumerate("abcde")},
}


OTHERS = {
    "predict_rnn_gluon": FIVE,
    "beam_search": {"text": gb.Text("abcde")},
    "generate": {"text": gb.Text("abcde")},
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_model_of_fewer_characters_is_refused(name):
    with pytest.raises(ValueError, match="vocab_size is 5, but the model was made for 3"):
        continuations(new_model())[name](**OTHERS[name])


@pytest.mark.parametrize("name", OTHERS)
def test_a_model_that_does_not_say_its_size_is_asked(name):
    model = new_model(Unnamed)
    assert len(continuations(model)[name]()) == 6
    with pytest.raises(ValueError, match=r"5, but the model returns logits of shape \(\d, 3\)"):
        continuations(model)[name](**OTHERS[name])


@pytest.mark.parametrize("num_chars", [2, 5])
@pytest.mark.parametrize("is_parallel", [False, True])
def test_a_model_that_does_not_say_its_size_is_not_trained_on_another(is_parallel, num_chars):
    model, right = new_model(Unnamed, num_chars), new_model(Unnamed)
    for each, size in ((model, num_chars), (right, 3)):
        each(mx.nd.zeros((1, 1)), each.begin_state(batch_size=1))
        assert each.own.dense.weight.shape == (size, 4)
    history = [gb.Epoch(1, 2.0, 0.1)]
    given = GOOD | {"num_epochs": 2, "pred_period": 9, "history": history}

    def train(model):
        if not is_parallel:
            return gb.train_and_predict_rnn_gluon(model, **given)
        names = "num_epochs num_steps lr clipping_theta batch_size history"
        shared = {name: given[name] for name in names.split()}
        return parallel.train_data_parallel(model, gb.Text("abc" * 8), ctxs=[mx.cpu()], **shared)

    before = [param.data().copy() for param in model.collect_params().values()]
    with pytest.raises(ValueError, match=rf"3, but .* returns logits of shape \(6, {num_chars}\)"):
        train(model)
    for param, values in zip(model.collect_params().values(), before, strict=True):
        assert (param.data() == values).asnumpy().all()
    assert len(train(right)) == 2


def test_a_model_of_other_characters_is_not_trained():
    model = gb.RNNModel(rnn.RNN(4), 3)
    with pytest.raises(ValueError, match="vocab_size is 5, but the model was made for 3"):
        gb.train_and_predict_rnn_gluon(model, **(GOOD | FIVE))
    with pytest.raises(ValueError, match="vocab_size is 5, but the model was made for 3"):
        parallel.train_data_parallel(model, gb.Text("abcde" * 300), ctxs=[mx.cpu()])


@pytest.mark.parametrize("name", CONTINUATIONS)
def test_no_negative_number_of_characters_is_written(name):
    proceed = continuations(new_model())[name]
    assert proceed(num_chars=0) == "ab"
    with pytest.raises(ValueError, match="num_chars must be 0 or more, not -3"):
        proceed(num_chars=-3)
    with pytest.raises(TypeError, match=r"num_chars must be a whole number, not 2\.5"):
        proceed(num_chars=2.5)


@pytest.mark.parametrize("which", [0, 5])
def test_what_a_model_with_parameters_that_are_no_numbers_says_is_no_perplexity(which):
    model = new_model()
    assert gb.evaluate_perplexity(model, [0, 1, 2], mx.cpu()) > 1
    for param in [*model.collect_params().values()][which:]:
        param.data()[:] = math.nan
    with pytest.raises(ValueError, match="has parameters that are infinite or NaN"):
        gb.evaluate_perplexity(model, [0, 1, 2], mx.cpu())


@pytest.mark.parametrize("temperature", [0, -1, math.nan, 1e-50, 1e-31])
def test_temperatures_that_quotients_overflow_with_are_refused(temperature):
    generate = continuations(new_model())["generate"]
    for draw in (
        gb.temperature_sampling,
        functools.partial(gb.top_k_sampling, 2),
        functools.partial(gb.nucleus_sampling, 0.5),
        lambda temperature: generate(temperature=temperature),
    ):
        with pytest.raises(ValueError, match="use greedy to take the best character always"):
            draw(temperature)
        with pytest.raises(TypeError, match="the temperature must be a number, not 'hot'"):
            draw("hot")


def test_the_smallest_temperature_takes_the_best():
    logits = nd.array([[50.0, 100.0, 99.9]])
    choose = gb.temperature_sampling(1e-30)
    assert {choose(logits).asscalar() for _ in range(50)} == {1}


@pytest.mark.parametrize("idx", [-1, 3, 141])
def test_a_perplexity_is_measured_on_the_vocabulary_of_the_model_only(idx):
    for model in (new_model(), new_model(Unnamed)):
        with pytest.raises(ValueError, match=f"has the index {idx}, but"):
            gb.evaluate_perplexity(model, [0, 1, 2, idx], mx.cpu())


def test_a_perplexity_may_be_infinite():
    model = new_model()
    gb.evaluate_perplexity(model, [0, 1], mx.cpu())
    model.dense.bias.set_data(nd.array([1e30, 0, 0]))
    assert gb.evaluate_perplexity(model, [0, 1, 2], mx.cpu()) == math.inf


def test_a_vocabulary_of_one_character_is_refused():
    one = {"vocab_size": 1, "idx_to_char": ["a"], "char_to_idx": {"a": 0}}
    with pytest.raises(ValueError, match="of one character there is nothing to predict"):
        train_scratch(**one, corpus_indices=[0] * 24)


@pytest.mark.parametrize("name", CONTINUATIONS)
def test_a_prefix_that_is_no_text_is_refused(name):
    proceed = continuations(new_model())[name]
    for prefix in (5, ["a", "b"]):
        with pytest.raises(TypeError, match="a prefix must be a string"):
            proceed(prefix=prefix)
    for prefix, message in (
        ("", "the prefix is empty"),
        ("bZ!", "not in the vocabulary: '!', 'Z'"),
    ):
        with pytest.raises(ValueError, match=message):
            proceed(prefix=prefix)


def test_prefixes_may_be_an_array():
    model, text = new_model(), gb.Text("abc")
    written = prediction.generate(model, text, prefixes=np.array(["a", "ab"]), num_chars=3)
    assert written == prediction.generate(model, text, prefixes=["a", "ab"], num_chars=3)
    assert prediction.generate(model, text, prefixes=np.array([])) == []
    with pytest.raises(TypeError, match="prefixes must be a list of strings, such as"):
        prediction.generate(model, text, prefixes="abc")


def test_rows_of_logits_are_counted_before_a_step_is_taken():
    class Last(Unnamed):
        def forward(self, X, state):
            logits, state = self.own(X, state)
            return logits[-len(X) :], state

    with pytest.raises(ValueError, match="returns 2 rows of logits instead of 6: one for each"):
        gb.train(Last(3), gb.Text("abc" * 8), batch_size=2, num_steps=3)


def test_a_model_from_scratch_takes_plain_steps_only():
    model = gb.ScratchModel(gb.rnn_forward, gb.get_params, gb.init_rnn_state, 4, 3)
    with pytest.raises(ValueError, match="a model from scratch is trained with 'sgd', not with 'a"):
        gb.train(model, gb.Text("abc" * 8), batch_size=2, num_steps=3, optimizer="adam")


@pytest.mark.parametrize(
    ("choice", "error", "message"),
    [
        (lambda logits: 1, TypeError, "as an array of shape (1,), as greedy does, not 1"),
        (lambda logits: logits[0], TypeError, "as an array of shape (1,)"),
        (lambda logits: gb.greedy(logits) + 3, ValueError, "which is no index of the vocabulary"),
        (lambda logits: gb.greedy(logits) - 3, ValueError, "whole numbers from 0 to 2"),
        (lambda logits: nd.array([0.5]), ValueError, "choose returned 0.5, which is no index"),
    ],
)
def test_a_choice_that_is_no_index_of_the_vocabulary_is_refused(choice, error, message):
    with pytest.raises(error, match=re.escape(message)):
        gb.write(new_model(), gb.Text("abc"), prefix="a", num_chars=3, choose=choice, ctx=mx.cpu())


def test_a_string_is_no_text():
    with pytest.raises(TypeError, match=r"give gb\.Text\(text\)"):
        gb.train(gb.RNNModel(rnn.RNN(2), 3), "abc" * 400)
