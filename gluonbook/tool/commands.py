"""The commands of ``gluonbook``, whose options are defined in `cli`. Each returns its exit code."""

import functools
import hashlib
import os
import re
import shlex
import sys
from pathlib import Path

import mxnet as mx

import gluonbook as gb
from gluonbook.door import guarded
from gluonbook.ground.atomic import check_writable
from gluonbook.ground.checks import check_sizes
from gluonbook.ground.novel import download_novel, find_novel
from gluonbook.ground.reading import decode_text, read_text
from gluonbook.ground.starting import INTERRUPTED
from gluonbook.services.fast import speed_up
from gluonbook.services.training import reporter
from gluonbook.tool.cluster import join_cluster
from gluonbook.tool.run_file import LAYERS, Checkpoint, architecture_of, load_checkpoint

# A tenth of a text is held out, but at most this number of characters.
MOST_HELD_OUT = 20_000
# Operations in a second, on one core of 2026.
SPEED = 4e10
COLUMNS = ["run", "layer", "units", "rate", "epochs", "training", "held-out", "characters", "text"]
# The settings that are passed on to the training functions.
TRAINING = ("lr", "num_epochs", "num_steps", "batch_size", "clipping_theta")


def train(text, run, **options):
    """Train a new model on a text, and save the run in a file."""
    new = new_run(text, run, options)
    print(
        f"{len(new.text.train):,} characters to train on, {len(new.text.validation):,} held out, "
        f"{new.text.size:,} different characters; a model with {gb.num_params(new.model):,} parameters"
    )
    # A step takes a millisecond, and six operations, forward and backward, for each parameter and character.
    num_chars, chars_in_step = len(new.text.train), options["batch_size"] * options["num_steps"]
    seconds = 0.001 * num_chars / chars_in_step + 6 * gb.num_params(new.model) * num_chars / SPEED
    if seconds > 60:
        print(
            f"An epoch takes about {seconds / 60:.0f} minutes; --chars N takes a part of the text"
        )
    return train_and_save(new)


def resume(run, num_epochs, text):
    """Resume a training run, or train for more epochs."""
    saved = load_to_resume(run, text, num_epochs)
    done, total = len(saved.history), saved.settings["num_epochs"]
    print(f"{done} of {total} epochs are done")
    if done == total:
        print(f"For more, give the total: {typed('resume', run, '--epochs', str(2 * done))}")
        return 0
    return train_and_save(saved)


def sample(run, prefix, length, temperature, seed):
    """Generate a text with a model, and print it."""
    saved = load_checkpoint(run, ctx=gb.try_gpu())
    # Loading has restored the generator of the training run, but each call should give another text.
    mx.random.seed(int.from_bytes(os.urandom(3), "big") if seed is None else seed)
    if prefix is None:
        prefix = (saved.settings.get("prefixes") or saved.text.chars)[0]
    prefixes = [in_vocabulary(prefix, saved.text)]
    how = {"num_chars": length, "temperature": temperature or None}
    (written,) = gb.generate(saved.model, saved.text, prefixes=prefixes, **how)
    print(printable(written))
    return 0


def evaluate(run, text):
    """Measure the perplexity of a model on a text, and print it."""
    saved = load_checkpoint(run, ctx=gb.try_gpu())
    indices = saved.text.encode(read_text(text))
    perplexity = gb.evaluate_perplexity(saved.model, indices)
    print(f"perplexity {perplexity:f} on {len(indices):,} characters")
    return 0


def show(runs):
    """Print a table of training runs; a file that is none is reported, and the others are shown."""
    rows = []
    for run in runs:
        try:
            rows.append(row_of(run))
        except (OSError, ValueError) as error:
            print(f"gluonbook: {message_of(error)}", file=sys.stderr)
    failed = len(rows) < len(runs)
    rows = [COLUMNS, *rows] if rows else []
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        print(printable("  ".join(cells).rstrip()))
    return int(failed)


def data():
    """Print the path of the novel, downloading the novel if necessary."""
    print(find_novel() or download_novel())
    return 0


def cluster(text, run, **options):
    """Train in several processes that an MPI launcher has started; an existing run is resumed."""
    if os.path.exists(run):
        saved = load_to_resume(run, text, options["num_epochs"])
    else:
        saved = new_run(text, run, options)
    settings = saved.settings
    kvstore = join_cluster()
    leads = kvstore.rank == 0
    if leads:
        print(f"{len(saved.history)} of {settings['num_epochs']} epochs are done")
    speed_up(saved.model)
    mx.random.seed(settings["seed"])
    try:
        gb.train_data_parallel(
            saved.model,
            saved.text,
            ctxs=[gb.try_gpu()],
            **{name: settings[name] for name in TRAINING},
            kvstore=kvstore,
            callbacks=[saved, report_on(saved)] if leads else [],
            history=saved.history,
        )
    except Exception:
        sys.excepthook(*sys.exc_info())  # ends the other processes, too
    if leads:
        print(f"Generate text with: {typed('sample', run)}")
    return 0


# --- a run --------------------------------------------------------------------------------


