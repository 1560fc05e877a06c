"""The workflows of GitHub Actions run what is there, and may do no more than they need."""

import re

import pytest
import yaml

from tests import ROOT
from tests.tools.test_environment import SUPPORTED

PATHS = {path.stem: path for path in (ROOT / ".github" / "workflows").glob("*.yml")}


@pytest.mark.parametrize("name", PATHS)
def test_a_workflow_may_only_read_and_what_it_runs_is_there(name):
    text = PATHS[name].read_text()
    assert yaml.safe_load(text)["permissions"] == {"contents": "read"}
    assert all((ROOT / script).exists() for script in re.findall(r" (\.ci/\w+)", text))


def test_the_workflows_name_every_supported_python_and_every_weekly_job():
    jobs = {name: yaml.safe_load(path.read_text())["jobs"] for name, path in PATHS.items()}
    assert jobs["test"]["test"]["strategy"]["matrix"]["python"] == SUPPORTED
    weekly = re.findall(r"^(\w+)\(\) {", (ROOT / ".ci" / "weekly").read_text(), re.MULTILINE)
    named = jobs["weekly"]["job"]["strategy"]["matrix"]["include"]
    assert {job["name"] for job in named} == {*weekly}
