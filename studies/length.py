"""The length of the training text at which a network overtakes counting, if there is one.

Perplexity against the length of the training text, from 10,000 to four million characters of the
King James Bible: two count models, a network with a fixed window and three recurrent layers, all
networks with about the same number of parameters; and on the novel, as far as it goes.

Rate, n, weights and the moment to stop are chosen on the validation text, the rate with seed 0 and
at two lengths. The test text is read once per run.
"""

import math

import mxnet as mx
import numpy as np
from mxnet import autograd, gluon, init, nd
from mxnet.gluon import rnn

import gluonbook as gb
from studies import common, counting
from studies.window import WindowModel

# How many characters of each text are held out, twice.
NUM_HELD_OUT = {"novel": 5_000, "bible": 20_000}
# How often each training text is read. None is all of a text but what is held out.
EPOCHS = {10_000: 100, 40_000: 40, 160_000: 15, 640_000: 6, None: 3}
NOVEL_LENGTHS = (10_000, 40_000, 160_000)
BATCH_SIZE, NUM_STEPS = 32, 35  # as in the chapter
RATES = (0.001, 0.002, 0.004, 0.008, 0.016, 0.032)
# At which length the rate of each length is chosen.
CHOSEN_AT = {10_000: 10_000, 40_000: 10_000, 160_000: 160_000, 640_000: 160_000, None: None}
# All of the text takes long: two rates, and the networks that were ahead before.
RATES_OF_ALL = (0.004, 0.008)
AHEAD = ("GRU", "LSTM")
SEEDS = (1, 2, 3, 4, 5)
NUM_CHECKS = 10  # how often a run looks at the validation text

# About 120,000 parameters each, output layer included, with the Bible's 37 characters.
MODELS = {
    "GRU": lambda vocab_size: gb.RNNModel(rnn.GRU(176), vocab_size),
    "LSTM": lambda vocab_size: gb.RNNModel(rnn.LSTM(150), vocab_size),
    "window": lambda vocab_size: WindowModel(429, vocab_size),
    "plain, tanh": lambda vocab_size: gb.RNNModel(rnn.RNN(310, activation="tanh"), vocab_size),
    # With larger weights at the beginning and Adam its state grows beyond all bounds.
    "plain, ReLU": lambda vocab_size: gb.RNNModel(
        rnn.RNN(310, h2h_weight_initializer=init.Normal(0.01)), vocab_size
    ),
}


def run(setting, seed):
    """Count, or train one network, and measure it on validation and test text."""
    corpus, _, _, vocab_size = gb.load_corpus(path_of(setting["text"]), as_array=True)
    num_held_out = NUM_HELD_OUT[setting["text"]]
    length = setting["length"] or len(corpus) - 2 * num_held_out
    parts = training, validation, test = gb.split_corpus(corpus, length, num_held_out)
    if setting["model"] in counting.KINDS:
        return counting.measure(setting["model"], *parts, vocab_size)[0]
    model = MODELS[setting["model"]](vocab_size)
    model.initialize(init.Xavier(), ctx=mx.cpu())
    model.hybridize()
    try:
        num_epochs = EPOCHS[setting["length"]]
        curve = train(model, training, validation, num_epochs, setting["rate"])
    except FloatingPointError:
        return {"diverged": True, "validation": None}
    ours = [probabilities(model, text) for text in (validation, test)]
    _, *counted = counting.measure("Kneser-Ney", *parts, vocab_size)
    return {
        "num_params": common.num_params(model),
        "curve": curve,
        **counting.perplexities(*ours),
        "mixed with Kneser-Ney": mix(ours, counted),
        "sample": write(model, setting["text"]),
    }


def path_of(text):
    """Return the path of a text by its name."""
    return {"novel": common.novel, "bible": common.bible}[text]()


