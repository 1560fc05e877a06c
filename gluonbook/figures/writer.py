"""Display a trained model that continues what the reader types, in the page itself."""

import base64
import hashlib
import html
import json
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from string import Template

import numpy as np
from IPython.display import display
from mxnet import nd

from gluonbook.errors import check_prefixes
from gluonbook.figures.living import as_page
from gluonbook.models import RNNModel
from gluonbook.plots import printable

# Gluon's name of a plain recurrent layer, and that of its activation in writer.js.
ACTIVATIONS = {"rnn_relu": "relu", "rnn_tanh": "tanh"}

NUM_BARS = 10
NUM_COLUMNS = 24  # characters whose hidden states are shown side by side
NUM_LEVELS = 6  # steps of colour on either side of zero
TEMPERATURE = 0.5  # at first, and in the picture that is shown without JavaScript

# What the figure would be, where it cannot be.
FALLBACK = "A figure in which the trained model continues a text that you type."
ADVICE = (
    "Run this cell to see it: how probable each next character is, and what the hidden state "
    "holds after each of the last ones. It needs the model, so run the cells above first."
)

HERE = Path(__file__).parent
FIGURE = Template((HERE / "writer.html").read_text(encoding="utf-8"))
PROGRAM = (HERE / "writer.js").read_text(encoding="utf-8")
STYLE = (HERE / "writer.css").read_text(encoding="utf-8")


def show_writer(
    model: RNNModel,
    idx_to_char: Sequence[str],
    prefix: str = "time traveller",
    *,
    samplers: bool = False,
) -> None:
    """Display a figure in which a trained model continues what the reader types.

    It shows how probable each next character is, and the hidden state after each of
    the last characters. The reader steps through the text character by character, or
    has the model continue it.

    The model's parameters and the JavaScript that computes with them are part of the
    output, so the figure works in a notebook and in the book, in the reader's browser and
    without a network. Without JavaScript, a picture of the prefix is shown, computed here.

    Parameters
    ----------
    model : RNNModel
        A trained model with one plain recurrent layer, ``rnn.RNN(num_hiddens)``.
    idx_to_char : sequence of str
        The vocabulary.
    prefix : str
        The text that the model has read when the figure appears, at least one character.
    samplers : bool
        Whether the reader can set top-k and the nucleus, besides the temperature.

    Raises
    ------
    ValueError
        If the model has another recurrent layer, or the prefix is empty or has a
        character that the vocabulary lacks.
    """
    check_prefixes([prefix], {char: idx for idx, char in enumerate(idx_to_char)})
    weights = flat_weights(model)
    states, logits = states_and_logits(model, [idx_to_char.index(char) for char in prefix])
    scale = strongest_colour(states)
    description = {
        "vocabulary": list(idx_to_char),
        "names": {char: spoken(char) for char in idx_to_char},
        "activation": ACTIVATIONS[model.rnn._mode],
        "numHiddens": states.shape[1],
        "scale": scale,
        "weights": base64.b64encode(weights).decode(),
    }
    described = json.dumps(description).replace("<", "\\u003c")
    name = hashlib.sha256(described.encode()).hexdigest()[:12]
    figure = FIGURE.substitute(
        name=name,
        prefix=html.escape(printable(prefix)),
        before=html.escape(printable(prefix[:-1])),
        last=html.escape(printable(prefix[-1])),
        temperature=TEMPERATURE,
        hide_samplers="" if samplers else ' hidden="hidden"',
        vocab_size=len(idx_to_char),
        bars=bars(logits, idx_to_char),
        num_hiddens=states.shape[1],
        num_columns=NUM_COLUMNS,
        units=unit_paths(states[-NUM_COLUMNS:], scale),
        current=min(len(prefix), NUM_COLUMNS) - 1,
        letters=letters(prefix),
        summary=summary(prefix[-1], states[-1]),
        legend=legend(scale, ACTIVATIONS[model.rnn._mode] == "tanh"),
    )
    programs = (
        f'<script class="gluonbook-model">(window.gluonbookModels ??= {{}})["{name}"] = '
        f"{described};</script>\n<script>\n{PROGRAM}</script>\n"
    )
    page = as_page(figure, f"<p>{FALLBACK} {ADVICE}</p>", STYLE, programs)
    display({"text/html": page, "text/plain": FALLBACK}, raw=True)


def flat_weights(model: RNNModel) -> bytes:
    """Return what ``writer.js`` reads: weights and biases one after the other, as float32."""
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
    return np.concatenate([part.ravel() for part in parts]).astype("<f4").tobytes()


