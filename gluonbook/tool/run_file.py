"""Keep a training run in one file, so that it survives the end of its process.

The file is in NumPy's format ``.npz``. Its entry ``run`` describes the run in JSON: the architecture,
the vocabulary in the order of the indices, the settings, the epochs and the states of the random
generators. The other entries are the parameters, under their names in Gluon, such as
``dense.weight``. NumPy alone can read the file. It is written atomically: no matter when the process
or the machine stops, it holds all completed epochs.
"""

import io
import json
import operator
import os
import random
from pathlib import Path

import mxnet as mx
import numpy as np
from mxnet import nd
from mxnet.gluon import rnn

from gluonbook.ground.atomic import check_writable, file_stamp, write_atomically
from gluonbook.lesson.models import RNNModel
from gluonbook.lesson.text import Text
from gluonbook.services.fast import is_plain_rnn
from gluonbook.services.training import Epoch

FORMAT = "gluonbook run, version 2"
# MXNet cannot name the parameters of more layers.
MOST_LAYERS = 10
# Gluon's recurrent layers by their names on the command line and in run files.
LAYERS = {"rnn": rnn.RNN, "gru": rnn.GRU, "lstm": rnn.LSTM}


class Checkpoint:
    """A training run in a file, and a callback that saves it at the end of every epoch.

    The model is an `RNNModel` with one of Gluon's unidirectional `RNN`, `GRU` or `LSTM` layers. Of the
    text, the file contains the vocabulary. The `settings` are other JSON-serializable values to store.
    The file does not include the state of an optimizer, because plain gradient descent has none.
    """

    def __init__(self, model, text, path, settings=None, *, history=(), replace=False):
        # What cannot be saved and loaded again is an error before training.
        vocab_size = architecture_of(model)["vocab_size"]
        if len(text.chars) != vocab_size:
            raise ValueError(
                f"the model predicts {vocab_size} characters, and the text has {len(text.chars)}: pass "
                "the text that the model was made for"
            )
        self.settings = json.loads(json.dumps({} if settings is None else settings))
        if not isinstance(self.settings, dict):
            raise TypeError(f"settings must be a dictionary, not {settings!r}")
        # Make the path absolute, but do not resolve a link.
        self.model, self.text, self.path = model, text, Path(path).absolute()
        if not replace:
            if os.path.lexists(self.path):
                raise FileExistsError(
                    f"{self.path} exists already: resume the training run in it, or name another file"
                )
            check_writable(self.path)
        self.history = list(history)
        self.version = file_stamp(self.path)

    def __call__(self, epoch):
        """Add an epoch, and save the run."""
        self.history.append(epoch)
        self.save()

    def save(self):
        """Save the run as it is now, unless another program has written the file since the last time."""
        arrays = {
            name: param.list_data()[0].asnumpy()
            for name, param in self.model._collect_params_with_prefix().items()
        }
        run = {
            "format": FORMAT,
            "architecture": architecture_of(self.model),
            "vocabulary": list(self.text.chars),
            "settings": self.settings,
            "history": self.history,
            "random": random_states(),
        }
        file = io.BytesIO()
        np.savez(file, run=np.array(json.dumps(run)), **arrays)
        if file_stamp(self.path) not in (None, self.version):
            raise FileExistsError(
                f"another training run has saved {self.path} in the meantime, so this one stops and "
                "leaves it as it is: train again with another file, or resume the run in it"
            )
        write_atomically(self.path, file.getvalue())
        self.version = file_stamp(self.path)


def load_checkpoint(path, text=None, *, ctx=None):
    """Load a run that `Checkpoint` saved.

    The random generators of Python and MXNet are set to their saved states. So a training run with
    ``"sgd"`` that is resumed right after loading gives the same numbers as if it had never stopped. A
    model that was saved without epochs is continued as well::

        saved = tool.load_checkpoint("my-run.npz", text)
        gb.train(saved.model, text, lr=1e2, callbacks=[saved], history=saved.history)

    Without a text, the vocabulary is not compared, and ``saved.text`` has no characters to train on.
    """
    data = Path(path).read_bytes()
    try:
        # The file has a checksum for each array, which is verified when the array is read.
        with np.load(io.BytesIO(data)) as file:
            if any(entry.compress_type for entry in file.zip.infolist()):
                raise ValueError("it is compressed, so its arrays may be larger than the memory")
            run = json.loads(file["run"].item())
            if run["format"] != FORMAT:
                raise ValueError(f"its format is {run['format']!r}")
            model = build_model(run["architecture"])
            for name, param in model._collect_params_with_prefix().items():
                param._load_init(nd.array(file[name]), ctx or mx.current_context())
        settings, vocabulary = dict(run["settings"]), Text.of_vocabulary(run["vocabulary"])
        if [*map(type, vocabulary.chars)] != model.vocab_size * [str]:
            raise ValueError("its vocabulary is not that of its model")
        history = [Epoch(*epoch) for epoch in run["history"]]
        restore_random_states(run["random"])
    except Exception as error:  # whatever error the content causes
        raise ValueError(
            f"{path} is damaged, or is not a training run saved by this version of gluonbook: use a "
            "backup, if there is one, or train again with another file"
        ) from error
    if text is not None and list(text.chars) != vocabulary.chars:
        raise ValueError(
            f"{path} was trained with a vocabulary that differs from that of the text: "
            f"{''.join(vocabulary.chars)[:200]!r}, not {''.join(text.chars)[:200]!r}. Give the text that "
            "it was trained on"
        )
    return Checkpoint(model, text or vocabulary, path, settings, history=history, replace=True)


# --- the model ------------------------------------------------------------------------


def architecture_of(model):
    """Return the description from which `build_model` builds a model with the same architecture."""
    if not is_plain_rnn(model):
        raise TypeError(
            "only an RNNModel with a unidirectional RNN, GRU or LSTM layer of Gluon and a plain output "
            f"layer, both without further options, can be saved, not {model}: save its parameters with "
            "save_parameters, and keep its class in your program"
        )
    layer = model.rnn
    return {
        "layer": layer._mode,
        "num_hiddens": layer._hidden_size,
        "num_layers": layer._num_layers,
        "dropout": layer._dropout,
        "vocab_size": model.vocab_size,
    }


def build_model(architecture):
    """Build a model from the description that `architecture_of` returned."""
    kind, _, activation = architecture["layer"].partition("_")
    if not 1 <= architecture["num_layers"] <= MOST_LAYERS:
        raise ValueError(f"it has {architecture['num_layers']} layers")
    layer = LAYERS[kind](
        architecture["num_hiddens"],
        architecture["num_layers"],
        **({"activation": activation} if activation else {}),
        dropout=architecture["dropout"],
    )
    return RNNModel(layer, architecture["vocab_size"])


# --- the random generators ------------------------------------------------------------


def random_states():
    """Return the states of the random generators of Python and MXNet, as JSON-serializable values."""
    # MXNet does not expose the state of its generator, so a number is drawn from it as its new seed.
    seed = int(nd.random.randint(0, 2**31 - 1, shape=(1,), dtype="int32").asscalar())
    mx.random.seed(seed)
    return {"python": random.getstate(), "mxnet": seed}


def restore_random_states(states):
    """Restore the random generators to earlier states."""
    version, numbers, gauss = states["python"]
    random.setstate((version, tuple(numbers), gauss))
    mx.random.seed(operator.index(states["mxnet"]))
