"""Keep a training in a folder, so that it survives the end of its process.

A folder holds one training:

``checkpoint.json``
    What it takes to go on, for people to read and for `load_checkpoint`: the
    architecture, the vocabulary, the settings, the history of epochs, the random states.
``epoch-12.params``
    The parameters, in MXNet's own format.

Parameters are written under a name that is new. When they are safe on the disk,
a new ``checkpoint.json`` that names them takes the old one's place, in one step. So
whenever the process, or the machine, comes to its end, there is a whole checkpoint: the
one before or this one.
"""

import hashlib
import json
import os
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import mxnet as mx
import numpy as np
from mxnet import Context, nd

from gluonbook.models import LAYERS, RNNModel
from gluonbook.support.checks import check_sizes
from gluonbook.support.run import Epoch

FORMAT, VERSION = "gluonbook checkpoint", 1
FILE_NAME = "checkpoint.json"


class Checkpoint:
    """A callback that saves a training in a folder, for `load_checkpoint`.

    It saves the model, the vocabulary, the settings, the epochs and the states of the
    random generators of Python, NumPy and MXNet. The optimiser, plain stochastic
    gradient descent, has no state of its own. What is saved is saved whole or not at
    all; what is in the folder is replaced only by a training that goes on from it.

    MXNet does not tell the state of its generator. So at each save a number is drawn
    from it, saved, and becomes its new seed.

    Parameters
    ----------
    folder : str or path-like
        The folder. It is made if it is not there.
    model : RNNModel
        The model that is trained, with an `RNN`, `GRU` or `LSTM` layer of Gluon.
    idx_to_char : sequence of str
        The vocabulary.
    settings : mapping of str
        The arguments of `train_and_predict_rnn_gluon` from `num_epochs` on, by name.
    history : sequence of Epoch
        The epochs before, if the training goes on.
    period : int
        Save after every so many epochs, and after the last.
    notes : mapping of str, optional
        What else to keep, of what JSON can say.

    Raises
    ------
    FileExistsError
        If the folder holds another training. Nothing in it changes.
    TypeError
        If the model is another kind of model, or JSON cannot say what is to be kept.
    ValueError
        If the folder holds a damaged checkpoint, or `period` is not 1 or more.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        model: RNNModel,
        idx_to_char: Sequence[str],
        settings: Mapping[str, Any],
        *,
        history: Sequence[Epoch] = (),
        period: int = 1,
        notes: Mapping[str, Any] | None = None,
    ):
        check_sizes(period=period)
        self.folder, self.model, self.period = Path(folder), model, period
        self.history = list(history)
        # By way of JSON, so that what it cannot say is refused now and not in an hour.
        about = json.dumps([architecture_of(model), list(idx_to_char), settings, notes or {}])
        self.architecture, self.vocabulary, self.settings, self.notes = json.loads(about)
        self._check_folder()

    def __call__(self, epoch: Epoch) -> None:
        """Keep an epoch, and save if it is time."""
        if epoch.number != len(self.history) + 1:
            raise ValueError(
                f"epoch {epoch.number} does not follow the {len(self.history)} epochs before: a "
                "checkpoint keeps one training. Make a new one, with the history that it goes on from"
            )
        self.history.append(epoch)
        if epoch.number % self.period == 0 or epoch.number == self.settings.get("num_epochs"):
            self.save()

    def save(self) -> None:
        """Save the training as it is now.

        Raises
        ------
        FileExistsError
            If another training has been saved in the folder since. Nothing in it changes.
        OSError
            If it cannot be written. What was saved before stays.
        """
        self._check_folder()
        self.folder.mkdir(parents=True, exist_ok=True)
        params = self.folder / f"epoch-{len(self.history)}.params"
        save_params(self.model, params)
        content = {
            "format": FORMAT,
            "version": VERSION,
            "epoch": len(self.history),
            "architecture": self.architecture,
            "hybridized": dict(self.model._flags) if self.model._active else None,
            "optimizer": "sgd",
            "settings": self.settings,
            "period": self.period,
            "notes": self.notes,
            "vocabulary": self.vocabulary,
            "parameters": {"file": params.name, "sha256": sha256(params.read_bytes())},
            "history": self.history,
            "random": random_states(),
        }
        write_safely(self.folder / FILE_NAME, as_json(content).encode())
        for file in self.folder.glob("epoch-*.params*"):
            if file != params:
                file.unlink()

    def _check_folder(self) -> None:
        """Refuse to write where something is that this training did not come from."""
        if not (self.folder / FILE_NAME).exists():
            return
        there = read_content(self.folder)
        for name in ("architecture", "vocabulary"):
            if there[name] != getattr(self, name):
                raise FileExistsError(
                    f"{self.folder} holds a training with another {name}; it is left as it is. "
                    "Name another folder"
                )
        before = [Epoch(*epoch) for epoch in there["history"]]
        if self.history[: len(before)] != before:
            raise FileExistsError(
                f"{self.folder} holds another training, of {len(before)} epochs; it is left as it "
                "is. Go on with that one (load_checkpoint), or name another folder"
            )


class SavedTraining(NamedTuple):
    """What `load_checkpoint` finds: what it takes to use a model, or to train on."""

    model: RNNModel
    """With its parameters, on the device that was asked for."""
    num_hiddens: int
    """Hidden units of a layer."""
    vocab_size: int
    """Characters in the vocabulary."""
    idx_to_char: list[str]
    """The vocabulary."""
    char_to_idx: dict[str, int]
    """The index of each character."""
    settings: dict[str, Any]
    """The arguments of `train_and_predict_rnn_gluon` from `num_epochs` on, by name. To train
    for longer, change `num_epochs` here: the checkpoint has the same dictionary."""
    history: list[Epoch]
    """The finished epochs."""
    checkpoint: Checkpoint
    """A callback that goes on saving in the folder. It has what else was kept, its `notes`."""


def load_checkpoint(
    folder: str | os.PathLike[str],
    ctx: Context | None = None,
    *,
    idx_to_char: Sequence[str] | None = None,
) -> SavedTraining:
    """Load what `Checkpoint` saved.

    The random generators of Python, NumPy and MXNet are set to what they were. So a
    training that goes on at once brings the same numbers as if it had never stopped::

        saved = gb.load_checkpoint("my-run", ctx, idx_to_char=idx_to_char)
        history = gb.train_and_predict_rnn_gluon(
            saved.model, saved.num_hiddens, vocab_size, ctx, corpus_indices, idx_to_char,
            char_to_idx, **saved.settings, callbacks=[saved.checkpoint], history=saved.history,
        )

    Parameters
    ----------
    folder : str or path-like
        The folder.
    ctx : mxnet.context.Context, optional
        The device for the parameters; MXNet's current one by default.
    idx_to_char : sequence of str, optional
        The vocabulary of the text at hand. A checkpoint with another one is refused.

    Returns
    -------
    SavedTraining
        The model and what belongs to it.

    Raises
    ------
    FileNotFoundError
        If the folder holds no checkpoint.
    ValueError
        If the checkpoint is damaged, of another format version, or has another vocabulary.
    """
    folder = Path(folder)
    content = read_content(folder)
    vocabulary = content["vocabulary"]
    if idx_to_char is not None and list(idx_to_char) != vocabulary:
        raise ValueError(
            f"the checkpoint in {folder} has another vocabulary, of {len(vocabulary)} characters, "
            f"than the text, which has {len(idx_to_char)}: take the text that it was trained on"
        )
    model = build_model(content["architecture"])
    if content["hybridized"] is not None:
        model.hybridize(**content["hybridized"])
    load_params(model, folder, content["parameters"], ctx)
    checkpoint = Checkpoint(
        folder,
        model,
        vocabulary,
        content["settings"],
        history=[Epoch(*epoch) for epoch in content["history"]],
        period=content["period"],
        notes=content["notes"],
    )
    restore_random_states(content["random"])
    return SavedTraining(
        model=model,
        num_hiddens=content["architecture"]["num_hiddens"],
        vocab_size=len(vocabulary),
        idx_to_char=vocabulary,
        char_to_idx={char: idx for idx, char in enumerate(vocabulary)},
        settings=checkpoint.settings,
        history=list(checkpoint.history),
        checkpoint=checkpoint,
    )


# --- the architecture -----------------------------------------------------------------


def architecture_of(model: RNNModel) -> dict[str, Any]:
    """Say what `build_model` needs to build a model of the same form.

    Raises
    ------
    TypeError
        If it could not build it.
    """
    layer = getattr(model, "rnn", None)
    if not isinstance(layer, tuple(LAYERS.values())):
        raise TypeError(
            "only an RNNModel with an RNN, GRU or LSTM layer of Gluon can be saved, "
            f"not {type(model).__name__} with the layer {layer}"
        )
    architecture = {
        "layer": layer._mode,
        "num_hiddens": layer._hidden_size,
        "num_layers": layer._num_layers,
        "bidirectional": layer._dir == 2,
        "dropout": layer._dropout,
        "vocab_size": model.vocab_size,
    }
    built = build_model(architecture)
    # Names such as rnn.l0_i2h_weight, which a model with other parts would not have.
    if set(built._collect_params_with_prefix()) != set(model._collect_params_with_prefix()):
        raise TypeError(
            "only an RNNModel can be saved, a recurrent layer and an output layer, not "
            f"{type(model).__name__} with the parameters "
            f"{', '.join(model._collect_params_with_prefix())}"
        )
    return architecture


def build_model(architecture: Mapping[str, Any]) -> RNNModel:
    """Build a model from what `architecture_of` said."""
    kind, _, activation = architecture["layer"].partition("_")
    layer = LAYERS[kind](
        architecture["num_hiddens"],
        architecture["num_layers"],
        **({"activation": activation} if activation else {}),
        bidirectional=architecture["bidirectional"],
        dropout=architecture["dropout"],
    )
    return RNNModel(layer, architecture["vocab_size"])


# --- the random generators ------------------------------------------------------------


def random_states() -> dict[str, Any]:
    """Say where the random generators are, in what JSON can say."""
    version, numbers, gauss = random.getstate()
    name, keys, position, has_gauss, cached_gauss = np.random.get_state()
    seed = int(nd.random.randint(0, 2**31 - 1, shape=(1,), dtype="int32").asscalar())
    mx.random.seed(seed)
    return {
        "python": [version, numbers, gauss],
        "numpy": [name, keys.tolist(), position, has_gauss, cached_gauss],
        "mxnet": seed,
    }


def restore_random_states(states: Mapping[str, Any]) -> None:
    """Put the random generators where they were."""
    version, numbers, gauss = states["python"]
    random.setstate((version, tuple(numbers), gauss))
    np.random.set_state(tuple(states["numpy"]))
    mx.random.seed(states["mxnet"])


# --- files ----------------------------------------------------------------------------


def as_json(content: Mapping[str, Any]) -> str:
    """Write a dictionary as JSON, a line for each of its names, and its hash at the end."""
    hashed = {**content, "sha256": hash_of(content)}
    lines = (f"{json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in hashed.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def hash_of(content: Mapping[str, Any]) -> str:
    """Hash what a dictionary says, however it is written down."""
    return sha256(json.dumps(content, sort_keys=True).encode())


def sha256(data: bytes) -> str:
    """Return the SHA-256 of some bytes, in hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def read_content(folder: Path) -> dict[str, Any]:
    """Read ``checkpoint.json``, and check that nobody and nothing has changed it."""
    path = folder / FILE_NAME
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise FileNotFoundError(
            f"{folder} holds no checkpoint: there is no {FILE_NAME} in it. A training is saved "
            "when its first epoch is over"
        ) from None
    except ValueError as error:  # what JSON and UTF-8 have in common
        raise damaged(path, f"it is not JSON ({error})") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise damaged(path, f"it does not say that its format is {FORMAT!r}")
    if content.get("version") != VERSION:
        raise ValueError(
            f"{path} has the format version {content.get('version')!r}, but this gluonbook reads "
            f"version {VERSION} only: take the gluonbook that wrote it"
        )
    if content.pop("sha256", None) != hash_of(content):
        raise damaged(path, "its content does not fit its hash")
    return content


