"""Display a figure in which a trained model continues the text that the reader types."""

import base64
import hashlib
import html
import json
import unicodedata
from pathlib import Path
from string import Template

import numpy as np
from IPython.display import display

from gluonbook.figures import as_page
from gluonbook.figures.plots import printable
from gluonbook.ground.checks import check_prefixes
from gluonbook.models import RNNModel
from gluonbook.prediction import write
from gluonbook.text import Text

# Gluon's name for each plain recurrent layer, and the name of its activation in writer.js.
ACTIVATIONS = {"rnn_relu": "relu", "rnn_tanh": "tanh"}

TEMPERATURE = 0.5  # the initial value
NUM_CHARS = 100  # how many characters readers without JavaScript see

# The description that replaces the figure where it cannot be shown.
FALLBACK = "A figure in which the trained model continues a text that you type."
ADVICE = (
    "Run this cell to see how probable each next character is, and the hidden state after each of "
    "the most recent characters. The figure needs the model, so run the cells above first."
)

HERE = Path(__file__).parent
FIGURE = Template((HERE / "writer.html").read_text(encoding="utf-8"))
PROGRAM = (HERE / "writer.js").read_text(encoding="utf-8")
STYLE = (HERE / "writer.css").read_text(encoding="utf-8")


def show_writer(
    model: RNNModel, text: Text, prefix: str = "time traveller", *, samplers: bool = False
) -> None:
    """Display a figure in which a trained model continues the text that the reader types.

    The figure shows the probability of each possible next character, and the hidden state after each
    of the most recent characters. The reader can step through the text character by character, or
    let the model continue it.

    The output contains the model's parameters and the JavaScript that computes with them, so it needs
    no server. Without JavaScript, the page shows the prefix continued with the most probable
    characters.

    Parameters
    ----------
    model : RNNModel
        A trained model with one plain recurrent layer, ``rnn.RNN(num_hiddens)``.
    text : Text
        The text that the model was trained on; its vocabulary is used.
    prefix : str
        The text that the model has read when the figure appears. It has at least one character.
    samplers : bool
        Whether the reader can set top-k and the nucleus in addition to the temperature.

    Raises
    ------
    ValueError
        If the model has a different kind of recurrent layer, or if the prefix is empty or contains a
        character that is not in the vocabulary.
    """
    check_prefixes([prefix], text.index)
    weights = flat_weights(model)
    description = {
        "vocabulary": list(text.chars),
        "names": {char: spoken(char) for char in text.chars},
        "activation": ACTIVATIONS[model.rnn._mode],
        "numHiddens": model.rnn._hidden_size,
        "weights": base64.b64encode(weights).decode(),
    }
    described = json.dumps(description).replace("<", "\\u003c")
    name = hashlib.sha256(described.encode()).hexdigest()[:12]
    ctx = model.dense.weight.list_ctx()[0]
    written = write(model, text, prefix=prefix, num_chars=NUM_CHARS, ctx=ctx)
    figure = FIGURE.substitute(
        name=name,
        prefix=html.escape(printable(prefix)),
        written=html.escape(printable(written[len(prefix) :])),
        temperature=TEMPERATURE,
        hide_samplers="" if samplers else ' hidden="hidden"',
        vocab_size=text.size,
        num_hiddens=model.rnn._hidden_size,
    )
    programs = (
        f'<script class="gluonbook-model">(window.gluonbookModels ??= {{}})["{name}"] = '
        f"{described};</script>\n<script>\n{PROGRAM}</script>\n"
    )
    still = f"<p>{FALLBACK} {ADVICE}</p>"
    page = as_page(figure, still, STYLE, programs)
    display({"text/html": page, "text/plain": FALLBACK}, raw=True)


def flat_weights(model: RNNModel) -> bytes:
    """Return the weights and biases in the order that ``writer.js`` expects, as float32 bytes."""
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
        # Gluon has separate biases for the input and for the state, but only their sum matters.
        arrays["l0_i2h_bias"] + arrays["l0_h2h_bias"],
        model.dense.weight.data().asnumpy(),
        model.dense.bias.data().asnumpy(),
    ]
    return np.concatenate([part.ravel() for part in parts]).astype("<f4").tobytes()


def spoken(char: str) -> str:
    """Return a character, or its name if it is a symbol that a screen reader would skip."""
    return char if char.isalnum() else unicodedata.name(char, "sign").lower()
