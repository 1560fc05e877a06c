"""The code of the chapter *Recurrent Neural Networks*, imported as ``gb``.

What the chapter teaches is in the modules of this folder. Read them in this order; each
needs only those before it:

1. `corpus`: load a text, and cut it into mini-batches
2. `text`: a text with its vocabulary and its three parts
3. `ngrams`: count characters to predict the next one, and measure perplexity
4. `models`: the recurrent model, from scratch and with Gluon
5. `prediction`: generate text with a trained model
6. `training`: the training loop, from scratch and with Gluon
7. `evaluation`: measure a model on text that it was not trained on
8. `recall`: test how far back a model remembers
9. `parallel`: train on several devices at once
10. `successors`: what came after: attention, a transformer, and a recurrence that is a scan

What they stand on is in the folders: `support` (argument validation, progress, reading
files), `figures`, `files` (checkpoints and ONNX), `many` (training runs side by side) and
`cluster` (several machines). `runtime` makes MXNet run on today's Pythons, and `cli` is ``python -m gluonbook``.
"""

from gluonbook.support import shell  # isort: skip  # before what takes seconds to import
from gluonbook import runtime  # isort: skip  # before anything that imports mxnet
from gluonbook.corpus import (
    data_iter_consecutive,
    data_iter_random,
    load_corpus,
    load_data_time_machine,
    split_corpus,
)
from gluonbook.evaluation import (
    HeldOutCurve,
    KeepBest,
    evaluate_perplexity,
    longest_copy,
    num_params,
)
from gluonbook.figures.frames import show_frames
from gluonbook.figures.plotting import (
    LiveCurve,
    figure,
    plot_heatmap,
    plot_learning_curves,
    plot_perplexities,
    show,
)
from gluonbook.figures.writer import show_writer
from gluonbook.files.checkpoints import Checkpoint, load_checkpoint
from gluonbook.files.onnx import export_onnx
from gluonbook.many import load_runs, select_runs, train_many
from gluonbook.models import (
    RNNModel,
    ScratchModel,
    get_params,
    init_rnn_state,
    rnn_forward,
    to_onehot,
)
from gluonbook.ngrams import (
    add_alpha,
    count_followers,
    count_predecessors,
    counting_bar,
    interpolate,
    kneser_ney,
    perplexity,
    perplexity_on,
    uniform,
)
from gluonbook.parallel import train_data_parallel
from gluonbook.prediction import (
    beam_search,
    draw,
    generate,
    greedy,
    nucleus_sampling,
    predict_rnn,
    predict_rnn_gluon,
    temperature_sampling,
    top_k_sampling,
    write,
)
from gluonbook.recall import recall_batch, train_recall
from gluonbook.successors import (
    CausalAttention,
    MinGRU,
    TransformerBlock,
    TransformerModel,
    attend,
    by_distance,
    scan,
)
from gluonbook.support.device import try_gpu
from gluonbook.support.run import Epoch
from gluonbook.text import Text, load_text
from gluonbook.training import (
    grad_clipping,
    sgd,
    train,
    train_and_predict_rnn,
    train_and_predict_rnn_gluon,
    train_epoch_rnn,
    train_epoch_rnn_gluon,
)

# isort: split
# Not meant for readers: what some cells of the chapter call, and the type that
# `load_checkpoint` returns.
from gluonbook.files.checkpoints import SavedTraining
from gluonbook.ngrams import last_characters
from gluonbook.support.checks import (
    check_clipping,
    check_corpus,
    check_corpus_length,
    check_has_successor,
    check_prefix,
    check_sizes,
    check_temperature,
    checked_parallel_training,
    checked_prediction,
    checked_training,
)
from gluonbook.support.progress import say, with_progress
from gluonbook.support.recorded import one_step
from gluonbook.support.run import TrainingRun, to_perplexity

__all__ = [
    "CausalAttention",
    "Checkpoint",
    "Epoch",
    "HeldOutCurve",
    "KeepBest",
    "LiveCurve",
    "MinGRU",
    "RNNModel",
    "ScratchModel",
    "Text",
    "TransformerBlock",
    "TransformerModel",
    "add_alpha",
    "attend",
    "beam_search",
    "by_distance",
    "count_followers",
    "count_predecessors",
    "counting_bar",
    "data_iter_consecutive",
    "data_iter_random",
    "draw",
    "evaluate_perplexity",
    "export_onnx",
    "figure",
    "generate",
    "get_params",
    "grad_clipping",
    "greedy",
    "init_rnn_state",
    "interpolate",
    "kneser_ney",
    "load_checkpoint",
    "load_corpus",
    "load_data_time_machine",
    "load_runs",
    "load_text",
    "longest_copy",
    "nucleus_sampling",
    "num_params",
    "perplexity",
    "perplexity_on",
    "plot_heatmap",
    "plot_learning_curves",
    "plot_perplexities",
    "predict_rnn",
    "predict_rnn_gluon",
    "recall_batch",
    "rnn_forward",
    "scan",
    "select_runs",
    "sgd",
    "show",
    "show_frames",
    "show_writer",
    "split_corpus",
    "temperature_sampling",
    "to_onehot",
    "top_k_sampling",
    "train",
    "train_and_predict_rnn",
    "train_and_predict_rnn_gluon",
    "train_data_parallel",
    "train_epoch_rnn",
    "train_epoch_rnn_gluon",
    "train_many",
    "train_recall",
    "try_gpu",
    "uniform",
    "write",
]
