"""Save a training run in a folder, so that it survives the end of its process.

A folder holds one training run:

``checkpoint.json``
    What is needed to continue, readable for people and for `load_checkpoint`: the
    architecture, the vocabulary, the settings, the history of epochs, the random states.
``epoch-12.1f0a93c7.params``
    The parameters, in MXNet's own format.

Parameters are written under a new name. When they are safely on the disk, a new
``checkpoint.json`` that names them replaces the old one, in one step. So whenever the
process or the machine stops, there is a complete checkpoint: the previous one or this one.
Anyone who reads the folder during the training run finds a complete one, too.

No other file in the folder is touched. Each checkpoint announces a word that the names of
the next one's files contain, so the remains of an interrupted save are known by their names.
"""

import hashlib
import json
import os
import random
import re
import secrets
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import mxnet as mx
import numpy as np
from mxnet import Context, nd
from mxnet.ndarray import NDArray

from gluonbook.files.architecture import (
    architecture_of,
    build_model,
    check_same,
    know_shapes,
    set_params,
)
from gluonbook.models import RNNModel
from gluonbook.support.checks import check_characters, check_sizes
from gluonbook.support.turns import alone_with
from gluonbook.support.writing import alone_in, check_replaceable, put_in_place, wait_for_disk
from gluonbook.training import Epoch

FORMAT, VERSION = "gluonbook checkpoint", 1
FILE_NAME = "checkpoint.json"


