"""Counting or a network: does the length of the text decide, or the size of the model.

Two long texts, in three lengths each; Kneser-Ney for every n, whole and without its rare n-grams,
and LSTMs of four sizes. On one of the texts a GRU and a plain layer with tanh stand beside the LSTM
of 150 units, with as many parameters. Each model is measured on twenty blocks from all over the
text, which is stored block by block, so that an interval can be drawn from them later.

A run costs 6 * parameters * characters read, in operations. The sizes of the LSTMs, UPDATES and the
order in `main` were chosen by that before anything was trained: 1.1 million parameters and 9,000 updates
make 7e13 operations.

n, discount, dropout and the moment to stop are chosen on the validation blocks, and so is the rate
of each network, in trials with seed 0. The test blocks are read once a run.
"""

import functools
import itertools
import math

import mxnet as mx
import numpy as np
from mxnet import autograd, gluon, init, nd
from mxnet.gluon import rnn

import gluonbook as gb
from studies import common, counting

TEXTS = ("austen", "bible")
LENGTHS = (None, 640_000, 160_000)  # None is all of it
UPDATES = {None: 9_000, 640_000: 4_500, 160_000: 2_250}
TRIAL = 1_000  # updates of a trial of the rate
BATCH_SIZE, NUM_STEPS = 32, 35  # as in the chapter
LAYERS = {
    "LSTM": rnn.LSTM,
    "GRU": rnn.GRU,
    "tanh": functools.partial(rnn.RNN, activation="tanh"),
    "ReLU": rnn.RNN,
}
# For each number of hidden units, where the search for its rate begins, on a grid of factors of two.
# LSTMs of about 30, 120, 470 and 1,150 thousand parameters, and the others of about 120.
FIRST_RATE = {
    "LSTM": {66: 0.032, 150: 0.016, 320: 0.008, 512: 0.004},
    "GRU": {174: 0.004},
    "tanh": {310: 0.001},
}
DROPOUT = 0.3
SEEDS = (1, 2, 3)
NUM_LOOKS, PATIENCE = 20, 5  # looks at the validation blocks; so many without a gain end a run
LONGEST = {"austen": 12, "bible": 20}  # characters in an n-gram
RAREST = (1, 2, 3, 5, 9, 17, 33, 65, 129)  # n-grams that came less often are left out
PREFIX = {"bible": "and it came to pass ", "austen": "it was a truth "}
NUM_WRITTEN = 200  # characters


class Model(gb.RNNModel):
    """The chapter's model, with dropout between the recurrent layer and the output layer."""

    def __init__(self, layer, vocab_size, dropout):
        super().__init__(layer, vocab_size)
        self.dropout = dropout

    def hybrid_forward(self, F, inputs, state):
        """Compute logits and state, of arrays (``F`` is `mxnet.nd`) or symbols."""
        X = F.one_hot(F.transpose(inputs), self.vocab_size)
        Y, state = self.rnn(X, state)
        return self.dense(F.Dropout(Y.reshape((-3, 0)), p=self.dropout)), state


def count(setting, _):
    """Count n-grams of all lengths, keep the frequent ones, and measure each model of them."""
    chars, training, validation, test = common.blocks(setting["text"], setting["length"])
    counts = counting.Counts(training, len(chars), LONGEST[setting["text"]])
    points = []
    for rarest in RAREST:
        counts.keep(rarest)
        kneser_ney = best_for_each_n("Kneser-Ney", counts, validation, test)
        points += [{"rarest": rarest, **found} for found, _ in kneser_ney[2:]]
        if rarest == 1:
            interpolated = best_for_each_n("interpolated", counts, validation, test)
            both = [
                min(kind, key=lambda x: x[0]["validation"]) for kind in (kneser_ney, interpolated)
            ]
    (first, counted), (second, second_counted) = both
    cache = cache_of(setting)
    cache.parent.mkdir(parents=True, exist_ok=True)
    np.savez(cache, *counted)
    counts.keep(1)
    start = [chars.index(char) for char in PREFIX[setting["text"]]]
    sample = counting.write(counts, first["n"], first["choice"], start, NUM_WRITTEN, seed=1)
    return {
        "Kneser-Ney": points,
        "interpolated": second,
        "mixed": mix(counted, second_counted),
        "repeated": [counting.share_repeated(training, [block]) for block in test],
        "sample": "".join(chars[i] for i in sample),
    }


def cache_of(setting):
    """Return where `count` leaves what the best counts gave to each character, to be mixed."""
    return common.ROOT / "_build" / "size" / f"{setting['text']}-{setting['length']}.npz"


