"""What every unit test starts with."""

import pytest


@pytest.fixture(autouse=True)
def offline(monkeypatch):
    """Let no unit test download the novel; one that has to deletes the variable itself."""
    monkeypatch.setenv("GLUONBOOK_OFFLINE", "1")
