"""The commands of ``gluonbook``, whose options are defined in `cli`. Each returns its exit code."""

import functools
import hashlib
import os
import re
import shlex
import sys
from pathlib import Path

import mxnet as mx

from gluonbook.fast import speed_up
from gluonbook.ground.checks import check_sizes
from gluonbook.ground.novel import download_novel, find_novel
from gluonbook.ground.reading import decode_text, read_text
from gluonbook.lesson import training
from gluonbook.lesson.evaluation import evaluate_perplexity
from gluonbook.lesson.models import RNNModel, num_params, try_gpu
from gluonbook.lesson.parallel import train_data_parallel
from gluonbook.lesson.prediction import generate
from gluonbook.lesson.text import Text
from gluonbook.tool.atomic import check_writable
from gluonbook.tool.cluster import join_cluster
from gluonbook.tool.run_file import LAYERS, Checkpoint, load_checkpoint

# The exit code that a shell expects of a program that was interrupted.
INTERRUPTED = 130
# A tenth of a text is held out, but at most this number of characters.
MOST_HELD_OUT = 20_000
# The settings that are passed on to the training functions.
TRAINING = ("lr", "num_epochs", "num_steps", "batch_size", "clipping_theta")


def train(text, run, **options):
    """Train a new model on a text, and save the run in a file."""
    new = new_run(text, run, options)
    print(
        f"{len(new.text.train):,} characters to train on, {len(new.text.validation):,} held out, "
        f"{new.text.size:,} different characters; a model with {num_params(new.model):,} parameters"
    )
    return train_and_save(new)


def resume(run, num_epochs, text):
    """Resume a training run, or train for more epochs."""
    saved = load_checkpoint(run, ctx=try_gpu())
    read_text_again(saved, text)
    done, total = len(saved.history), num_epochs or saved.settings["num_epochs"]
    print(f"{done} of {total} epochs are done")
    if done >= total:
        print(f"For more, give the total: {typed('resume', run, '--epochs', str(2 * done))}")
        return 0
    saved.settings["num_epochs"] = total
    return train_and_save(saved)


def sample(run, prefix, length, temperature, seed):
    """Generate a text with a model, and print it."""
    saved = load_checkpoint(run, ctx=try_gpu())
    # Loading has restored the generator of the training run, but each call should give another text.
    mx.random.seed(int.from_bytes(os.urandom(3), "big") if seed is None else seed)
    if prefix is None:
        prefix = (saved.settings.get("prefixes") or saved.text.chars)[0]
    prefixes = [in_vocabulary(prefix, saved.text)]
    how = {"num_chars": length, "temperature": temperature or None}
    (written,) = generate(saved.model, saved.text, prefixes=prefixes, **how)
    print(printable(written))
    return 0


def evaluate(run, text):
    """Measure the perplexity of a model on a text, and print it."""
    saved = load_checkpoint(run, ctx=try_gpu())
    indices = saved.text.encode(read_text(text))
    perplexity = evaluate_perplexity(saved.model, indices)
    print(f"perplexity {perplexity:f} on {len(indices):,} characters")
    return 0


def data():
    """Print the path of the novel, downloading the novel if necessary."""
    print(find_novel() or download_novel())
    return 0


def cluster(text, run, **options):
    """Train in several processes that an MPI launcher has started; an existing run is resumed."""
    if os.path.exists(run):
        saved = load_checkpoint(run, ctx=try_gpu())
        read_text_again(saved, text)
        saved.settings["num_epochs"] = options["num_epochs"]
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
        train_data_parallel(
            saved.model,
            saved.text,
            ctxs=[try_gpu()],
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


class OwnText(Text):
    """A user's text, whose last tenth, at most `MOST_HELD_OUT` characters, is the validation text."""

    def __init__(self, path, num_chars=None):
        data = Path(path).read_bytes()  # once, because a pipe cannot be read a second time
        super().__init__(decode_text(data, path)[:num_chars])
        cut = len(self.train) - min(len(self.train) // 10, MOST_HELD_OUT)
        self.train, self.validation = self.train[:cut], self.train[cut:]
        self.sha256 = hashlib.sha256(data).hexdigest()


def in_vocabulary(prefix, text):
    """Convert to lower case the characters that are not in the vocabulary."""
    return "".join(char if char in text.index else char.lower() for char in prefix)


def new_run(text, run, options):
    """Return a run with a new model; its settings are the options, and the path and hash of the text."""
    own_text = OwnText(text, options["num_chars"])
    prefixes = options["prefixes"] or [own_text.decode(own_text.train[:20])]
    settings = {
        **options,
        "prefixes": [in_vocabulary(prefix, own_text) for prefix in prefixes],
        "text": os.path.abspath(text),
        "sha256": own_text.sha256,
    }
    layer = LAYERS[settings["layer"]](settings["num_hiddens"], settings["num_layers"])
    return Checkpoint(RNNModel(layer, own_text.size), own_text, run, settings)


def read_text_again(saved, path):
    """Read the text of a run again; if it is at a new path, store that path in the settings."""
    settings = saved.settings
    if "sha256" not in settings:
        raise ValueError(f"{saved.path} was saved by another program: resume it there")
    check_writable(saved.path)
    sizes = ("num_epochs", "num_steps", "batch_size", "pred_period", "pred_len")
    check_sizes(**{name: settings[name] for name in sizes})
    path = path or settings["text"]
    if not os.path.exists(path):
        raise ValueError(f"the text of {saved.path} is not at {path}: give its path with --text")
    saved.text = OwnText(path, settings["num_chars"])
    if saved.text.sha256 != settings["sha256"]:
        raise ValueError(
            f"{path} is not the text that {saved.path} was trained on, or it has changed: give the path "
            "of the right text with --text, or train a new model"
        )
    settings["text"] = os.path.abspath(path)


def printable(string):
    """Escape control characters, with which somebody else's run could change the terminal."""
    return re.sub(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", lambda char: repr(char[0])[1:-1], string)


# --- training -----------------------------------------------------------------------------


def train_and_save(run):
    """Train until the last epoch or until Ctrl-C, save each epoch, and print the next command to run."""
    settings, path = run.settings, str(run.path)
    try:
        training.train(
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
    report = training.reporter(
        run.model,
        run.text,
        1,
        settings["pred_len"],
        settings["prefixes"],
        try_gpu(),
        functools.partial(evaluate_perplexity, run.model, run.text.validation),
    )

    def report_when_due(epoch):
        if epoch.number % settings["pred_period"] == 0 or epoch.number == settings["num_epochs"]:
            report(epoch)

    return report_when_due


def typed(*words):
    """Return a command line of this program, ready to paste into the shell."""
    return shlex.join([sys.executable, "-m", "gluonbook", *words])