def best_for_each_n(kind, counts, validation, test):
    """Choose the weight or discount for each n, on the validation blocks."""
    probabilities_of, choices = counting.KINDS[kind]
    on_validation, on_test = (
        [probabilities_of(counts, block, choices) for block in blocks]
        for blocks in (validation, test)
    )
    best = []
    for n in range(1, counts.longest + 1):
        candidates = {
            choice: np.array([found[n, choice] for found in on_validation]) for choice in choices
        }
        choice = min(choices, key=lambda choice: counting.perplexity(candidates[choice]))
        probabilities = candidates[choice], np.array([found[n, choice] for found in on_test])
        found = {"n": n, "choice": choice, "num_params": counts.num_stored(n)}
        best.append((found | measured(*probabilities), probabilities))
    return best


def run(setting, seed):
    """Train one network, and measure it on the blocks."""
    if setting["text"] == "novel":
        return run_on_novel(setting, seed)
    chars, training, validation, test = common.blocks(setting["text"], setting["length"])
    mx.random.seed(seed)
    layer = LAYERS[setting["model"]](setting["num_hiddens"])
    model = Model(layer, len(chars), setting["dropout"])
    model.initialize(init.Xavier(), ctx=mx.cpu())
    model.hybridize()
    try:
        curve = train(model, training, validation, setting["updates"], setting["rate"])
    except FloatingPointError:
        return {"diverged": True, "validation": None}
    found = {"num_params": common.num_params(model), "curve": curve}
    if setting["updates"] == TRIAL:
        return found | {"validation": curve[-1][-1]}
    # As long as a test block, from the beginning of each twentieth of the training text.
    read = np.stack([part[: test.shape[1]] for part in np.array_split(training, len(test))])
    on_read, *ours = [probabilities(model, part) for part in (read, validation, test)]
    counted = np.load(cache_of(setting)).values()
    return found | {
        "read": counting.perplexity(on_read),
        **measured(*ours),
        "mixed": mix(ours, counted),
        "sample": write(model, chars, PREFIX[setting["text"]]),
    }


def run_on_novel(setting, seed):
    """Train the small network that the section trains before the reader's eyes."""
    text = gb.load_text(num_train=setting["length"])
    model = gb.RNNModel(rnn.LSTM(setting["num_hiddens"]), text.size)
    model.hybridize()
    gb.train(
        model,
        text,
        lr=setting["rate"],
        num_epochs=setting["epochs"],
        clipping_theta=1,
        optimizer="adam",
        seed=seed,
        ctx=mx.cpu(),
    )
    return {
        "num_params": common.num_params(model),
        "validation": gb.evaluate_perplexity(model, text.validation, mx.cpu()),
        "test": gb.evaluate_perplexity(model, text.test, mx.cpu()),
    }


def train(model, training, validation, num_updates, rate):
    """Train with Adam and a falling rate; keep the parameters that were best on validation.

    Returns
    -------
    list of list of float
        A point for each look at the validation blocks: updates, perplexity on the training
        text since the last look, perplexity on the validation blocks.

    Raises
    ------
    FloatingPointError
        If the perplexity grows beyond all bounds.
    """
    params = model.collect_params().values()
    trainer = gluon.Trainer(model.collect_params(), "adam", {"learning_rate": rate})
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    curve, losses, best, best_look = [], [], math.inf, 0
    batches = mini_batches(model, training)
    for step in range(1, num_updates + 1):
        X, Y, state = next(batches)
        trainer.set_learning_rate(rate * (1 + math.cos(math.pi * (step - 1) / num_updates)) / 2)
        with autograd.record():
            logits, state[:] = model(X, state)
            batch_loss = loss(logits, Y.T.reshape((-1,))).mean()
        batch_loss.backward()
        gb.grad_clipping([param.data() for param in params], 1, mx.cpu())
        trainer.step(1)
        losses.append(batch_loss)
        if step * NUM_LOOKS % num_updates < NUM_LOOKS:
            mean_loss = nd.concat(*losses, dim=0).mean().asscalar()
            unseen = counting.perplexity(probabilities(model, validation))
            if not (mean_loss < 20 and unseen < math.inf):
                raise FloatingPointError("the training run has diverged")
            curve.append([step, math.exp(mean_loss), unseen])
            losses = []
            if unseen < best:
                best, best_look = unseen, len(curve)
                kept = [param.data().copy() for param in params]
            elif len(curve) == best_look + PATIENCE:
                break
    for param, values in zip(params, kept, strict=True):
        param.set_data(values)
    return curve


def mini_batches(model, training):
    """Read a text again and again, in mini-batches with the state in which each begins."""
    while True:
        state = model.begin_state(batch_size=BATCH_SIZE, ctx=mx.cpu())
        for X, Y in gb.data_iter_consecutive(training, BATCH_SIZE, NUM_STEPS, mx.cpu()):
            state = [s.detach() for s in state]
            yield X, Y, state


