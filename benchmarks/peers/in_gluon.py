"""The chapter's model as the book trains and uses it, with the same interface as its peers."""

import math

import gluonbook as gb  # isort: skip  # before mxnet
import numpy as np
from mxnet import cpu, gluon, nd
from mxnet.gluon import rnn
from mxnet.gluon.loss import SoftmaxCrossEntropyLoss

from gluonbook.fast import speed_up

NUM_STEPS, BATCH_SIZE = 35, 32
LR, CLIPPING_THETA = 1e2, 1e-2
LAYER_OF_GATES = {1: rnn.RNN, 3: rnn.GRU, 4: rnn.LSTM}


def load(path):
    """Make a model with the saved weights, and return it with its vocabulary."""
    arrays = dict(np.load(path))
    text = gb.Text("".join(arrays.pop("vocabulary")))
    vocab_size, num_hiddens = arrays["dense.weight"].shape
    num_layers = sum(name.endswith("h2h_bias") for name in arrays)
    kind = LAYER_OF_GATES[len(arrays["rnn._unfused.0.h2h_bias"]) // num_hiddens]
    model = gb.RNNModel(kind(num_hiddens, num_layers), vocab_size)
    for name, param in model._collect_params_with_prefix().items():
        param._load_init(nd.array(arrays[name]), cpu())
    return model, text


def logits(loaded, indices):
    """Return the logits after each character of a text, of shape (len(indices), vocab_size)."""
    model, _ = loaded
    return model(nd.array([indices]), model.begin_state(batch_size=1))[0].asnumpy()


def train(loaded, indices, num_epochs):
    """Train a model; after each epoch, yield the model and the perplexity."""
    model, _ = loaded
    speed_up(model)
    trainer = gluon.Trainer(model.collect_params(), "sgd", {"learning_rate": LR})
    loss = SoftmaxCrossEntropyLoss()
    loss.hybridize()
    for _ in range(num_epochs):
        batches = gb.data_iter_consecutive(indices, BATCH_SIZE, NUM_STEPS, cpu())
        state = model.begin_state(batch_size=BATCH_SIZE)
        mean_loss, _ = gb.train_epoch(model, batches, state, loss, trainer, CLIPPING_THETA)
        yield model, math.exp(mean_loss.asscalar())


def write(loaded, prefix, num_chars):
    """Continue a text with the most probable character at each step; characters are indices."""
    model, text = loaded
    prefixes = [text.decode(prefix)]
    (written,) = gb.generate(model, text, prefixes=prefixes, num_chars=num_chars, ctx=cpu())
    return text.encode(written[len(prefix) :]).tolist()
