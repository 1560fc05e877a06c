"""What makes no sense is refused before anything is done, with a message that says what to do."""

import inspect
import math
import pickle
import re

import mxnet as mx
import pytest
from mxnet import nd
from mxnet.gluon import rnn

import gluonbook as gb
from gluonbook import door
from gluonbook.lesson import prediction

TEXT, OTHER = gb.Text("abc" * 8), gb.Text("abcd" * 6)
HOW = {"num_epochs": 1, "num_steps": 3, "batch_size": 2}
REPORT = {"pred_period": 1, "pred_len": 1, "prefixes": ["a"]}


def known():
    """Return a model that knows its parameters."""
    model = gb.RNNModel(rnn.RNN(4), 3)
    model.initialize()
    model(nd.zeros((1, 1)), model.begin_state(batch_size=1))
    return model


SCRATCH = gb.ScratchModel(4, 3)
SCRATCH.initialize(mx.cpu())
PLAIN = known()
NEW = gb.ScratchModel(4, 3), gb.RNNModel(rnn.RNN(4), 3)


def train(model=SCRATCH, text=TEXT, **changes):
    return gb.train(model, text, **{"ctx": mx.cpu()} | HOW | REPORT | changes)


def on_devices(**changes):
    return gb.train_data_parallel(PLAIN, TEXT, **{"ctxs": [mx.cpu()]} | HOW | changes)


def indices(train):
    """Return a `Text` of three characters with these indices, right or wrong."""
    text = gb.Text("abc")
    text.train = train
    return text


def write(text=TEXT, prefix="ab", num_chars=4):
    return gb.write(PLAIN, text, prefix=prefix, num_chars=num_chars)


