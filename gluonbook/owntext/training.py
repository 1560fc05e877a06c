"""Train on a text of one's own, with the run kept in a file: what ``train`` and ``resume`` do."""

import math
import os
import sys
import time
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import mxnet as mx
import numpy as np
import pooch
from mxnet import gluon, init, nd
from mxnet.gluon import loss as gloss
from mxnet.ndarray import NDArray
from tqdm import tqdm

from gluonbook.corpus import data_iter_consecutive
from gluonbook.errors import LARGEST_LOSS, check_prefixes
from gluonbook.evaluation import evaluate_perplexity
from gluonbook.fast import speed_up
from gluonbook.models import LAYERS, RNNModel, try_gpu
from gluonbook.owntext.run_file import Position, SavedTraining, load_checkpoint
from gluonbook.prediction import write
from gluonbook.text import Text, read_text
from gluonbook.training import Epoch, stop_after_this_epoch, train_step

MOST_HELD_OUT = 20_000
"""A tenth of a text is held out, and no more characters than this."""
PIECE = 20
"""Mini-batches after which the bar moves, Ctrl-C is heeded and Python waits for the device."""
SECONDS_BETWEEN_SAVES = 60
"""Within an epoch; at its end the run is saved in any case."""


class UsageError(Exception):
    """What was typed makes no sense. The message says so in the words of the command line."""


# --- the text ---------------------------------------------------------------------------