def damaged(path: Path, reason: str) -> ValueError:
    """Make the error that says that a file cannot be trusted."""
    return ValueError(
        f"{path} is damaged: {reason}. Nothing was changed. Take a copy of the folder, if there "
        "is one, or begin anew in another folder"
    )


def save_params(model: RNNModel, path: Path) -> None:
    """Write parameters, and make sure that they are on the disk, all of them."""
    part = path.with_name(path.name + ".part")
    try:
        model.save_parameters(str(part))
        # MXNet does not always notice that the disk is full.
        written = nd.load(str(part))
        names = model._collect_params_with_prefix()
        if written.keys() != names.keys():
            raise mx.MXNetError(f"{part} is incomplete")
    except mx.MXNetError as error:
        part.unlink(missing_ok=True)
        raise OSError(f"cannot save the parameters as {path}: is the disk full?") from error
    put_in_place(part, path)


def load_params(
    model: RNNModel, folder: Path, parameters: Mapping[str, str], ctx: Context | None
) -> None:
    """Read the parameters that a checkpoint names, and check that they are those."""
    path = folder / parameters["file"]
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise damaged(folder / FILE_NAME, f"{path.name}, which it names, is not there") from None
    if sha256(data) != parameters["sha256"]:
        raise damaged(path, "its content does not fit its hash")
    model.load_parameters(str(path), ctx=ctx or mx.current_context())


def write_safely(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, in the place of what was there."""
    part = path.with_name(path.name + ".part")
    part.write_bytes(data)
    put_in_place(part, path)


def put_in_place(part: Path, path: Path) -> None:
    """Give a file its name when all of it is on the disk, and wait until the name is, too."""
    wait_for_disk(part)
    part.replace(path)
    wait_for_disk(path.parent)


def wait_for_disk(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
