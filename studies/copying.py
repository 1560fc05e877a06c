"""How much of its training text a model copies that has read a short text many times.

The overlap of a generated text with the training text is compared with its overlap with the end of the
novel, an equally long part that the model was not trained on.
"""

import mxnet as mx
from mxnet.gluon import rnn

import gluonbook as gb
from gluonbook.text import read_text
from studies import common, counting

NUM_TEXTS, LENGTH, NGRAM = 12, 400, 10
SETTING = {"characters": 10_000, "passes": 80}
SEEDS = (1, 2, 3, 4, 5)


def run(setting, seed):
    """Train a model on the beginning of the novel, and measure how much it copies at temperature 0.5."""
    text = gb.Text(read_text(common.novel()))
    length = setting["characters"]
    text.train, unread = text.train[:length], text.train[-length:]
    model = gb.RNNModel(rnn.RNN(128), text.size)
    gb.train(model, text, num_epochs=setting["passes"], ctx=mx.cpu())
    prefix = "time traveller"
    how = {"num_chars": LENGTH, "temperature": 0.5, "ctx": mx.cpu()}
    written = gb.generate(model, text, prefixes=[prefix] * NUM_TEXTS, **how)
    texts = [text.encode(each.removeprefix(prefix)) for each in written]
    return {
        f"in what was {name}": counting.share_repeated(part, texts, NGRAM)
        for name, part in {"read": text.train, "unread": unread}.items()
    }


def main():
    """Train with five seeds."""
    common.run_all(run, [SETTING], SEEDS, common.novel())


if __name__ == "__main__":
    main()
