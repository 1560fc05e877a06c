"""How much of its training text a model copies that has read a short text many times.

The texts that a model generates are compared with what it has read, and with three parts of the novel
that are as long and that it has not read. n-gram models and a network with a window of three
characters, which cannot know a passage by heart, are measured in the same way.
"""

import mxnet as mx
import numpy as np
from mxnet.gluon import rnn

import gluonbook as gb
from gluonbook.ground.reading import read_text
from studies import common, counting, models

NUM_READ, NUM_PASSES, NUM_HIDDENS, DISCOUNT = 10_000, 80, 128, 0.75
PREFIX, NUM_TEXTS, NUM_CHARS, TEMPERATURE = "time traveller", 12, 400, 0.5
LENGTHS = (10, 15, 20)
NETWORKS = {
    "network": lambda vocab_size: gb.RNNModel(rnn.RNN(NUM_HIDDENS), vocab_size),
    "window of 3": models.MODELS["window of 3"],
}
SETTINGS = [{"model": model} for model in (*NETWORKS, "4-grams", "5-grams")]
SEEDS = range(1, 11)


def run(setting, seed):
    """Let a model write; return the shares of its strings of each length that occur in each part."""
    novel = gb.Text(read_text(common.novel()))
    read, middle = novel.train[:NUM_READ], len(novel.train) // 2
    parts = {
        "read": read,
        "the next pages": novel.train[NUM_READ : 2 * NUM_READ],
        "the middle": novel.train[middle : middle + NUM_READ],
        "the end": novel.train[-NUM_READ:],
    }
    if setting["model"] in NETWORKS:
        written = written_by_network(NETWORKS[setting["model"]](novel.size), novel, read)
    else:
        written = written_by_counting(novel, read, n=int(setting["model"][0]), seed=seed)
    texts = [novel.encode(text.removeprefix(PREFIX)) for text in written]
    return {
        name: [counting.share_repeated(part, texts, length) for length in LENGTHS]
        for name, part in parts.items()
    }


def written_by_network(model, text, read):
    """Train a network on what is read, many times over, and let it continue the prefix."""
    text.train = read
    gb.train(model, text, num_epochs=NUM_PASSES, ctx=mx.cpu())
    how = {"num_chars": NUM_CHARS, "temperature": TEMPERATURE, "ctx": mx.cpu()}
    return gb.generate(model, text, prefixes=[PREFIX] * NUM_TEXTS, **how)


def written_by_counting(text, read, n, seed):
    """Count the n-grams of what is read, and let a Kneser-Ney model continue the prefix."""
    counts = gb.count_followers(text.decode(read), longest=n - 1)
    model, rng = gb.kneser_ney(counts, n, DISCOUNT, text.chars), np.random.default_rng(seed)
    texts = [PREFIX] * NUM_TEXTS
    for _ in range(NUM_CHARS):
        for i, written in enumerate(texts):
            weights = np.array(list(model(written).values())) ** (1 / TEMPERATURE)
            texts[i] += text.chars[rng.choice(text.size, p=weights / weights.sum())]
    return texts


def main():
    """Let each model write with ten seeds."""
    common.run_all(run, SETTINGS, SEEDS, common.novel())


if __name__ == "__main__":
    main()