def states_and_logits(model: RNNModel, indices: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Run a model over some characters.

    Parameters
    ----------
    model : RNNModel
        The model.
    indices : sequence of int
        The characters.

    Returns
    -------
    states : numpy.ndarray
        The hidden state after each character, of shape ``(len(indices), num_hiddens)``.
    logits : numpy.ndarray
        The scores of the character after the last one, of shape ``(vocab_size,)``.
    """
    ctx = model.dense.weight.list_ctx()[0]
    X = nd.one_hot(nd.array(indices, ctx=ctx).reshape((-1, 1)), model.vocab_size)
    Y, _ = model.rnn(X, model.begin_state(batch_size=1, ctx=ctx))
    states = Y.reshape((len(indices), -1))
    return states.asnumpy(), model.dense(states[-1:])[0].asnumpy()


# --- The picture that writer.js brings to life ------------------------------------------


def visible(char: str) -> str:
    """Return a character as the figure prints it."""
    return printable({" ": "\u2423", "\n": "\u21b5"}.get(char, char))


def spoken(char: str) -> str:
    """Return what a screen reader should say: the name of a sign that it would leave out."""
    return char if char.isalnum() else unicodedata.name(char, "sign").lower()


def bars(logits: np.ndarray, idx_to_char: Sequence[str]) -> str:
    """Return the list of the most probable characters, each with its bar."""
    odds = np.exp((logits.astype(float) - logits.max()) / TEMPERATURE)
    probabilities = odds / odds.sum()
    best = np.argsort(-probabilities, kind="stable")[:NUM_BARS]
    rows = "".join(
        '<li><button type="button" disabled="disabled">'
        f'<span class="char" aria-hidden="true">{html.escape(visible(idx_to_char[idx]))}</span>'
        f'<span class="spoken">{html.escape(spoken(idx_to_char[idx]))}</span>'
        '<svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect width="{100 * probabilities[idx]:.1f}" height="1"/></svg>'
        f'<span class="share">{100 * probabilities[idx]:.1f}\u00a0%</span>'
        '<span class="spoken note"></span></button></li>\n'
        for idx in best
    )
    others = 100 * (1 - probabilities[best].sum())
    number = len(idx_to_char) - len(best)
    return (
        f'<ol class="bars">\n{rows}</ol>\n'
        f'<div class="others">{number} other characters together: {max(others, 0):.1f}\u00a0%</div>'
    )


def strongest_colour(states: np.ndarray) -> float:
    """Return the value with the strongest colour; hardly any unit goes beyond."""
    active = np.abs(states[states != 0])
    return float(f"{np.quantile(active, 0.98):.2g}") if active.size else 1.0


def unit_paths(states: np.ndarray, scale: float) -> str:
    """Draw hidden states: one column per state, one row per unit, one path per shade.

    A square for each unit would be thousands of elements; this is a dozen.
    """
    # Halves are rounded up, as JavaScript does it.
    levels = np.floor(states / scale * NUM_LEVELS + 0.5).clip(-NUM_LEVELS, NUM_LEVELS)
    paths = []
    for level in [*range(-NUM_LEVELS, 0), *range(1, NUM_LEVELS + 1)]:
        squares = zip(*np.nonzero(levels == level), strict=True)
        path = "".join(f"M{column} {unit}h1" for column, unit in squares)
        paths.append(f'<path class="{colour(level)}" data-level="{level}" d="{path}"/>\n')
    return "".join(paths)


def colour(level: int) -> str:
    """Return the classes that writer.css gives a colour."""
    return f"{'plus' if level > 0 else 'minus'} level-{abs(level)}"


def letters(prefix: str) -> str:
    """Return the characters under the columns, the last one marked."""
    shown = [html.escape(visible(char)) for char in prefix[-NUM_COLUMNS:]]
    last = len(shown) - 1
    shown += [""] * (NUM_COLUMNS - len(shown))
    return "".join(
        f'<span class="current">{char}</span>' if column == last else f"<span>{char}</span>"
        for column, char in enumerate(shown)
    )


def summary(char: str, state: np.ndarray) -> str:
    """Put a hidden state into words."""
    strongest = int(np.abs(state).argmax())
    return (
        f"After \u201c{html.escape(visible(char))}\u201d, {np.count_nonzero(state)} of {len(state)} "
        f"units are not zero. The strongest is unit {strongest}, at {state[strongest]:.2f}."
    )


def legend(scale: float, is_signed: bool) -> str:
    """Return the key to the colours."""
    levels = range(-NUM_LEVELS if is_signed else 0, NUM_LEVELS + 1)
    squares = "".join(
        f'<path class="{colour(level)}" d="M{place} 0h1"/>' if level else ""
        for place, level in enumerate(levels)
    )
    least = f"\u2212{scale:g}" if is_signed else "0"
    return (
        f'<span>{least}</span><svg viewBox="0 -0.5 {len(levels)} 1" preserveAspectRatio="none" '
        f'aria-hidden="true">{squares}</svg><span>{scale:g} or more</span>'
    )
