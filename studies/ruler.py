"""Measure every kind of model of the book with one ruler: the same text, equal reading, equal size.

Tables, networks with a state of fixed size, networks that look back, and mixtures of both are trained on
640,000 characters of Austen, and measured on the twenty test blocks of the study of sizes. All networks
have about 131,800 or 506,000 parameters, and read the text twice or eight times. The learning rate of each
kind is chosen in short trials on another text, the Bible, and then in long runs. Some of the networks are
also trained to follow a ball under cups that are swapped.
"""

import itertools
from functools import partial

import mxnet as mx
import numpy as np
from mxnet import init, nd
from mxnet.gluon import nn, rnn

import gluonbook as gb
from gluonbook.lesson.attention import join_heads, rms_norm, split_heads
from gluonbook.services.fast import speed_up
from studies import common, counting
from studies.models import WindowModel

LENGTH = 640_000
ONCE = (LENGTH // common.BATCH_SIZE - 1) // common.NUM_STEPS  # the updates that read the text once
UPDATES, TRIAL, NUM_EVALUATIONS = 8 * ONCE, 200, 4
RATES = (0.003, 0.006, 0.012, 0.024)
SEEDS = (1, 2, 3, 4, 5)
RAREST = (1, 2, 3, 4, 5, 6, 8, 10, 14, 20)  # n-grams that occur fewer times are pruned
WEIGHTS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999)
MASKED = -1e9
# The page: the test block, and its first character and number of characters.
BLOCK, START, NUM_LETTERS = 10, 1_000, 1_000
# A ball is under the first of five cups, and each swap exchanges two of them.
SWAPS = np.array(list(itertools.combinations(range(5), 2)))
NUM_SWAPS, CUP_UPDATES = 16, 1_000
FOLLOWERS = "plain, tanh", "GRU", "LSTM", "minimal GRU", "transformer, window 64"


