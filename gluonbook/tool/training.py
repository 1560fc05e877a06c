"""Train on a user's text and save the run in a file, for the commands ``train`` and ``resume``."""

import contextlib
import hashlib
import os
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from mxnet import autograd
from tqdm import tqdm

from gluonbook.evaluation import evaluate_perplexity
from gluonbook.ground.checks import check_prefixes
from gluonbook.ground.watching import stop_after_this_epoch
from gluonbook.models import RNNModel, try_gpu
from gluonbook.prediction import write
from gluonbook.text import Text, decode_text
from gluonbook.tool.run_file import LAYERS, Checkpoint, load_checkpoint
from gluonbook.training import Epoch, train
from gluonbook_cli import INTERRUPTED, typed

# A tenth of a text is held out, but at most this number of characters.
MOST_HELD_OUT = 20_000
# The settings that are passed on to the training functions.
TRAINING = ("lr", "num_epochs", "num_steps", "batch_size", "clipping_theta")


class UsageError(Exception):
    """The command line is invalid, in itself or for the given file."""


@contextlib.contextmanager
def as_usage_error() -> Iterator[None]:
    """Report the ValueError of a check as the user's mistake rather than as a bug."""
    try:
        yield
    except ValueError as error:
        raise UsageError(str(error)) from error


# --- a run ------------------------------------------------------------------------------


