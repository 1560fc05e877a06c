"""Measure how many characters per second the model in the page generates, in Chromium."""

import statistics

from common import NUM_HIDDENS, machine, print_table
from mxnet import init
from mxnet.gluon import rnn
from playwright.sync_api import sync_playwright

import gluonbook as gb
from book.making.chromium import ARGUMENTS, find_chromium
from gluonbook.figures import writer

ROUNDS, NUM_CHARS = 9, 1000

# What the figure does for each character: rank all, read the best, and in the second case show it.
WRITE = """(figure, [rounds, numChars, isShown]) => {
    const { writer } = figure;
    return Array.from({ length: rounds }, () => {
        writer.begin();
        const start = performance.now();
        for (let i = 0; i < numChars; i++) {
            writer.reading.append(writer.rank()[0].char);
            if (isShown) writer.show();
        }
        return 1000 * numChars / (performance.now() - start);
    });
}"""


def untrained_figure():
    """Return the output of a cell that shows a model of the chapter's size."""
    _, _, idx_to_char, vocab_size = gb.load_data_time_machine()
    model = gb.RNNModel(rnn.RNN(NUM_HIDDENS), vocab_size)
    model.initialize(init.Normal(0.01))
    gb.evaluate_perplexity(model, [0, 1], gb.try_gpu())  # now every shape is known
    displayed = []
    writer.display = lambda data, raw: displayed.append(data["text/html"])
    gb.show_writer(model, idx_to_char)
    return displayed[0]


def main():
    path = find_chromium()
    if path is None:
        print("No Chromium here, so the page is not measured: apt-get install chromium")
        return
    print(f"Characters a second, when {NUM_CHARS} are written.", machine(), flush=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        page = browser.new_page()
        page.set_content(untrained_figure())
        figure = page.locator(".gluonbook-writer")
        figure.locator("input:enabled").first.wait_for()
        ways = {"written": False, "written and shown, each character": True}
        rows = []
        for way, is_shown in ways.items():
            speeds = figure.evaluate(WRITE, [ROUNDS, NUM_CHARS, is_shown])
            rows.append((way, f"{statistics.median(speeds):,.0f}"))
        browser.close()
    print_table(("", "characters a second"), rows)


if __name__ == "__main__":
    main()
