"""The options of ``train`` in the shell, under the names that the chapter has for them."""

import argparse
from typing import Any

from gluonbook.models import LAYERS

GREATEST = 2**31 - 1


def number(
    name: str, default: float | None, about: str, *, kind: type = int, least: float = 1
) -> dict[str, Any]:
    """Describe an option that takes a number, for `argparse`.

    Parameters
    ----------
    name : str
        What the chapter calls it.
    default : float or None
        Its value where it is not given.
    about : str
        What it is.
    kind : type
        `int` or `float`.
    least : float
        The least value that makes sense.
    """

    def number(typed: str) -> float:
        if not least <= kind(typed) <= GREATEST:
            raise argparse.ArgumentTypeError(f"must be from {least} to {GREATEST}, not {typed}")
        return kind(typed)

    shown = about if default is None else f"{about} (default: {default})"
    return {"dest": name, "type": number, "default": default, "metavar": "N", "help": shown}


# The defaults are the settings of the chapter.
TRAIN: dict[str, dict[str, Any]] = {
    "--layer": {
        "choices": [*LAYERS],
        "default": "rnn",
        "help": "kind of recurrent layer (default: rnn)",
    },
    "--hiddens": number("num_hiddens", 256, "hidden units of a layer"),
    # MXNet cannot name the parameters of more.
    "--layers": number("num_layers", 1, "recurrent layers, one on top of the other")
    | {"choices": range(1, 11)},
    "--chars": number("num_chars", None, "read only the first N characters"),
    "--epochs": number("num_epochs", 50, "how often to read the text"),
    "--steps": number("num_steps", 35, "characters of a row in a mini-batch"),
    "--batch-size": number("batch_size", 32, "rows in a mini-batch"),
    "--lr": number("lr", 100.0, "learning rate", kind=float, least=1e-30),
    "--clip": number(
        "clipping_theta", 0.01, "greatest norm of the gradient", kind=float, least=1e-30
    ),
    "--seed": number("seed", 1, "seed of the random numbers", least=0),
    "--report": number("pred_period", 10, "report after every N epochs, and after the last"),
    "--length": number("pred_len", 50, "characters to generate in a report"),
    "--prefix": {
        "dest": "prefixes",
        "action": "append",
        "metavar": "PREFIX",
        "help": "what to continue in a report; may be repeated (default: the text's beginning)",
    },
}
# What a message calls a setting.
TYPED: dict[str, str] = {
    described.get("dest", option.removeprefix("--")): option for option, described in TRAIN.items()
}
