"""The chapter's model in NumPy.

The model computes logits and generates text with the weights of an `RNN` with one layer that was trained
in the book. Training is not included, because the gradient would have to be written by hand.
"""

import numpy as np


def load(path):
    """Return the weights of the recurrent layer and of the output layer."""
    weights = np.load(path)
    return (
        weights["rnn._unfused.0.i2h_weight"],  # (num_hiddens, vocab_size)
        weights["rnn._unfused.0.h2h_weight"],  # (num_hiddens, num_hiddens)
        # Add the two biases, because they only occur in a sum.
        weights["rnn._unfused.0.i2h_bias"] + weights["rnn._unfused.0.h2h_bias"],
        weights["dense.weight"],
        weights["dense.bias"],
    )


def step(model, char, H):
    """Read a character; return the logits, (vocab_size,), and the new state."""
    W_xh, W_hh, b_h, W_hq, b_q = model
    # The product of W_xh and a one-hot vector is a column of W_xh.
    H = np.maximum(W_xh[:, char] + W_hh @ H + b_h, 0)
    return W_hq @ H + b_q, H


def begin_state(model):
    """Return a state of zeros."""
    return np.zeros_like(model[2])


def logits(model, indices):
    """Return the logits after each character of a text, of shape (len(indices), vocab_size)."""
    state, outputs = begin_state(model), []
    for char in indices:
        output, state = step(model, char, state)
        outputs.append(output)
    return np.stack(outputs)


def write(model, prefix, num_chars):
    """Continue a text with the most probable character at each step; characters are indices."""
    state, written = begin_state(model), []
    for char in prefix:
        output, state = step(model, char, state)
    for _ in range(num_chars):
        written.append(int(output.argmax()))
        output, state = step(model, written[-1], state)
    return written
