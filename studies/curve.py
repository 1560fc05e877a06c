"""One curve for every kind of model: what a letter costs it that has seen only the last few letters.

Networks and n-gram models are trained as in the sections, on the first 10,000 characters of the novel, and on
640,000 characters of Austen. Then each of them is shown only the last letters before each position of twenty
or so held-out passages. The mean loss in bits is stored for each number of letters and for each passage, so
that a section can draw ranges over seeds and passages.

On Austen's novels, all networks have about 131,800 parameters and read the text eight times. Every kind may
have dropout before its output layer, whose rate is chosen in the same way for all kinds.
"""

import itertools
from functools import partial

import mxnet as mx
import numpy as np
from mxnet import init, nd
from mxnet.gluon import rnn

import gluonbook as gb
from gluonbook.lesson.memory_tasks import (
    RECALL_SYMBOLS,
    last_logits,
    recall_batch,
    train_on_last_step,
)
from gluonbook.services.fast import speed_up
from studies import common, counting, memory, models

LENGTHS = (0, 1, 2, 3, 4, 5, 6, 8, 12, 16, 24, 32, 64, 128)
MOST, NUM_POSITIONS = LENGTHS[-1], 500  # in each passage
SEEDS = (1, 2, 3)
LENGTH = 640_000  # of the training text from Austen's novels
UPDATES, NUM_EVALUATIONS = 8 * ((LENGTH // common.BATCH_SIZE - 1) // common.NUM_STEPS), 4
# The page: the test block, its first character and its length; and how many letters are few.
BLOCK, START, NUM_LETTERS, FEW = 10, 1_000, 1_000, 3
LONGEST = {"novel": 8, "austen": 12}  # characters in an n-gram

NUM_EPOCHS, PERIOD = 120, 5  # on the novel
# A network that reads the same text so often that it knows it by heart.
BY_HEART = {"kind": "plain, ReLU, 256 units", "epochs": 200}


def recurrent(layer, *args, **kwargs):
    """Return a function that makes an `RNNModel` for a vocabulary size."""
    return lambda vocab_size: gb.RNNModel(layer(*args, **kwargs), vocab_size)


def of_blocks(size, mixer):
    """Return a function that makes a model of four blocks; `mixer` makes the mixer of a block from its size."""
    return lambda vocab_size: gb.BlockModel(vocab_size, size, [mixer(size) for _ in range(4)])


# Each kind with its learning rate. The widths are those of the sections.
NOVEL = {
    "plain, tanh, 64 units": (recurrent(rnn.RNN, 64, activation="tanh"), 100),
    "plain, ReLU, 256 units": (recurrent(rnn.RNN, 256), 100),
    "GRU, 35 units": (recurrent(rnn.GRU, 35), 50),
    "LSTM, 29 units": (recurrent(rnn.LSTM, 29), 200),
}
# Each kind with its learning rate: on the validation blocks, half and twice this rate were worse. All have
# about 131,800 parameters, for the 54 characters of Austen's novels.
AUSTEN = {
    "GRU": (recurrent(rnn.GRU, 175), 0.012),
    "LSTM": (recurrent(rnn.LSTM, 150), 0.012),
    "GRU, 2 layers": (recurrent(lambda: gb.DeepRNN([rnn.GRU(108), rnn.GRU(108)], 0)), 0.012),
    "window of 8": (partial(models.WindowModel, 706, embedding_size=16, window=8), 0.012),
    "plain, tanh": (recurrent(rnn.RNN, 311, activation="tanh"), 0.003),
    "transformer, window 16": (of_blocks(51, lambda size: gb.CausalAttention(size, 3, 16)), 0.006),
    "minimal GRU": (of_blocks(56, gb.MinGRU), 0.006),
}
DROPOUTS = (0, 0.1, 0.3, 0.5, 0.7)
# Who might need more than a dozen letters: a network of another text, and one that learns from a gradient
# through three times as many steps, and reads the text twice as often.
CONTROLS = [
    {"text": "bible", "kind": "GRU"},
    {
        "text": "austen",
        "kind": "GRU, 2 layers",
        "num_steps": 3 * common.NUM_STEPS,
        "updates": 2 * UPDATES // 3,
    },
]

# Two artificial texts, and how many of their last symbols a network sees. In the recall task, the first of 21
# characters is the answer; of the 16 swaps of the cups, all matter.
DISTANCE, LAST = 20, (1, 2, 4, 8, 12, 15, 16, 19, 20, 21)
RECALL = {"tanh": 0.0003, "LSTM, bias 0": 0.003, "GRU, bias 0": 0.03, "LSTM, bias 5": 0.001}
# A ball is under the first of five cups, and each swap exchanges two of them.
SWAPS, NUM_SWAPS = np.array(list(itertools.combinations(range(5), 2))), 16
CUPS = {  # with the learning rates and the numbers of mini-batches
    "GRU": (0.012, 1_000),
    "minimal GRU": (0.006, 1_000),
    "plain, tanh": (0.003, 6_000),
}


def run(setting, seed):
    """Train one model, and return its losses: a row for each length, a column for each passage."""
    if setting["text"] == "recall":
        return recall(setting, seed)
    if setting["text"] == "cups":
        return cups(setting, seed)
    if setting["kind"] == "Kneser-Ney":
        return count(setting)
    return (on_novel if setting["text"] == "novel" else on_long_text)(setting, seed)


def curve(model, text, passages, among=np.ones_like):
    """Return the mean loss at each length and in each passage; a network has none at length 0.

    Of each passage, those positions are counted for which ``among(passage)`` is true.
    """
    losses = []
    for each in passages[:, : MOST + NUM_POSITIONS]:
        counted = among(each)[MOST:].astype(bool)
        losses.append(gb.loss_by_context(model, text, LENGTHS, each)[:, counted].mean(axis=1))
    return [[None if np.isnan(v) else round(v, 4) for v in row] for row in np.transpose(losses)]


def first_letters(chars):
    """Return a function that finds in indices of characters which of them begin a word."""
    is_letter = np.array([char.isalpha() for char in chars])

    def among(indices):
        letters = is_letter[indices]
        return letters & ~np.concatenate([[True], letters[:-1]])

    return among


# --- networks -----------------------------------------------------------------------------


def on_novel(setting, seed):
    """Train a network on the novel, with early stopping, or until it knows the text by heart."""
    text, (make, rate) = gb.load_text(), NOVEL[setting["kind"]]
    model, epochs = make(text.size), setting.get("epochs", NUM_EPOCHS)
    keep = gb.KeepBest(model, text.validation, period=PERIOD)
    gb.train(model, text, lr=rate, num_epochs=epochs, seed=seed, callbacks=[keep])
    found = {}
    if "epochs" in setting:
        read = text.train[: len(text.train) // 5 * 5].reshape((5, -1))
        found["losses on the training text"] = curve(model, text, read)
    else:
        keep.restore()
    return found | {"losses": curve(model, text, common.passages())}


def new_model(kind, vocab_size, seed, dropout=0):
    """Return a network with parameters that the seed determines, and dropout before its output layer."""
    mx.random.seed(seed)
    make, _ = AUSTEN[kind]
    model = make(vocab_size)
    if dropout:
        model.dense = models.DenseAfterDropout(vocab_size, dropout)
        model.hybridize(active=isinstance(model, gb.RNNModel))
    model.initialize(init.Xavier(), ctx=mx.cpu())
    speed_up(model)
    return model


def on_long_text(setting, seed):
    """Train a network on Austen's novels or the Bible, with dropout before its output layer."""
    chars, training, validation, test = common.blocks(setting["text"], LENGTH)
    model = new_model(setting["kind"], len(chars), seed, setting["dropout"])
    how = setting.get("updates", UPDATES), setting["rate"], NUM_EVALUATIONS
    num_steps = setting.get("num_steps", common.NUM_STEPS)
    found = common.train(model, training, validation, *how, num_steps)
    if not found.get("diverged"):
        on_test = common.probabilities(model, test)
        found |= common.measured(common.probabilities(model, validation), on_test)
        text = gb.Text.of_vocabulary(chars)
        found["losses"] = curve(model, text, test)
        found["losses of first letters"] = curve(model, text, test, first_letters(chars))
        if seed == SEEDS[0]:
            found["letters"] = page(model, text, test[BLOCK])
    return found


def page(model, text, block):
    """Return what each letter of the page costs, with all letters before it and with a few, and guesses."""
    read = nd.array(block[None, : START + NUM_LETTERS - 1], dtype="float32")
    logits, _ = model(read, model.begin_state(batch_size=1, ctx=mx.cpu()))
    probabilities = nd.softmax(logits[START - 1 :]).asnumpy()
    shown = block[START : START + NUM_LETTERS]
    bits = -np.log2(probabilities[np.arange(NUM_LETTERS), shown].astype("float64"))
    guesses = np.argsort(-probabilities, axis=1, kind="stable")[:, :3]
    after_few = gb.loss_by_context(
        model, text, [FEW, MOST], block[START - MOST : START + NUM_LETTERS]
    )
    return {
        "bits": bits.round(2).tolist(),
        "guesses": "".join(text.chars[index] for index in guesses.reshape(-1)),
        "bits after a few letters": after_few[0].round(2).tolist(),
    }


def recall(setting, seed):
    """Train a network to recall a character, and show it only the last characters of new examples."""
    layer = memory.LAYERS[setting["kind"]]()
    model = gb.RNNModel(layer, len(RECALL_SYMBOLS))
    how = mx.cpu(), RECALL[setting["kind"]], memory.NUM_BATCHES, seed
    train_on_last_step(model, recall_batch, 16, DISTANCE, *how)
    return step(model, *recall_batch(500, DISTANCE, mx.cpu()))


def cups(setting, seed):
    """Train a network to say which cup the ball is under, and show it only the last swaps of new sequences."""
    rng = np.random.default_rng(seed)
    model = new_model(setting["kind"], len(SWAPS), seed)

    def batches():
        while True:
            yield *draw_swaps(rng, common.BATCH_SIZE), True

    def measure(model):
        swaps, places = draw_swaps(rng, 500)
        return step(model, swaps, places[:, -1])

    updates, rate = setting["updates"], setting["rate"]
    ((*_, found),) = common.train_with_adam(model, batches(), updates, rate, measure, {updates})
    return found


def draw_swaps(rng, num_rows):
    """Draw sequences of swaps; return them and the cup that the ball is under after each swap."""
    swaps, ball = rng.integers(len(SWAPS), size=(num_rows, NUM_SWAPS)), np.zeros(num_rows)
    places = np.empty(swaps.shape)
    for t in range(NUM_SWAPS):
        first, second = SWAPS[swaps[:, t]].T
        ball = np.where(ball == first, second, np.where(ball == second, first, ball))
        places[:, t] = ball
    return nd.array(swaps), nd.array(places)


def step(model, X, answer):
    """Return the shares of right answers of a network that sees only the last symbols."""
    right = []
    for length in LAST[: 1 + LAST.index(X.shape[1])]:
        logits = last_logits(model, X[:, -length:])
        right.append(float((logits.argmax(axis=1) == answer).mean().asscalar()))
    return {"right": right}


# --- tables -------------------------------------------------------------------------------


def count(setting):
    """Return the losses of the n-gram models with n = 1, 2, …, which see n - 1 letters."""
    if setting["text"] == "novel":
        text = gb.load_text()
        chars, training, validation = text.chars, text.train, text.validation[None]
        test = common.passages()
    else:
        chars, training, validation, test = common.blocks("austen", LENGTH)
    counts = counting.Counts(training, len(chars), LONGEST[setting["text"]])
    test = test[:, : MOST + NUM_POSITIONS]
    chosen = [table["choice"] for table in counting.best_for_each_n(counts, validation, test)]
    on_test = [counting.kneser_ney(counts, block, {*chosen}) for block in test]
    begins = [first_letters(chars)(block)[MOST:] for block in test]
    losses, of_first_letters = [], []
    for n, discount in enumerate(chosen, start=1):
        bits = [-np.log2(each[n, discount][MOST - 1 :]) for each in on_test]
        losses.append([round(float(each.mean()), 4) for each in bits])
        first = [each[among].mean() for each, among in zip(bits, begins, strict=True)]
        of_first_letters.append([round(float(mean), 4) for mean in first])
    return {"losses": losses, "losses of first letters": of_first_letters, "choices": chosen}


def count_page(*_):
    """Return the page, and what its letters cost the table whose n is best on the validation blocks."""
    chars, training, validation, test = common.blocks("austen", LENGTH)
    counts = counting.Counts(training, len(chars), LONGEST["austen"])
    tables = counting.best_for_each_n(counts, validation, test)
    best, few = min(tables, key=lambda table: table["validation"]), tables[FEW]
    shown = slice(START, START + NUM_LETTERS)
    costs = [
        -np.log2(counting.kneser_ney(counts, test[BLOCK], [discount])[n, discount])
        for n, discount in ((table["n"], table["choice"]) for table in (best, few))
    ]
    bits, after_few = (cost[START - 1 :][:NUM_LETTERS].round(2).tolist() for cost in costs)
    string = "".join(chars[index] for index in test[BLOCK, shown])
    return {"n": best["n"], "string": string, "bits": bits, "bits after a few letters": after_few}


# --- the whole study ----------------------------------------------------------------------


def main():
    """Measure first what is quick, and then choose the settings of each kind on Austen's novels."""
    novel, austen = common.novel(), common.path("austen")
    for text, path in (("novel", novel), ("austen", austen)):
        common.run_all(run, [{"kind": "Kneser-Ney", "text": text}], [0], path)
    common.run_all(
        count_page, [{"kind": "Kneser-Ney", "text": "austen"}], [0], austen, name="-page"
    )
    artificial = [{"kind": kind, "text": "recall"} for kind in RECALL]
    artificial += [
        {"kind": k, "text": "cups", "rate": r, "updates": u} for k, (r, u) in CUPS.items()
    ]
    networks = [{"kind": kind, "text": "novel"} for kind in NOVEL]
    networks.append(BY_HEART | {"text": "novel"})
    first = [{"kind": k, "text": "austen", "rate": r, "dropout": 0} for k, (_, r) in AUSTEN.items()]
    common.run_all(run, first, SEEDS[:1], austen)
    dropped = [common.best_dropout(run, setting, DROPOUTS, austen).setting for setting in first]
    for seed in SEEDS:  # so that an early end leaves the first seeds of all kinds
        common.run_all(run, networks, [seed], novel)
        common.run_all(run, artificial, [seed])
        common.run_all(run, dropped, [seed], austen)
        for control in CONTROLS:
            setting = control | {"rate": AUSTEN[control["kind"]][1], "dropout": 0}
            common.run_all(run, [setting], [seed], common.path(setting["text"]), name="-controls")


if __name__ == "__main__":
    main()