STRING = "abracadabra"
COUNTS, CHARS = gb.count_followers(STRING, 2), [*sorted(set(STRING)), "z"]
UNIFORM = gb.uniform_model("abc")
LONG = gb.Text("abc" * 500)
THREE, ONE = nd.zeros((3, 2, 4)), nd.zeros((1, 2, 4))
VALUE, TYPE = "ValueError", "TypeError"
NO_DRAW = f"{VALUE}: the weights of characters must be finite and not negative, and one must be above zero"
NO_BLOCKS = f"{VALUE}: a bootstrap needs arrays of shape .* all with the same blocks, two or more"
NO_INDICES = f"{TYPE}: (the|a) text must be a list or an array of whole numbers"
LOGITS = f"{VALUE}: vocab_size is 4, but the model returns 3 logits for each character"
HISTORY = f"{TYPE}: history must be the list of epochs"
DEVICES = f"{TYPE}: ctxs must be a list of devices"
OPTIMISER = f"{VALUE}: optimizer must be the name of one of Gluon's optimisers"
UNTRAINED = f"{VALUE}: the model has no parameters yet: train it, or call"
REFUSED = {
    "train(num_epochs=2.0)": f"{TYPE}: num_epochs must be a whole number, not 2.0",
    "train(text=indices([1.5] * 9))": NO_INDICES,
    "train(text=indices(['a']))": NO_INDICES,
    "train(text=indices([[0, 1, 2]] * 8))": rf"{TYPE}: .*not list of shape \(8, 3\) and type int64",
    "train(text=indices('abc' * 8))": f"{TYPE}: .*not a string: convert it with text.encode",
    "train(text='abc' * 8)": rf"{TYPE}: a model needs a Text, not str: pass gb\.Text\(string\)",
    "train(text=indices([0] * 6))": f"{VALUE}: .*must have 7 or more",
    "train(text=indices([0, 1, 3] * 8))": f"{VALUE}: .*a vocab_size of 3 an index is from 0 to 2",
    "train(lr=-1)": rf"{VALUE}: .*to 3.4e\+38, not -1",
    "train(lr=math.nan)": rf"{VALUE}: .*to 3.4e\+38, not nan",
    "train(lr=1e39)": rf"{VALUE}: .*to 3.4e\+38, not 1e\+39",
    "train(clipping_theta='1')": f"{TYPE}: the clipping threshold clipping_theta must be a number, not '1'",
    "train(prefixes=None)": f"{TYPE}: .*must be a list of strings",
    "train(prefixes='abc')": f"{TYPE}: .*must be a list of strings",
    "train(callbacks=print)": f"{TYPE}: callbacks must be a list of func",
    "train(callbacks=[5])": f"{TYPE}: callbacks must be a list of func",
    "train(history=5)": HISTORY,
    "train(prefixes=['aZ'])": f"{VALUE}: .*not in the vocabulary: 'Z'",
    "train(prefixes=['a', ''])": f"{VALUE}: the prefix is empty",
    "train(optimizer='adam')": f"{VALUE}: .*with 'sgd', not with 'a",
    "train(text=OTHER)": LOGITS,
    "gb.Text('')": f"{VALUE}: the string is empty",
    "gb.Text(['a'])": f"{TYPE}: a text must be a string, not list: .* gb.load_text reads a file",
    "gb.Text('abc', 10_000, -1)": f"{VALUE}: num_held_out must be 1 or more",
    "gb.Text('abc', 9_000, 1_000)": "it must have 12000 or more",
    "gb.Text.of_vocabulary('aba')": f"{VALUE}: a character occurs twice in the vocabulary",
    "TEXT.decode([-1])": f"{VALUE}: the text has the index -1",
    "TEXT.decode('12')": NO_INDICES,
    "gb.load_text(num_train='ALL')": "a number of characters or \"all\", not 'ALL'",
    "gb.load_text(num_train=0)": f"{VALUE}: num_train must be 1 or more, not 0",
    "gb.data_iter_random([0, -1] * 9, 2, 3)": "has the index -1, but an index is 0 or more",
    "gb.data_iter_random(range(6), 2, 3)": "a text of 6 characters is too short .* 7 or more",
    "gb.count_followers(STRING, -1)": f"{VALUE}: longest must be 0 or more",
    "gb.Text('cab').encode('aB')": r"'B'\. In lower case they are: use 'ab'\. The",
    "gb.uniform_model('')": f"{VALUE}: vocab_size must be 1 or more",
    "gb.add_alpha(COUNTS, 4, 1, CHARS)": "contexts of 3 .* longest=3 or more, on a longer text",
    "gb.add_alpha(COUNTS, 2, 1, 'abc')": "2 of the .* not in the vocabulary, for example 'd'",
    "gb.add_alpha(COUNTS, 2, math.inf, CHARS)": f"{VALUE}: alpha must be above zero",
    "gb.witten_bell(COUNTS, 2, 0, CHARS)": f"{VALUE}: multiplier must be above zero",
    "gb.interpolate(COUNTS, 2, 1.5, CHARS)": f"{VALUE}: weight must be from 0 to 1, not 1.5",
    "gb.kneser_ney(COUNTS, 2, 1.1, CHARS)": f"{VALUE}: discount must be from 0 to 1, not 1.1",
    "gb.perplexity([0.5, 2])": "from 0 to 1, but they are from 0.5 to 2",
    "gb.perplexity([])": "needs at least one probability",
    "gb.perplexity_on(UNIFORM, 'a')": f"{VALUE}: a string of one character has no perplexity",
    "gb.perplexity_on(UNIFORM, 'abz')": f"{VALUE}: the model has no probability for 'z'",
    "gb.counting_baseline(TEXT)": f"{VALUE}: a text of 0 characters has no perplexity",
    "gb.RNNModel(rnn.RNN, 3)": f"{TYPE}: rnn_layer must be a layer, not the class RNN",
    "gb.RNNModel(rnn.RNN(4), 0)": f"{VALUE}: vocab_size must be 1 or more",
    "gb.ScratchModel(0, 3)": f"{VALUE}: num_hiddens must be 1 or more",
    "gb.num_params(gb.ScratchModel(4, 3))": f"{VALUE}: the model has no parameters yet",
    "gb.ScratchModel(4, 3)(ONE, ())": f"{VALUE}: the model has no parameters yet",
    "gb.CausalAttention(6, 4, 3)": "6 numbers cannot be divided evenly among 4",
    "gb.CausalAttention(6, 3, 1)": f"{VALUE}: window must be 2 or more",
    "gb.scan(THREE, ONE, ONE)": r"the shapes are \(3, 2, 4\), \(1, 2, 4\) and \(1, 2, 4\)",
    "gb.scan(THREE, THREE, THREE)": "and h that shape with a single step",
    "gb.write('model', TEXT)": f"{TYPE}: a model needs a method begin_state",
    "write(num_chars=-3)": f"{VALUE}: num_chars must be 0 or more, not -3",
    "write(prefix=['a', 'b'])": f"{TYPE}: a prefix must be a string",
    "write(prefix='bZ!')": f"{VALUE}: .*not in the vocabulary: '!', 'Z'",
    "write(text=OTHER)": LOGITS,
    "gb.beam_search(PLAIN, TEXT, prefix='ab', beam_width=0)": f"{VALUE}: beam_width must be 1 or more",
    "gb.beam_search(SCRATCH, TEXT, prefix='ab', beam_width=2)": "needs the batch in axis 1.* use write",
    "gb.show_writer(gb.RNNModel(rnn.LSTM(6), 3), TEXT)": "one plain recurrent layer",
    "gb.show_writer(gb.RNNModel(rnn.RNN(6, 2), 3), TEXT)": "one plain recurrent layer",
    "gb.show(None, ' ')": f"{VALUE}: a figure needs a text that says what it shows",
    "gb.plot_letter_costs('abc', {'one': [1, 2]})": r"3 characters needs as many costs .* not \[2\]",
    "gb.plot_letter_costs('abc', {})": r"each of two models, not \[\]",
    "gb.plot_learning_curves({})": "no epoch to plot for any model",
    "gb.plot_learning_curves({'stopped': []})": "no epoch to plot for 'stopped': train",
    "gb.top_k_sampling(0)": f"{VALUE}: k must be 1 or more, not 0",
    "gb.temperature_sampling(1e-50)": "above zero .greedy takes the most probable character",
    "gb.top_k_sampling(5)(ONE[0])": f"{VALUE}: k = 5 is more than the 4 characters",
    "gb.nucleus_sampling(0)": "a probability above 0 and at most 1, not 0",
    "gb.nucleus_sampling(1.01)": "a probability above 0 and at most 1, not 1.01",
    "gb.draw(nd.array([[0, -1, 2]]))": NO_DRAW,
    "gb.draw(nd.array([[0, 0, 0]]))": NO_DRAW,
    "gb.draw(nd.array([[0, math.inf, 2]]))": NO_DRAW,
    "gb.grad_clipping([], 1)": f"{VALUE}: 0 of 0 parameters have no gradient to clip",
    "gb.grad_clipping([nd.ones(1)], 1)": f"{VALUE}: 1 of 1 parameters have no gradient to clip",
    "gb.grad_clipping([nd.ones(1)], 0)": f"{VALUE}: the clipping threshold theta must be above zero",
    "gb.predict_rnn_gluon('ab', 4, PLAIN, 4, mx.cpu(), [*'abc'], TEXT.index)": "the three",
    "gb.predict_rnn_gluon('ab', 4, PLAIN, 3, mx.cpu(), [*'acb'], TEXT.index)": "the three",
    "gb.select_runs([], model='RNN')": "no run has {'model': 'RNN'}",
    "gb.train_data_parallel(gb.ScratchModel(4, 3), LONG, ctxs=[mx.cpu()])": f"{TYPE}: .* a Gluon model",
    "on_devices(ctxs=[mx.cpu(), mx.cpu(1), mx.cpu(2)])": f"{VALUE}: 2 examples cannot be split evenly",
    "gb.train_recall(rnn.RNN(4), 0)": f"{VALUE}: distance must be 1 or more",
    "gb.pairs_batch(2, 27)": f"{VALUE}: num_pairs must be from 1 to 26",
    "gb.evaluate_perplexity(PLAIN, [0, 1, -1])": f"{VALUE}: the text has the index -1",
    "gb.KeepBest(PLAIN, [0, 1]).restore()": f"{VALUE}: .* training ended before epoch",
    "gb.loss_by_context(PLAIN, TEXT, [], TEXT.train)": f"{VALUE}: .* one length or more",
    "gb.loss_by_context(PLAIN, TEXT, [1, 24], TEXT.train)": "length or more, all below",
    "gb.loss_by_context(PLAIN, TEXT, [1], [0, 1, -1])": f"{VALUE}: the text has the index -1",
    "gb.loss_by_context(PLAIN, TEXT, [-1], TEXT.train)": "length must be 0 or more",
    "gb.letter_costs(PLAIN, OTHER, 'abcd')": LOGITS,
    "gb.HeldOutCurve(PLAIN, [0, 1], period=0)": f"{VALUE}: period must be 1 or more, not 0",
    "gb.KeepBest(PLAIN, [0])": f"{VALUE}: a text of 1 characters has no perplexity",
    "gb.bootstrap_interval(nd.ones((1, 3)).asnumpy()[:0])": NO_BLOCKS,
    "gb.bootstrap_interval(nd.ones((2, 2, 2)).asnumpy())": NO_BLOCKS,
    "gb.bootstrap_interval([[1, 2, 3]], [1, 2])": NO_BLOCKS,
    "gb.bootstrap_interval([1, math.nan])": f"{VALUE}: .* a value is NaN or infinite",
    "train(PLAIN, optimizer=5)": OPTIMISER,
    "train(PLAIN, ctx='cpu')": rf"{TYPE}: ctx must be a device, such as mx\.cpu\(\)",
    "train(PLAIN, text=OTHER)": LOGITS,
    "train(PLAIN, history=['a'])": HISTORY,
    "on_devices(ctxs=[])": DEVICES,
    "on_devices(ctxs=mx.cpu())": DEVICES,
    "on_devices(ctxs=['cpu'])": DEVICES,
}
for size in ("num_epochs", "num_steps", "batch_size", "pred_period", "pred_len"):
    REFUSED[f"train({size}=0)"] = f"{VALUE}: {size} must be 1 or more, not 0"
