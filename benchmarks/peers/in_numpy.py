"""The chapter's model in NumPy.

The model computes logits and generates text with the weights of an `RNN` that was trained in the book.
Training is not included, because the gradient would have to be written by hand.
"""

import numpy as np


def load(path):
    """Return the weights of each recurrent layer, and of the output layer."""
    weights = np.load(path)
    num_layers = sum(name.endswith("h2h_bias") for name in weights)
    layers = [
        (
            weights[f"rnn._unfused.{i}.i2h_weight"],  # (num_hiddens, num_inputs)
            weights[f"rnn._unfused.{i}.h2h_weight"],  # (num_hiddens, num_hiddens)
            # Add the two biases, because they only occur in a sum.
            weights[f"rnn._unfused.{i}.i2h_bias"] + weights[f"rnn._unfused.{i}.h2h_bias"],
        )
        for i in range(num_layers)
    ]
    return layers, weights["dense.weight"], weights["dense.bias"]


def begin_state(model):
    """Return a state of zeros: a vector for each layer."""
    return [np.zeros_like(b_h) for _, _, b_h in model[0]]


def step(model, char, state):
    """Read a character; return the logits, (vocab_size,), and the new state."""
    layers, W_hq, b_q = model
    state = list(state)
    for i, (W_xh, W_hh, b_h) in enumerate(layers):
        # The product of W_xh and a one-hot vector is a column of W_xh.
        inputs = W_xh[:, char] if i == 0 else W_xh @ state[i - 1]
        state[i] = np.maximum(inputs + W_hh @ state[i] + b_h, 0)
    return W_hq @ state[-1] + b_q, state


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
