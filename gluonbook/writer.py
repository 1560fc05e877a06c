"""Put a trained model into the page, where a reader can let it write."""

import base64
import hashlib
import html
import json
from collections.abc import Sequence
from pathlib import Path
from string import Template

import numpy as np
from IPython.display import display

from gluonbook.models import RNNModel

# Gluon's name of a plain recurrent layer, and its activation in JavaScript.
ACTIVATIONS = {"rnn_relu": "Math.max(0, x)", "rnn_tanh": "Math.tanh(x)"}
PAGE = Template(Path(__file__).with_name("writer.html").read_text(encoding="utf-8"))


def show_writer(
    model: RNNModel, idx_to_char: Sequence[str], prefix: str = "time traveller"
) -> None:
    """Display a form in which a trained model continues what the reader types.

    The model's parameters, in half precision, and the few lines of JavaScript
    that compute with them are part of the output. So it runs in a notebook and
    in the book alike, in the reader's browser and without a network.

    Parameters
    ----------
    model : RNNModel
        A trained model with one plain recurrent layer, ``rnn.RNN(num_hiddens)``.
    idx_to_char : sequence of str
        The vocabulary.
    prefix : str
        What the form has in it at first.

    Raises
    ------
    ValueError
        If the model has another recurrent layer.
    """
    weights = flat_weights(model)
    form = PAGE.substitute(
        id="writer-" + hashlib.sha256(weights).hexdigest()[:8],
        prefix=html.escape(prefix),
        vocabulary=json.dumps(list(idx_to_char)).replace("<", "\\u003c"),
        activation=ACTIVATIONS[model.rnn._mode],
        num_hiddens=model.dense.weight.shape[1],
        weights=base64.b64encode(weights).decode(),
    )
    fallback = "A form in which the trained model continues a text that you type."
    display({"text/html": form, "text/plain": fallback}, raw=True)


def flat_weights(model: RNNModel) -> bytes:
    """Return what ``writer.html`` reads: weights and biases one after the other, as float16."""
    layer = {name.split("_", 1)[1]: p for name, p in model.rnn.collect_params().items()}
    plain = {"l0_i2h_weight", "l0_h2h_weight", "l0_i2h_bias", "l0_h2h_bias"}
    if model.rnn._mode not in ACTIVATIONS or set(layer) != plain:
        raise ValueError(
            "only a model with one plain recurrent layer, rnn.RNN(num_hiddens), can be shown, "
            f"not one with {model.rnn}"
        )
    arrays = {name: p.data().asnumpy() for name, p in layer.items()}
    parts = [
        arrays["l0_i2h_weight"],
        arrays["l0_h2h_weight"],
        # Gluon keeps a bias for the input and one for the state; only their sum matters.
        arrays["l0_i2h_bias"] + arrays["l0_h2h_bias"],
        model.dense.weight.data().asnumpy(),
        model.dense.bias.data().asnumpy(),
    ]
    return np.concatenate([part.ravel() for part in parts]).astype("<f2").tobytes()
