"""Keep a training run in one file, so that it survives the end of its process.

The file is one of NumPy's, ``.npz``. Under ``run`` it holds a text in JSON: the architecture, the
vocabulary, the settings, the epochs and the states of the random generators; under Gluon's name of
each parameter, such as ``dense.weight``, its values. NumPy alone can read it::

    file = np.load("my-run.npz")
    run = json.loads(file["run"].item())

It is written beside and moved to its place: whenever the process or the machine stops, the file
holds the last complete state.
"""

import contextlib
import io
import json
import os
import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import mxnet as mx
import numpy as np
from mxnet import Context, nd

from gluonbook.errors import check_made_for
from gluonbook.models import LAYERS, RNNModel
from gluonbook.owntext.writing import write_whole
from gluonbook.training import Epoch

FORMAT = "gluonbook run, version 2"


class Position(NamedTuple):
    """How far an epoch that is not over has come."""

    losses: np.ndarray
    """The mean loss of each mini-batch so far."""
    state: list[np.ndarray]
    """The state after the last of them."""


class Checkpoint:
    """A callback that saves a training run at the end of every epoch, for `load_checkpoint`.

    The optimiser, plain stochastic gradient descent, has no state of its own.

    Parameters
    ----------
    path : str or path-like
        The file. One that is there is replaced only if it has the same epochs as `history`.
    model : RNNModel
        The model that is trained, with one of Gluon's `RNN`, `GRU` or `LSTM` layers.
    idx_to_char : sequence of str
        The vocabulary.
    settings : mapping of str, optional
        What else to keep, as JSON-serialisable values, such as the arguments of `train`.
    history : sequence of Epoch
        The previous epochs, if a training run is continued.

    Raises
    ------
    FileExistsError
        If the file holds another training run.
    TypeError
        If the model is another kind of model, or something to be kept is not JSON-serialisable.
    ValueError
        If the vocabulary has another size than the model's, or the file is damaged or something else.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        model: RNNModel,
        idx_to_char: Sequence[str],
        settings: Mapping[str, Any] | None = None,
        *,
        history: Sequence[Epoch] = (),
    ):
        check_made_for(len(idx_to_char), model)
        self.path, self.model, self.history = Path(path).absolute(), model, list(history)
        about = {
            "format": FORMAT,
            "architecture": architecture_of(model),
            "vocabulary": list(idx_to_char),
            "settings": dict(settings or {}),
        }
        # Through JSON, so that what cannot be kept is refused now, and not in an hour.
        self.about = json.loads(json.dumps(about))
        if self.path.exists() and read_arrays(self.path)["run"]["history"] != self.history:
            raise FileExistsError(
                f"{self.path} holds another training run: continue that one with load_checkpoint, or "
                "name another file"
            )

    def __call__(self, epoch: Epoch) -> None:
        """Keep an epoch, and save."""
        self.history.append(epoch)
        self.save()

    def save(self, position: Position | None = None) -> None:
        """Save the training run as it is now.

        Parameters
        ----------
        position : Position, optional
            How far the present epoch has come, if it is not over.

        Raises
        ------
        FloatingPointError
            If a parameter is infinite or NaN. What was saved before stays.
        OSError
            If it cannot be written. What was saved before stays.
        """
        arrays = {
            name: param.list_data()[0].asnumpy()
            for name, param in self.model._collect_params_with_prefix().items()
        }
        for name, values in arrays.items():
            if not np.isfinite(values).all():
                raise FloatingPointError(
                    f"nothing is saved: {name} is infinite or NaN, so the training run has diverged. "
                    "Try a smaller learning rate"
                )
        if position:
            arrays["losses"] = position.losses
            arrays |= {f"state {i}": values for i, values in enumerate(position.state)}
        run = self.about | {"history": self.history, "random": random_states()}
        file = io.BytesIO()
        np.savez(file, run=np.array(json.dumps(run)), **arrays)
        write_whole(self.path, file.getvalue())


class SavedTraining(NamedTuple):
    """What `load_checkpoint` returns: what is needed to use a model, or to train it further."""

    model: RNNModel
    """With its parameters, on the device that was asked for."""
    idx_to_char: list[str]
    """The vocabulary."""
    settings: dict[str, Any]
    """What was saved besides; the checkpoint has the same dictionary, and saves its changes."""
    history: list[Epoch]
    """The finished epochs."""
    checkpoint: Checkpoint
    """A callback that keeps saving in the file."""
    position: Position | None
    """How far the next epoch has come already."""


def load_checkpoint(path: str | os.PathLike[str], ctx: Context | None = None) -> SavedTraining:
    """Load what `Checkpoint` has saved.

    The random generators of Python and MXNet are set to their saved states, so a training run that
    continues at once gives the same numbers as if it had never stopped::

        saved = gb.load_checkpoint("my-run.npz")
        gb.train(saved.model, text, lr=1e2, callbacks=[saved.checkpoint], history=saved.history)

    Parameters
    ----------
    path : str or path-like
        The file.
    ctx : mxnet.context.Context, optional
        The device for the parameters; MXNet's current one by default.

    Returns
    -------
    SavedTraining
        The model, and what belongs to it.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is damaged, or something else.
    """
    arrays = read_arrays(path)
    run, history = arrays["run"], arrays["run"]["history"]
    with refused(path):
        model = build_model(run["architecture"])
        for name, param in model._collect_params_with_prefix().items():
            param._load_init(nd.array(arrays[name]), ctx or mx.current_context())
        checkpoint = Checkpoint(path, model, run["vocabulary"], run["settings"], history=history)
        restore_random_states(run["random"])
    state = [arrays[name] for name in sorted(arrays) if name.startswith("state ")]
    return SavedTraining(
        model=model,
        idx_to_char=checkpoint.about["vocabulary"],
        settings=checkpoint.about["settings"],
        history=history,
        checkpoint=checkpoint,
        position=Position(arrays["losses"], state) if "losses" in arrays else None,
    )


def read_arrays(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read a file: its arrays by name, and what it says about the run under ``run``."""
    if (Path(path) / "checkpoint.json").exists():
        raise ValueError(
            f"{path} is a folder in which an older gluonbook has saved a training run; this one keeps a "
            "run in a single file. Continue it with the gluonbook that wrote it, or train again"
        )
    data = Path(path).read_bytes()
    # Each array has a checksum in the file, which is compared when it is read.
    with refused(path), np.load(io.BytesIO(data)) as file:
        arrays = dict(file)
        arrays["run"] = json.loads(arrays["run"].item())
        if arrays["run"]["format"] != FORMAT:
            raise ValueError(f"its format is {arrays['run']['format']!r}")
        arrays["run"]["history"] = [Epoch(*epoch) for epoch in arrays["run"]["history"]]
    return arrays


