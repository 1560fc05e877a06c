"""The chapter's model as the book trains and uses it, with the same interface as its peers."""

import math

import gluonbook as gb  # isort: skip  # before mxnet
from mxnet import cpu, gluon
from mxnet.gluon.loss import SoftmaxCrossEntropyLoss

from gluonbook import tool
from gluonbook.fast import speed_up

NUM_STEPS, BATCH_SIZE = 35, 32
LR, CLIPPING_THETA = 1e2, 1e-2


def load(path):
    """Make a model with saved weights, and return it with its vocabulary."""
    saved = tool.load_checkpoint(path, ctx=cpu())
    return saved.model, saved.text


def train(loaded, indices, num_epochs):
    """Train a model; after each epoch, yield the perplexity."""
    model, _ = loaded
    speed_up(model)
    trainer = gluon.Trainer(model.collect_params(), "sgd", {"learning_rate": LR})
    loss = SoftmaxCrossEntropyLoss()
    loss.hybridize()
    for _ in range(num_epochs):
        batches = gb.data_iter_consecutive(indices, BATCH_SIZE, NUM_STEPS, cpu())
        state = model.begin_state(batch_size=BATCH_SIZE)
        mean_loss, _ = gb.train_epoch(model, batches, state, loss, trainer, CLIPPING_THETA)
        yield math.exp(mean_loss.asscalar())


def write(loaded, prefix, num_chars):
    """Continue a text with the most probable character at each step; characters are indices."""
    model, text = loaded
    prefixes = [text.decode(prefix)]
    (written,) = gb.generate(model, text, prefixes=prefixes, num_chars=num_chars, ctx=cpu())
    return text.encode(written[len(prefix) :]).tolist()
