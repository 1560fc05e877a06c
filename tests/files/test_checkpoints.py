"""A training that is killed goes on with the same numbers, and no checkpoint is ever half."""

import gluonbook as gb  # isort: skip  # before mxnet
import json
import os
import random
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import mxnet as mx
import numpy as np
import pytest
from mxnet import nd
from mxnet.gluon import nn, rnn

from gluonbook.files import checkpoints
from gluonbook.support import writing
from tests import LIMIT, ROOT

TEXT = "the quick brown fox jumps over the lazy dog. " * 4
CHARS = sorted(set(TEXT))
INDEX = {char: idx for idx, char in enumerate(CHARS)}
CORPUS = [INDEX[char] for char in TEXT]
SETTINGS = {
    "num_epochs": 6,
    "num_steps": 5,
    "lr": 2.0,
    "clipping_theta": 0.3,
    "batch_size": 4,
    "pred_period": 1000,
    "pred_len": 4,
    "prefixes": ["the"],
}


def new_model(layer=lambda: rnn.RNN(16), hybridize=None):
    mx.random.seed(3)
    model = gb.RNNModel(layer(), len(CHARS))
    if hybridize is not None:
        model.hybridize(**hybridize)
    return model


def train(model, *, history=(), callbacks=(), **changes):
    arguments = (model, 16, len(CHARS), mx.cpu(), CORPUS, CHARS, INDEX)
    return gb.train_and_predict_rnn_gluon(
        *arguments, **(SETTINGS | changes), history=history, callbacks=callbacks
    )


def begin(folder, model=None, *, num_epochs=SETTINGS["num_epochs"], **options):
    """Train for some epochs of all, and save after each; return the history."""
    model = model or new_model()
    checkpoint = gb.Checkpoint(folder, model, CHARS, SETTINGS, **options)
    return train(model, callbacks=[checkpoint], num_epochs=num_epochs)


def go_on(folder):
    """Train to the end from what the folder has; return the history."""
    saved = gb.load_checkpoint(folder, mx.cpu(), idx_to_char=CHARS)
    callbacks = [saved.checkpoint]
    return train(saved.model, history=saved.history, callbacks=callbacks, **saved.settings)


def perplexities(history):
    return [epoch.perplexity for epoch in history]


def params(model):
    return {name: p.data().asnumpy() for name, p in model._collect_params_with_prefix().items()}


def same_params(some, others):
    assert some.keys() == others.keys()
    return all(np.array_equal(some[name], others[name]) for name in some)


