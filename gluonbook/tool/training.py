"""Train on a text of one's own, with the run kept in a file: what ``train`` and ``resume`` do."""

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gluonbook.evaluation import evaluate_perplexity
from gluonbook.ground.checks import check_prefixes, check_training
from gluonbook.models import RNNModel, try_gpu
from gluonbook.prediction import write
from gluonbook.text import Text, decode_text
from gluonbook.tool.run_file import LAYERS, Checkpoint, load_checkpoint
from gluonbook.training import Epoch, stop_after_this_epoch, train

# A tenth of a text is held out, and no more characters than this.
MOST_HELD_OUT = 20_000
# The settings that the chapter's functions are called with.
TRAINING = ("lr", "num_epochs", "num_steps", "batch_size", "clipping_theta")


class UsageError(Exception):
    """What was typed makes no sense."""


@contextlib.contextmanager
def as_usage_error() -> Iterator[None]:
    """Say of what a check refuses that it was typed, and is no bug."""
    try:
        yield
    except ValueError as error:
        raise UsageError(str(error)) from error


# --- a run ------------------------------------------------------------------------------


class OwnText(Text):
    """A text of one's own: its last tenth, at most `MOST_HELD_OUT` characters, is for validation."""

    def __init__(self, path: str, num_chars: int | None = None):
        data = Path(path).read_bytes()  # once, because a pipe has nothing to read the second time
        with as_usage_error():
            super().__init__(decode_text(data, path)[:num_chars])
        cut = len(self.train) - min(len(self.train) // 10, MOST_HELD_OUT)
        self.train, self.validation = self.train[:cut], self.train[cut:]
        self.sha256 = hashlib.sha256(data).hexdigest()


def as_read(prefix: str, text: Text) -> str:
    """Put those characters of a prefix into lower case that the vocabulary has only in lower case."""
    return "".join(char if char in text.index else char.lower() for char in prefix)


def settings_of(text: OwnText, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is kept of a run besides its model: the options of ``train``, and which text."""
    prefixes = options["prefixes"] or [text.decode(text.train[:10])]
    prefixes = [as_read(prefix, text) for prefix in prefixes]
    with as_usage_error():
        check_prefixes(prefixes, text.index)
    place = {"text": os.path.abspath(options["text"]), "sha256": text.sha256}
    return {**options, "prefixes": prefixes, **place}


def new_run(path: str, text: OwnText, settings: Mapping[str, Any]) -> Checkpoint:
    """Make a new model, and a file for it once it is trained."""
    layer = LAYERS[settings["layer"]](settings["num_hiddens"], settings["num_layers"])
    model = RNNModel(layer, text.size)
    with as_usage_error():
        check_training(model, text, **{name: settings[name] for name in TRAINING})
    return Checkpoint(model, text, path, settings)


def open_run(path: str) -> Checkpoint:
    """Load a run from its file."""
    with as_usage_error():
        return load_checkpoint(path, ctx=try_gpu())


def text_of(saved: Checkpoint, path: str | None) -> OwnText:
    """Read the text of a run again, perhaps from another place; remember the place."""
    settings = saved.settings
    if "sha256" not in settings:
        raise UsageError(f"{saved.path} was saved by another program than this: continue it there")
    path = path or settings["text"]
    text = OwnText(path, settings["num_chars"])
    if text.sha256 != settings["sha256"]:
        raise UsageError(
            f"{path} is not the text that {saved.path} was trained on, or it has changed: name the "
            "right one with --text, or train anew"
        )
    saved.resume_on(text)
    settings["text"] = os.path.abspath(path)
    return text


# --- training ---------------------------------------------------------------------------


def train_to_the_end(run: Checkpoint, text: OwnText) -> None:
    """Train up to the last epoch, and save after each.

    Raises
    ------
    KeyboardInterrupt
        On Ctrl-C, after the present epoch; at once if it comes a second time.
    """
    settings, history = run.settings, run.history
    with stop_after_this_epoch() as stopped:

        def stop(_: Epoch) -> None:
            if stopped.is_set():
                raise KeyboardInterrupt

        train(
            run.model,
            text,
            **{name: settings[name] for name in TRAINING},
            seed=None if history else settings["seed"],
            callbacks=[run, reporter(run, text), stop],
            history=history,
        )


def reporter(run: Checkpoint, text: OwnText) -> Callable[[Epoch], None]:
    """Return a callback that prints how training goes, on the held-out text, too, and how it writes."""
    model, settings = run.model, run.settings

    def report(epoch: Epoch) -> None:
        if epoch.number % settings["pred_period"] and epoch.number != settings["num_epochs"]:
            return
        line = (
            f"epoch {epoch.number}, perplexity {epoch.perplexity:f}, time {epoch.seconds:.2f} sec"
        )
        if len(text.validation) > 1:
            line += f", held out {measured(model, text.validation):f}"
        print(line)
        for prefix in settings["prefixes"]:
            print(" -", write(model, text, prefix=prefix, num_chars=settings["pred_len"]))

    return report


def measured(model: RNNModel, corpus: np.ndarray) -> float:
    """Return a model's perplexity on a text, NaN if its state has grown beyond all numbers there."""
    try:
        return evaluate_perplexity(model, corpus)
    except ValueError:
        return float("nan")