@contextlib.contextmanager
def refused(path: str | os.PathLike[str]) -> Iterator[None]:
    """Say of a file that it is damaged, or something else, whatever its content leads to."""
    try:
        yield
    except Exception as error:
        raise ValueError(
            f"{path} is damaged, or no training run that this gluonbook has saved ({error}). Use a copy, "
            "if there is one, or train again with another file"
        ) from error


# --- the model ------------------------------------------------------------------------


def architecture_of(model: RNNModel) -> dict[str, Any]:
    """Describe what `build_model` needs to build a model that computes the same."""
    layer = getattr(model, "rnn", None)
    if (
        type(model) is not RNNModel
        or type(layer) not in LAYERS.values()
        or list(model._children) != ["rnn", "dense"]
        or model.dense.act
        or any(getattr(layer, name, plain) != plain for name, plain in PLAIN.items())
    ):
        raise TypeError(
            "only an RNNModel with an RNN, GRU or LSTM layer of Gluon can be saved, without further parts "
            f"or options, not {type(model).__name__} with the layer {layer}: keep its class in your "
            "program, and its parameters with save_parameters"
        )
    return {
        "layer": layer._mode,
        "num_hiddens": layer._hidden_size,
        "num_layers": layer._num_layers,
        "bidirectional": layer._dir == 2,
        "dropout": layer._dropout,
        "vocab_size": model.vocab_size,
    }


# What a layer computes with, besides its sizes, unless someone has asked for something else.
PLAIN = {
    "_layout": "TNC",
    "_projection_size": None,
    "_lstm_state_clip_min": None,
    "_lstm_state_clip_max": None,
}


def build_model(architecture: Mapping[str, Any]) -> RNNModel:
    """Build a model from what `architecture_of` returned."""
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
    """Return the states of the random generators of Python and MXNet, as JSON-serialisable values.

    MXNet does not reveal its own: so a number is drawn from it, and becomes its new seed.
    """
    seed = int(nd.random.randint(0, 2**31 - 1, shape=(1,), dtype="int32").asscalar())
    mx.random.seed(seed)
    return {"python": random.getstate(), "mxnet": seed}


def restore_random_states(states: Mapping[str, Any]) -> None:
    """Set the random generators to earlier states."""
    version, numbers, gauss = states["python"]
    random.setstate((version, tuple(numbers), gauss))
    mx.random.seed(states["mxnet"])
