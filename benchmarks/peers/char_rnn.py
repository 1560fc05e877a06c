"""Train a recurrent network on the characters of a text, and let it write.

Usage: python char_rnn.py TEXT NETWORK SEED, where NETWORK is scratch, gluon, gru or lstm.
"""

import copy
import math
import sys
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

NUM_STEPS, BATCH_SIZE, LR, CLIPPING_THETA, NUM_EPOCHS = 35, 32, 100, 0.01, 200
LAYERS = {  # for d characters; PyTorch's plain layer has tanh unless told otherwise
    "scratch": lambda d: nn.RNN(d, 64),
    "gluon": lambda d: nn.RNN(d, 256, nonlinearity="relu"),
    "gru": lambda d: nn.GRU(d, 35),
    "lstm": lambda d: nn.LSTM(d, 29),
}


class RNNModel(nn.Module):
    """One-hot input, recurrent layer, output layer."""

    def __init__(self, layer, vocab_size):
        super().__init__()
        self.rnn, self.vocab_size = layer, vocab_size
        self.dense = nn.Linear(layer.hidden_size, vocab_size)

    def forward(self, X, state=None):
        """Map (num_steps, batch_size) to (num_steps, batch_size, vocab_size) and the new state."""
        X = functional.one_hot(X, self.vocab_size).float()
        Y, state = self.rnn(X, state)
        return self.dense(Y), state


def initialize(model):
    """Draw small weights, and set the biases to zero, as the book does."""
    for name, param in model.named_parameters():
        nn.init.zeros_(param) if "bias" in name else nn.init.normal_(param, std=0.01)


def detach(state):
    """Keep the values of a state without their history; an LSTM has two arrays."""
    return tuple(s.detach() for s in state) if isinstance(state, tuple) else state.detach()


def train(model, indices, num_epochs):
    """Train a model; yield the perplexity of each epoch."""
    optimizer = torch.optim.SGD(model.parameters(), lr=LR)
    # A column is a passage of the text. A mini-batch has 35 rows; its targets lie one row lower.
    length = (len(indices) - 1) // BATCH_SIZE // NUM_STEPS * NUM_STEPS
    columns = indices.unfold(0, length + 1, len(indices) // BATCH_SIZE)[:BATCH_SIZE].T
    for _ in range(num_epochs):
        losses, state = [], None
        for i in range(0, length, NUM_STEPS):
            X, Y = columns[i : i + NUM_STEPS], columns[i + 1 : i + 1 + NUM_STEPS]
            logits, state = model(X, state)
            state = detach(state)
            loss = functional.cross_entropy(logits.flatten(0, 1), Y.flatten())
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), CLIPPING_THETA)
            optimizer.step()
            losses.append(loss.detach())
        yield math.exp(torch.stack(losses).mean())


@torch.no_grad()
def perplexity(model, indices):
    """Let a model read a text once, from a state of zeros."""
    logits, _ = model(indices[:-1, None])
    return math.exp(functional.cross_entropy(logits[:, 0], indices[1:]))


@torch.no_grad()
def write(model, prefix, num_chars):
    """Continue a text, given as indices, with the most probable character at each step."""
    X, state, written = torch.tensor(prefix)[:, None], None, []
    for _ in range(num_chars):
        logits, state = model(X, state)
        X = logits[-1:].argmax(dim=-1)
        written.append(X)
    return torch.cat(written).flatten().tolist()


def main(path, network, seed):
    """Train on the first 10,000 characters, choose an epoch on 5,000, and report on 5,000 more."""
    string = Path(path).read_text(encoding="utf-8").lower().replace("\n", " ")[:20_000]
    chars = sorted(set(string))
    indices = torch.tensor([chars.index(char) for char in string])
    training, validation, test = indices.split([10_000, 5_000, 5_000])
    torch.manual_seed(int(seed))
    model, best = RNNModel(LAYERS[network](len(chars)), len(chars)), math.inf
    initialize(model)
    if network == "scratch":  # which has one bias where PyTorch has two
        model.rnn.bias_hh_l0.requires_grad = False
    for epoch, on_training in enumerate(train(model, training, NUM_EPOCHS), start=1):
        if epoch % 5 == 0:
            on_validation = perplexity(model, validation)
            print(f"epoch {epoch}, perplexity {on_training:.2f}, validation {on_validation:.2f}")
            if on_validation < best:
                best, kept = on_validation, copy.deepcopy(model.state_dict())
    written = write(model, [chars.index(char) for char in "traveller"], 50)
    print("traveller" + "".join(chars[index] for index in written))
    model.load_state_dict(kept)  # early stopping
    print(f"best epoch: validation {best:.2f}, test {perplexity(model, test):.2f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
