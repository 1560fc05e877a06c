"""What a reader sees in JupyterLab: before anything is run, run, run again, stopped, opened anew."""

import json
import os
import re
import subprocess
import sys
import time

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import expect

from tools import execute

# The shape of a section: a model, its training, and what is made of it.
CELLS = [
    """import os
from pathlib import Path
os.environ["GLUONBOOK_OFFLINE"] = "1"
import gluonbook as gb
import mxnet as mx
from mxnet.gluon import rnn
corpus, char_to_idx, idx_to_char, vocab_size = gb.load_data_time_machine()
model = gb.RNNModel(rnn.RNN(16), vocab_size)
curve, history = [], []
live_curve = gb.LiveCurve({"model": curve})""",
    """num_epochs = int(Path("num_epochs").read_text())
arguments = (model, 16, vocab_size, mx.cpu(), corpus[:3000], idx_to_char, char_to_idx)
settings = (num_epochs, 35, 1e2, 1e-2, 32, num_epochs, 20, ["traveller"])
before = history if Path("go_on").exists() else []
history = gb.train_and_predict_rnn_gluon(
    *arguments, *settings, history=before, callbacks=[curve.append, live_curve]
)""",
    'assert len(history) == num_epochs, "the training was stopped before its end: run it again"',
    """frames = {}
for power in (1, 2, 3):
    with gb.figure() as fig:
        fig.add_subplot().plot([x**power for x in range(9)])
    frames[f"{power}"] = (fig, f"The power {power} of x.")
gb.show_frames(frames, "Power", first="2")""",
    "gb.show_writer(model, idx_to_char)",
    'gb.plot_learning_curves({"model": curve})',
]
NAME = "section.ipynb"
# Looked at in every frame: a cell that runs may be over before one would look again.
CONNECTED = """async () => {
    const context = window.jupyterapp.shell.currentWidget.sessionContext;
    await context.ready;
    const kernel = context.session?.kernel;
    return kernel?.connectionStatus === 'connected' && (await kernel.info) && kernel.status === 'idle';
}"""
RUNNING = "[...document.querySelectorAll('.jp-InputPrompt')].some(p => p.innerText.includes('*'))"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with a notebook as the book stores it."""
    folder = tmp_path_factory.mktemp("lab")
    cells = [new_code_cell(source) for source in CELLS]
    nbformat.write(new_notebook(cells=cells), folder / NAME)
    (folder / "num_epochs").write_text("2")
    notebook = execute.execute(folder / NAME)
    execute.normalise(notebook)
    execute.write(notebook, folder / NAME)
    return folder


@pytest.fixture(scope="module")
def lab(folder, tmp_path_factory):
    """Start JupyterLab, as if for the first time; return its address and its token."""
    home = tmp_path_factory.mktemp("home")
    runtime = home / "runtime"
    environment = {
        name: value for name, value in os.environ.items() if name not in execute.UNWATCHED
    }
    environment |= {
        "HOME": str(home),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(runtime),
        "PYTHONWARNINGS": "ignore",
    }
    options = ["--no-browser", "--allow-root", "--ServerApp.port=0", "--expose-app-in-browser"]
    command = [sys.executable, "-m", "jupyterlab", *options, f"--ServerApp.root_dir={folder}"]
    with open(home / "log", "wb") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        while not (said := list(runtime.glob("jpserver-*.json"))):
            assert server.poll() is None, (home / "log").read_text()
            time.sleep(0.2)
        described = json.loads(said[0].read_text())
        yield described["url"], described["token"]
    finally:
        server.terminate()
        server.wait()


@pytest.fixture
def page(lab, open_page):
    """Open the notebook, with a kernel that is ready."""
    url, token = lab
    page = open_page(f"{url}lab/tree/{NAME}?token={token}&reset", width=1200)
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]")
    # A kernel that does not answer at first is given up, and what it was to run with it.
    page.wait_for_function(CONNECTED)
    return page


def outputs(page, cell):
    """Return the outputs of a cell."""
    return page.locator(".jp-CodeCell").nth(cell).locator(".jp-OutputArea-output")


def run_to_the_end(page, *, stop=False):
    """Run all cells; press the button that stops one, if asked to, when the training is on."""
    page.evaluate("void window.jupyterapp.commands.execute('notebook:run-all-cells')")
    page.wait_for_function(RUNNING)
    if stop:
        # The third or a later one: the bar need not show each, when an epoch is short.
        outputs(page, 1).filter(has_text=re.compile(r"epoch ([3-9]|\d\d+) of")).wait_for()
        page.locator("[data-command='notebook:interrupt-kernel']").first.click()
    page.wait_for_function(f"!{RUNNING}", timeout=60_000)


def run_again(page):
    """Run the cell that trains."""
    page.locator(".jp-CodeCell").nth(1).locator(".cm-content").click()
    page.evaluate("void window.jupyterapp.commands.execute('notebook:run-cell')")
    page.wait_for_function(RUNNING)
    page.wait_for_function(f"!{RUNNING}", timeout=60_000)


def saved(page, folder):
    """Save the notebook; return what is in the file."""
    page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    return nbformat.read(folder / NAME, as_version=4)


def test_before_anything_is_run_figures_are_pictures_with_alt_text(page):
    moved, writes, drawn = (outputs(page, cell) for cell in (3, 4, 5))
    assert moved.locator("img").get_attribute("alt") == "The power 2 of x."
    assert moved.locator("img").bounding_box()["width"] > 300
    assert "Run this cell" in moved.inner_text()
    assert writes.inner_text().startswith("A figure in which the trained model continues a text")
    assert drawn.locator("img").get_attribute("alt").startswith("Learning curves. model: perpl")
    assert not page.locator(".jp-OutputArea").get_by_role("slider").all()


@pytest.mark.skipif(
    os.environ.get("LAB_TEST") != "1",
    reason="on a busy machine JupyterLab may give a kernel up and lose what it was to run: "
    "LAB_TEST=1 asks for it",
)
def test_run_and_run_again_and_stop_and_go_on_and_open_anew(page, folder):
    (folder / "num_epochs").write_text("4")
    run_to_the_end(page)
    curve, report = outputs(page, 1).all()  # and nothing is left of the bar
    assert "after epoch 4." in curve.locator("img").get_attribute("alt")
    assert "epoch 4, perplexity" in report.inner_text()
    page.get_by_role("slider", name="Power").press("End")
    assert outputs(page, 3).get_by_role("img").get_attribute("aria-label") == "The power 3 of x."
    write = outputs(page, 4).get_by_role("button", name="Write")
    write.scroll_into_view_if_needed()
    expect(write).to_be_enabled()

    # Again, from the first cell, and then once more the one that trains.
    run_to_the_end(page)
    assert outputs(page, 1).locator("img").count() == 1
    run_again(page)
    assert outputs(page, 1).locator("img").count() == 1

    # Stopped, what follows says what happened.
    (folder / "num_epochs").write_text("100000")
    run_to_the_end(page, stop=True)
    said = outputs(page, 1).last.inner_text()
    finished = re.search(r"interrupted: the model is as it was after epoch (\d+)\.", said)[1]
    assert "the training was stopped before its end" in outputs(page, 2).inner_text()

    (folder / "num_epochs").write_text(f"{int(finished) + 3}")
    (folder / "go_on").touch()
    run_again(page)
    curve, report = outputs(page, 1).all()
    assert "perplexity" in curve.locator("img").get_attribute("alt")
    report_text = report.inner_text()
    assert f"epoch {int(finished) + 3}, perplexity" in report_text

    stored = json.dumps(saved(page, folder))
    assert "widget" not in stored and "%|" not in stored
    page.reload()
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]")
    assert outputs(page, 1).last.inner_text() == report_text
    assert outputs(page, 1).locator("img").count() == 1
