"""A model continues a prefix, one character at a time."""

import mxnet as mx
import pytest
from mxnet import nd
from mxnet.gluon import rnn

import gluonbook as gb

VOCABULARY = list("abcdefg")
VOCAB_SIZE = len(VOCABULARY)
CHAR_TO_IDX = {char: idx for idx, char in enumerate(VOCABULARY)}


class Adder:
    """A model whose next character is the sum of all that it has read.

    So whatever it misses of a prefix, or reads twice, changes what it writes.
    The state is the sum so far. It works as a Gluon model and from scratch.
    """

    vocab_size = VOCAB_SIZE

    def __init__(self):
        self.devices = []
        self.batch_sizes = []

    def begin_state(self, batch_size, ctx):
        self.batch_sizes.append(batch_size)
        self.devices.append(ctx)
        return [nd.zeros((batch_size,), ctx=ctx)]

    def __call__(self, X, state):
        self.devices.append(X.context)
        assert X.shape[0] == state[0].shape[0] == 1
        rows, total = [], state[0]
        for x in X.T:
            total = (total + x) % VOCAB_SIZE
            rows.append(nd.one_hot(total, VOCAB_SIZE))
        return nd.concat(*rows, dim=0), [total]

    def from_scratch(self, inputs, state, params):
        X = nd.concat(*(x.argmax(axis=1, keepdims=True) for x in inputs), dim=1)
        logits, (total,) = self(X, state)
        return list(logits.expand_dims(1)), (total,)


def continued(prefix, num_chars):
    """Return what `Adder` writes, in plain Python."""
    text = prefix
    for _ in range(num_chars):
        text += VOCABULARY[sum(CHAR_TO_IDX[char] for char in text) % VOCAB_SIZE]
    return text


def predict_gluon(prefix, num_chars, ctx=None, model=None, **kwargs):
    vocabulary = VOCAB_SIZE, ctx or mx.cpu(), VOCABULARY, CHAR_TO_IDX
    return gb.predict_rnn_gluon(prefix, num_chars, model or Adder(), *vocabulary, **kwargs)


def predict_scratch(prefix, num_chars, ctx=None, model=None):
    model = model or Adder()

    def init_rnn_state(batch_size, num_hiddens, ctx):
        assert num_hiddens == 256
        return tuple(model.begin_state(batch_size, ctx))

    vocabulary = VOCAB_SIZE, ctx or mx.cpu(), VOCABULARY, CHAR_TO_IDX
    return gb.predict_rnn(
        prefix, num_chars, model.from_scratch, [], init_rnn_state, 256, *vocabulary
    )


both = pytest.mark.parametrize("predict", [predict_gluon, predict_scratch])


@both
@pytest.mark.parametrize("prefix", ["b", "ab", "bad", "face", "cabbage", "aaaab", "baaaa"])
def test_every_character_read_and_written_counts(predict, prefix):
    assert predict(prefix, 12) == continued(prefix, 12)


@both
@pytest.mark.parametrize("num_chars", [0, 1, 2, 30])
def test_as_many_characters_are_written_as_asked_for(predict, num_chars):
    text = predict("cab", num_chars)
    assert text.startswith("cab")
    assert len(text) == 3 + num_chars


@both
def test_each_text_begins_from_a_fresh_state(predict):
    model = Adder()
    assert predict("bed", 5, model=model) == predict("bed", 5, model=model)
    assert model.batch_sizes == [1, 1]


@both
def test_everything_is_on_the_device_asked_for(predict):
    model = Adder()
    predict("bed", 5, mx.cpu(1), model)
    assert len(model.devices) == 6
    assert set(model.devices) == {mx.cpu(1)}


def test_the_best_character_is_chosen():
    chosen = gb.greedy(nd.array([[0.1, -5.0, 2.0, 1.9]]))
    assert chosen.asnumpy().tolist() == [2]


def test_the_reader_may_choose_otherwise_and_the_choice_is_read_back():
    seen = []

    def second(logits):
        seen.append(logits.shape)
        return (gb.greedy(logits) + 1) % VOCAB_SIZE

    text = "bed"
    for _ in range(6):
        text += VOCABULARY[(sum(CHAR_TO_IDX[char] for char in text) + 1) % VOCAB_SIZE]
    assert predict_gluon("bed", 6, choose=second) == text
    assert seen == [(1, VOCAB_SIZE)] * 6


def test_nothing_waits_for_a_character_before_the_text_is_complete(monkeypatch):
    events = []
    asnumpy = nd.NDArray.asnumpy
    monkeypatch.setattr(nd.NDArray, "asnumpy", lambda x: events.append("wait") or asnumpy(x))

    def choose(logits):
        events.append("choose")
        return gb.greedy(logits)

    predict_gluon("bed", 4, choose=choose)
    assert events == ["choose"] * 4 + ["wait"] * 5


def one_at_a_time(prefix, num_chars, model):
    """Continue a prefix as readers know it: one character is read, then the next."""
    state = model.begin_state(batch_size=1, ctx=mx.cpu())
    written = [CHAR_TO_IDX[prefix[0]]]
    for step in range(num_chars + len(prefix) - 1):
        logits, state = model(nd.array([[written[-1]]]), state)
        if step < len(prefix) - 1:
            written.append(CHAR_TO_IDX[prefix[step + 1]])
        else:
            written.append(int(logits.argmax(axis=1).asscalar()))
    return "".join(VOCABULARY[idx] for idx in written)


@pytest.mark.parametrize("hybridize", [False, True])
@pytest.mark.parametrize(
    ("layer", "options"),
    [(rnn.RNN, {"activation": "tanh"}), (rnn.GRU, {}), (rnn.LSTM, {"num_layers": 2})],
)
def test_real_models_write_as_if_they_read_one_character_at_a_time(layer, options, hybridize):
    mx.random.seed(1)
    model = gb.RNNModel(layer(16, **options), VOCAB_SIZE)
    model.initialize(mx.init.Normal(1))
    if hybridize:
        model.hybridize(static_alloc=True)
    prefixes = ["cabbage", "a", "bed", "faded", "deaf"]
    texts = [predict_gluon(prefix, 20, model=model) for prefix in prefixes]
    assert texts == [one_at_a_time(prefix, 20, model) for prefix in prefixes]
    assert len({text[-20:] for text in texts}) > 1


def test_the_model_from_scratch_writes_as_if_it_read_one_character_at_a_time():
    mx.random.seed(3)
    params = [param * 100 for param in gb.get_params(VOCAB_SIZE, 16, mx.cpu())]

    class Model:
        def begin_state(self, batch_size, ctx):
            return gb.init_rnn_state(batch_size, 16, ctx)

        def __call__(self, X, state):
            (logits,), state = gb.rnn_forward(gb.to_onehot(X, VOCAB_SIZE), state, params)
            return logits, state

    text = gb.predict_rnn(
        "cabbage", 40, gb.rnn_forward, params, gb.init_rnn_state, 16, VOCAB_SIZE, mx.cpu(),
        VOCABULARY, CHAR_TO_IDX,
    )  # fmt: skip
    assert text == one_at_a_time("cabbage", 40, Model())
    assert len(set(text[7:])) > 1
