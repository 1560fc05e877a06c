"""The chapter's model as the book trains and uses it, with the same interface as its peers."""

import numpy as np
from mxnet import cpu

import gluonbook as gb
from gluonbook import tool


def load(path):
    """Make a model with saved weights, and return it with its vocabulary."""
    saved = tool.load_checkpoint(path, ctx=cpu())
    return saved.model, saved.text


def train(loaded, indices, num_epochs):
    """Train a model further; return the perplexity of each epoch."""
    model, text = loaded
    text.train = np.array(indices)
    history = gb.train(model, text, num_epochs=num_epochs, history=[], ctx=cpu())
    return [epoch.perplexity for epoch in history]


def write(loaded, prefix, num_chars):
    """Continue a text with the most probable character at each step; characters are indices."""
    model, text = loaded
    prefixes = [text.decode(prefix)]
    (written,) = gb.generate(model, text, prefixes=prefixes, num_chars=num_chars, ctx=cpu())
    return text.encode(written[len(prefix) :]).tolist()
