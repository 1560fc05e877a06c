"""What every unit test starts with."""

import signal
from collections import Counter

import pytest

import gluonbook  # noqa: F401  # before any test imports mxnet


@pytest.fixture(scope="module")
def outputs_of():
    """Return a function that executes cells in a kernel, which takes seconds to start."""
    from tests.kernel import kernel  # and so does its import, which few tests need

    with kernel() as outputs_of:
        yield outputs_of


@pytest.fixture(autouse=True)
def offline(monkeypatch):
    """Let no unit test download the novel; one that has to deletes the variable itself."""
    monkeypatch.setenv("GLUONBOOK_OFFLINE", "1")


@pytest.fixture(autouse=True)
def no_text(request, monkeypatch):
    """Let only tests that are marked `reads_text` read it: .ci/run runs them with either text."""
    if not request.node.get_closest_marker("reads_text"):
        monkeypatch.setenv("GLUONBOOK_DATA_DIR", "this test is not marked reads_text")


@pytest.fixture(autouse=True)
def interruptible():
    """Let Ctrl-C reach the tests that send it: a command in a script's background ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


LONGEST = ("tests/browser/", "tests/tool/", "chapter_rnn/")


def pytest_collection_modifyitems(items):
    """Put what takes longest first, so that all workers end together."""
    items.sort(key=lambda item: [not item.nodeid.startswith(folder) for folder in LONGEST])


def pytest_terminal_summary(terminalreporter):
    """Say each reason for which tests were skipped once, in one line."""
    skipped = [report.longrepr for report in terminalreporter.stats.get("skipped", [])]
    reasons = Counter(reason.removeprefix("Skipped: ") for _, _, reason in skipped)
    for reason, number in reasons.items():
        terminalreporter.write_line(f"skipped, {number} tests: {reason}")