class OwnText(Text):
    """A user's text, whose last tenth, at most `MOST_HELD_OUT` characters, is the validation text."""

    def __init__(self, path: str, num_chars: int | None = None):
        data = Path(path).read_bytes()  # once, because a pipe cannot be read a second time
        with as_usage_error():
            super().__init__(decode_text(data, path)[:num_chars])
        cut = len(self.train) - min(len(self.train) // 10, MOST_HELD_OUT)
        self.train, self.validation = self.train[:cut], self.train[cut:]
        self.sha256 = hashlib.sha256(data).hexdigest()


def prepare_prefixes(prefixes: Iterable[str], text: Text) -> list[str]:
    """Convert to lower case the characters that are not in the vocabulary, and check the prefixes."""
    prefixes = [
        "".join(char if char in text.index else char.lower() for char in prefix)
        for prefix in prefixes
    ]
    with as_usage_error():
        check_prefixes(prefixes, text.index)
    return prefixes


def settings_of(text: OwnText, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings to store with a run: the options of ``train``, and the path and hash of the text."""
    prefixes = prepare_prefixes(options["prefixes"] or [text.decode(text.train[:10])], text)
    place = {"text": os.path.abspath(options["text"]), "sha256": text.sha256}
    return {**options, "prefixes": prefixes, **place}


def new_run(path: str, text: OwnText, settings: Mapping[str, Any]) -> Checkpoint:
    """Return a run with a new model, which will be saved in the file at `path`."""
    check_length(text, settings)
    layer = LAYERS[settings["layer"]](settings["num_hiddens"], settings["num_layers"])
    model = RNNModel(layer, text.size)
    return Checkpoint(model, text, path, settings)


def check_length(text: OwnText, settings: Mapping[str, Any]) -> None:
    """Check that a text is long enough for one mini-batch; the message names the options."""
    batch_size, num_steps = settings["batch_size"], settings["num_steps"]
    needed = batch_size * num_steps + 1  # with the character to predict after the mini-batch
    if len(text.train) >= needed:
        return
    read = "the first" if settings["num_chars"] else "the"
    in_all = needed + min((needed - 1) // 9, MOST_HELD_OUT)
    raise UsageError(
        f"{read} {len(text.train) + len(text.validation):,} characters of {settings['text']} are too few: "
        f"a tenth is held out, and one mini-batch of --batch-size {batch_size} rows of --steps "
        f"{num_steps} characters needs {in_all:,} in all. Use a longer text, or a smaller --batch-size "
        "or --steps"
    )


def open_run(path: str) -> Checkpoint:
    """Load a run from its file."""
    with as_usage_error():
        return load_checkpoint(path, ctx=try_gpu())


def text_of(saved: Checkpoint, path: str | None) -> OwnText:
    """Read the text of a run again; if it is at a new path, store that path in the settings."""
    settings = saved.settings
    if "sha256" not in settings:
        raise UsageError(f"{saved.path} was saved by another program: resume it there")
    if not (path or os.path.exists(settings["text"])):
        raise UsageError(
            f"the text of {saved.path} is no longer at {settings['text']}: give its path with --text"
        )
    path = path or settings["text"]
    text = OwnText(path, settings["num_chars"])
    if text.sha256 != settings["sha256"]:
        raise UsageError(
            f"{path} is not the text that {saved.path} was trained on, or it has changed: give the path "
            "of the right text with --text, or train a new model"
        )
    saved.resume_on(text)
    settings["text"] = os.path.abspath(path)
    return text


# --- training ---------------------------------------------------------------------------


def finish(run: Checkpoint, text: OwnText) -> int:
    """Train until the last epoch, save the run after each, and print the next command to run.

    Ctrl-C stops training at the end of the current epoch, or at once if it is pressed twice.

    Returns
    -------
    int
        The exit code: 0, or 130 after Ctrl-C.

    Raises
    ------
    FloatingPointError
        If training diverges.
    """
    settings, path = run.settings, str(run.path)
    progress = Progress(run, text)

    def stop(_: Epoch) -> None:
        if stopped.is_set():
            raise KeyboardInterrupt

    try:
        with progress, stop_after_this_epoch(progress.announce_stop) as stopped:
            train(
                run.model,
                text,
                **{name: settings[name] for name in TRAINING},
                seed=None if run.history else settings["seed"],
                callbacks=[run, progress, reporter(run, text), stop],
                history=run.history,
            )
    except KeyboardInterrupt:
        if run.history:
            print(f"Stopped and saved. Resume with: {typed('resume', path)}")
        return INTERRUPTED
    except FloatingPointError as error:
        raise FloatingPointError(
            f"training diverged in epoch {len(run.history) + 1}: its loss or a gradient is infinite or NaN. "
            "Train again with a smaller learning rate --lr, or a smaller --clip"
        ) from error
    print(f"Generate text with: {typed('sample', path)}")
    return 0


def reporter(run: Checkpoint, text: OwnText) -> Callable[[Epoch], None]:
    """Return a callback that prints perplexities, held-out ones included, and generated text."""
    model, settings = run.model, run.settings

    def report(epoch: Epoch) -> None:
        if epoch.number % settings["pred_period"] and epoch.number != settings["num_epochs"]:
            return
        # Because of rounding, a perplexity may come out below 1.
        line = f"epoch {epoch.number}, perplexity {max(1.0, epoch.perplexity):f}, time {epoch.seconds:.2f} sec"
        if len(text.validation) > 1:
            line += f", held out {measured(model, text.validation):f}"
        lines = [
            f" - {write(model, text, prefix=prefix, num_chars=settings['pred_len'])}"
            for prefix in settings["prefixes"]
        ]
        print("\n".join([line, *lines]))

    return report


def measured(model: RNNModel, corpus: np.ndarray) -> float:
    """Return a model's perplexity on a text, or NaN if its state overflows."""
    try:
        return max(1.0, evaluate_perplexity(model, corpus))
    except FloatingPointError:
        return float("nan")


# --- progress ---------------------------------------------------------------------------

# Seconds before the progress of an epoch is first shown, and between two lines of a log.
FIRST, BETWEEN = 4, 30


class Progress:
    """Show the progress of an epoch with a bar in a terminal, otherwise with a line from time to time.

    Inside the ``with`` block, the model calls `after_mini_batch`. As a callback of the training
    function, the object is called at the end of each epoch.
    """

    def __init__(self, run: Checkpoint, text: OwnText):
        settings = run.settings
        self.num_steps = (len(text.train) - 1) // settings["batch_size"] // settings["num_steps"]
        self.model = run.model
        self.begin(len(run.history) + 1)

    def begin(self, number: int) -> None:
        """Begin an epoch."""
        self.number, self.step = number, 0
        self.start = time.monotonic()
        self.next_line = self.start + FIRST
        self.bar = tqdm(
            desc=f"epoch {number}",
            total=self.num_steps,
            delay=FIRST,
            leave=False,
            disable=None,  # unless in a terminal
        )

    def __enter__(self) -> "Progress":
        """Let the model report each mini-batch."""
        # Gluon warns that a compiled model ignores hooks, but that is true only of those of its blocks.
        warnings.filterwarnings("ignore", '"RNNModel', UserWarning)
        self.hook = self.model.register_forward_hook(self.after_mini_batch)
        return self

    def __exit__(self, *_: Any) -> None:
        """Remove the hook from the model, and close the bar."""
        self.hook.detach()
        self.bar.close()

    def after_mini_batch(self, *_: Any) -> None:
        """Count a mini-batch, unless the model is only being evaluated on it."""
        if not autograd.is_recording():
            return
        self.step += 1
        self.bar.update()
        if self.bar.disable and time.monotonic() >= self.next_line:
            self.next_line = time.monotonic() + BETWEEN
            share = self.step / self.num_steps
            print(
                f"epoch {self.number}, {share:.0%} read, about {self.seconds_left():.0f} sec left"
            )

    def __call__(self, epoch: Epoch) -> None:
        """Remove the bar of an epoch that is over, and begin the next epoch."""
        self.bar.close()
        self.begin(epoch.number + 1)

    def seconds_left(self) -> float:
        """Estimate how many seconds the rest of the epoch will take."""
        return (time.monotonic() - self.start) * (self.num_steps / max(1, self.step) - 1)

    def announce_stop(self) -> None:
        """Print, after the first Ctrl-C, when training will stop."""
        about = f", in about {self.seconds_left():.0f} seconds" if self.step else ""
        answer = (
            f"\nStopping after epoch {self.number}{about}. Press Ctrl-C again to stop now and lose this "
            "epoch.\n"
        )
        with contextlib.suppress(OSError):  # stderr may be closed
            os.write(2, answer.encode())  # the signal may have interrupted print
