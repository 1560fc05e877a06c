"""A text, its vocabulary and its parts; and the one call that trains on it."""

import mxnet as mx
import pytest
from mxnet.gluon import rnn

import gluonbook as gb


def test_a_text_of_a_string_is_all_training_text():
    text = gb.Text("to be or not to be")
    assert text.chars == sorted(set("to be or not to be"))
    assert text.size == 7
    assert text.decode(text.train) == "to be or not to be"
    assert len(text.validation) == len(text.test) == 0


def test_the_parts_stand_where_split_corpus_cuts_them(tmp_path):
    path = tmp_path / "book.txt"
    path.write_text("The quick brown fox\njumps over the lazy dog. " * 1000)
    text = gb.load_text(path, num_train=12_000, num_held_out=1_000)
    whole = path.read_text().lower().replace("\n", " ")
    assert text.decode(text.validation) == whole[10_000:11_000]
    assert text.decode(text.test) == whole[11_000:12_000]
    assert text.decode(text.train) == whole[:10_000] + whole[12_000:14_000]


def test_characters_of_the_held_out_parts_are_in_the_vocabulary(tmp_path):
    path = tmp_path / "book.txt"
    path.write_text("ab" * 5_000 + "é" * 5_000 + "ß" * 5_000 + "never read")
    assert gb.load_text(path).chars == ["a", "b", "ß", "é"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(("",), "empty"), ((["a"],), "string"), (("abc", 10_000), "too short")],
)
def test_what_is_no_text_is_refused(arguments, message):
    with pytest.raises((TypeError, ValueError), match=message):
        gb.Text(*arguments)


def test_unknown_characters_are_named():
    with pytest.raises(ValueError, match="'x', 'y'"):
        gb.Text("abc").encode("aybx")


def test_train_is_the_training_of_2018():
    text, epochs = gb.Text("to be or not to be, that is the question. " * 20), []
    for call in ("new", "old"):
        model = gb.RNNModel(rnn.RNN(8), text.size)
        if call == "new":
            epochs.append(
                gb.train(model, text, seed=3, num_epochs=3, num_steps=5, batch_size=4, lr=1)
            )
            continue
        mx.random.seed(3)
        arguments = (model, 8, text.size, mx.cpu(), text.train, text.chars, text.index)
        epochs.append(gb.train_and_predict_rnn_gluon(*arguments, 3, 5, 1, 1e-2, 4, 9, 1, []))
    new, old = ([epoch.perplexity for epoch in history] for history in epochs)
    assert new == old


@pytest.mark.parametrize("is_random_iter", [False, True])
def test_a_model_from_scratch_is_trained_measured_and_written_with(is_random_iter, capsys):
    text = gb.Text("abc" * 200)
    model = gb.ScratchModel(gb.rnn_forward, gb.get_params, gb.init_rnn_state, 8, text.size)
    keep = gb.KeepBest(model, text.train, period=10)
    gb.train(
        model,
        text,
        seed=1,
        lr=1,
        clipping_theta=1,
        num_epochs=40,
        num_steps=5,
        batch_size=4,
        is_random_iter=is_random_iter,
        callbacks=[keep],
        pred_period=40,
        pred_len=6,
        prefixes=["ab"],
    )
    assert capsys.readouterr().out.endswith(" - abcabcab\n")
    keep.restore()
    assert gb.evaluate_perplexity(model, text.train) == pytest.approx(keep.best.perplexity)
    assert gb.write(model, text, prefix="ca", num_chars=4) == "cabcab"