def probabilities(model, blocks):
    """Return what a model gave to each character of some blocks but their first, side by side."""
    state = model.begin_state(batch_size=len(blocks), ctx=mx.cpu())
    found = []
    for start in range(0, blocks.shape[1] - 1, 100):
        piece = nd.array(blocks[:, start : start + 101], dtype="float32")
        logits, state = model(piece[:, :-1], state)
        found.append(nd.pick(nd.log_softmax(logits), piece[:, 1:].T.reshape((-1,))))
        found[-1] = found[-1].reshape((-1, len(blocks))).T.asnumpy()
    # In 64 bits no probability vanishes.
    return np.exp(np.concatenate(found, axis=1).astype("float64"))


def measured(on_validation, on_test):
    """Return perplexities, and the mean loss on each test block."""
    losses = -np.log(on_test).mean(axis=1)
    return {
        **counting.perplexities(on_validation, on_test),
        "test blocks": [round(float(loss), 5) for loss in losses],
    }


def mix(ours, counted):
    """Mix the probabilities of two models, with the weight that is best on validation."""
    mixed = {
        weight: [weight * a + (1 - weight) * b for a, b in zip(ours, counted, strict=True)]
        for weight in (i / 20 for i in range(21))
    }
    best = min(mixed, key=lambda weight: counting.perplexity(mixed[weight][0]))
    return {"weight": best, **measured(*mixed[best])}


def write(model, chars, prefix):
    """Let a model continue a few words, drawing each character as probable as it is."""
    index = {char: i for i, char in enumerate(chars)}
    return gb.predict_rnn_gluon(
        prefix,
        NUM_WRITTEN,
        model,
        len(chars),
        mx.cpu(),
        chars,
        index,
        choose=gb.temperature_sampling(1),
    )


def main():
    """Count; then choose rates and train: from small to large, further seeds last."""
    for text, length in itertools.product(TEXTS, LENGTHS):
        here = {"text": text, "length": length}
        common.run_all(count, [here], [0], common.path(text), name="-counts")
        if not cache_of(here).is_file():  # a fresh clone has the counts' results, and not this
            count(here, 0)
    novel = {"text": "novel", "length": 160_000, "model": "LSTM", "num_hiddens": 66, "epochs": 10}
    trials = [novel | {"rate": rate} for rate in (0.008, 0.016, 0.032)]
    runs = common.run_all(run, trials, [0], common.novel(), name="-rates")
    best = min(runs, key=lambda run: run.result["validation"])
    common.run_all(run, [best.setting], (1, 2, 3, 4, 5), common.novel())
    for seeds, text in itertools.product((SEEDS[:1], SEEDS[1:]), TEXTS):
        for size in FIRST_RATE["LSTM"]:
            train_on_all_lengths(text, "LSTM", size, seeds)
    for model in ("GRU", "tanh"):
        for size in FIRST_RATE[model]:
            train_on_all_lengths("austen", model, size, SEEDS)
    for rate in (0.00025, 0.0005, 0.001, 0.002, 0.004):  # with most of them it diverges
        trial("ReLU", 310, rate)


def train_on_all_lengths(text, model, size, seeds):
    """Train one network on each length of a text, with dropout, too, where it may help."""
    rate = rate_for(model, size)
    for length in LENGTHS:
        setting = setting_of(text, length, model, size, rate)
        common.run_all(run, [setting], seeds, common.path(text))
        if length and size > 310:  # a network with room for a text that it reads often
            common.run_all(run, [setting | {"dropout": DROPOUT}], seeds, common.path(text))


def rate_for(model, size):
    """Choose a rate in trials: a grid of factors of two, with the best inside.

    Of rates that tie, within a hundredth of the perplexity, the smallest is taken.
    """
    rates = [FIRST_RATE[model][size] * factor for factor in (0.5, 1, 2)]
    while True:
        found = {rate: trial(model, size, rate) for rate in sorted(rates)}
        best = min(rate for rate in rates if found[rate] <= 1.01 * min(found.values()))
        if best == min(rates):
            rates.append(best / 2)
        elif best == max(rates):
            rates.append(best * 2)
        else:
            return best


def trial(model, size, rate):
    """Return the perplexity on validation after a training run with seed 0.

    For an LSTM a short one does. A rate that is good for others in a short run may lose its way in
    a longer one, so theirs are whole.
    """
    text, length, updates = ("austen", 640_000, UPDATES[640_000])
    if model == "LSTM":
        text, length, updates = ("bible", None, TRIAL)
    setting = setting_of(text, length, model, size, rate) | {"updates": updates}
    (found,) = common.run_all(run, [setting], [0], common.path(text), name="-rates")
    return found.result["validation"] or math.inf


def setting_of(text, length, model, size, rate):
    """Return a setting of `run`, without dropout."""
    return {
        "text": text,
        "length": length,
        "model": model,
        "num_hiddens": size,
        "rate": rate,
        "dropout": 0,
        "updates": UPDATES[length],
    }


if __name__ == "__main__":
    main()
