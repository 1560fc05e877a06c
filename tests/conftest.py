"""What every unit test starts with."""

from collections import Counter

import pytest


@pytest.fixture(autouse=True)
def offline(monkeypatch):
    """Let no unit test download the novel; one that has to deletes the variable itself."""
    monkeypatch.setenv("GLUONBOOK_OFFLINE", "1")


def pytest_terminal_summary(terminalreporter):
    """Say each reason for which tests were skipped once, in one line."""
    skipped = [report.longrepr for report in terminalreporter.stats.get("skipped", [])]
    reasons = Counter(reason.removeprefix("Skipped: ") for _, _, reason in skipped)
    for reason, number in reasons.items():
        terminalreporter.write_line(f"skipped, {number} tests: {reason}")
