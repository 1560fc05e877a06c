"""One curve for every kind of model: what a letter costs it that has seen only the last few letters.

Networks and n-gram models are trained as in the sections, on the first 10,000 characters of the novel, and as
in *One ruler*, on 640,000 characters of Austen. Then each of them is shown only the last letters before each
position of twenty or so held-out passages. The mean loss in bits is stored for each number of letters and for
each passage, so that a section can draw ranges over seeds and passages.

On Austen's novels, every kind may have dropout before its output layer, whose rate is chosen in the same way
for all kinds.
"""

import math

import mxnet as mx
import numpy as np
from mxnet import init, nd
from mxnet.gluon import nn, rnn

import gluonbook as gb
from gluonbook.lesson.memory_tasks import (
    RECALL_SYMBOLS,
    last_logits,
    recall_batch,
    train_on_last_step,
)
from studies import common, counting, memory, models, ruler

LENGTHS = (0, 1, 2, 3, 4, 5, 6, 8, 12, 16, 24, 32, 64, 128)
MOST, NUM_POSITIONS = LENGTHS[-1], 500  # in each passage
FEW = 3  # letters, for the page of *One ruler*
SEEDS, AUSTEN_SEEDS = (1, 2, 3, 4, 5), (1, 2, 3)
SMOOTHING = {
    "interpolated": (counting.interpolated, ruler.WEIGHTS),
    "Kneser-Ney": (counting.kneser_ney, counting.DISCOUNTS),
}
LONGEST = {"novel": 8, "austen": 12}  # characters in an n-gram

# Each kind with its learning rate. The widths are those of the sections, and those of the study of models.
NOVEL = {
    "plain, tanh, 64 units": (lambda size: gb.RNNModel(rnn.RNN(64, activation="tanh"), size), 100),
    "plain, ReLU, 64 units": (models.SINGLE["plain, ReLU"], 100),
    "plain, ReLU, 256 units": (lambda size: gb.RNNModel(rnn.RNN(256), size), 100),
    "GRU, 35 units": (models.SINGLE["GRU"], 50),
    "LSTM, 29 units": (models.SINGLE["LSTM"], 200),
    "window of 3": (models.WINDOWS["window of 3"], 100),
}
BY_HEART = (
    "plain, ReLU, 256 units",
    200,
)  # a network, and for how many epochs it reads the same text

# Each kind with the learning rate that was best in the study *ruler*, where two layers had dropout.
AUSTEN = {
    "GRU": 0.012,
    "LSTM": 0.012,
    "GRU, 2 layers": 0.012,
    "window of 8": 0.012,
    "plain, tanh": 0.003,
    "transformer, window 16": 0.006,
    "minimal GRU": 0.006,
}
KINDS = ruler.KINDS | {
    "GRU, 2 layers": ruler.recurrent(lambda: gb.DeepRNN([rnn.GRU(108), rnn.GRU(108)], dropout=0))
}
DROPOUTS = (0, 0.1, 0.3, 0.5, 0.7)  # tried in this order until the validation blocks get worse

