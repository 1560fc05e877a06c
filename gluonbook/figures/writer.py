"""Display a figure in which a trained model continues the text that the reader types."""

import base64
import hashlib
import html
import json
import re
from pathlib import Path
from string import Template

import numpy as np
from IPython.display import display

from gluonbook.door import write

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
PROGRAM = "".join(
    (HERE / name).read_text(encoding="utf-8") for name in ("rnn.js", "figure.js", "writer.js")
)
STYLE = (HERE / "writer.css").read_text(encoding="utf-8")

# Until a notebook has been run, JupyterLab ignores the style sheets and the JavaScript of its outputs,
# and GitHub always ignores them. In both cases readers see the advice instead of the figure.
OUTPUT = Template(f"""\
<div class="gluonbook-living" hidden="hidden">
$figure</div>
<div class="gluonbook-still">
<p>{FALLBACK} {ADVICE}</p>
</div>
<style>
.gluonbook-living {{ display: block !important; }}
.gluonbook-still {{ display: none; }}
</style>
<style>
$style</style>
<script class="gluonbook-model">$model</script>
<script>
$program</script>
""")
MODEL = re.compile(r'<script class="gluonbook-model">[^{]*\{\}\)\["\w+"\] = (.*);</script>')

# What describes a figure, and the types in JSON.
DESCRIPTION = {
    "vocabulary": list,
    "activation": str,
    "numHiddens": int,
    "parameters": str,
    "prefix": str,
    "written": str,
}


def show_writer(model, text, prefix="time traveller"):
    """Display a figure in which a trained model continues the text that the reader types.

    The figure shows the probability of each possible next character, and the hidden state after each
    of the most recent characters. The reader can step through the text character by character, or
    let the model continue it.

    The output contains the model's parameters and the JavaScript that computes with them, so it needs
    no server. Without JavaScript, the page shows the prefix continued with the most probable
    characters.

    The model has one plain recurrent layer, ``rnn.RNN(num_hiddens)``, and was trained on `text`. When the
    figure appears, the model has read the `prefix`, which has at least one character.
    """
    parameters = flat_parameters(model)
    ctx = model.dense.weight.list_ctx()[0]
    written = write(model, text, prefix=prefix, num_chars=NUM_CHARS, ctx=ctx)
    description = {
        "vocabulary": list(text.chars),
        "activation": ACTIVATIONS[model.rnn._mode],
        "numHiddens": model.rnn._hidden_size,
        "parameters": base64.b64encode(parameters).decode(),
        "prefix": prefix,
        "written": written[len(prefix) :],
    }
    display({"text/html": output_of(description), "text/plain": FALLBACK}, raw=True)


def output_of(description):
    """Return the HTML of an output: the figure of a model, with the program that computes with it."""
    figure, model = figure_of(description), model_of(description)
    return OUTPUT.substitute(figure=figure, style=STYLE, model=model, program=PROGRAM)


def figure_of(description):
    """Return the HTML of the figure, as it is before the program runs."""
    parts = {
        "name": name_of(description),
        "prefix": description["prefix"],
        "written": description["written"],
        "temperature": TEMPERATURE,
    }
    escaped = {part: html.escape(str(value)) for part, value in parts.items()}
    return FIGURE.substitute(escaped)


def model_of(description):
    """Return the JavaScript that makes the model known to the program, by the name of its figure."""
    name = name_of(description)
    return f'(window.gluonbookModels ??= {{}})["{name}"] = {in_json(description)};'


def name_of(description):
    """Return a name that no figure of another model has."""
    return hashlib.sha256(in_json(description).encode()).hexdigest()[:12]


def in_json(description):
    """Return a description in JSON that cannot end the ``script`` element around it."""
    return json.dumps(description).replace("<", "\\u003c")


def read_description(output):
    """Return the description of a figure from the HTML of its output, if `show_writer` displays it.

    The book makes the figure again from its description, and copies nothing else.
    """
    found = MODEL.search(output)
    description = json.loads(found[1]) if found else None
    parts = description.items() if isinstance(description, dict) else ()
    if {key: type(value) for key, value in parts} != DESCRIPTION:
        raise ValueError(
            "the HTML has no model that gb.show_writer describes: execute the cell again"
        )
    return description


def flat_parameters(model):
    """Return the parameters in the order and the shapes of `get_params`, as float32 bytes."""
    layer = {name.split("_", 1)[1]: p for name, p in model.rnn.collect_params().items()}
    plain = {"l0_i2h_weight", "l0_h2h_weight", "l0_i2h_bias", "l0_h2h_bias"}
    if model.rnn._mode not in ACTIVATIONS or set(layer) != plain:
        raise ValueError(
            "only a model with one plain recurrent layer, rnn.RNN(num_hiddens), can be shown, "
            f"not one with {model.rnn}"
        )
    arrays = {name: p.data().asnumpy() for name, p in layer.items()}
    parts = [
        arrays["l0_i2h_weight"].T,  # Gluon stores every matrix transposed
        arrays["l0_h2h_weight"].T,
        # Gluon has separate biases for the input and for the state, but only their sum matters.
        arrays["l0_i2h_bias"] + arrays["l0_h2h_bias"],
        model.dense.weight.data().asnumpy().T,
        model.dense.bias.data().asnumpy(),
    ]
    return np.concatenate([part.ravel() for part in parts]).astype("<f4").tobytes()
