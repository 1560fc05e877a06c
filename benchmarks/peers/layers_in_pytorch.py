"""The chapter's models from scratch, gated steps, attention and the minimal GRU in PyTorch.

The sections show these definitions below their own, which have the same names, arguments and shapes.
"""

import math

import torch
from torch import nn
from torch.nn import functional


class ScratchModel(nn.Module):
    """The model from scratch. Its state is a matrix of shape (batch_size, num_hiddens)."""

    def __init__(self, num_hiddens, vocab_size):
        super().__init__()
        self.vocab_size = vocab_size
        self.W_xh = nn.Parameter(0.01 * torch.randn(vocab_size, num_hiddens))
        self.W_hh = nn.Parameter(0.01 * torch.randn(num_hiddens, num_hiddens))
        self.b_h = nn.Parameter(torch.zeros(num_hiddens))
        self.W_hq = nn.Parameter(0.01 * torch.randn(num_hiddens, vocab_size))
        self.b_q = nn.Parameter(torch.zeros(vocab_size))

    def forward(self, X, H):
        """Return logits of shape (num_steps * batch_size, vocab_size) and the new state."""
        outputs = []
        for x in functional.one_hot(X.T, self.vocab_size).float():
            H = torch.tanh(x @ self.W_xh + H @ self.W_hh + self.b_h)
            outputs.append(H @ self.W_hq + self.b_q)
        return torch.cat(outputs), H


def train_step(model, X, Y, state, optimizer, clipping_theta):
    """Train on one mini-batch; return its loss, the norm of the gradient and the new state."""
    logits, state = model(X, state.detach())
    loss = functional.cross_entropy(logits, Y.T.flatten())
    optimizer.zero_grad()
    loss.backward()
    norm = nn.utils.clip_grad_norm_(model.parameters(), clipping_theta)
    optimizer.step()
    return loss.detach(), norm, state


def gru_step(X, H, params):
    """Take the input at this step and the state before it, return the new state."""
    W_xr, W_hr, b_r, W_xz, W_hz, b_z, W_xh, W_hh, b_h = params
    R = torch.sigmoid(X @ W_xr + H @ W_hr + b_r)
    Z = torch.sigmoid(X @ W_xz + H @ W_hz + b_z)
    H_tilde = torch.tanh(X @ W_xh + (R * H) @ W_hh + b_h)
    return Z * H + (1 - Z) * H_tilde


def lstm_step(X, H, C, params):
    """Take the input at this step, the hidden state and the cell before it; return the new ones."""
    W_xi, W_hi, b_i, W_xf, W_hf, b_f, W_xo, W_ho, b_o, W_xc, W_hc, b_c = params
    I = torch.sigmoid(X @ W_xi + H @ W_hi + b_i)  # noqa: E741
    F = torch.sigmoid(X @ W_xf + H @ W_hf + b_f)
    O = torch.sigmoid(X @ W_xo + H @ W_ho + b_o)  # noqa: E741
    C_tilde = torch.tanh(X @ W_xc + H @ W_hc + b_c)
    C = F * C + I * C_tilde
    return O * torch.tanh(C), C


def attend(Q, K, V, bias):
    """Compute scaled dot-product attention: the values found, and the attention weights."""
    scores = Q @ K.mT / math.sqrt(Q.shape[-1]) + bias
    A = scores.softmax(dim=-1)
    return A @ V, A


class Block(nn.Module):
    """A mixer and a feed-forward network, each with RMS norm and a residual connection."""

    def __init__(self, mixer, size):
        super().__init__()
        self.mixer = mixer
        self.hidden, self.output = nn.Linear(size, 4 * size), nn.Linear(4 * size, size)

    def forward(self, X, state):
        """Map (batch_size, num_steps, size) to the same shape, and update the mixer's state."""
        mixed, state = self.mixer(functional.rms_norm(X, X.shape[-1:]), state)
        X = X + mixed
        hidden = torch.relu(self.hidden(functional.rms_norm(X, X.shape[-1:])))
        return X + self.output(hidden), state


def scan(a, b, h):
    """Compute a linear recurrence for all steps at once; time is the first axis."""
    a, b = torch.cat((torch.zeros_like(h), a)), torch.cat((h, b))
    distance = 1
    while distance < len(b):
        later = a[distance:]
        b = torch.cat((b[:distance], later * b[:-distance] + b[distance:]))
        a = torch.cat((a[:distance], later * a[:-distance]))
        distance *= 2
    return b[1:]


class MinGRU(nn.Module):
    """A GRU whose gate and candidate depend on the input only, computed with a scan."""

    def __init__(self, size):
        super().__init__()
        self.gate, self.candidate = nn.Linear(size, size), nn.Linear(size, size)

    def forward(self, X, H):
        """Map (batch_size, num_steps, size) to all states; also return the last state."""
        Z = torch.sigmoid(self.gate(X))
        b = (1 - Z) * self.candidate(X)
        states = scan(Z.transpose(0, 1), b.transpose(0, 1), H[None])  # (T, n, size)
        return states.transpose(0, 1), states[-1]