class Checkpoint:
    """A callback that saves a training run in a folder, for `load_checkpoint`.

    It saves the model, the vocabulary, the settings, the epochs and the states of the
    random generators of Python, NumPy and MXNet. The optimiser, plain stochastic
    gradient descent, has no state of its own. It saves everything or nothing,
    and replaces what is in the folder only if the training run continues it.

    MXNet does not reveal the state of its generator, so each save draws a number from
    it, saves that number, and makes it the new seed.

    Parameters
    ----------
    folder : str or path-like
        The folder. It is created if necessary.
    model : RNNModel
        The model that is trained, with one of Gluon's `RNN`, `GRU` or `LSTM` layers.
    idx_to_char : sequence of str
        The vocabulary.
    settings : mapping of str
        The arguments of `train_and_predict_rnn_gluon` from `num_epochs` on, by name.
    history : sequence of Epoch
        The previous epochs, if a training run is continued.
    period : int
        Save after every so many epochs, and after the last.
    notes : mapping of str, optional
        What else to keep, as JSON-serialisable values.

    Raises
    ------
    FileExistsError
        If the folder holds another training run. Nothing in it changes.
    OSError
        If the folder cannot be created or written to.
    TypeError
        If the model is another kind of model, something to be kept is not JSON-serialisable, or
        the vocabulary is not a list of strings.
    ValueError
        If the folder holds a damaged checkpoint, the vocabulary has another size than the
        model's or a character twice, `period` is not 1 or more, or a name is empty or not UTF-8.
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
        check_characters(idx_to_char)
        self._keep(folder, model, idx_to_char, settings, history, period, notes or {})
        if len(self.vocabulary) != model.vocab_size:
            raise ValueError(
                f"the vocabulary has {len(self.vocabulary)} characters, but the model knows "
                f"{model.vocab_size}: give the idx_to_char that it is trained with"
            )
        self._check_folder()

    def _keep(
        self,
        folder: str | os.PathLike[str],
        model: RNNModel,
        idx_to_char: Sequence[str],
        settings: Mapping[str, Any],
        history: Sequence[Epoch],
        period: int,
        notes: Mapping[str, Any],
    ) -> None:
        """Remember what is to be saved, and where."""
        if not os.fspath(folder):
            raise ValueError("the name of the folder is empty: say where to save")
        self.folder, self.model, self.period = Path(folder), model, int(period)
        # The same folder even if the program goes to another one in between.
        self._place = self.folder.absolute()
        self.history = list(history)
        if not isinstance(settings, Mapping):
            raise TypeError(f"settings must be arguments by name, a dict, not {settings!r}")
        # Through JSON, so that what is not serialisable is refused now, not in an hour.
        said = [architecture_of(model), list(idx_to_char), settings, notes]
        about = json.dumps([*said, os.fspath(folder)], ensure_ascii=False, default=as_plain)
        try:
            about.encode()
        except UnicodeEncodeError as error:
            raise ValueError(
                f"all names and texts in a checkpoint must be valid UTF-8, but "
                f"{error.object[error.start :][:20]!r} is not: rename the folder or the file"
            ) from error
        self.architecture, self.vocabulary, self.settings, self.notes, _ = json.loads(about)
        self._is_checked = False

    def __call__(self, epoch: Epoch) -> None:
        """Keep an epoch; save it every `period` epochs and at the end."""
        if epoch.number != len(self.history) + 1:
            raise ValueError(
                f"epoch {epoch.number} does not follow the {len(self.history)} epochs before: a "
                "checkpoint saves one training run. Make a new one, with the history that it continues"
            )
        self.history.append(epoch)
        if epoch.number % self.period == 0 or epoch.number == self.settings.get("num_epochs"):
            self.save()

    def save(self) -> None:
        """Save the training run as it is now.

        Raises
        ------
        FileExistsError
            If another training run has been saved in the folder since, or is being saved in it.
            Nothing in it changes.
        OSError
            If it cannot be written. What was saved before stays.
        RuntimeError
            If another thread is training the model.
        TypeError
            If the model computes something other than what would be loaded again.
        ValueError
            If a parameter is infinite or NaN.
        """
        check_usable(self._place)
        self._place.mkdir(parents=True, exist_ok=True)
        # Two processes that continue one training run would write files of the same names.
        with alone_with(self.model), alone_in(self._place):
            self._save(self._check_folder())

    def _save(self, there: Mapping[str, Any]) -> None:
        """Replace what the folder holds."""
        # The previous checkpoint has announced this word, so the remains of an interrupted save
        # are known by their names.
        word = there.get("next") or new_word()
        params = self._place / f"epoch-{len(self.history)}.{word}.params"
        description = self._place / f"epoch-{len(self.history)}.{word}.json"
        try:
            know_shapes(self.model)
            written = save_params(self.model, params)
            content = self._content(params, there)
            if not self._is_checked:
                check_same(self.model, written)
                restore_random_states(content["random"])
                self._is_checked = True
            description.write_bytes(as_json(content).encode())
        except Exception:
            for file in (params, description):
                file.unlink(missing_ok=True)
            raise
        put_in_place(description, self._place / FILE_NAME)
        # The second is still there if the process ended just here the last time.
        for name in (content["before"], there.get("before")):
            if name:
                (self._place / name).unlink(missing_ok=True)
        for file in self._place.glob(f"epoch-*.{word}.*"):
            if file != params:
                file.unlink()

    def _content(self, params: Path, there: Mapping[str, Any]) -> dict[str, Any]:
        """Return the new content of ``checkpoint.json``, given the present one."""
        return {
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
            "before": there["parameters"]["file"] if there else None,
            "next": new_word(),
            "history": self.history,
            "random": random_states(),
        }

    def _check_folder(self) -> dict[str, Any]:
        """Refuse to replace something that this training run does not continue.

        Return what the folder holds, which is nothing for a new training run.
        """
        check_usable(self._place)
        check_replaceable(self._place / FILE_NAME)
        if not (self._place / FILE_NAME).exists():
            return {}
        there = read_content(self._place)
        for name in ("architecture", "vocabulary"):
            if there[name] != getattr(self, name):
                raise FileExistsError(
                    f"{self.folder} holds a training run with another {name}; it is left as it is. "
                    "Name another folder"
                )
        before = [Epoch(*epoch[:3]) for epoch in there["history"]]
        if self.history[: len(before)] != before:
            raise FileExistsError(
                f"{self.folder} holds another training run, of {len(before)} epochs; it is left as "
                "it is. Continue that one (load_checkpoint), or name another folder"
            )
        return there


class SavedTraining(NamedTuple):
    """What `load_checkpoint` returns: what is needed to use a model, or to train it further."""

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
    """A callback that keeps saving in the folder. Its `notes` are what else was saved."""


def load_checkpoint(
    folder: str | os.PathLike[str],
    ctx: Context | None = None,
    *,
    idx_to_char: Sequence[str] | None = None,
) -> SavedTraining:
    """Load what `Checkpoint` saved.

    The random generators of Python, NumPy and MXNet are set to their saved states, so a
    training run that continues at once gives the same numbers as if it had never stopped::

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
        The vocabulary of the text at hand. A checkpoint with a different one is refused.

    Returns
    -------
    SavedTraining
        The model, and what belongs to it.

    Raises
    ------
    FileNotFoundError
        If the folder holds no checkpoint.
    ValueError
        If the checkpoint is damaged, of another format version, or has another vocabulary.
    """
    folder = Path(folder)
    content, arrays = read_whole(folder)
    vocabulary = content["vocabulary"]
    if idx_to_char is not None and list(idx_to_char) != vocabulary:
        raise ValueError(
            f"the checkpoint in {folder} has another vocabulary, of {len(vocabulary)} characters, "
            f"than the text, which has {len(idx_to_char)}: use the text that it was trained on"
        )
    model = build_model(content["architecture"])
    if content["hybridized"] is not None:
        model.hybridize(**content["hybridized"])
    set_params(model, arrays, ctx or mx.current_context())
    # Not through its constructor, which looks at the folder: it may hold something newer by now.
    checkpoint = Checkpoint.__new__(Checkpoint)
    checkpoint._keep(
        folder,
        model,
        vocabulary,
        content["settings"],
        [Epoch(*epoch[:3]) for epoch in content["history"]],
        content["period"],
        content["notes"],
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


# --- the random generators ------------------------------------------------------------


def random_states() -> dict[str, Any]:
    """Return the states of the random generators as JSON-serialisable values."""
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
    """Set the random generators to earlier states."""
    version, numbers, gauss = states["python"]
    random.setstate((version, tuple(numbers), gauss))
    np.random.set_state(tuple(states["numpy"]))
    mx.random.seed(states["mxnet"])


# --- files ----------------------------------------------------------------------------


def as_plain(value: Any) -> Any:
    """Return a number of NumPy as Python's own, which JSON knows.

    Raises
    ------
    TypeError
        If it is something else.
    """
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(
        f"a {type(value).__name__} is not JSON serializable, so a checkpoint cannot keep it: give "
        "numbers, texts, lists and dicts of them"
    )


def as_json(content: Mapping[str, Any]) -> str:
    """Return a dictionary as JSON: one line per name, and its hash at the end."""
    hashed = {**content, "sha256": hash_of(content)}
    lines = (f"{json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in hashed.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def hash_of(content: Mapping[str, Any]) -> str:
    """Hash the content of a dictionary, whatever the order of its names."""
    return sha256(json.dumps(content, sort_keys=True).encode())


def sha256(data: bytes) -> str:
    """Return the SHA-256 of some bytes, in hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def read_whole(folder: Path) -> tuple[dict[str, Any], dict[str, NDArray]]:
    """Read a checkpoint and its parameters, even while a training run saves new ones."""
    content = read_content(folder)
    while True:
        try:
            return content, read_params(folder, content["parameters"])
        except ValueError:
            # Perhaps they are gone because a new checkpoint has replaced this one.
            before, content = content, read_content(folder)
            if content == before:
                raise