# Two artificial texts, and how many of their last symbols a network sees. In the recall task, the first of 21
# characters is the answer; of the 16 swaps of the cups, all matter.
DISTANCE, LAST = 20, (1, 2, 4, 8, 12, 15, 16, 19, 20, 21)
RECALL = {"tanh": 0.0003, "LSTM, bias 0": 0.003, "GRU, bias 0": 0.03, "LSTM, bias 5": 0.001}
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
        return ruler.train_on_cups(setting, seed, cups)
    if setting["kind"] in SMOOTHING:
        return count(setting)
    return (on_novel if setting["text"] == "novel" else on_austen)(setting, seed)


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
    model, epochs = make(text.size), setting.get("epochs", models.NUM_EPOCHS)
    keep = gb.KeepBest(model, text.validation, period=models.PERIOD)
    gb.train(model, text, lr=rate, num_epochs=epochs, seed=seed, callbacks=[keep])
    found = {}
    if "epochs" in setting:
        read = text.train[: len(text.train) // 5 * 5].reshape((5, -1))
        found["losses on the training text"] = curve(model, text, read)
    else:
        keep.restore()
    return found | {"losses": curve(model, text, common.passages()), "best_epoch": keep.best.number}


class DenseAfterDropout(nn.Dense):
    """An output layer with dropout before it."""

    def __init__(self, units, dropout):
        super().__init__(units)
        self.dropout = dropout

    def hybrid_forward(self, F, x, weight, bias=None):
        """Compute the logits."""
        return super().hybrid_forward(F, F.Dropout(x, p=self.dropout), weight, bias)


def on_austen(setting, seed):
    """Train a network as in *ruler*, with dropout before its output layer."""
    chars, training, validation, test = common.blocks("austen", ruler.LENGTH)
    mx.random.seed(seed)
    model = KINDS[setting["kind"]](len(chars))
    if setting["dropout"]:
        model.dense = DenseAfterDropout(len(chars), setting["dropout"])
        model.hybridize(active=isinstance(model, gb.RNNModel))
    model.initialize(init.Xavier(), ctx=mx.cpu())
    ruler.speed_up(model)
    how = setting.get("updates", ruler.UPDATES), setting["rate"], ruler.NUM_EVALUATIONS
    found = common.train(model, training, validation, *how)
    if not found.get("diverged"):
        on_test = common.probabilities(model, test)
        found |= counting.measured(common.probabilities(model, validation), on_test)
        text = gb.Text.of_vocabulary(chars)
        found["losses"] = curve(model, text, test)
        found["losses of first letters"] = curve(model, text, test, first_letters(chars))
        if seed == AUSTEN_SEEDS[0]:
            found["letters"] = page(model, text, test[ruler.BLOCK])
    return found


def page(model, text, block):
    """Return what each letter of the page costs, with all letters before it and with a few, and guesses."""
    found = ruler.letters(ruler.distributions(model, block), block, text.chars)
    seen = block[ruler.START - MOST : ruler.START + ruler.NUM_LETTERS]
    losses = gb.loss_by_context(model, text, [FEW, MOST], seen)
    return found | {"bits after a few letters": losses[0].round(2).tolist()}


def recall(setting, seed):
    """Train a network to recall a character, and show it only the last characters of new examples."""
    layer = memory.LAYERS[setting["kind"]]()
    model = gb.RNNModel(layer, len(RECALL_SYMBOLS))
    how = mx.cpu(), RECALL[setting["kind"]], memory.NUM_BATCHES, seed
    train_on_last_step(model, recall_batch, 16, DISTANCE, *how)
    return step(model, *recall_batch(500, DISTANCE, mx.cpu()))


def cups(model, rng):
    """Show a network only the last swaps of new sequences."""
    swaps, cups = ruler.draw_swaps(rng, 500, ruler.NUM_SWAPS)
    return step(model, swaps, cups[:, -1])


def step(model, X, answer):
    """Return what the answers cost a network that sees only the last symbols, and how many are right."""
    losses, right = [], []
    for length in LAST[: 1 + LAST.index(X.shape[1])]:
        logits = last_logits(model, X[:, -length:])
        bits = -nd.pick(nd.log_softmax(logits), answer).asnumpy() / math.log(2)
        losses.append(bits.reshape((10, -1)).mean(axis=1).round(4).tolist())
        right.append(float((logits.argmax(axis=1) == answer).mean().asscalar()))
    return {"losses": losses, "right": right}


# --- tables -------------------------------------------------------------------------------


def count(setting):
    """Return the losses of the n-gram models with n = 1, 2, …, which see n - 1 letters."""
    smooth, choices = SMOOTHING[setting["kind"]]
    if setting["text"] == "novel":
        text = gb.load_text()
        chars, training, validation = text.chars, text.train, text.validation[None]
        test = common.passages()
    else:
        chars, training, validation, test = common.blocks("austen", ruler.LENGTH)
    counts = counting.Counts(training, len(chars), LONGEST[setting["text"]])
    test = test[:, : MOST + NUM_POSITIONS]
    on_validation, on_test = (
        [smooth(counts, block, choices) for block in blocks] for blocks in (validation, test)
    )
    begins = [first_letters(chars)(block)[MOST:] for block in test]
    losses, of_first_letters, chosen = [], [], []
    for n in range(1, counts.longest + 1):
        reached = {
            c: np.mean([np.log(each[n, c]).mean() for each in on_validation]) for c in choices
        }
        chosen.append(max(reached, key=reached.get))
        bits = [-np.log2(each[n, chosen[-1]][MOST - 1 :]) for each in on_test]
        losses.append([round(float(each.mean()), 4) for each in bits])
        first = [each[among].mean() for each, among in zip(bits, begins, strict=True)]
        of_first_letters.append([round(float(mean), 4) for mean in first])
    return {"losses": losses, "losses of first letters": of_first_letters, "choices": chosen}


# --- the whole study ----------------------------------------------------------------------


def main():
    """Measure first what is quick, and then choose the settings of each kind on Austen's novels."""
    novel, austen = common.novel(), common.path("austen")
    for text, path in (("novel", novel), ("austen", austen)):
        common.run_all(run, [{"kind": kind, "text": text} for kind in SMOOTHING], [0], path)
    artificial = [{"kind": kind, "text": "recall"} for kind in RECALL]
    artificial += [
        {"kind": k, "text": "cups", "rate": r, "updates": u} for k, (r, u) in CUPS.items()
    ]
    networks = [{"kind": kind, "text": "novel"} for kind in NOVEL]
    networks.append(dict(zip(("kind", "epochs"), BY_HEART, strict=True)) | {"text": "novel"})
    first = [{"kind": k, "text": "austen", "rate": r, "dropout": 0} for k, r in AUSTEN.items()]
    common.run_all(run, first, AUSTEN_SEEDS[:1], austen)
    dropped = [with_dropout(setting, austen) for setting in first]
    for seed in SEEDS:  # so that an early end leaves the first seeds of all kinds
        common.run_all(run, networks, [seed], novel)
        common.run_all(run, artificial, [seed])
        if seed in AUSTEN_SEEDS:
            common.run_all(run, dropped, [seed], austen)


def with_dropout(setting, austen):
    """Return the setting with the dropout that is best with one seed; larger ones are tried while they help."""
    trials = []
    for dropout in DROPOUTS:
        trials += common.run_all(run, [setting | {"dropout": dropout}], AUSTEN_SEEDS[:1], austen)
        best = min(trials, key=lambda trial: common.validation(trial.result))
        if best is not trials[-1]:
            break
    return best.setting


if __name__ == "__main__":
    main()
