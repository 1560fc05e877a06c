"""The workflows of GitHub Actions: they may do no more than they need, and what they name is there."""

import json
import os
import re
import shutil
import subprocess

import pytest
import yaml

from tests import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def load(path):
    """Return a workflow; YAML takes the key ``on`` for a truth value."""
    workflow = yaml.safe_load(path.read_text())
    workflow["on"] = workflow.pop(True)
    return workflow


def commands(workflow):
    """Return what a workflow's own jobs run: others call a workflow."""
    steps = [step for job in workflow["jobs"].values() for step in job.get("steps", [])]
    return "\n".join(step.get("run", "") for step in steps)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_may_only_read_unless_a_job_says_more(path):
    workflow = load(path)
    assert workflow["permissions"] == {"contents": "read"}
    assert "pull_request_target" not in workflow["on"]  # strangers' code, with all permissions
    assert "${{" not in commands(workflow)  # a title of a pull request could be a command


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_workflow_script_and_make_target_that_a_workflow_names_is_there(path):
    workflow = load(path)
    for job in workflow["jobs"].values():
        assert (ROOT / job.get("uses", ".github")).exists()
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"\bmake ([a-z]+)", commands(workflow))) <= set(targets)
    for script in re.findall(r"(?<![\w/])(?:tests|\.ci|\.github)/[\w./-]+", commands(workflow)):
        assert (ROOT / script).exists(), script


def test_everything_that_is_scheduled_is_switched_on_again_and_all_that_can_fail_is_told():
    scheduled = {path.name for path in WORKFLOWS if "schedule" in load(path)["on"]}
    jobs = load(ROOT / ".github" / "workflows" / "weekly.yml")["jobs"]
    tell = jobs.pop("tell")
    assert set(tell["needs"]) == set(jobs)
    stay = tell["steps"][-1]["run"]
    assert set(re.findall(r"\w+\.yml", stay)) == scheduled == {"weekly.yml", "lock.yml"}


# --- what the jobs that write do ------------------------------------------------------


@pytest.fixture
def shell(tmp_path, monkeypatch):
    """Return a function that runs a script where `gh` only notes what it is asked for."""
    gh = tmp_path / "bin" / "gh"
    gh.parent.mkdir()
    gh.write_text(
        '#!/bin/sh\nprintf "%s|" "$@" >>"$NOTES"; echo >>"$NOTES"\n'
        'case "$2" in list) printf %s "$OPEN";; esac\n'
    )
    gh.chmod(0o755)
    monkeypatch.setenv("PATH", f"{gh.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("NOTES", str(tmp_path / "notes"))

    def run(script, *arguments, cwd=tmp_path, **env):
        (tmp_path / "notes").write_text("")
        subprocess.run(
            [ROOT / ".github" / script, *arguments],
            cwd=cwd, env=os.environ | {"OPEN": ""} | env, check=True,
        )  # fmt: skip
        return (tmp_path / "notes").read_text()

    return run


needs_jq = pytest.mark.skipif(not shutil.which("jq"), reason="jq is not there: GitHub has it")
QUIET = {"test": "success", "next-python": "failure", "mac": "failure"}


@needs_jq
@pytest.mark.parametrize(
    ("results", "open_issue", "asked"),
    [
        (QUIET, "", []),
        (QUIET | {"test": "failure"}, "", ["issue|create"]),
        (QUIET | {"test": "cancelled"}, "7", ["issue|comment|7"]),
        (QUIET | {"next-python": "success"}, "", ["issue|create"]),
        (QUIET, "7", ["issue|close|7"]),
    ],
)
def test_one_issue_tells_how_the_week_was(results, open_issue, asked, shell):
    needs = json.dumps({name: {"result": result} for name, result in results.items()})
    notes = shell("tell.sh", RESULTS=needs, RUN="https://run", OPEN=open_issue)
    done = re.findall(r"^issue\|(?:create|comment\|\d+|close\|\d+)", notes, re.MULTILINE)
    assert done == asked
    if asked:
        assert all(f"- {name}: {result}" in notes for name, result in results.items())
        assert "https://run" in notes


def git(*arguments, cwd):
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments]
    return subprocess.check_output(command, cwd=cwd, text=True)


@pytest.fixture
def cloned(tmp_path):
    """A clone with one commit, and where it pushes to."""
    git("init", "--quiet", "--bare", "there", cwd=tmp_path)
    git("clone", "--quiet", "there", "here", cwd=tmp_path)
    (tmp_path / "here" / "lock").write_text("x==1\n")
    git("add", ".", cwd=tmp_path / "here")
    git("commit", "--quiet", "--message=one", cwd=tmp_path / "here")
    return tmp_path / "here"


def test_newer_versions_are_proposed_once_and_tested(cloned, shell):
    assert shell("propose.sh", cwd=cloned) == ""
    (cloned / "lock").write_text("x==2\n")
    asked = shell("propose.sh", cwd=cloned)
    assert [line.split("|")[1] for line in asked.splitlines() if line[:2] in ("pr", "wo")] == [
        "list", "create", "run"
    ]  # fmt: skip
    assert git("show", "renew-lock:lock", cwd=cloned.parent / "there") == "x==2\n"


def test_the_copies_for_colab_are_the_one_commit_of_their_branch(cloned, shell):
    (cloned / "_build" / "chapter").mkdir(parents=True)
    for content in ("one", "two"):
        (cloned / "_build" / "chapter" / "a.ipynb").write_text(content)
        shell("push-colab.sh", "_build", cwd=cloned)
    there = cloned.parent / "there"
    assert git("ls-tree", "-r", "--name-only", "colab", cwd=there) == "chapter/a.ipynb\n"
    assert git("show", "colab:chapter/a.ipynb", cwd=there) == "two"
    assert git("rev-list", "--count", "colab", cwd=there) == "1\n"
    assert git("status", "--porcelain", cwd=cloned) == "?? _build/\n"