def train(model, training, validation, num_epochs, rate):
    """Train with Adam and a falling rate; keep the parameters that were best on validation.

    Returns
    -------
    list of list of float
        A point for each look at the validation text: characters read, perplexity on the
        training text since the last look, perplexity on the validation text.

    Raises
    ------
    FloatingPointError
        If the perplexity grows beyond all bounds.
    """
    params = model.collect_params().values()
    trainer = gluon.Trainer(model.collect_params(), "adam", {"learning_rate": rate})
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    num_batches = num_epochs * ((len(training) - 1) // (BATCH_SIZE * NUM_STEPS))
    looks = {round(num_batches * (i + 1) / NUM_CHECKS) for i in range(NUM_CHECKS)}
    curve, losses, best, step = [], [], math.inf, 0
    for _ in range(num_epochs):
        state = model.begin_state(batch_size=BATCH_SIZE, ctx=mx.cpu())
        for X, Y in gb.data_iter_consecutive(training, BATCH_SIZE, NUM_STEPS, mx.cpu()):
            trainer.set_learning_rate(rate * (1 + math.cos(math.pi * step / num_batches)) / 2)
            state = [s.detach() for s in state]
            with autograd.record():
                logits, state = model(X, state)
                batch_loss = loss(logits, Y.T.reshape((-1,))).mean()
            batch_loss.backward()
            gb.grad_clipping([param.data() for param in params], 1, mx.cpu())
            trainer.step(1)
            losses.append(batch_loss)
            step += 1
            if step in looks:
                mean_loss = nd.concat(*losses, dim=0).mean().asscalar()
                unseen = gb.evaluate_perplexity(model, validation, mx.cpu())
                if not (mean_loss < 20 and unseen < math.inf):
                    raise FloatingPointError("the training run has diverged")
                curve.append([step * BATCH_SIZE * NUM_STEPS, math.exp(mean_loss), unseen])
                losses = []
                if unseen < best:
                    best, kept = unseen, [param.data().copy() for param in params]
    for param, values in zip(params, kept, strict=True):
        param.set_data(values)
    return curve


def probabilities(model, text):
    """Return what a model gave to each character of a text but the first."""
    state = model.begin_state(batch_size=1, ctx=mx.cpu())
    found = []
    for start in range(0, len(text) - 1, 500):
        piece = nd.array(text[start : start + 501], dtype="float32")
        logits, state = model(piece[:-1].reshape((1, -1)), state)
        found.append(nd.pick(nd.log_softmax(logits), piece[1:]).asnumpy())
    # In 64 bits no probability vanishes.
    return np.exp(np.concatenate(found).astype("float64"))


def mix(ours, counted):
    """Mix the probabilities of two models, with the weight that is best on the validation text."""
    weights = [i / 20 for i in range(21)]
    mixed = [[w * a + (1 - w) * b for a, b in zip(ours, counted, strict=True)] for w in weights]
    best = min(range(len(weights)), key=lambda i: counting.perplexity(mixed[i][0]))
    return {"weight": weights[best], **counting.perplexities(*mixed[best])}


def write(model, text):
    """Let a model continue a few words, at a temperature of 0.5."""
    _, char_to_idx, idx_to_char, vocab_size = gb.load_corpus(path_of(text))
    prefix = {"novel": "time traveller", "bible": "and it came to pass"}[text]
    arguments = (model, vocab_size, mx.cpu(), idx_to_char, char_to_idx)
    return gb.predict_rnn_gluon(prefix, 400, *arguments, choose=gb.temperature_sampling(0.5))


def main():
    """Choose rates for each network; count and train on both texts, from short to long."""
    # At most rates the runs with ReLU diverge, so tanh stands for the plain layer.
    networks = [model for model in MODELS if model != "plain, ReLU"]
    rates = {length: rates_at(length, MODELS, RATES) for length in (10_000, 160_000)}
    for length in EPOCHS:
        if length is None:
            networks, rates[None] = AHEAD, rates_at(None, AHEAD, RATES_OF_ALL)
        do("bible", length, {model: rates[CHOSEN_AT[length]][model] for model in networks})
        if length in NOVEL_LENGTHS:
            do("novel", length, {"GRU": rates[CHOSEN_AT[length]]["GRU"]})


def rates_at(length, models, rates):
    """Return the best learning rate of each network at one length, on the validation text."""
    trials = [
        {"text": "bible", "model": model, "length": length, "rate": rate}
        for model in models
        for rate in rates
    ]
    runs = common.run_all(run, trials, [0], common.bible(), name="-rates")
    return {model: rate for model, (rate, _) in common.best_rates(runs).items()}


def do(text, length, rates):
    """Count and train on one text at one length."""
    here = {"text": text, "length": length}
    common.run_all(run, [here | {"model": kind} for kind in counting.KINDS], [0], path_of(text))
    settings = [here | {"model": model, "rate": rate} for model, rate in rates.items()]
    common.run_all(run, settings, SEEDS, path_of(text))


if __name__ == "__main__":
    main()
