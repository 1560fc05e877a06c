"""Measure the processor time that an epoch of training takes in a browser, compared with MXNet.

In the browser, the program of the figure *Train it here* computes what `gb.train` computes for the model
from scratch. Gluon's layer, which has a second bias, is measured as well. All use one thread.
"""

import statistics
import time

import mxnet as mx
from mxnet.gluon import rnn

import gluonbook as gb
from benchmarks.common import ROOT
from book.making.chromium import open_chromium

NUM_HIDDENS, EPOCHS, ROUNDS = 64, 10, 5
PROGRAM = ("gluonbook/figures/rnn.js", "book/_static/training.js")
TRAIN = """([task, numEpochs]) => {
    globalThis.trainer ??= new (gluonbookTraining(gluonbookRNN()).Trainer)(task);
    for (let epoch = 0; epoch < numEpochs; epoch++) trainer.epoch();
}"""


def main():
    text = gb.load_text()
    models = {
        "gluonbook, from scratch": gb.ScratchModel(NUM_HIDDENS, text.size),
        "gluonbook, Gluon's layer": gb.RNNModel(rnn.RNN(NUM_HIDDENS, activation="tanh"), text.size),
    }
    task = {"train": text.train.tolist(), "vocabSize": text.size, "numHiddens": NUM_HIDDENS}
    with open_chromium() as browser:
        page, session = browser.new_page(), browser.new_browser_cdp_session()
        for path in PROGRAM:
            page.add_script_tag(path=ROOT / path)

        def in_the_browser(num_epochs):
            page.evaluate(TRAIN, [task, num_epochs])

        def seconds_in_the_browser():
            processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
            return sum(process["cpuTime"] for process in processes)

        tasks = {"JavaScript": (in_the_browser, seconds_in_the_browser)}
        for name, model in models.items():

            def with_mxnet(num_epochs, model=model):
                gb.train(model, text, num_epochs=num_epochs, ctx=mx.cpu())

            tasks[name] = with_mxnet, time.process_time
        results = {name: [] for name in tasks}
        for _ in range(ROUNDS):  # in turns, so that a busy moment of the machine affects all
            for name, (train, seconds) in tasks.items():
                train(1)  # the first epoch is slower
                before = seconds()
                train(EPOCHS)
                results[name].append((seconds() - before) / EPOCHS)
    ours = statistics.median(results["JavaScript"])
    print("| | seconds | spread | JavaScript is times as fast |\n| --- | ---: | ---: | ---: |")
    for name, found in results.items():
        median = statistics.median(found)
        span = f"{min(found):.3f} to {max(found):.3f}"
        print(f"| {name} | {median:.3f} | {span} | {median / ours:.2f} |")


if __name__ == "__main__":
    main()
