"""The functions of this chapter's first edition, for code that was written in 2018.

Their names, arguments and results have not changed. Each is a thin wrapper around a function of the
lesson that takes a model and a `Text`; new code should call the lesson's function.
"""

from gluonbook.door import guarded
from gluonbook.ground.checks import check_sizes
from gluonbook.ground.novel import novel_or_stand_in
from gluonbook.ground.reading import read_text
from gluonbook.lesson import prediction
from gluonbook.lesson.models import ScratchModel
from gluonbook.lesson.text import Text
from gluonbook.services import training

train, write = guarded(training.train), guarded(prediction.write)


def load_data_time_machine():
    """Load the first 10,000 characters of *The Time Machine* with `load_corpus`; see also `load_text`."""
    return load_corpus(novel_or_stand_in(), 10_000)


def load_corpus(path, num_chars=None):
    """Load a UTF-8 text file, or its first `num_chars` characters, and return four values.

    They are the index of each character of the text, a dictionary with the index of each character of
    the vocabulary, the vocabulary as a sorted list, and its size.
    """
    if num_chars is not None:
        check_sizes(num_chars=num_chars)
    text = Text(read_text(path)[:num_chars])
    return text.train.tolist(), text.index, text.chars, text.size


def text_of(corpus_indices, char_to_idx, idx_to_char, vocab_size):
    """Return the `Text` that the four values of `load_corpus` describe."""
    text = Text.of_vocabulary(idx_to_char, corpus_indices)
    if char_to_idx != text.index or len(char_to_idx) != vocab_size:
        raise ValueError(
            f"vocab_size is {vocab_size}, idx_to_char has {len(idx_to_char)} characters and "
            f"char_to_idx {len(char_to_idx)}, or their order differs: pass the three values that "
            "load_corpus returned, idx_to_char before char_to_idx"
        )
    return text


class ModelOf2018(ScratchModel):
    """A `ScratchModel` made from the functions that the first edition passed as arguments."""

    def __init__(self, rnn, get_params, init_rnn_state, num_hiddens, vocab_size):
        super().__init__(num_hiddens, vocab_size, rnn, lambda *sizes: get_params())
        self.init_rnn_state = init_rnn_state

    def begin_state(self, batch_size, ctx):
        """Return the state that `init_rnn_state` returns."""
        return self.init_rnn_state(batch_size, self.num_hiddens, ctx)


def predict_rnn(
    prefix, num_chars, rnn, params, init_rnn_state, num_hiddens, vocab_size, ctx, idx_to_char,
    char_to_idx,
):  # fmt: skip
    """Continue a prefix with the most probable characters, using a model from scratch; see `write`."""
    model = ModelOf2018(rnn, lambda: params, init_rnn_state, num_hiddens, vocab_size)
    model.initialize(ctx)
    return predict_rnn_gluon(prefix, num_chars, model, vocab_size, ctx, idx_to_char, char_to_idx)


def train_and_predict_rnn(
    rnn, get_params, init_rnn_state, num_hiddens, vocab_size, ctx, corpus_indices, idx_to_char,
    char_to_idx, is_random_iter, num_epochs, num_steps, lr, clipping_theta, batch_size,
    pred_period, pred_len, prefixes,
):  # fmt: skip
    """Train a model from scratch and print reports; see `train`. Here `get_params` takes no arguments."""
    return train(
        ModelOf2018(rnn, get_params, init_rnn_state, num_hiddens, vocab_size),
        text_of(corpus_indices, char_to_idx, idx_to_char, vocab_size), lr=lr,
        num_epochs=num_epochs, num_steps=num_steps, batch_size=batch_size,
        clipping_theta=clipping_theta, is_random_iter=is_random_iter, ctx=ctx,
        pred_period=pred_period, pred_len=pred_len, prefixes=prefixes,
    )  # fmt: skip


def predict_rnn_gluon(prefix, num_chars, model, vocab_size, ctx, idx_to_char, char_to_idx):
    """Continue a prefix with the characters that a model predicts; see `write`."""
    text = text_of([], char_to_idx, idx_to_char, vocab_size)
    return write(model, text, prefix=prefix, num_chars=num_chars, ctx=ctx)


def train_and_predict_rnn_gluon(
    model, num_hiddens, vocab_size, ctx, corpus_indices, idx_to_char, char_to_idx, num_epochs,
    num_steps, lr, clipping_theta, batch_size, pred_period, pred_len, prefixes,
):  # fmt: skip
    """Train a Gluon model and print reports; see `train`. The argument `num_hiddens` is ignored."""
    return train(
        model, text_of(corpus_indices, char_to_idx, idx_to_char, vocab_size), lr=lr,
        num_epochs=num_epochs, num_steps=num_steps, batch_size=batch_size,
        clipping_theta=clipping_theta, ctx=ctx, pred_period=pred_period, pred_len=pred_len,
        prefixes=prefixes,
    )  # fmt: skip
