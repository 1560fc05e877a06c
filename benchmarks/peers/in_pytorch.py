"""The chapter's model in PyTorch, with the weights of a model from the book.

Gluon's and PyTorch's layers have the same weights, with the gates in the same order, and two biases.
"""

import re

import numpy as np
import torch
from torch import nn

from benchmarks.peers import char_rnn
from benchmarks.peers.char_rnn import RNNModel, write  # noqa: F401

# The default activation of a plain layer is ReLU in Gluon and tanh in PyTorch. A gate is a block of rows.
LAYER_OF_GATES = {1: nn.RNN, 3: nn.GRU, 4: nn.LSTM}


def load(path):
    """Make a model with weights that were trained in the book."""
    weights = {name: torch.tensor(array) for name, array in np.load(path).items() if "." in name}
    vocab_size, num_hiddens = weights["dense.weight"].shape
    num_layers = sum(name.endswith("h2h_bias") for name in weights)
    kind = LAYER_OF_GATES[len(weights["rnn._unfused.0.h2h_bias"]) // num_hiddens]
    options = {"nonlinearity": "relu"} if kind is nn.RNN else {}
    model = RNNModel(kind(vocab_size, num_hiddens, num_layers, **options), vocab_size)
    for name, param in model.named_parameters():
        # Gluon's rnn._unfused.0.i2h_weight is rnn.weight_ih_l0 here.
        found = re.fullmatch(r"rnn\.(weight|bias)_(.)h_l(\d+)", name)
        param.data = weights[f"rnn._unfused.{found[3]}.{found[2]}2h_{found[1]}" if found else name]
    return model


@torch.no_grad()
def logits(model, indices):
    """Return the logits after each character of a text, of shape (len(indices), vocab_size)."""
    return model(torch.tensor(indices)[:, None])[0][:, 0].numpy()


def train(model, indices, num_epochs):
    """Train a model further; return the perplexity of each epoch."""
    return list(char_rnn.train(model, torch.tensor(indices), num_epochs))
