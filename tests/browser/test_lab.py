"""What a reader sees in JupyterLab who opens a section and has not run anything."""

import contextlib
import json
import os
import sys
import time

import pytest

from tests import LIMIT, ROOT
from tests.processes import Process
from tools import execute

# A section and a word of the code that draws a figure there: with a slider, one that writes, a plot.
DRAWN = {"gru": "gb.show_frames(", "rnn-gluon": "gb.show_writer(", "rnn-scratch": "plot_"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with a notebook that has a figure of each kind, as the book stores it."""
    folder = tmp_path_factory.mktemp("lab")
    cells = []
    for name, word in DRAWN.items():
        notebook = json.loads((ROOT / "chapter_rnn" / f"{name}.ipynb").read_text())
        drawing = [
            cell
            for cell in notebook["cells"]
            if word in "".join(cell["source"])
            and any("text/html" in output.get("data", {}) for output in cell.get("outputs", []))
        ]
        cells.append(drawing[-1])
    (folder / "section.ipynb").write_text(json.dumps(notebook | {"cells": cells}))
    return folder


@pytest.fixture(scope="module")
def lab(folder, tmp_path_factory):
    """Start JupyterLab, as if for the first time; return the address of the notebook."""
    home = tmp_path_factory.mktemp("home")
    environment = {
        name: value for name, value in os.environ.items() if name not in execute.UNWATCHED
    }
    environment |= {
        "HOME": str(home),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "PYTHONWARNINGS": "ignore",
    }
    options = ["--no-browser", "--allow-root", "--ServerApp.port=0"]
    command = [sys.executable, "-m", "jupyterlab", *options, f"--ServerApp.root_dir={folder}"]
    with (
        open(home / "log", "wb") as log,
        Process(command, env=environment, stdout=log, stderr=log) as server,
    ):
        described = description(home, server)
        yield f"{described['url']}lab/tree/section.ipynb?token={described['token']}&reset"
        server.kill()  # Asked to end, JupyterLab sometimes waits for its own threads for ever.


def description(home, server):
    """Return what a server says of itself in a file, once it has started."""
    for _ in range(5 * LIMIT):
        assert server.poll() is None, (home / "log").read_text()
        for path in (home / "runtime").glob("jpserver-*.json"):
            with contextlib.suppress(json.JSONDecodeError):  # it is being written
                return json.loads(path.read_text())
        time.sleep(0.2)
    raise TimeoutError((home / "log").read_text())


def test_before_anything_is_run_figures_are_pictures_with_alt_text(lab, open_page):
    page = open_page(lab, width=1200)
    moved, writes, drawn = (
        page.locator(".jp-CodeCell").nth(cell).locator(".jp-RenderedHTMLCommon").last
        for cell in range(3)
    )
    for figure in (moved, drawn):
        picture = figure.locator("img")
        picture.wait_for()
        assert len(picture.get_attribute("alt")) > 30
        assert picture.bounding_box()["width"] > 300
    assert "Run this cell" in moved.inner_text()
    assert writes.inner_text().startswith("A figure in which the trained model continues a text")
    assert not page.locator(".jp-OutputArea").get_by_role("slider").all()
