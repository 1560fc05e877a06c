"""Helpers for the chapter *Recurrent Neural Networks*, imported as ``gb``."""

from gluonbook import runtime  # isort: skip  # before anything that imports mxnet
from gluonbook.checks import (
    check_clipping,
    check_corpus_length,
    check_prefix,
    check_sizes,
    checked_training,
)
from gluonbook.corpus import (
    data_iter_consecutive,
    data_iter_random,
    load_corpus,
    load_data_time_machine,
)
from gluonbook.device import try_gpu
from gluonbook.models import RNNModel, get_params, init_rnn_state, rnn_forward, to_onehot
from gluonbook.plotting import figure, plot_heatmap, plot_learning_curves, show
from gluonbook.prediction import (
    beam_search,
    check_temperature,
    draw,
    greedy,
    nucleus_sampling,
    predict_rnn,
    predict_rnn_gluon,
    temperature_sampling,
    top_k_sampling,
)
from gluonbook.progress import say, with_progress
from gluonbook.training import (
    Epoch,
    evaluate_perplexity,
    grad_clipping,
    sgd,
    to_perplexity,
    train_and_predict_rnn,
    train_and_predict_rnn_gluon,
)
from gluonbook.writer import show_writer

__all__ = [
    "Epoch",
    "RNNModel",
    "beam_search",
    "check_clipping",
    "check_corpus_length",
    "check_prefix",
    "check_sizes",
    "check_temperature",
    "checked_training",
    "data_iter_consecutive",
    "data_iter_random",
    "draw",
    "evaluate_perplexity",
    "figure",
    "get_params",
    "grad_clipping",
    "greedy",
    "init_rnn_state",
    "load_corpus",
    "load_data_time_machine",
    "nucleus_sampling",
    "plot_heatmap",
    "plot_learning_curves",
    "predict_rnn",
    "predict_rnn_gluon",
    "rnn_forward",
    "runtime",
    "say",
    "sgd",
    "show",
    "show_writer",
    "temperature_sampling",
    "to_onehot",
    "to_perplexity",
    "top_k_sampling",
    "train_and_predict_rnn",
    "train_and_predict_rnn_gluon",
    "try_gpu",
    "with_progress",
]
