"""Keep a training run in one file, so that it survives the end of its process.

The file is one of NumPy's, ``.npz``. Under ``run`` it holds a text in JSON: the architecture, the
vocabulary, the settings, the epochs and the states of the random generators; under Gluon's name of
each parameter, such as ``dense.weight``, its values. NumPy alone can read it::

    file = np.load("my-run.npz")
    run = json.loads(file["run"].item())

It is written beside and moved to its place: whenever the process or the machine stops, the file
holds all epochs that were over.
"""

import contextlib
import io
import json
import os
import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import mxnet as mx
import numpy as np
from mxnet import Context, nd
from mxnet.gluon import rnn

from gluonbook.fast import is_known
from gluonbook.ground.checks import check_made_for
from gluonbook.models import RNNModel
from gluonbook.tool.atomic import write_atomically
from gluonbook.training import Epoch

FORMAT = "gluonbook run, version 2"
# Gluon's recurrent layers, by the names that the command line and a run's file have for them.
LAYERS = {"rnn": rnn.RNN, "gru": rnn.GRU, "lstm": rnn.LSTM}


class Checkpoint:
    """A training run in a file, and a callback that saves it at the end of every epoch.

    No state of an optimiser is kept: plain gradient descent has none. All that is given here can be
    read as attributes of the same names.

    Parameters
    ----------
    path : str or path-like
        The file. One that is there is replaced only if it has the same epochs as `history`.
    model : RNNModel
        The model that is trained, with one of Gluon's `RNN`, `GRU` or `LSTM` layers, of one direction.
    idx_to_char : sequence of str
        The vocabulary.
    settings : mapping of str, optional
        What else to keep, as JSON-serialisable values, such as the arguments of `train`.
    history : sequence of Epoch
        The previous epochs, if a training run is continued.

    Raises
    ------
    OSError
        If the file holds another training run, or its folder is not there.
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
        self.architecture, self.idx_to_char = architecture_of(model), list(idx_to_char)
        # Through JSON, so that what cannot be kept is refused now, and not in an hour.
        self.settings: dict[str, Any] = json.loads(json.dumps(settings or {}))
        if not self.path.parent.is_dir():
            raise FileNotFoundError(
                f"there is no folder {self.path.parent}: make it, or name another file"
            )
        if self.path.exists() and read_run(self.path)[0]["history"] != self.history:
            raise FileExistsError(
                f"{self.path} holds another training run: continue that one with load_checkpoint, or "
                "name another file"
            )

    def __call__(self, epoch: Epoch) -> None:
        """Keep an epoch, and save."""
        self.history.append(epoch)
        self.save()

    def save(self) -> None:
        """Save the training run as it is now.

        Raises
        ------
        OSError
            If it cannot be written. What was saved before stays.
        """
        arrays = {
            name: param.list_data()[0].asnumpy()
            for name, param in self.model._collect_params_with_prefix().items()
        }
        run = {
            "format": FORMAT,
            "architecture": self.architecture,
            "vocabulary": self.idx_to_char,
            "settings": self.settings,
            "history": self.history,
            "random": random_states(),
        }
        file = io.BytesIO()
        np.savez(file, run=np.array(json.dumps(run)), **arrays)
        write_atomically(self.path, file.getvalue())


def load_checkpoint(path: str | os.PathLike[str], ctx: Context | None = None) -> Checkpoint:
    """Load what `Checkpoint` has saved.

    The random generators of Python and MXNet are set to their saved states, so a training run by
    ``"sgd"`` that continues at once gives the same numbers as if it had never stopped::

        saved = tool.load_checkpoint("my-run.npz")
        gb.train(saved.model, text, lr=1e2, callbacks=[saved], history=saved.history)

    Parameters
    ----------
    path : str or path-like
        The file.
    ctx : mxnet.context.Context, optional
        The device for the parameters; MXNet's current one by default.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is damaged, or something else.
    """
    run, arrays = read_run(path)
    with refused(path):
        model = build_model(run["architecture"])
        for name, param in model._collect_params_with_prefix().items():
            param._load_init(nd.array(arrays[name]), ctx or mx.current_context())
        saved = Checkpoint(path, model, run["vocabulary"], run["settings"], history=run["history"])
        restore_random_states(run["random"])
    return saved


def read_run(path: str | os.PathLike[str]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Read a file: what it says about the run, and its arrays by name."""
    if (Path(path) / "checkpoint.json").exists():
        raise ValueError(
            f"{path} is a folder in which an older gluonbook has saved a training run; this one keeps a "
            "run in a single file. Continue it with the gluonbook that wrote it, or train again"
        )
    data = Path(path).read_bytes()
    # Each array has a checksum in the file, which is compared when it is read.
    with refused(path), np.load(io.BytesIO(data)) as file:
        arrays = dict(file)
        run = json.loads(arrays.pop("run").item())
        if run["format"] != FORMAT:
            raise ValueError(f"its format is {run['format']!r}")
        run["history"] = [Epoch(*epoch) for epoch in run["history"]]
    return run, arrays


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
    if not is_known(model):
        raise TypeError(
            "only an RNNModel with an RNN, GRU or LSTM layer of Gluon, of one direction and without "
            f"further options, can be saved, not {model}: keep its class in your program, and its "
            "parameters with save_parameters"
        )
    layer = model.rnn
    return {
        "layer": layer._mode,
        "num_hiddens": layer._hidden_size,
        "num_layers": layer._num_layers,
        "dropout": layer._dropout,
        "vocab_size": model.vocab_size,
    }


def build_model(architecture: Mapping[str, Any]) -> RNNModel:
    """Build a model from what `architecture_of` returned."""
    kind, _, activation = architecture["layer"].partition("_")
    layer = LAYERS[kind](
        architecture["num_hiddens"],
        architecture["num_layers"],
        **({"activation": activation} if activation else {}),
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