def content(folder):
    """Everything in a folder, byte for byte."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "run"


# --- going on -------------------------------------------------------------------------

LAYERS = {
    "relu": lambda: rnn.RNN(16),
    "tanh": lambda: rnn.RNN(16, activation="tanh"),
    "gru": lambda: rnn.GRU(16, 2),
    "lstm": lambda: rnn.LSTM(16, 2, dropout=0.5),
    "both directions": lambda: rnn.LSTM(16, bidirectional=True),
}


@pytest.mark.parametrize("hybridize", [None, {}, {"static_alloc": True}], ids=str)
@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
def test_a_training_goes_on_with_the_same_numbers(layer, hybridize, folder, tmp_path):
    expected = begin(tmp_path / "whole", new_model(layer, hybridize))
    begin(folder, new_model(layer, hybridize), num_epochs=3)
    mx.random.seed(99)  # as another process would be
    history = go_on(folder)
    assert perplexities(history) == perplexities(expected)
    whole, resumed = gb.load_checkpoint(tmp_path / "whole"), gb.load_checkpoint(folder)
    assert same_params(params(whole.model), params(resumed.model))


def test_what_a_callback_draws_goes_on_too(folder, tmp_path):
    def shake(model):
        def callback(epoch):
            for param in model.collect_params().values():
                noise = nd.random.normal(scale=0.01, shape=param.shape) * random.gauss(0, 1)
                param.data()[:] += noise * np.random.rand()

        return callback

    def train_shaken(model, checkpoint, history=(), num_epochs=SETTINGS["num_epochs"]):
        callbacks = [shake(model), checkpoint]
        return train(model, history=history, callbacks=callbacks, num_epochs=num_epochs)

    for place, num_epochs in (("whole", 6), ("run", 3)):
        random.seed(1)
        np.random.seed(1)
        model = new_model()
        checkpoint = gb.Checkpoint(tmp_path / place, model, CHARS, SETTINGS)
        history = train_shaken(model, checkpoint, num_epochs=num_epochs)
        if place == "whole":
            expected = history
    for generator in (mx.random, np.random, random):  # as another process would be
        generator.seed(99)
    saved = gb.load_checkpoint(folder)
    history = train_shaken(saved.model, saved.checkpoint, saved.history)
    assert perplexities(history) == perplexities(expected)


def test_saving_and_loading_is_the_identity(folder):
    model = new_model(LAYERS["lstm"], {})
    history = begin(folder, model, notes={"text": "a fox", "Größe": [1, 2.5, None]})
    saved = gb.load_checkpoint(folder, mx.cpu(1))
    assert same_params(params(saved.model), params(model))
    assert {ctx for p in saved.model.collect_params().values() for ctx in p.list_ctx()} == {
        mx.cpu(1)
    }
    assert repr(saved.model.rnn) == repr(model.rnn)
    assert (saved.model._active, saved.model._flags) == (True, model._flags)
    assert saved.history == history
    assert all(isinstance(epoch, gb.Epoch) for epoch in saved.history)
    assert (saved.num_hiddens, saved.vocab_size) == (16, len(CHARS))
    assert (saved.idx_to_char, saved.char_to_idx) == (CHARS, INDEX)
    assert saved.settings == SETTINGS
    assert saved.checkpoint.notes == {"text": "a fox", "Größe": [1, 2.5, None]}


def test_the_random_generators_go_on_where_they_were(folder):
    def draw():
        return random.random(), np.random.rand(), np.random.randn(), nd.random.uniform().asscalar()

    np.random.randn()  # NumPy draws two at a time and keeps the second
    begin(folder, num_epochs=2)
    expected = draw()
    draw()
    gb.load_checkpoint(folder)
    assert draw() == expected


def test_a_seed_decides_what_a_saved_training_draws(folder, tmp_path):
    begin(folder)
    first = nd.random.uniform().asscalar()
    begin(tmp_path / "again")
    assert nd.random.uniform().asscalar() == first


def test_it_is_saved_every_so_many_epochs_and_at_the_end(folder, monkeypatch):
    saved = []
    save = gb.Checkpoint.save
    monkeypatch.setattr(
        gb.Checkpoint, "save", lambda self: saved.append(len(self.history)) or save(self)
    )
    begin(folder, period=4)
    assert saved == [4, 6]


def test_a_training_may_go_on_for_longer(folder):
    begin(folder)
    saved = gb.load_checkpoint(folder)
    saved.settings["num_epochs"] = 9
    history = train(
        saved.model, history=saved.history, callbacks=[saved.checkpoint], **saved.settings
    )
    assert len(history) == 9
    again = gb.load_checkpoint(folder)
    assert again.history == history
    assert again.settings["num_epochs"] == 9


def test_a_folder_has_two_files_and_one_is_for_people(folder):
    begin(folder)
    description, params = sorted(content(folder))
    assert description == "checkpoint.json"
    assert re.fullmatch(r"epoch-6\.[0-9a-f]{8}\.params", params)
    lines = (folder / "checkpoint.json").read_text(encoding="utf-8").splitlines()
    assert '"epoch": 6,' in lines
    assert any(line.startswith('"settings": {"num_epochs": 6, "num_steps": 5,') for line in lines)
    # The names are Gluon's own.
    assert nd.load(str(folder / params)).keys() == {
        "rnn._unfused.0.i2h_weight",
        "rnn._unfused.0.h2h_weight",
        "rnn._unfused.0.i2h_bias",
        "rnn._unfused.0.h2h_bias",
        "dense.weight",
        "dense.bias",
    }


def test_the_vocabulary_is_written_as_it_is(folder):
    chars = sorted('天地玄黄宇宙洪荒\u2028\\" ')
    corpus = [*range(len(chars))] * 6
    model = gb.RNNModel(rnn.RNN(4), len(chars))
    index = {char: idx for idx, char in enumerate(chars)}
    checkpoint = gb.Checkpoint(folder, model, chars, SETTINGS)
    settings = SETTINGS | {"prefixes": ["天"]}
    arguments = (model, 4, len(chars), mx.cpu(), corpus, chars, index)
    gb.train_and_predict_rnn_gluon(*arguments, **settings, callbacks=[checkpoint])
    assert gb.load_checkpoint(folder).idx_to_char == chars
    assert "宇" in (folder / "checkpoint.json").read_text(encoding="utf-8")


# --- the end of a process -------------------------------------------------------------

PROCESS = """
import sys
sys.path.insert(0, sys.argv[1])
from tests.files.test_checkpoints import *
folder, num_epochs = Path(sys.argv[2]), int(sys.argv[3])
SETTINGS["num_epochs"] = num_epochs
tell = lambda epoch: print(epoch.number, flush=True)
if (folder / "checkpoint.json").exists():
    saved = gb.load_checkpoint(folder)
