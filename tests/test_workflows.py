"""The workflows of GitHub Actions: that they are what Actions reads, and may do no more than they need."""

import re

import pytest
import yaml

from book.making import stage

WORKFLOWS = sorted((stage.ROOT / ".github" / "workflows").glob("*.yml"))


def load(path):
    """Return a workflow; YAML takes the key ``on`` for a truth value."""
    workflow = yaml.safe_load(path.read_text())
    workflow["on"] = workflow.pop(True)
    return workflow


@pytest.fixture(params=WORKFLOWS, ids=lambda path: path.stem)
def workflow(request):
    return load(request.param)


def test_a_workflow_may_only_read_unless_a_job_says_more(workflow):
    assert workflow["permissions"] == {"contents": "read"}
    assert "pull_request_target" not in workflow["on"]  # strangers' code, with all permissions


def test_each_job_ends_by_itself_and_each_step_does_one_thing(workflow):
    for name, job in workflow["jobs"].items():
        assert job["timeout-minutes"] <= 60, name
        for step in job["steps"]:
            assert ("uses" in step) != ("run" in step), (name, step)


def test_every_action_is_named_with_its_version(workflow):
    used = [
        step["uses"] for job in workflow["jobs"].values() for step in job["steps"] if "uses" in step
    ]
    for action in used:
        assert re.fullmatch(r"[\w.-]+/[\w.-]+@v\d+", action)


def test_no_expression_is_put_into_a_shell(workflow):
    # A title of a pull request could be a command.
    for job in workflow["jobs"].values():
        assert not [step for step in job["steps"] if "${{" in step.get("run", "")]


def test_every_script_and_make_target_that_a_workflow_names_is_there(workflow):
    targets = re.findall(r"^([a-z]+):", (stage.ROOT / "Makefile").read_text(), re.MULTILINE)
    commands = "\n".join(
        step.get("run", "") for job in workflow["jobs"].values() for step in job["steps"]
    )
    assert set(re.findall(r"\bmake ([a-z]+)", commands)) <= set(targets)
    for script in re.findall(r"(?<![\w/])(?:tools|tests|benchmarks|\.ci)/[\w./]+", commands):
        assert (stage.ROOT / script).exists(), script


def test_a_pull_request_of_a_fork_runs_with_no_permission_to_write():
    jobs = load(stage.ROOT / ".github" / "workflows" / "preview.yml")["jobs"]
    for name, job in jobs.items():
        if "write" in job.get("permissions", {}).values():
            own = "github.event.pull_request.head.repo.full_name == github.repository"
            assert own in job["if"], name
            assert not [step for step in job["steps"] if "run" in step], name


def test_publishing_keeps_the_previews_and_a_closed_pull_request_takes_its_own_away():
    publish, preview = (
        load(stage.ROOT / ".github" / "workflows" / f"{name}.yml")
        for name in ("publish", "preview")
    )
    (deploy,) = (s for s in publish["jobs"]["pages"]["steps"] if "deploy" in s.get("uses", ""))
    (put,) = (s for s in preview["jobs"]["publish"]["steps"] if "pr-preview" in s.get("uses", ""))
    assert deploy["with"]["clean-exclude"] == f"{put['with']['umbrella-dir']}/"
    assert "closed" in preview["on"]["pull_request"]["types"]
    assert (
        publish["concurrency"]["group"]
        == preview["jobs"]["publish"]["concurrency"]["group"]
        == "gh-pages"
    )