for new in ("NEW[0]", "NEW[1]"):
    REFUSED[f"gb.evaluate_perplexity({new}, TEXT.train)"] = UNTRAINED
    REFUSED[f"train({new}, history=[gb.Epoch(1, 2.0, 0.1)])"] = UNTRAINED


def values_of(model):
    return [values.asnumpy().tobytes() for values in gb.params_of(model)]


@pytest.mark.parametrize("call", REFUSED)
def test_what_makes_no_sense_is_refused_before_anything_is_printed_or_changed(call, capsys):
    before = [*map(values_of, (PLAIN, SCRATCH))]
    with pytest.raises((TypeError, ValueError)) as caught:
        eval(call)
    assert re.search(REFUSED[call], f"{caught.type.__name__}: {caught.value}")
    assert [*map(values_of, (PLAIN, SCRATCH))] == before
    assert capsys.readouterr().out == ""


def test_a_perplexity_may_be_infinite_but_not_come_from_parameters_that_are_no_numbers():
    model = known()
    assert gb.evaluate_perplexity(model, [0, 1, 2], mx.cpu()) > 1
    model.dense.bias.set_data(nd.array([1e30, 0, 0]))
    assert gb.evaluate_perplexity(model, [0, 1, 2], mx.cpu()) == math.inf
    model.dense.bias.set_data(nd.array([0, 0, math.nan]))  # even if no target needs it
    with pytest.raises(FloatingPointError, match="the model's logits are NaN or infinite"):
        gb.evaluate_perplexity(model, [0, 1, 0], mx.cpu())


def test_what_stands_at_the_door_is_for_its_user_the_function_of_the_lesson(monkeypatch):
    public = {name: value for name, value in vars(gb).items() if callable(value)}
    for name, value in public.items():
        assert pickle.loads(pickle.dumps(value)) is value
        assert value.__name__ == name and inspect.getdoc(value)
    plain = prediction.write
    assert (
        inspect.signature(gb.write) == inspect.signature(plain)
        and gb.write.__doc__ == plain.__doc__
    )
    with pytest.raises(
        TypeError, match=r"write\(\) missing 1 required positional argument: 'text'"
    ):
        gb.write(known())


def test_a_prefix_is_examined_once(monkeypatch):
    examined, check = [], door.check_known
    monkeypatch.setattr(door, "check_known", lambda *args: examined.append(args[0]) or check(*args))
    assert len(write()) == 6 and gb.generate(PLAIN, TEXT, prefixes=["ab"], num_chars=4)
    assert examined == ["ab", "ab"]