def new_word() -> str:
    """Return a word for the names of files that no other file has."""
    return secrets.token_hex(4)


def read_content(folder: Path) -> dict[str, Any]:
    """Read ``checkpoint.json``, and check that it is unchanged."""
    path = folder / FILE_NAME
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise FileNotFoundError(
            f"{folder} holds no checkpoint: there is no {FILE_NAME} in it. A training run is "
            "first saved at the end of an epoch"
        ) from None
    except ValueError as error:  # neither JSON nor UTF-8
        raise damaged(path, f"it is not JSON ({error})") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise damaged(path, f"it does not say that its format is {FORMAT!r}")
    if content.get("version") != VERSION:
        raise ValueError(
            f"{path} has the format version {content.get('version')!r}, but this gluonbook reads "
            f"version {VERSION} only: use the gluonbook that wrote it"
        )
    if content.pop("sha256", None) != hash_of(content):
        raise damaged(path, "its content does not match its hash")
    # Files are deleted by these names, so they must not lead anywhere else.
    names = [content["parameters"]["file"], content.get("before"), content.get("next")]
    if not all(name is None or re.fullmatch(r"[\w-]+(\.\w+)*", name, re.ASCII) for name in names):
        raise damaged(path, "it names files that no checkpoint has")
    return content


def damaged(path: Path, reason: str) -> ValueError:
    """Return the error for a file that cannot be trusted."""
    return ValueError(
        f"{path} is damaged: {reason}. Nothing was changed. Use a copy of the folder, if there "
        "is one, or start again in another folder"
    )


def save_params(model: RNNModel, path: Path) -> dict[str, NDArray]:
    """Write parameters, make sure that all are on the disk, and return what is there."""
    try:
        model.save_parameters(str(path))
        # MXNet does not always notice that the disk is full.
        written = nd.load(str(path))
        if written.keys() != model._collect_params_with_prefix().keys():
            raise mx.MXNetError(f"{path} is incomplete")
    except mx.MXNetError as error:
        reason = why_not_writable(path.parent) or "is the disk full?"
        raise OSError(f"cannot save the parameters as {path}: {reason}") from error
    wait_for_disk(path)
    return written


def check_usable(folder: Path) -> None:
    """Check that a folder can be written to, or created.

    Raises
    ------
    OSError
        If it cannot.
    """
    there = folder.absolute()
    # A link that leads nowhere is there: a folder of its name cannot be created.
    while not (there.exists() or there.is_symlink()) and there != there.parent:
        there = there.parent
    if reason := why_not_writable(there):
        raise OSError(f"cannot save in {folder}: {there} cannot be written to ({reason})")


def why_not_writable(folder: Path) -> str:
    """Return why no file can be created in a folder, or nothing if one can."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return ""
    except OSError as error:
        return error.strerror


def read_params(folder: Path, parameters: Mapping[str, str]) -> dict[str, NDArray]:
    """Read the parameters that a checkpoint names, and check their hash."""
    path = folder / parameters["file"]
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise damaged(folder / FILE_NAME, f"{path.name}, which it names, is not there") from None
    if sha256(data) != parameters["sha256"]:
        raise damaged(path, "its content does not match its hash")
    return nd.load_frombuffer(data)
