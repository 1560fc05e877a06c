"""The commands of ``gluonbook``. Their options are defined in ``gluonbook_cli.py``."""

import contextlib
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import mxnet as mx

from gluonbook.fast import speed_up
from gluonbook.ground.novel import download_novel, find_novel
from gluonbook.models import num_params, try_gpu
from gluonbook.parallel import train_data_parallel
from gluonbook.prediction import generate
from gluonbook.tool import training
from gluonbook.tool.cluster import JOB, end_at_once, join_cluster, launch_cluster, place_of
from gluonbook.tool.run_file import Checkpoint, architecture_of, build_model


def train(run: str, **options: Any) -> int:
    """Train a new model on a text, and save the run in a file."""
    text = training.OwnText(options["text"], options["num_chars"])
    new = training.new_run(run, text, training.settings_of(text, options))
    # Count them in a copy: Gluon draws the parameters in a different order once their shapes are known.
    size = num_params(build_model(architecture_of(new.model)))
    print(
        f"{len(text.train):,} characters to train on, {len(text.validation):,} held out, "
        f"{text.size:,} different characters; a model with {size:,} parameters"
    )
    return training.finish(new, text)


def resume(run: str, num_epochs: int | None, text: str | None) -> int:
    """Resume a training run, or train for more epochs."""
    saved = training.open_run(run)
    own_text = training.text_of(saved, text)
    done = len(saved.history)
    if num_epochs and num_epochs < done:
        raise training.UsageError(
            f"{run} has {done} epochs already, and --epochs is the total number: give {done + 1} or "
            "more"
        )
    saved.settings["num_epochs"] = num_epochs or saved.settings["num_epochs"]
    print(f"{done} of {saved.settings['num_epochs']} epochs are done")
    return training.finish(saved, own_text)


def sample(run: str, prefix: str | None, length: int, temperature: float, seed: int | None) -> None:
    """Generate a text with a model, and print it."""
    saved = training.open_run(run)
    # Loading has restored the generator of the training run, but each call should give another text.
    mx.random.seed(int.from_bytes(os.urandom(3), "big") if seed is None else seed)
    text = saved.text
    first = (saved.settings.get("prefixes") or text.chars)[0]
    prefixes = training.prepare_prefixes([first if prefix is None else prefix], text)
    how = {"num_chars": length, "temperature": temperature or None}
    print(*generate(saved.model, text, prefixes=prefixes, **how))


def data() -> None:
    """Print the path of the novel, downloading the novel if necessary."""
    print(find_novel() or download_novel())


# --- several processes ------------------------------------------------------------------

# Variables that mpirun and srun set in each process that they start.
STARTED_BY_ANOTHER = {"PMI_RANK", "OMPI_COMM_WORLD_RANK", "SLURM_STEP_NODELIST"}
# Options that may differ when a run is resumed.
MAY_CHANGE = {"num_epochs", "pred_period", "pred_len", "prefixes", "text"}


def cluster(run: str, workers: int | None, words: Sequence[str], **options: Any) -> None:
    """Train with several workers: start them with the same command line, or act as one of them."""
    is_worker = not workers or JOB in os.environ
    if not is_worker and not STARTED_BY_ANOTHER.isdisjoint(os.environ):
        raise training.UsageError("mpirun or srun starts the workers already: omit --workers")
    num_workers = place_of(os.environ).size if is_worker else workers
    if options["batch_size"] % num_workers:
        raise training.UsageError(
            f"--batch-size {options['batch_size']} cannot be split evenly among {num_workers} workers: "
            "give a multiple of the number of workers"
        )
    text = training.OwnText(options["text"], options["num_chars"])
    settings = training.settings_of(text, options)
    saved = resumed(run, settings) if os.path.exists(run) else training.new_run(run, text, settings)
    if not is_worker:
        launch_cluster([sys.executable, "-m", "gluonbook", *words], num_workers)
        return
    kvstore = join_cluster()
    progress, callbacks = contextlib.nullcontext(), []
    if kvstore.rank == 0:
        progress = training.Progress(saved, text)
        callbacks = [saved, progress, training.reporter(saved, text)]
    try:
        speed_up(saved.model)
        mx.random.seed(settings["seed"])
        with progress:
            train_data_parallel(
                saved.model,
                text,
                ctxs=[try_gpu()],
                **{name: settings[name] for name in training.TRAINING},
                kvstore=kvstore,
                callbacks=callbacks,
                history=saved.history,
            )
    except Exception:
        end_at_once(*sys.exc_info())


def resumed(run: str, settings: Mapping[str, Any]) -> Checkpoint:
    """Open a run that was started on the same text and, with a few exceptions, with the same settings."""
    saved = training.open_run(run)
    training.text_of(saved, settings["text"])
    others = {
        name: saved.settings.get(name)
        for name in settings.keys() - MAY_CHANGE
        if saved.settings.get(name) != settings[name]
    }
    if others:
        raise training.UsageError(
            f"{run} contains a run with other options, {others}: give the same options to resume it, or "
            "name another file"
        )
    saved.settings |= settings
    return saved