class OwnText(gb.Text):
    """A user's text, whose last tenth, 2 to `MOST_HELD_OUT` characters, is the validation text."""

    def __init__(self, path, num_chars=None):
        data = Path(path).read_bytes()  # once, because a pipe cannot be read a second time
        super().__init__(decode_text(data, path)[:num_chars])
        # The perplexity of a text of one character is not defined.
        cut = len(self.train) - min(max(len(self.train) // 10, 2), MOST_HELD_OUT)
        self.train, self.validation = self.train[:cut], self.train[cut:]
        self.sha256 = hashlib.sha256(data).hexdigest()


def in_vocabulary(prefix, text):
    """Convert to lower case the characters that are not in the vocabulary."""
    return "".join(char if char in text.index else char.lower() for char in prefix)


def new_run(text, run, options):
    """Return a run with a new model; its settings are the options, and the path and hash of the text."""
    own_text = OwnText(text, options["num_chars"])
    prefixes = options["prefixes"] or [own_text.decode(own_text.train[:20]) or own_text.chars[0]]
    settings = {
        **options,
        "prefixes": [in_vocabulary(prefix, own_text) for prefix in prefixes],
        "text": os.path.abspath(text),
        "sha256": own_text.sha256,
    }
    layer = LAYERS[settings["layer"]](settings["num_hiddens"], settings["num_layers"])
    return Checkpoint(gb.RNNModel(layer, own_text.size), own_text, run, settings)


def load_to_resume(run, text, num_epochs):
    """Load a run that can be saved again, with its text and the number of epochs in total."""
    saved = load_checkpoint(run, ctx=gb.try_gpu())
    check_writable(saved.path)
    read_text_again(saved, text)
    total = num_epochs or saved.settings["num_epochs"]
    saved.settings["num_epochs"] = max(total, len(saved.history))
    return saved


def read_text_again(saved, path=None):
    """Read the text of a run again; if it is at a new path, store that path in the settings."""
    settings = saved.settings
    if "sha256" not in settings:
        raise ValueError(f"{saved.path} was saved by another program: resume it there")
    sizes = ("num_epochs", "num_steps", "batch_size", "pred_period", "pred_len")
    check_sizes(**{name: settings[name] for name in sizes})
    # A text that came from standard input is not there a second time, unless it is given again.
    if not path and not os.path.isfile(path := settings["text"]):
        raise ValueError(f"the text of {saved.path} is not at {path}: give its path with --text")
    saved.text = OwnText(path, settings["num_chars"])
    if saved.text.sha256 != settings["sha256"]:
        raise ValueError(
            f"{path} is not the text that {saved.path} was trained on, or it has changed: give the path "
            "of the right text with --text, or train a new model"
        )
    settings["text"] = os.path.abspath(path)


def row_of(run):
    """Return what `show` prints about a run, a string for each column."""
    saved = load_checkpoint(run, ctx=gb.try_gpu())
    model, settings = architecture_of(saved.model), saved.settings
    try:
        read_text_again(saved)
        held_out = f"{gb.evaluate_perplexity(saved.model, saved.text.validation):.3f}"
    except (LookupError, OSError, TypeError, ValueError):  # the text is gone or has changed
        held_out = "-"
    return [
        str(run),
        model["layer"],
        "{num_layers} x {num_hiddens}".format(**model).removeprefix("1 x "),
        str(settings.get("lr", "-")),
        str(len(saved.history)),
        f"{saved.history[-1].perplexity:.3f}" if saved.history else "-",
        held_out,
        str(settings.get("num_chars") or "all"),
        str(settings.get("text", "-")),
    ]


def message_of(error):
    """Return the message of an error as it is shown in a terminal."""
    message = str(error).rpartition("MXNetError: ")[2]  # without MXNet's traceback
    if isinstance(error, OSError) and error.filename:
        path = os.path.abspath(error.filename)
        message = f"cannot access {path}: {error.strerror}. Check the path and its permissions"
    return printable(message)


def printable(string):
    """Escape control characters, with which somebody else's run could change the terminal.

    Those that turn the direction of writing round are among them.
    """
    controls = r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"
    return re.sub(controls, lambda char: repr(char[0])[1:-1], string)


# --- training -----------------------------------------------------------------------------


def train_and_save(run):
    """Train until the last epoch or until Ctrl-C, save each epoch, and print the next command to run."""
    settings, path = run.settings, str(run.path)
    try:
        gb.train(
            run.model,
            run.text,
            **{name: settings[name] for name in TRAINING},
            seed=None if run.history else settings["seed"],
            callbacks=[run, report_on(run)],
            history=run.history,
        )
        stopped = len(run.history) < settings["num_epochs"]
    except KeyboardInterrupt:  # the second Ctrl-C
        stopped = True
    if not stopped:
        print(f"Generate text with: {typed('sample', path)}")
        return 0
    if run.version:  # the file is there
        print(f"Stopped and saved. Resume with: {typed('resume', path)}")
    return INTERRUPTED


def report_on(run):
    """Return a callback that reports on the period that the run asks for, and after the last epoch."""
    settings = run.settings
    report = guarded(reporter)(
        run.model,
        run.text,
        1,
        settings["pred_len"],
        settings["prefixes"],
        gb.try_gpu(),
        functools.partial(gb.evaluate_perplexity, run.model, run.text.validation),
    )

    def report_when_due(epoch):
        if epoch.number % settings["pred_period"] == 0 or epoch.number == settings["num_epochs"]:
            report(epoch)

    return report_when_due


def typed(*words):
    """Return a command line of this program, ready to paste into the shell."""
    return shlex.join([sys.executable, "-m", "gluonbook", *words])
