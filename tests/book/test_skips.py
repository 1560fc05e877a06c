"""Where there is no browser, what needs one is skipped; in CI it fails."""

import pytest

from tests.browser.conftest import fail_or_skip


@pytest.mark.parametrize(("ci", "outcome"), [("true", pytest.fail), ("", pytest.skip)])
def test_in_ci_a_missing_browser_is_a_failure(ci, outcome, monkeypatch):
    monkeypatch.setenv("CI", ci)
    with pytest.raises(outcome.Exception, match="no Chromium here"):
        fail_or_skip()
