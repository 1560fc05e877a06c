"""What every unit test starts with."""

import contextlib
import signal

import pytest

with contextlib.suppress(ImportError):  # the book outlives MXNet, and so do its tests
    import gluonbook  # noqa: F401, before any test imports mxnet


@pytest.fixture
def displayed(monkeypatch):
    """Collect what the package's figures display: data by type, and metadata."""
    found = []

    def display(data, *, metadata=None, raw):
        assert raw
        found.append((data, metadata))

    for kind in ("plots", "writer"):
        monkeypatch.setattr(f"gluonbook.figures.{kind}.display", display)
    return found


@pytest.fixture(autouse=True)
def usual_environment(request, monkeypatch):
    """Let no unit test download the novel.

    Only tests that are marked `reads_text` read a text: .ci/run runs them with either.
    """
    monkeypatch.setenv("GLUONBOOK_OFFLINE", "1")
    if not request.node.get_closest_marker("reads_text"):
        monkeypatch.setenv("GLUONBOOK_DATA_DIR", "this test is not marked reads_text")


@pytest.fixture(autouse=True)
def interruptible():
    """Let Ctrl-C reach the tests that send it: a command in a script's background ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
