"""The code of the chapter *Recurrent Neural Networks*, imported as ``gb``.

The folder `lesson` contains the code that the chapter explains, without checks of arguments and without
services. Read its modules in the following order, in which each imports only earlier ones:

1. `text`: a text with its vocabulary and its three parts
2. `corpus`: cut a text into mini-batches
3. `ngrams`: count characters to predict the next one, and measure perplexity
4. `models`: the recurrent model, from scratch and with Gluon
5. `gates`: one step of a GRU and of an LSTM
6. `prediction`: generate text with a trained model
7. `training`: the training loop
8. `evaluation`: measure a model on text that it was not trained on
9. `memory_tasks`: test how far back a model remembers
10. `parallel`: an epoch on several devices at once
11. `attention`: attention, transformers, and linear attention
12. `scan`: recurrences computed as a scan

Nearly every function takes a model and a `Text`. The works that are cited by author and year are listed in
the chapter, on the page *References*.

What you call as ``gb.write`` is the lesson's function, to which the `door` has added that it examines
its arguments.
`services` contains `train` and what else adds reports, callbacks, Ctrl-C, speed and several devices to
the lesson. `ground` imports MXNet and finds the novel, `figures` draws figures, `runs` loads stored runs,
and `calls_of_2018` contains the functions of the first edition, for older code. If you want to train a
model on your own text, use `gluonbook.tool`, which contains the command ``python -m gluonbook``,
checkpoints, and training on several machines.
"""

from gluonbook.ground import starting  # isort: skip  # before all that takes long
from gluonbook.ground import runtime  # isort: skip  # must come before any import of mxnet
from gluonbook import door
from gluonbook.calls_of_2018 import (
    load_corpus,
    load_data_time_machine,
    predict_rnn,
    predict_rnn_gluon,
    train_and_predict_rnn,
    train_and_predict_rnn_gluon,
)
from gluonbook.door import (
    counting_baseline,
    grad_clipping,
    num_params,
    perplexity_on,
    top_k_sampling,
)
from gluonbook.figures.plots import (
    figure,
    plot_learning_curves,
    plot_letter_costs,
    plot_loss_by_context,
    show,
)
from gluonbook.figures.writer import show_writer
from gluonbook.lesson.attention import (
    AttentionHead,
    Block,
    BlockModel,
    CausalAttention,
    MatrixState,
    attend,
    distance_bias,
    positionwise,
    rms_norm,
)
from gluonbook.lesson.corpus import data_iter_consecutive, data_iter_random
from gluonbook.lesson.evaluation import (
    bend,
    bootstrap_interval,
    evaluate_perplexity,
    letter_costs,
    loss_by_context,
    next_char_probabilities,
)
from gluonbook.lesson.gates import GRUParams, LSTMParams, gru_step, lstm_step
from gluonbook.lesson.memory_tasks import pairs_batch, recall_batch, train_pairs, train_recall
from gluonbook.lesson.models import (
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
from gluonbook.lesson.ngrams import (
    add_alpha,
    count_followers,
    count_predecessors,
    interpolate,
    kneser_ney,
    perplexity,
    uniform_model,
    witten_bell,
)
from gluonbook.lesson.prediction import (
    beam_search,
    draw,
    greedy,
    nucleus_sampling,
    temperature_sampling,
    write,
)
from gluonbook.lesson.scan import MinGRU, scan
from gluonbook.lesson.text import Text, load_text
from gluonbook.lesson.training import SGD, sgd, train_epoch, train_model, train_step
from gluonbook.runs import load_runs, select_runs
from gluonbook.services.callbacks import HeldOutCurve, KeepBest
from gluonbook.services.fast import generate
from gluonbook.services.parallel import train_data_parallel
from gluonbook.services.training import Epoch, train

door.guard(globals())  # lets them examine their arguments