class MatrixMixer(nn.HybridBlock):
    """Linear attention with several heads, each with a matrix as its state.

    As in `gluonbook.MatrixState`, the keys are computed from a position and the one before it. With
    `gated`, every position first multiplies the matrix by a number between 0 and 1 for each head. What
    is read from a matrix is scaled to a mean square of 1, because a sum may grow without limit.

    The gate, and the way in which many positions are computed at once, are those of Dao and Gu (2024). The
    scaling is that of Qin et al. (2022), *The devil in linear transformer*.
    """

    def __init__(self, size, num_heads, gated):
        super().__init__()
        self.size, self.num_heads = size, num_heads
        self.query, self.key, self.value, self.output = (
            gb.positionwise(size, use_bias=False) for _ in range(4)
        )
        self.previous = self.params.get("previous", shape=(1, 1, size), init=init.Constant(0.5))
        # At first, each head forgets more slowly than the one before it.
        slower = init.Constant(2 * nd.arange(num_heads))
        self.gate = gb.positionwise(num_heads, bias_initializer=slower) if gated else None

    def forward(self, X, state):
        """Map ``(batch_size, num_steps, size)`` to the same shape, and update the state."""
        S = state[:, : -self.size].reshape(
            (len(X) * self.num_heads, -1, self.size // self.num_heads)
        )
        before = nd.concat(state[:, -self.size :].expand_dims(1), X, dim=1)[:, :-1]
        mixed = X + self.previous.data() * (before - X)
        parts = self.query(X), self.key(mixed), self.value(X)
        Q, K, V = (split_heads(part, self.num_heads) for part in parts)  # (n * num_heads, T, k)
        total = self.log_factors(X)  # (n * num_heads, T, 1), summed from the first position on
        # What is left at position t (row) of what position s (column) added: 0 if s is later.
        position = nd.arange(X.shape[1])
        later = (position.expand_dims(0) > position.expand_dims(1)).expand_dims(0)
        left = nd.broadcast_add(total - total.swapaxes(1, 2), MASKED * later).exp()
        Y = nd.batch_dot(nd.batch_dot(Q, K, transpose_b=True) * left, V)
        Y = Y + total.exp() * nd.batch_dot(Q, S)
        last = total[:, -1:]
        S = last.exp() * S + nd.batch_dot(K * (last - total).exp(), V, transpose_a=True)
        state = nd.concat(S.reshape((len(X), -1)), X[:, -1], dim=1)
        return self.output(join_heads(rms_norm(Y), self.num_heads)), state

    def log_factors(self, X):
        """Return the logarithm of the product of each head's factors up to each position."""
        batch_size, num_steps, _ = X.shape
        if self.gate is None:
            return nd.zeros((batch_size * self.num_heads, num_steps, 1))
        factors = -nd.Activation(-self.gate(X), "softrelu")  # the logarithm of a sigmoid
        return split_heads(nd.cumsum(factors, axis=1), self.num_heads)

    def begin_state(self, batch_size, ctx=None):
        """Return zeros: for each text, the matrices and the previous position."""
        return nd.zeros((batch_size, self.size**2 // self.num_heads + self.size), ctx=ctx)


# --- the kinds of models ------------------------------------------------------------------


def recurrent(layer, *args, **kwargs):
    """Return a function that makes an `RNNModel` for a vocabulary size."""
    return lambda vocab_size: gb.RNNModel(layer(*args, **kwargs), vocab_size)


def of_blocks(size, *mixers):
    """Return a function that makes a model of blocks; a mixer is made by a function of the size."""
    return lambda vocab_size: gb.BlockModel(vocab_size, size, [mixer(size) for mixer in mixers])


def attention(window):
    """Return a function that makes attention with three heads for a size."""
    return lambda size: gb.CausalAttention(size, 3, window)


def two_layers(num_hiddens):
    """Return two GRU layers with dropout between them."""
    return gb.DeepRNN([rnn.GRU(num_hiddens), rnn.GRU(num_hiddens)], dropout=0.1)


KINDS = {
    "window of 8": partial(WindowModel, 706, embedding_size=16, window=8),
    "plain, tanh": recurrent(rnn.RNN, 311, activation="tanh"),
    "plain, ReLU": recurrent(rnn.RNN, 311),
    "GRU": recurrent(rnn.GRU, 175),
    "GRU, 2 layers": recurrent(two_layers, 108),
    "LSTM": recurrent(rnn.LSTM, 150),
    "LSTM, bias 5": recurrent(rnn.LSTM, 150, i2h_bias_initializer=init.LSTMBias(5.0)),
    "transformer, window 4": of_blocks(51, *4 * [attention(4)]),
    "transformer, window 16": of_blocks(51, *4 * [attention(16)]),
    "transformer, window 64": of_blocks(51, *4 * [attention(64)]),
    "matrix": of_blocks(51, *4 * [partial(MatrixMixer, num_heads=3, gated=False)]),
    "matrix, gated": of_blocks(51, *4 * [partial(MatrixMixer, num_heads=3, gated=True)]),
    "minimal GRU": of_blocks(56, *4 * [gb.MinGRU]),
    "hybrid": of_blocks(54, gb.MinGRU, gb.MinGRU, attention(64), gb.MinGRU),
    "GRU, large": recurrent(rnn.GRU, 373),
    "GRU, 2 layers, large": recurrent(two_layers, 224),
    "transformer, window 16, large": of_blocks(102, *4 * [attention(16)]),
    "minimal GRU, large": of_blocks(110, *4 * [gb.MinGRU]),
}
BRIEF = "plain, ReLU", "LSTM, bias 5", "matrix"  # these read the text only twice
SIZE, LARGE = 131_800, 506_000  # parameters, for the 54 characters of Austen's novels
LARGEST = 134_400  # numbers in a table of limited size: two percent more than the networks have
# The smoothing, its settings, the smallest and the largest n, and the largest number of stored numbers.
INTERPOLATED = counting.interpolated, WEIGHTS
KNESER_NEY = counting.kneser_ney, counting.DISCOUNTS
TABLES = {
    "unigram": (*INTERPOLATED, 1, 1, LARGEST),
    "bigram": (*INTERPOLATED, 2, 2, LARGEST),
    "interpolated": (*INTERPOLATED, 3, 12, LARGEST),
    "interpolated, any size": (*INTERPOLATED, 3, 12, np.inf),
    "Kneser-Ney": (*KNESER_NEY, 3, 12, LARGEST),
    "Kneser-Ney, large": (*KNESER_NEY, 3, 12, 516_000),
    "Kneser-Ney, any size": (*KNESER_NEY, 3, 12, np.inf),
}


def num_carried(model):
    """Count the numbers that a model carries from one character to the next."""
    carried = sum(array.size for array in model.begin_state(batch_size=1, ctx=mx.cpu()))
    # The oldest character of a window is not needed any more.
    return carried - isinstance(model, WindowModel)


# --- networks -----------------------------------------------------------------------------


def run(setting, seed):
    """Train one network, and measure it on the held-out blocks."""
    if setting["text"] == "novel":
        return run_on_novel(setting, seed)
    chars, training, validation, test = common.blocks(setting["text"], LENGTH)
    model, found = train(setting, seed, len(chars), training, validation)
    if setting["updates"] == TRIAL or found.get("diverged"):
        return found
    on_validation, on_test = (common.probabilities(model, part) for part in (validation, test))
    found |= common.measured(on_validation, on_test)
    found["carried"] = num_carried(model)
    found["gains"] = gains(model, test)
    if seed == SEEDS[-1] and setting["updates"] == UPDATES:
        found["letters"] = letters(distributions(model, test[BLOCK]), test[BLOCK], chars)
    return found


def train(setting, seed, vocab_size, training, validation):
    """Train one network, and return it with the results of its training."""
    model = new_model(setting["kind"], vocab_size, seed)
    updates, evaluations = setting["updates"], NUM_EVALUATIONS if setting["updates"] > TRIAL else 1
    return model, common.train(model, training, validation, updates, setting["rate"], evaluations)


def new_model(kind, vocab_size, seed):
    """Return a network with parameters that the seed determines."""
    mx.random.seed(seed)
    model = KINDS[kind](vocab_size)
    model.initialize(init.Xavier(), ctx=mx.cpu())
    speed_up(model)
    return model


def run_on_novel(setting, seed):
    """Train the network that the section also trains in a cell."""
    text = gb.load_text(num_train=setting["length"])
    model, choices = KINDS[setting["kind"]](text.size), {"clipping_theta": 1, "optimizer": "adam"}
    gb.train(model, text, lr=setting["rate"], num_epochs=2, seed=seed, ctx=mx.cpu(), **choices)
    return {"test": gb.evaluate_perplexity(model, text.test, mx.cpu())}


def gains(model, test, length=100):
    """Return for each block by how much the loss on a passage falls if it has just been read.

    The control is the same passage after a passage of another block.
    """
    passages = test[:, :length]
    losses = [
        -np.log(common.probabilities(model, np.hstack([before, passages]))[:, length - 1 :])
        for before in (np.roll(passages, 1, axis=0), passages)
    ]
    after_another, after_itself = (each.mean(axis=1) for each in losses)
    return (after_another - after_itself).round(4).tolist()


# --- cups ---------------------------------------------------------------------------------


def follow_cups(setting, seed):
    """Train a network to say after each swap which cup the ball is under, and return its accuracies.

    The network is trained on sequences of 16 swaps, and is also tested on longer ones.
    """
    return {"accuracy": train_on_cups(setting, seed, accuracies)}


def train_on_cups(setting, seed, measure):
    """Train a network to follow the ball, and return what ``measure(model, rng)`` returns."""
    rng = np.random.default_rng(seed)
    model = new_model(setting["kind"], len(SWAPS), seed)

    def batches():
        while True:
            yield *draw_swaps(rng, common.BATCH_SIZE, NUM_SWAPS), True

    updates, rate = setting.get("updates", CUP_UPDATES), setting["rate"]
    how = updates, rate, lambda model: measure(model, rng), {updates}
    ((*_, found),) = common.train_with_adam(model, batches(), *how)
    return found


def accuracies(model, rng):
    """Return the shares of right answers after different numbers of swaps."""
    swaps, cups = draw_swaps(rng, 500, 4 * NUM_SWAPS)
    logits, _ = model(swaps, model.begin_state(batch_size=500, ctx=mx.cpu()))
    right = logits.argmax(axis=1).reshape((-1, 500)) == cups.T
    after = (NUM_SWAPS // 4, NUM_SWAPS, 4 * NUM_SWAPS)
    return {length: float(right[length - 1].mean().asscalar()) for length in after}


def draw_swaps(rng, num_rows, num_swaps):
    """Draw sequences of swaps; return them and the cup that the ball is under after each swap."""
    swaps, ball = rng.integers(len(SWAPS), size=(num_rows, num_swaps)), np.zeros(num_rows)
    cups = np.empty(swaps.shape)
    for t in range(num_swaps):
        first, second = SWAPS[swaps[:, t]].T
        ball = np.where(ball == first, second, np.where(ball == second, first, ball))
        cups[:, t] = ball
    return nd.array(swaps), nd.array(cups)


# --- letter by letter ---------------------------------------------------------------------


def distributions(model, block):
    """Return the probabilities of all characters at each position of the page."""
    read = nd.array(block[None, : START + NUM_LETTERS - 1], dtype="float32")
    logits, _ = model(read, model.begin_state(batch_size=1, ctx=mx.cpu()))
    return nd.softmax(logits[START - 1 :]).asnumpy()


def letters(probabilities, block, chars):
    """Return what each letter of the page costs in bits, and the first three guesses at each."""
    page = block[START : START + NUM_LETTERS]
    bits = -np.log2(probabilities[np.arange(NUM_LETTERS), page].astype("float64"))
    guesses = np.argsort(-probabilities, axis=1, kind="stable")[:, :3]
    return {
        "bits": bits.round(2).tolist(),
        "guesses": "".join(chars[index] for index in guesses.reshape(-1)),
    }


# --- tables -------------------------------------------------------------------------------


def count(setting, _):
    """Measure the table that is best on the validation blocks, of those that are small enough."""
    chars, training, validation, test = common.blocks(setting["text"], LENGTH)
    smooth, choices, first, last, largest = TABLES[setting["kind"]]
    counts, best = counting.Counts(training, len(chars), last), None
    for rarest in RAREST if last > 2 else RAREST[:1]:
        counts.prune(rarest)
        tables = counting.best_for_each_n(counts, validation, test, smooth, choices)
        for table in tables[first - 1 :]:
            small = table["num_params"] <= largest
            if small and (best is None or table["validation"] < best["validation"]):
                best = {"rarest": rarest, **table}
    counts.prune(best["rarest"])
    on_page = table_distributions(counts, smooth, best["n"], best["choice"], test[BLOCK])
    return best | {
        "carried": best["n"] - 1,
        "page": "".join(chars[index] for index in test[BLOCK, START : START + NUM_LETTERS]),
        "letters": letters(on_page, test[BLOCK], chars),
    }


def table_distributions(counts, smooth, n, choice, block):
    """Return the probabilities of all characters at each position of the page."""
    # A long text in which each character follows every context of the page once.
    positions = np.arange(START, START + NUM_LETTERS)
    contexts = block[positions[:, None] + np.arange(1 - n, 0)]  # (NUM_LETTERS, n - 1)
    every = np.arange(counts.vocab_size)
    ends = np.tile(every, NUM_LETTERS)[:, None]
    text = np.hstack([np.repeat(contexts, len(every), axis=0), ends]).reshape(-1)
    # The text begins with one more character, because none precedes the first.
    found = smooth(counts, np.concatenate([text[:1], text]), [choice])[n, choice]
    return found[n - 1 :: n].reshape((NUM_LETTERS, -1))


# --- the whole study ----------------------------------------------------------------------


def main():
    """Count; choose a learning rate for each kind; train all kinds with one seed after the other."""
    austen = common.path("austen")
    for kind, model in KINDS.items():
        common.check_size(kind, model(54), LARGE if "large" in kind else SIZE)
    for kind in TABLES:
        common.run_all(count, [{"kind": kind, "text": "austen"}], [0], austen, name="-counts")
    small = [kind for kind in KINDS if "large" not in kind]
    settings = [chosen(kind) for kind in small if kind not in BRIEF]
    for seed in SEEDS:
        common.run_all(run, settings, [seed], austen)
    twice = [chosen(kind, 2 * ONCE) for kind in small]
    large = [chosen(kind) for kind in KINDS if kind not in small]
    common.run_all(run, twice + large, SEEDS[:3], austen)
    for kind in FOLLOWERS:
        trial = {"kind": kind, "text": "cups"}
        rate = common.choose_rate(follow_cups, trial, RATES[1:], loss_of=common.error_rate)
        longer = [rate | {"updates": 10 * CUP_UPDATES}] if kind == "minimal GRU" else []
        common.run_all(follow_cups, [rate, *longer], SEEDS[:3])
    novel = {"kind": "GRU", "text": "novel", "length": 160_000, "rate": chosen("GRU")["rate"]}
    common.run_all(run, [novel], SEEDS, common.novel())


def chosen(kind, updates=UPDATES):
    """Return the setting of a kind of network, with its learning rate.

    Short trials on the Bible choose a rate. Because longer runs may need another one, half and twice
    that rate are tried as well, and the best of the three on the validation blocks is taken.
    """
    trial = {"kind": kind, "text": "bible", "updates": TRIAL}
    rate = common.choose_rate(run, trial, RATES, common.path("bible"), tie=0.01)["rate"]
    longer, rates = trial | {"text": "austen", "updates": updates}, (rate / 2, rate, 2 * rate)
    austen = common.path("austen")
    return common.choose_rate(run, longer, rates, austen, seed=SEEDS[0], name="")


if __name__ == "__main__":
    main()
