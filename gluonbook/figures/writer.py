"""Display a figure in which a trained model continues the text that the reader types."""

import base64
import hashlib
import html
import json
from pathlib import Path
from string import Template

import numpy as np
from IPython.display import display
from mxnet import nd

from gluonbook.door import guarded
from gluonbook.lesson.prediction import write

# Gluon's name for each plain recurrent layer, and the name of its activation in rnn.js.
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
FIGURE, STYLE, *PROGRAMS = (
    (HERE / name).read_text(encoding="utf-8")
    for name in ("writer.html", "writer.css", "rnn.js", "figure.js", "writer.js")
)

# Until a notebook has been run, JupyterLab ignores the style sheets and the JavaScript of its outputs,
# and GitHub always ignores them. In both cases readers see the advice instead of the figure.
OUTPUT = Template(f"""\
<div class="gluonbook-living" hidden="hidden">
{FIGURE}</div>
<div class="gluonbook-still">
<p>{FALLBACK} {ADVICE}</p>
</div>
<style>
.gluonbook-living {{ display: block !important; }}
.gluonbook-still {{ display: none; }}
</style>
<style>
$style</style>
<script type="application/json" data-model="$name">$model</script>
<script>
$program</script>
""")


def show_writer(model, text, prefix="time traveller"):
    """Display a figure in which a trained model continues the text that the reader types.

    The figure shows the probability of each possible next character, and the hidden state after each
    of the most recent characters. The reader can step through the text character by character, or
    let the model continue it.

    The output contains the model's parameters and the JavaScript that computes with them, so it needs
    no server. Without JavaScript, the page shows a continuation of the prefix.

    The model has one plain recurrent layer, ``rnn.RNN(num_hiddens)``, and was trained on `text`. When the
    figure appears, the model has read the `prefix`, which has at least one character, and begins to write.
    """
    parameters = flat_parameters(model)
    ctx = model.dense.weight.list_ctx()[0]
    how = {"num_chars": NUM_CHARS, "choose": reproducible_sampling(), "ctx": ctx}
    description = {
        "vocabulary": list(text.chars),
        "activation": ACTIVATIONS[model.rnn._mode],
        "numHiddens": model.rnn._hidden_size,
        "parameters": base64.b64encode(parameters).decode(),
        "prefix": prefix,
        "written": guarded(write)(model, text, prefix=prefix, **how)[len(prefix) :],
        "temperature": TEMPERATURE,
        "name": hashlib.sha256(parameters).hexdigest()[:12],
    }
    display({"text/html": output_of(description), "text/plain": FALLBACK}, raw=True)


def reproducible_sampling():
    """Return a function that draws characters without using MXNet's random numbers."""
    generator = np.random.default_rng(1)

    def choose(logits):
        probabilities = nd.softmax(logits / TEMPERATURE).asnumpy()[0].astype("float64")
        drawn = generator.choice(len(probabilities), p=probabilities / probabilities.sum())
        return nd.array([drawn], ctx=logits.context)

    return choose


def output_of(description):
    """Return the HTML of an output: the figure of a model, with the program that computes with it.

    The book takes only the description from the output, and makes the figure from ``writer.html``.
    """
    parts = {name: html.escape(str(value)) for name, value in description.items()}
    # In this form, the JSON cannot end the element around it.
    parts["model"] = json.dumps(description).replace("<", "\\u003c")
    return OUTPUT.substitute(parts, style=STYLE, program="".join(PROGRAMS))


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
