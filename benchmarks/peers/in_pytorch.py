"""The chapter's model in PyTorch, with the weights of a model from the book.

Gluon's and PyTorch's layers have the same weights, with the gates in the same order, and two biases.
"""

import math
import re

import numpy as np
import torch
from torch import nn
from torch.nn import functional

NUM_STEPS, BATCH_SIZE = 35, 32
LR, CLIPPING_THETA = 1e2, 1e-2
# The default activation of a plain layer is ReLU in Gluon and tanh in PyTorch. A gate is a block of rows.
LAYER_OF_GATES = {1: nn.RNN, 3: nn.GRU, 4: nn.LSTM}


class RNNModel(nn.Module):
    """One-hot input, recurrent layer, output layer."""

    def __init__(self, layer, vocab_size):
        super().__init__()
        self.rnn, self.vocab_size = layer, vocab_size
        self.dense = nn.Linear(layer.hidden_size, vocab_size)

    def forward(self, X, state=None):
        """Return logits of shape (num_steps, batch_size, vocab_size) and the new state.

        X has the shape (num_steps, batch_size): the layer is time-major, as Gluon's is.
        """
        X = functional.one_hot(X, self.vocab_size).float()
        Y, state = self.rnn(X, state)
        return self.dense(Y), state


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
    row_length = len(indices) // BATCH_SIZE
    length = (len(indices) - 1) // BATCH_SIZE // NUM_STEPS * NUM_STEPS
    starts = [row_length * row for row in range(BATCH_SIZE)]
    columns = torch.tensor([indices[start : start + length + 1] for start in starts]).T
    optimizer, perplexities = torch.optim.SGD(model.parameters(), lr=LR), []
    for _ in range(num_epochs):
        losses, state = [], None
        for i in range(0, length, NUM_STEPS):
            X, Y = columns[i : i + NUM_STEPS], columns[i + 1 : i + 1 + NUM_STEPS]
            output, state = model(X, detach(state))
            loss = functional.cross_entropy(output.flatten(0, 1), Y.flatten())
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), CLIPPING_THETA)
            optimizer.step()
            losses.append(loss.detach())
        perplexities.append(math.exp(torch.stack(losses).mean()))
    return perplexities


def detach(state):
    """Detach a state from the computation that produced it, and keep its values."""
    if isinstance(state, tuple):  # an LSTM's
        return tuple(s.detach() for s in state)
    return state if state is None else state.detach()


@torch.no_grad()
def write(model, prefix, num_chars):
    """Continue a text with the most probable character at each step; characters are indices."""
    X, state, written = torch.tensor(prefix)[:, None], None, []
    for _ in range(num_chars):
        output, state = model(X, state)
        X = output[-1:].argmax(dim=-1)
        written.append(X)
    return torch.cat(written).flatten().tolist()
