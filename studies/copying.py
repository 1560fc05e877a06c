"""How much of its training text a model copies that has read a short text many times.

The texts that a model generates are compared with what it has read, and with three parts of the novel
that are as long and that it has not read. Besides, each model continues passages of what it has read.
"""

import mxnet as mx
import numpy as np
from mxnet.gluon import rnn

import gluonbook as gb
from gluonbook.ground.reading import read_text
from studies import common, counting

NUM_READ, NUM_HIDDENS, DISCOUNT = 10_000, 256, 0.75
PREFIX, NUM_TEXTS, NUM_CHARS, TEMPERATURE = "time traveller", 12, 400, 0.5
NUM_PROMPTS, PROMPT_CHARS, CONTINUED_CHARS, NEARLY_GREEDY = 200, 30, 20, 0.01
LENGTHS = (10, 15, 20)
SETTINGS = [{"n": n} for n in (5, 12)] + [{"num_epochs": num_epochs} for num_epochs in (45, 200)]
SEEDS = range(1, 6)


def run(setting, seed):
    """Let a model write; return the shares of its strings that were read, and of prompts it knows."""
    novel = gb.Text(read_text(common.novel()))
    parts = [novel.train[start : start + NUM_READ] for start in starts(len(novel.train))]
    read = novel.decode(parts[0])
    if "n" in setting:
        write = counting_writer(novel, read, setting["n"], seed)
    else:
        write = network_writer(novel, parts[0], setting["num_epochs"], seed)
    written = write([PREFIX] * NUM_TEXTS, NUM_CHARS, TEMPERATURE)
    texts = [novel.encode(text.removeprefix(PREFIX)) for text in written]
    shares = np.array([[counting.share_repeated(p, texts, k) for k in LENGTHS] for p in parts])
    places = np.linspace(0, NUM_READ - PROMPT_CHARS - CONTINUED_CHARS, NUM_PROMPTS).astype(int)
    prompts = [read[start : start + PROMPT_CHARS] for start in places]
    continued = write(prompts, CONTINUED_CHARS, NEARLY_GREEDY)
    return {
        "read": shares[0].tolist(),
        "not read": shares[1:].mean(axis=0).tolist(),
        "prompts continued": np.mean([text in read for text in continued]).item(),
    }


def starts(length):
    """Return where four parts of the novel begin: what is read, the next pages, middle and end."""
    return 0, NUM_READ, length // 2, length - NUM_READ


def network_writer(text, read, num_epochs, seed):
    """Train a network on what is read, many times over; return a function that lets it write."""
    model, text.train = gb.RNNModel(rnn.RNN(NUM_HIDDENS), text.size), read
    model.hybridize()
    gb.train(model, text, num_epochs=num_epochs, seed=seed, ctx=mx.cpu())

    def write(prefixes, num_chars, temperature):
        how = {"num_chars": num_chars, "temperature": temperature, "ctx": mx.cpu()}
        return gb.generate(model, text, prefixes=prefixes, **how)

    return write


def counting_writer(text, read, n, seed):
    """Count the n-grams of what is read; return a function that lets a Kneser-Ney model write."""
    model = gb.kneser_ney(gb.count_followers(read, longest=n - 1), n, DISCOUNT, text.chars)
    rng = np.random.default_rng(seed)

    def write(prefixes, num_chars, temperature):
        texts = list(prefixes)
        for _ in range(num_chars):
            for i, written in enumerate(texts):
                logits = np.log(list(model(written[1 - n :]).values())) / temperature
                weights = np.exp(logits - logits.max())
                texts[i] += text.chars[rng.choice(text.size, p=weights / weights.sum())]
        return texts

    return write


def main():
    """Let each model write with five seeds."""
    common.run_all(run, SETTINGS, SEEDS, common.novel())


if __name__ == "__main__":
    main()