else:
    model = new_model(LAYERS["lstm"], {})
    checkpoint = gb.Checkpoint(folder, model, CHARS, SETTINGS)
    train(model, callbacks=[checkpoint, tell])
    sys.exit()
train(saved.model, history=saved.history, callbacks=[saved.checkpoint, tell], **saved.settings)
"""


def run_and_kill(folder, num_epochs, after):
    """Train in a process, and kill it after some epochs or a bit later; return what it told last."""
    arguments = [str(ROOT), str(folder), str(num_epochs)]
    with subprocess.Popen(
        [sys.executable, "-c", PROCESS, *arguments], stdout=subprocess.PIPE, text=True
    ) as process:
        told = [process.stdout.readline() for _ in range(after)]
        process.kill()
        told += process.stdout.readlines()
    return int(told[-1])


def test_a_process_that_is_killed_again_and_again_comes_to_the_same_end(
    folder, tmp_path, monkeypatch
):
    num_epochs, kills = 60, 4
    monkeypatch.setitem(SETTINGS, "num_epochs", num_epochs)
    expected = begin(tmp_path / "whole", new_model(LAYERS["lstm"], {}), num_epochs=num_epochs)

    moments = random.Random(0)
    for _ in range(kills):
        told = run_and_kill(folder, num_epochs, moments.randint(1, 9))
        # What was told of is saved, and whole.
        finished = len(gb.load_checkpoint(folder).history)
        assert told <= finished < num_epochs
    assert perplexities(go_on(folder)) == perplexities(expected)
    whole, resumed = gb.load_checkpoint(tmp_path / "whole"), gb.load_checkpoint(folder)
    assert same_params(params(resumed.model), params(whole.model))
    assert len(content(folder)) == 2  # nothing is left of the saves that were cut off


class Killed(BaseException):
    """The end of the process, as far as a save can tell."""


# Everything that a save does to a file.
STEPS = [
    (gb.RNNModel, "save_parameters"),
    (checkpoints, "wait_for_disk"),
    (writing, "wait_for_disk"),
    (Path, "replace"),
    (Path, "write_bytes"),
    (Path, "unlink"),
]


def kill_at(step, monkeypatch):
    """Let the process end before some step of a save; half of what the step writes is there."""
    taken = iter(range(10**6))

    def or_be_killed(do):
        def step_or_end(self, *args, **kwargs):
            if next(taken) == step:
                if args and isinstance(args[0], bytes):
                    do(self, args[0][: len(args[0]) // 2])
                raise Killed
            return do(self, *args, **kwargs)

        return step_or_end

    for owner, name in STEPS:
        monkeypatch.setattr(owner, name, or_be_killed(getattr(owner, name)))
    return taken


def test_at_whatever_step_a_save_is_cut_off_a_whole_checkpoint_is_there(folder, tmp_path):
    expected = perplexities(begin(tmp_path / "whole"))
    found = []
    for step in range(100):
        shutil.rmtree(folder, ignore_errors=True)
        begin(folder, num_epochs=2)
        saved = gb.load_checkpoint(folder)
        with pytest.MonkeyPatch.context() as monkeypatch:
            taken = kill_at(step, monkeypatch)
            try:
                train(
                    saved.model,
                    history=saved.history,
                    callbacks=[saved.checkpoint],
                    num_epochs=3,
                )
            except Killed:
                pass
            else:
                assert next(taken) == step  # a save has no more steps
                break
        found.append(len(gb.load_checkpoint(folder).history))
        assert perplexities(go_on(folder)) == expected
        assert len(content(folder)) == 2
    # First the checkpoint before, and from some step on the new one.
    assert found == sorted(found)
    assert set(found) == {2, 3}


def test_a_disk_that_is_full_leaves_the_checkpoint_before(folder):
    begin(folder, num_epochs=2)
    before = content(folder)
    limited = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[4]),) * 2)\n" + PROCESS
    )
    sizes = sorted(len(data) for data in before.values())
    # At first neither file fits, then the smaller one does.
    said = ("is the disk full?", "File too large")
    for limit, reason in zip((sizes[0] // 2, sum(sizes) // 2), said, strict=True):
        done = subprocess.run(
            [sys.executable, "-c", limited, str(ROOT), str(folder), "6", str(limit)],
            capture_output=True,
            text=True,
            check=False,
            timeout=LIMIT,
        )
        assert done.returncode == 1
        assert "OSError" in done.stderr and reason in done.stderr
        assert len(gb.load_checkpoint(folder).history) == 2
    assert len(go_on(folder)) == 6


def test_a_checkpoint_of_an_earlier_release_is_gone_on_with(folder):
    # Written by version 1.0.0, after two epochs of four.
    shutil.copytree(Path(__file__).parent / "old-checkpoint", folder)
    saved = gb.load_checkpoint(folder, mx.cpu(), idx_to_char=CHARS)
    assert saved.checkpoint.notes == {"text": "a fox"}
    callbacks = [saved.checkpoint]
    history = train(saved.model, history=saved.history, callbacks=callbacks, **saved.settings)
    expected = [26.849058, 23.702076, 23.168943, 22.949962]  # as that version went on
    np.testing.assert_allclose(perplexities(history), expected, rtol=1e-5)
    assert len(content(folder)) == 2
    assert gb.load_checkpoint(folder).history == history


# --- readers beside a training ----------------------------------------------------------


def test_whoever_reads_while_a_training_saves_finds_a_whole_checkpoint(folder):
    begin(folder, num_epochs=1)
    trainer = gb.load_checkpoint(folder)
    over = threading.Event()

    def go_on_saving():
        # Each save takes the files of the one before away. The model stays as it is.
        while not over.is_set():
            history = trainer.checkpoint.history
            history.append(history[-1]._replace(number=len(history) + 1))
            trainer.checkpoint.save()

    saving = threading.Thread(target=go_on_saving)
    saving.start()
    lengths = []
    try:
        while saving.is_alive() and (len(lengths) < 40 or lengths[-1] < 10):
            lengths.append(len(gb.load_checkpoint(folder).history))
    finally:
        over.set()
        saving.join()
    assert lengths == sorted(lengths)
    assert lengths[-1] >= 10  # and so there was something to read that could change meanwhile


@pytest.mark.parametrize("moment", ["before the parameters are read", "when the model is built"])
def test_a_save_at_any_moment_of_a_load_does_no_harm(moment, folder, monkeypatch):
    begin(folder, num_epochs=2)
    trainer = gb.load_checkpoint(folder)
    name = "read_params" if moment.startswith("before") else "set_params"
    load = getattr(checkpoints, name)

    def save_and_load(*args):
        monkeypatch.undo()
        train(trainer.model, history=trainer.history, callbacks=[trainer.checkpoint], num_epochs=4)
        return load(*args)

    monkeypatch.setattr(checkpoints, name, save_and_load)
    saved = gb.load_checkpoint(folder)
    assert len(saved.history) == (4 if moment.startswith("before") else 2)
    if len(saved.history) == 2:
        # It may be read, but what the other process has saved since is not lost.
        with pytest.raises(FileExistsError, match="holds another training run, of 4 epochs"):
            train(saved.model, history=saved.history, callbacks=[saved.checkpoint], num_epochs=3)
    assert len(gb.load_checkpoint(folder).history) == 4


# --- other files in the folder ----------------------------------------------------------


def test_no_other_file_is_deleted_or_written_to(folder):
    folder.mkdir()
    names = ["epoch-1.params", "epoch-7.params", "epoch-2.params.bak", "epoch-3.params.part"]
    names += ["checkpoint.json.part", "epoch-1.0123abcd.params", "epoch-.params", "notes.txt"]
    others = {name: name.encode() for name in names}
    for name, data in others.items():
        (folder / name).write_bytes(data)
    begin(folder, num_epochs=3)
    others["epoch-3.params"] = b"saved by hand"
    (folder / "epoch-3.params").write_bytes(b"saved by hand")
    go_on(folder)
    assert others.items() <= content(folder).items()
    assert len(content(folder)) == len(others) + 2


@pytest.mark.parametrize("kind", ["folder", "link", "pipe", "link to nothing"])
def test_a_description_that_is_no_file_is_left_as_it_is(kind, folder, tmp_path):
    folder.mkdir()
    path = folder / "checkpoint.json"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        if kind == "link":
            begin(tmp_path / "other")
        path.symlink_to(tmp_path / "other" / "checkpoint.json")
    with pytest.raises(FileExistsError, match="is not a regular file, and is left as it is"):
        begin(folder)
    assert [*folder.iterdir()] == [path]


def test_a_checkpoint_names_no_files_elsewhere(folder, tmp_path):
    begin(folder, num_epochs=2)
    (tmp_path / "precious.params").write_bytes(b"precious")
    said = checkpoints.read_content(folder)
    for changes in (
        {"parameters": {"file": "../precious.params", "sha256": checkpoints.sha256(b"precious")}},
        {"parameters": {"file": "", "sha256": ""}},
        {"next": "*"},
        {"next": "a/../b"},
    ):
        changed = checkpoints.as_json({**said, **changes})
        (folder / "checkpoint.json").write_text(changed, encoding="utf-8")
        with pytest.raises(ValueError, match="it names files that no checkpoint has"):
            gb.load_checkpoint(folder)
    assert (tmp_path / "precious.params").read_bytes() == b"precious"


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_folder_that_may_not_be_written_to_is_not_a_full_disk(folder):
    begin(folder, num_epochs=2)
    saved = gb.load_checkpoint(folder)
    folder.chmod(0o500)
    try:
        with pytest.raises(OSError, match="Permission denied"):
            saved.checkpoint.save()
    finally:
        folder.chmod(0o700)


# --- what is refused ------------------------------------------------------------------


def test_a_new_training_does_not_go_into_the_folder_of_another(folder):
    begin(folder)
    before = content(folder)
    with pytest.raises(FileExistsError, match="another training run, of 6 epochs; it is left"):
        begin(folder)
    assert content(folder) == before


def test_a_training_that_goes_on_from_another_history_is_refused(folder):
    history = begin(folder, num_epochs=2)
    before = content(folder)
    other = [history[0], history[1]._replace(perplexity=1.5)]
    with pytest.raises(FileExistsError, match="holds another training run"):
        gb.Checkpoint(folder, new_model(), CHARS, SETTINGS, history=other)
    assert content(folder) == before


@pytest.mark.parametrize(
    ("layer", "chars", "what"),
    [
        (lambda: rnn.RNN(17), CHARS, "architecture"),
        (lambda: rnn.RNN(16, 2), CHARS, "architecture"),
        (lambda: rnn.RNN(16, activation="tanh"), CHARS, "architecture"),
        (lambda: rnn.GRU(16), CHARS, "architecture"),
        (lambda: rnn.RNN(16), CHARS[::-1], "vocabulary"),
    ],
)
def test_another_architecture_or_vocabulary_is_refused(layer, chars, what, folder):
    history = begin(folder, num_epochs=2)
    before = content(folder)
    with pytest.raises(FileExistsError, match=f"holds a training run with another {what}"):
        gb.Checkpoint(folder, new_model(layer), chars, SETTINGS, history=history)
    assert content(folder) == before


def test_another_process_that_wrote_in_between_is_not_overwritten(folder):
    model = new_model()
    checkpoint = gb.Checkpoint(folder, model, CHARS, SETTINGS)
    mx.random.seed(7)
    begin(folder, gb.RNNModel(rnn.RNN(16), len(CHARS)))
    before = content(folder)
    mx.random.seed(8)
    with pytest.raises(FileExistsError, match="holds another training run"):
        train(model, callbacks=[checkpoint])
    assert content(folder) == before


def test_two_processes_do_not_save_in_one_folder_at_the_same_moment(folder):
    begin(folder)
    first, second = gb.load_checkpoint(folder), gb.load_checkpoint(folder)
    before = {file.name: file.read_bytes() for file in folder.iterdir()}

    def save_the_second(part, path, put_in_place=checkpoints.put_in_place):
        with pytest.raises(FileExistsError, match=r"is being saved in .* at this moment"):
            second.checkpoint.save()
        assert before.items() <= {file.name: file.read_bytes() for file in folder.iterdir()}.items()
        put_in_place(part, path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpoints, "put_in_place", save_the_second)
        first.checkpoint.save()
    assert gb.load_checkpoint(folder).history == first.history
    assert len([*folder.iterdir()]) == 2


def test_a_text_with_another_vocabulary_is_refused(folder):
    begin(folder)
    with pytest.raises(ValueError, match="another vocabulary, of 28 characters, than the text"):
        gb.load_checkpoint(folder, idx_to_char=[*CHARS, "ß"])


def test_a_checkpoint_keeps_one_training(folder):
    model = new_model()
    checkpoint = gb.Checkpoint(folder, model, CHARS, SETTINGS)
    train(model, callbacks=[checkpoint])
    before = content(folder)
    with pytest.raises(ValueError, match="epoch 1 does not follow the 6 epochs before"):
        train(model, callbacks=[checkpoint])
    assert content(folder) == before


def test_a_folder_without_a_checkpoint_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=f"{tmp_path} holds no checkpoint"):
        gb.load_checkpoint(tmp_path)


def rewrite(folder, **changes):
    """Change what a checkpoint says, with a hash that fits."""
    said = checkpoints.read_content(folder) | changes
    (folder / "checkpoint.json").write_text(checkpoints.as_json(said), encoding="utf-8")


@pytest.mark.parametrize("version", [0, 2, "1", None])
def test_another_format_version_is_refused(folder, version):
    begin(folder)
    rewrite(folder, version=version)
    before = content(folder)
    with pytest.raises(ValueError, match=f"format version {version!r}, but .* reads version 1"):
        gb.load_checkpoint(folder)
    with pytest.raises(ValueError, match="format version"):
        begin(folder)
    assert content(folder) == before


def test_what_another_program_wrote_is_refused(folder):
    folder.mkdir()
    for said in ("{}", "[1]", '{"format": "other", "version": 1}'):
        (folder / "checkpoint.json").write_text(said)
        with pytest.raises(ValueError, match="does not say that its format is"):
            gb.load_checkpoint(folder)


def test_no_damage_goes_unnoticed(folder):
    model = new_model()
    history = begin(folder, model)
    places = random.Random(0)
    for path in folder.iterdir():
        good = path.read_bytes()
        for _ in range(150):
            bad = bytearray(good)
            bad[places.randrange(len(bad))] ^= 1 << places.randrange(8)
            path.write_bytes(bad)
            try:
                saved = gb.load_checkpoint(folder)
            except ValueError as error:
                assert str(path) in str(error)
                continue
            # A blank between two names, for example, does not matter.
            assert saved.history == history
            assert same_params(params(saved.model), params(model))
        for length in (0, 1, len(good) // 2, len(good) - 2):
            path.write_bytes(good[:length])
            with pytest.raises(ValueError, match="damaged"):
                gb.load_checkpoint(folder)
        path.write_bytes(good)
    assert gb.load_checkpoint(folder).history == history


def test_missing_parameters_are_named(folder):
    begin(folder)
    (params,) = folder.glob("*.params")
    params.unlink()
    with pytest.raises(ValueError, match=rf"damaged: {params.name}, which it names, is not there"):
        gb.load_checkpoint(folder)


class Twice(nn.HybridBlock):
    def __init__(self):
        super().__init__()
        self.rnn, self.dense, self.more = rnn.RNN(4), nn.Dense(3), nn.Dense(3)
        self.vocab_size = 3


@pytest.mark.parametrize("make", [lambda: nn.Dense(3), Twice], ids=["no layer", "more"])
def test_a_model_of_another_kind_is_refused_at_once(make, folder):
    with pytest.raises(TypeError, match="only an RNNModel"):
        gb.Checkpoint(folder, make(), CHARS, SETTINGS)
    assert not folder.exists()


class Doubled(gb.RNNModel):
    def hybrid_forward(self, F, inputs, state):
        logits, state = super().hybrid_forward(F, inputs, state)
        return logits * 2, state


class Dropping(gb.RNNModel):
    """Another model in training only."""

    def hybrid_forward(self, F, inputs, state):
        logits, state = super().hybrid_forward(F, inputs, state)
        return F.Dropout(logits, 0.5), state


class Forgetting(gb.RNNModel):
    """Another model from the second piece on only."""

    def hybrid_forward(self, F, inputs, state):
        logits, state = super().hybrid_forward(F, inputs, state)
        return logits, [s * 0 for s in state]


class Beginning(gb.RNNModel):
    def begin_state(self, *args, **kwargs):
        return [s + 1 for s in super().begin_state(*args, **kwargs)]


def with_activation():
    model = gb.RNNModel(rnn.RNN(16), len(CHARS))
    model.dense = nn.Dense(len(CHARS), activation="tanh")
    return model


def of_more_outputs():
    model = gb.RNNModel(rnn.RNN(16), len(CHARS))
    model.dense = nn.Dense(len(CHARS) + 1)
    return model


OTHERS = {
    **{
        kind.__name__: lambda kind=kind: kind(rnn.RNN(16), len(CHARS))
        for kind in (Doubled, Dropping, Forgetting, Beginning)
    },
    "activation": with_activation,
    "more outputs": of_more_outputs,
    "clipped": lambda: gb.RNNModel(
        rnn.LSTM(16, state_clip_min=-0.1, state_clip_max=0.1), len(CHARS)
    ),
}


@pytest.mark.parametrize("hybridized", [False, True])
@pytest.mark.parametrize("make", OTHERS.values(), ids=OTHERS)
def test_a_model_that_would_be_another_is_not_saved(make, hybridized, folder):
    model = make()
    if hybridized:
        model.hybridize()
    with pytest.raises(TypeError, match=r"does not compute what|cannot be saved: "):
        begin(folder, model)
    assert not folder.exists() or not content(folder)


def test_a_class_of_the_reader_s_own_that_computes_the_same_is_saved(folder):
    class Renamed(gb.RNNModel):
        def hybrid_forward(self, F, inputs, state):
            return super().hybrid_forward(F, inputs, state)

    assert len(begin(folder, Renamed(rnn.LSTM(16, 2, dropout=0.5), len(CHARS)))) == 6


def test_a_model_that_diverged_does_not_replace_one_that_had_not(folder):
    model = new_model()
    checkpoint = gb.Checkpoint(folder, model, CHARS, SETTINGS)
    train(model, callbacks=[checkpoint])
    before = content(folder)
    model.dense.bias.data()[0] = float("nan")
    again = gb.Checkpoint(folder, model, CHARS, SETTINGS, history=checkpoint.history)
    with pytest.raises(ValueError, match="parameters that are infinite or NaN"):
        again.save()
    assert content(folder) == before


def test_a_model_that_has_seen_no_mini_batch_is_saved(folder):
    model = new_model(LAYERS["lstm"])
    model.initialize()
    gb.Checkpoint(folder, model, CHARS, SETTINGS).save()
    saved = gb.load_checkpoint(folder)
    assert saved.history == [] and same_params(params(saved.model), params(model))


def test_a_vocabulary_of_another_size_is_refused(folder):
    with pytest.raises(ValueError, match="has 3 characters, but the model knows 28"):
        gb.Checkpoint(folder, new_model(), "abc", SETTINGS)


def test_what_json_cannot_say_is_refused_at_once(folder):
    with pytest.raises(TypeError, match="not JSON serializable"):
        gb.Checkpoint(folder, new_model(), CHARS, SETTINGS, notes={"model": new_model()})
    assert not folder.exists()


def test_numbers_of_numpy_are_kept_as_python_s_own(folder):
    settings = SETTINGS | {"num_epochs": np.int64(2), "lr": np.float32(1)}
    checkpoint = gb.Checkpoint(folder, new_model(), CHARS, settings, period=np.int64(1))
    train(checkpoint.model, callbacks=[checkpoint], num_epochs=2)
    saved = gb.load_checkpoint(folder)
    assert saved.settings == SETTINGS | {"num_epochs": 2, "lr": 1.0}
    assert saved.checkpoint.period == 1


@pytest.mark.parametrize(
    ("chars", "error", "message"),
    [
        (CHARS[:1] + CHARS[:-1], ValueError, r"has .* twice"),
        (range(len(CHARS)), TypeError, "must be a list of characters, not range"),
        (dict.fromkeys(CHARS), TypeError, "must be a list of characters, not {"),
        (set(CHARS), TypeError, "must be a list of characters, not {"),
        (None, TypeError, "must be a list of characters, not None"),
    ],
)
def test_a_vocabulary_that_is_no_list_of_different_characters_is_refused(
    chars, error, message, folder, tmp_path
):
    with pytest.raises(error, match=message):
        gb.Checkpoint(folder, new_model(), chars, SETTINGS)
    model = new_model()
    model.initialize()
    with pytest.raises(error, match=message):
        gb.export_onnx(model, tmp_path / "model.onnx", chars)


def test_settings_are_named(folder):
    with pytest.raises(TypeError, match="settings must be arguments by name, a dict, not None"):
        gb.Checkpoint(folder, new_model(), CHARS, None, period=2)


def test_a_program_that_goes_to_another_folder_saves_where_it_began(tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    checkpoint = gb.Checkpoint("run", new_model(), CHARS, SETTINGS)
    monkeypatch.chdir(tmp_path / "elsewhere")
    train(checkpoint.model, callbacks=[checkpoint])
    assert len(gb.load_checkpoint(tmp_path / "run").history) == SETTINGS["num_epochs"]
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_name_that_no_folder_can_have_is_noticed_before_training(folder):
    with pytest.raises(ValueError, match="the name of the folder is empty"):
        gb.Checkpoint("", new_model(), CHARS, SETTINGS)
    folder.symlink_to("nowhere")
    with pytest.raises(OSError, match="cannot be written to"):
        gb.Checkpoint(folder, new_model(), CHARS, SETTINGS)


def test_a_period_of_no_epochs_is_refused(folder):
    with pytest.raises(ValueError, match="period must be 1 or more, not 0"):
        gb.Checkpoint(folder, new_model(), CHARS, SETTINGS, period=0)


def test_a_checkpoint_is_json_that_any_program_reads(folder):
    begin(folder)
    said = json.loads((folder / "checkpoint.json").read_text(encoding="utf-8"))
    assert said["architecture"]["layer"] == "rnn_relu"
    assert [number for number, *_ in said["history"]] == [1, 2, 3, 4, 5, 6]