class OwnText(Text):
    """A text of one's own, of which the last tenth is held out, and not what a chapter would."""

    def __init__(self, path: str, num_chars: int | None = None):
        super().__init__(as_string(path)[:num_chars])
        cut = len(self.train) - min(len(self.train) // 10, MOST_HELD_OUT)
        self.train, self.held_out = self.train[:cut], self.train[cut:]
        self.sha256 = pooch.file_hash(path)


def as_string(path: str) -> str:
    """Read a text file; say why it cannot be read, and which command makes it UTF-8."""
    file = Path(path)
    if file.exists() and not file.is_file():
        raise UsageError(f"{path} is no file that can be read again later: save the text as one")
    try:
        return read_text(file)
    except ValueError as error:
        if not isinstance(error.__cause__, UnicodeDecodeError):
            raise UsageError(str(error)) from error
        is_utf_16 = file.read_bytes()[:2] in (b"\xff\xfe", b"\xfe\xff")
        encoding = "UTF-16" if is_utf_16 else "WINDOWS-1252"
        raise UsageError(
            f"{path} is not UTF-8 but {'' if is_utf_16 else 'perhaps '}{encoding}. This makes it UTF-8: "
            f"iconv -f {encoding} -t UTF-8 '{path}' > '{file.stem}-utf8.txt'"
        ) from error


def as_read(prefix: str, index: Mapping[str, int]) -> str:
    """Return a prefix in lower case, as texts are read, if the model can read it."""
    try:
        check_prefixes([prefix.lower()], index)
    except ValueError as error:
        raise UsageError(f"--prefix: {error}") from error
    return prefix.lower()


# --- a run ------------------------------------------------------------------------------


def new_run(text: OwnText, options: Mapping[str, Any]) -> tuple[RNNModel, dict[str, Any]]:
    """Make a new model, and the settings that are kept with it: the options of ``train``."""
    needed = options["batch_size"] * options["num_steps"] + 1
    if len(text.train) < needed:
        raise UsageError(
            f"{options['text']} has {len(text.train):,} characters to train on, too few for a mini-batch: "
            f"--batch-size {options['batch_size']} rows of --steps {options['num_steps']} need {needed:,}. "
            "Make them smaller, or take a longer text"
        )
    prefixes = options["prefixes"] or [text.decode(text.train[:10])]
    settings = options | {
        "prefixes": [as_read(prefix, text.index) for prefix in prefixes],
        "text": os.path.abspath(options["text"]),
        "sha256": text.sha256,
    }
    mx.random.seed(options["seed"])
    layer = LAYERS[options["layer"]](options["num_hiddens"], options["num_layers"])
    model, ctx = RNNModel(layer, text.size), try_gpu()
    model.initialize(init.Normal(0.01), ctx=ctx)
    # Parameters have shapes, and so values, once a character has been read.
    model(nd.zeros((1, 1), ctx=ctx), model.begin_state(batch_size=1, ctx=ctx))
    return model, settings


def open_run(path: str) -> SavedTraining:
    """Load a run from its file."""
    try:
        return load_checkpoint(path, try_gpu())
    except ValueError as error:
        raise UsageError(str(error)) from error


def text_of(saved: SavedTraining, path: str | None) -> OwnText:
    """Read the text of a run again, perhaps from another place; remember the place."""
    settings, place = saved.settings, saved.checkpoint.path
    if "sha256" not in settings:
        raise UsageError(f"{place} was saved by another program than this: continue it there")
    path = path or settings["text"]
    text = OwnText(path, settings["num_chars"])
    if text.sha256 != settings["sha256"]:
        raise UsageError(
            f"{path} is not the text that {place} was trained on, or it has changed: name the right one "
            "with --text, or train anew"
        )
    settings["text"] = os.path.abspath(path)
    return text


# --- the loop ---------------------------------------------------------------------------


def train_to_the_end(saved: SavedTraining, text: OwnText) -> bool:
    """Train up to the last epoch; save after each, and within long ones every minute.

    Returns
    -------
    bool
        False if Ctrl-C came before. The run is saved as it is then, in the middle of an epoch.

    Raises
    ------
    UsageError
        If the loss becomes infinite or NaN.
    """
    model, settings, keep, ctx = saved.model, saved.settings, saved.checkpoint, try_gpu()
    batch_size, num_steps = settings["batch_size"], settings["num_steps"]
    speed_up(model)
    trainer = gluon.Trainer(model.collect_params(), "sgd", {"learning_rate": settings["lr"]})
    num_batches = (len(text.train) - 1) // batch_size // num_steps
    losses, state = [], model.begin_state(batch_size=batch_size, ctx=ctx)
    if saved.position:
        losses = list(saved.position.losses)
        state = [nd.array(s, ctx=ctx) for s in saved.position.state]
    with progress(settings["num_epochs"] * num_batches) as bar, stop_after_this_epoch() as stopped:
        bar.update(len(keep.history) * num_batches + len(losses))
        for number in range(len(keep.history) + 1, settings["num_epochs"] + 1):
            bar.set_description(f"epoch {number} of {settings['num_epochs']}")
            begun = saved_at = time.monotonic()
            batches = data_iter_consecutive(text.train, batch_size, num_steps, ctx)
            batches = islice(batches, len(losses), None)
            while piece := list(islice(batches, PIECE)):
                new, state = train_piece(model, piece, state, trainer, settings["clipping_theta"])
                losses += new
                bar.set_postfix_str(f"perplexity {perplexity(new, number):.3f}")
                bar.update(len(new))
                if stopped.is_set() or time.monotonic() > saved_at + SECONDS_BETWEEN_SAVES:
                    keep.save(Position(np.array(losses), [s.asnumpy() for s in state]))
                    saved_at = time.monotonic()
                if stopped.is_set():
                    return False
            keep(Epoch(number, perplexity(losses, number), time.monotonic() - begun))
            report(model, settings, text, keep.history[-1])
            losses, state = [], model.begin_state(batch_size=batch_size, ctx=ctx)
    return True


def train_piece(
    model: RNNModel,
    batches: Sequence[tuple[NDArray, NDArray]],
    state: Sequence[NDArray],
    trainer: gluon.Trainer,
    clipping_theta: float,
) -> tuple[list[float], Sequence[NDArray]]:
    """Take the chapter's step after each mini-batch; return the losses and the state."""
    loss, losses = gloss.SoftmaxCrossEntropyLoss(), []
    for X, Y in batches:
        batch_loss, _, state = train_step(model, X, Y, state, loss, trainer, clipping_theta)
        losses.append(batch_loss)
    return nd.concat(*losses, dim=0).asnumpy().tolist(), state


def perplexity(losses: Sequence[float], number: int) -> float:
    """Return the perplexity of some mean losses."""
    mean_loss = float(np.mean(losses))
    if not mean_loss < LARGEST_LOSS:
        raise UsageError(
            f"training diverged in epoch {number}: try a smaller --lr, or clip harder with a smaller --clip"
        )
    return math.exp(mean_loss)


def report(model: RNNModel, settings: Mapping[str, Any], text: OwnText, epoch: Epoch) -> None:
    """If it is time, print how an epoch went, how the model does on what it has not read, and writes."""
    if epoch.number % settings["pred_period"] and epoch.number != settings["num_epochs"]:
        return
    line = f"epoch {epoch.number}, perplexity {epoch.perplexity:f}, time {epoch.seconds:.2f} sec"
    if len(text.held_out) > 1:
        line += f", held out {measured(model, text.held_out):f}"
    tqdm.write(line)
    for prefix in settings["prefixes"]:
        tqdm.write(f" - {write(model, text, prefix=prefix, num_chars=settings['pred_len'])}")


def measured(model: RNNModel, corpus: np.ndarray) -> float:
    """Return a model's perplexity on a text, NaN if its state has grown beyond all numbers there."""
    try:
        return evaluate_perplexity(model, corpus)
    except ValueError:
        return float("nan")


def progress(num_batches: int) -> tqdm:
    """Open a bar, if somebody watches."""
    layout = "{desc}: {percentage:3.0f}%|{bar}| {elapsed} < {remaining}{postfix}"
    shown = sys.stderr.isatty()
    return tqdm(total=num_batches, bar_format=layout, leave=False, disable=not shown)
