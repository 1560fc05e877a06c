"""The chapter's model in JAX, with the weights of a model from the book.

A model is a dictionary of arrays. The functions return new values instead of changing them in place.
"""

import functools
import math

import jax
import jax.numpy as jnp
import numpy as np

NUM_STEPS, BATCH_SIZE = 35, 32
LR, CLIPPING_THETA = 1e2, 1e-2


def load(path):
    """Make a model with weights that were saved in the book, for an `RNN` with one layer."""
    weights = np.load(path)
    return {
        # Gluon has a row for each output, but the formulas have a column.
        "W_xh": jnp.array(weights["rnn._unfused.0.i2h_weight"].T),
        "W_hh": jnp.array(weights["rnn._unfused.0.h2h_weight"].T),
        "W_hq": jnp.array(weights["dense.weight"].T),
        # Two biases, as in Gluon and PyTorch. A single bias would learn half as fast.
        "b_xh": jnp.array(weights["rnn._unfused.0.i2h_bias"]),
        "b_hh": jnp.array(weights["rnn._unfused.0.h2h_bias"]),
        "b_q": jnp.array(weights["dense.bias"]),
    }


def forward(model, X, state):
    """Return logits of shape (num_steps, batch_size, vocab_size) and the new state.

    X has the shape (num_steps, batch_size), the state (batch_size, num_hiddens).
    """

    def step(state, x):
        # The product of a one-hot vector and W_xh is a row of W_xh.
        inputs = model["W_xh"][x] + model["b_xh"]
        state = jax.nn.relu(inputs + state @ model["W_hh"] + model["b_hh"])
        return state, state

    state, Y = jax.lax.scan(step, state, X)
    return Y @ model["W_hq"] + model["b_q"], state


def begin_state(model, batch_size):
    """Return a state of zeros."""
    return jnp.zeros((batch_size, len(model["b_hh"])))


def logits(model, indices):
    """Return the logits after each character of a text, of shape (len(indices), vocab_size)."""
    return np.array(forward(model, np.array(indices)[:, None], begin_state(model, 1))[0][:, 0])


def mean_loss(model, X, Y, state):
    """Return the mean cross-entropy of a mini-batch, and the new state."""
    output, state = forward(model, X, state)
    log_probs = jax.nn.log_softmax(output)
    return -jnp.take_along_axis(log_probs, Y[:, :, None], axis=2).mean(), state


@jax.jit
def update(model, X, Y, state):
    """Make an update; return the updated model, the new state and the loss.

    The gradient ends at the state, because the loss is differentiated only with respect to the model.
    """
    (loss, state), grads = jax.value_and_grad(mean_loss, has_aux=True)(model, X, Y, state)
    norm = jnp.sqrt(sum(jnp.sum(grad**2) for grad in grads.values()))
    scale = jnp.minimum(CLIPPING_THETA / norm, 1)
    return jax.tree.map(lambda p, grad: p - LR * scale * grad, model, grads), state, loss


def train(model, indices, num_epochs):
    """Train a model; after each epoch, yield the model and the perplexity."""
    row_length = len(indices) // BATCH_SIZE
    length = (len(indices) - 1) // BATCH_SIZE // NUM_STEPS * NUM_STEPS
    starts = [row_length * row for row in range(BATCH_SIZE)]
    columns = np.array([indices[start : start + length + 1] for start in starts]).T
    for _ in range(num_epochs):
        losses, state = [], begin_state(model, BATCH_SIZE)
        for i in range(0, length, NUM_STEPS):
            X, Y = columns[i : i + NUM_STEPS], columns[i + 1 : i + 1 + NUM_STEPS]
            model, state, loss = update(model, X, Y, state)
            losses.append(loss)
        yield model, math.exp(jnp.stack(losses).mean())


def write(model, prefix, num_chars):
    """Continue a text with the most probable character at each step; characters are indices."""
    return np.array(write_many(model, np.array(prefix), num_chars)).tolist()


@functools.partial(jax.jit, static_argnames="num_chars")
def write_many(model, prefix, num_chars):
    """Read a text and continue it, in one compiled loop."""

    def step(carry, _):
        x, state = carry
        output, state = forward(model, x, state)
        x = output.argmax(axis=2)  # (1, 1)
        return (x, state), x[0, 0]

    _, state = forward(model, prefix[:-1, None], begin_state(model, 1))
    _, written = jax.lax.scan(step, (prefix[-1:, None], state), length=num_chars)
    return written
