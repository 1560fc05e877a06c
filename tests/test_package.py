"""The package keeps the names that readers know, in a checkout and outside of one."""

import inspect
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import gluonbook as gb
from tests import LIMIT, ROOT

# What a reader's code may give by position, in this order.
SIGNATURES = {
    "load_data_time_machine": "",
    "load_corpus": "path num_chars",
    "data_iter_random": "corpus_indices batch_size num_steps ctx",
    "data_iter_consecutive": "corpus_indices batch_size num_steps ctx",
    "try_gpu": "",
    "grad_clipping": "params theta ctx",
    "to_onehot": "X size",
    "RNNModel": "rnn_layer vocab_size",
    "predict_rnn_gluon": "prefix num_chars model vocab_size ctx idx_to_char char_to_idx",
    "train_and_predict_rnn_gluon": (
        "model num_hiddens vocab_size ctx corpus_indices idx_to_char char_to_idx num_epochs "
        "num_steps lr clipping_theta batch_size pred_period pred_len prefixes"
    ),
    "predict_rnn": (
        "prefix num_chars rnn params init_rnn_state num_hiddens vocab_size ctx idx_to_char "
        "char_to_idx"
    ),
    "train_and_predict_rnn": (
        "rnn get_params init_rnn_state num_hiddens vocab_size ctx corpus_indices idx_to_char "
        "char_to_idx is_random_iter num_epochs num_steps lr clipping_theta batch_size "
        "pred_period pred_len prefixes"
    ),
}

OPTIONAL = {"num_chars": ["load_corpus"], "ctx": ["data_iter_random", "data_iter_consecutive"]}

# A reader's own file, as it was before the package took its present form.
OLDER_CODE = """
import sys
sys.path.insert(0, '..')
import gluonbook as gb
from mxnet import nd
from mxnet.gluon import nn, rnn

class OwnModel(nn.Block):
    def __init__(self, rnn_layer, vocab_size, **kwargs):
        super(OwnModel, self).__init__(**kwargs)
        self.rnn = rnn_layer
        self.vocab_size = vocab_size
        self.dense = nn.Dense(vocab_size)

    def forward(self, inputs, state):
        X = nd.one_hot(inputs.T, self.vocab_size)
        Y, state = self.rnn(X, state)
        output = self.dense(Y.reshape((-1, Y.shape[-1])))
        return output, state

    def begin_state(self, *args, **kwargs):
        return self.rnn.begin_state(*args, **kwargs)

(corpus_indices, char_to_idx, idx_to_char, vocab_size) = gb.load_data_time_machine()
ctx = gb.try_gpu()
rnn_layer = rnn.RNN(16)
rnn_layer.initialize()
model = OwnModel(rnn_layer, vocab_size)
model.initialize(force_reinit=True, ctx=ctx)
print(gb.predict_rnn_gluon('traveller', 10, model, vocab_size, ctx, idx_to_char, char_to_idx))
gb.train_and_predict_rnn_gluon(model, 16, vocab_size, ctx, corpus_indices, idx_to_char,
                               char_to_idx, 2, 35, 1e2, 1e-2, 32, 1, 50,
                               ['traveller', 'time traveller'])
print(gb.__file__)
"""


def run(*arguments, cwd, **environment):
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT,
    )


@pytest.mark.parametrize("name", SIGNATURES)
def test_arguments_are_where_readers_know_them(name):
    parameters = inspect.signature(getattr(gb, name)).parameters.values()
    by_position = [p for p in parameters if p.kind == p.POSITIONAL_OR_KEYWORD]
    assert [p.name for p in by_position] == SIGNATURES[name].split()
    for p in by_position:
        assert (p.default is None) == (name in OPTIONAL.get(p.name, []))
    for p in parameters:
        # What is new is named, and may be left out.
        if p.kind == p.KEYWORD_ONLY:
            assert p.default is not p.empty


@pytest.mark.reads_text
def test_older_code_runs_from_the_folder_of_the_chapter():
    done = run("-c", OLDER_CODE, cwd=ROOT / "chapter_rnn")
    assert done.returncode == 0, done.stderr
    predicted, *report, file = done.stdout.splitlines()
    assert predicted.startswith("traveller")
    assert len(predicted) == len("traveller") + 10
    assert [line.split()[0] for line in report] == ["epoch", "-", "-"] * 2
    assert Path(file).resolve().parent == ROOT / "gluonbook"


# --- outside a checkout ---------------------------------------------------------------


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build the wheel as `pip install .` does, and from what would be uploaded."""
    pytest.importorskip("hatchling", reason="needs hatchling, which builds the wheel")
    folder = tmp_path_factory.mktemp("dist")
    # By way of the source archive, so that nothing is missing from that either.
    done = run("-m", "hatchling", "build", "--target", "sdist", "--directory", folder, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    (archive,) = folder.glob("*.tar.gz")
    run("-m", "tarfile", "--extract", archive, folder, cwd=folder)
    (source,) = (path for path in folder.iterdir() if path.is_dir())
    done = run("-m", "hatchling", "build", "--target", "wheel", "--directory", folder, cwd=source)
    assert done.returncode == 0, done.stderr
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture
def installed(wheel, tmp_path):
    """Unpack the wheel, which is what installing a wheel without scripts is."""
    folder = tmp_path / "site-packages"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def files_in(folder):
    return {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}


def test_the_wheel_holds_the_package_and_nothing_else(installed):
    in_checkout = {path for path in files_in(ROOT / "gluonbook") if path.suffix != ".pyc"}
    files = files_in(installed / "gluonbook")
    assert files == in_checkout | {Path("time_traveller_retold.txt")}
    assert {path.name.split("-")[0] for path in installed.iterdir()} == {
        "gluonbook",
        "gluonbook_cli.py",
    }
    text = (installed / "gluonbook" / "time_traveller_retold.txt").read_bytes()
    assert text == (ROOT / "data" / "time_traveller_retold.txt").read_bytes()


def test_the_installed_package_reads_the_stand_in(installed, tmp_path):
    script = (
        "import gluonbook as gb; print(gb.__file__, gb.load_data_time_machine()[3])\n"
        "from gluonbook.ground.novel import download_folder; print(download_folder())"
    )
    cache = tmp_path / "cache"
    done = run(
        "-c", script, cwd=tmp_path, PYTHONPATH=str(installed), XDG_CACHE_HOME=str(cache),
        GLUONBOOK_DATA_DIR="", GLUONBOOK_OFFLINE="1",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    loaded, folder = done.stdout.splitlines()
    assert loaded == f"{installed / 'gluonbook' / '__init__.py'} 43"
    assert "a stand-in is read, time_traveller_retold.txt" in done.stderr
    assert not Path(folder).is_relative_to(installed)
