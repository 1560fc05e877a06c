"""The code of the chapter *Recurrent Neural Networks*, imported as ``gb``.

What the chapter teaches is in the modules of this folder. Read them in this order; each
needs only those before it:

1. `text`: load a text, with its vocabulary and its three parts
2. `corpus`: cut a text into mini-batches
3. `ngrams`: count characters to predict the next one, and measure perplexity
4. `models`: the recurrent model, from scratch and with Gluon
5. `prediction`: generate text with a trained model
6. `training`: the training loop, from scratch and with Gluon
7. `evaluation`: measure a model on text that it was not trained on
8. `recall`: test how far back a model remembers
9. `parallel`: train on several devices at once
10. `successors`: attention, transformers, linear attention, and recurrences computed as a scan

They stand on `ground`: MXNet on today's Pythons, the novel, argument checks, and progress. `fast` makes
an `RNNModel` fast, `figures` draws, and `runs` loads stored runs. The tool for a text of your own is
`gluonbook.tool`: ``python -m gluonbook``, checkpoints, ONNX, many runs side by side, a run on several
machines.
"""

from gluonbook.ground import runtime  # isort: skip  # before anything that imports mxnet
from gluonbook.corpus import data_iter_consecutive, data_iter_random
from gluonbook.evaluation import (
    HeldOutCurve,
    KeepBest,
    bootstrap_range,
    evaluate_perplexity,
    longest_copy,
    num_params,
)
from gluonbook.figures.frames import show_frames
from gluonbook.figures.plots import (
    LiveCurve,
    figure,
    plot_heatmap,
    plot_learning_curves,
    plot_lines,
    plot_perplexities,
    show,
)
from gluonbook.figures.writer import show_writer
from gluonbook.ground.watching import Bar
from gluonbook.models import (
    DeepRNN,
    RNNModel,
    ScratchModel,
    get_params,
    init_rnn_state,
    params_of,
    rnn_forward,
    to_onehot,
    try_gpu,
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
from gluonbook.recall import pairs_batch, recall_batch, train_pairs, train_recall
from gluonbook.runs import load_runs, select_runs
from gluonbook.successors import (
    AttentionHead,
    Block,
    BlockModel,
    CausalAttention,
    MatrixState,
    MinGRU,
    attend,
    distance_bias,
    positionwise,
    rms_norm,
    scan,
)
from gluonbook.text import IndexedText, Text, load_corpus, load_data_time_machine, load_text
from gluonbook.training import (
    SGD,
    Epoch,
    grad_clipping,
    sgd,
    stop_after_this_epoch,
    train,
    train_and_predict_rnn,
    train_and_predict_rnn_gluon,
    train_epoch,
    train_epochs,
    train_step,
)
