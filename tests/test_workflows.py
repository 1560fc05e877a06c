"""The workflows of GitHub Actions may do no more than they need, and what they run works without them."""

import json
import os
import re
import shutil
import subprocess

import pytest
import yaml

from tests import LIMIT, ROOT, copy_sources
from tests.processes import finished

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def load(path):
    """Return a workflow; YAML takes the key ``on`` for a truth value."""
    workflow = yaml.safe_load(path.read_text())
    workflow["on"] = workflow.pop(True)
    return workflow


def commands(workflow):
    """Return what a workflow's own jobs run: others call a workflow."""
    steps = [step for job in workflow["jobs"].values() for step in job.get("steps", [])]
    return [step["run"] for step in steps if "run" in step]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_may_only_read_unless_a_job_says_more_and_what_it_calls_is_there(path):
    workflow = load(path)
    assert workflow["permissions"] == {"contents": "read"}
    assert "pull_request_target" not in workflow["on"]  # strangers' code, with all permissions
    for job in workflow["jobs"].values():
        assert (ROOT / job.get("uses", ".github")).exists()
    for command in commands(workflow):
        assert "${{" not in command  # a pull request's title could be a command
        script, *arguments = command.split()
        if script == ".github/job":
            assert arguments[0] in JOBS
        elif script.startswith("."):
            assert os.access(ROOT / script, os.X_OK), script


# --- what the jobs run ------------------------------------------------------------------

JOBS = re.findall(r"^job_(\w+)\(", (ROOT / ".github" / "job").read_text(), re.MULTILINE)
NOTED = '#!/bin/sh\necho "$(basename $0) $*" >>"$NOTES"\n'


@pytest.fixture
def archive(tmp_path):
    """A copy without .git, in an environment that notes what it is asked for instead of doing it.

    `make` is asked what it would do, so a target that is not there is an error.
    """
    root = copy_sources(tmp_path / "an archive")
    write_programs(
        tmp_path / "bin",
        **dict.fromkeys(["apt-get", "docker", "conda"], NOTED),
        sudo='#!/bin/sh\nexec "$@"\n',
        dpkg='#!/bin/sh\n[ "$1" = --print-architecture ] && echo amd64\n',
        make=f'{NOTED}{shutil.which("make")} --dry-run "$@" >"$NOTES.plan"\n'
        '! grep "There is nothing to make \'[a-z]*\' " "$NOTES.plan" >&2\n',
    )
    write_programs(root / ".venv" / "bin", python=NOTED, playwright=NOTED)
    # What takes too long here.
    write_programs(root / ".github", **dict.fromkeys(["as-on-colab.sh", "push-colab.sh"], NOTED))
    for built in ("pdf/book.pdf", "html/index.html", "links/output.txt"):
        (root / "_build" / built).parent.mkdir(parents=True)
        (root / "_build" / built).touch()
    return root


def write_programs(folder, **programs):
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in programs.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)


def run_in(root, *command):
    """Run a script as a job does, with no terminal and few variables; return what it asked for."""
    notes = root.parent / "notes"
    notes.touch()
    env = {
        "PATH": f"{root.parent / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(root.parent),
        "NOTES": str(notes),
        "CI": "true",
        "GITHUB_REPOSITORY": "someone/a-book",
    }
    done = finished(command, cwd=root, env=env, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr
    return notes.read_text().splitlines()


@pytest.mark.parametrize("name", sorted({*JOBS} - {"test"}))
def test_a_job_gets_to_its_end_in_an_archive_without_git(name, archive):
    asked = run_in(archive, ".github/job", name)
    needs_nothing = {"pythons", "docker", "conda", "mac", "copies"}
    assert any(line.startswith("apt-get install") for line in asked) == (name not in needs_nothing)


def test_ci_tests_each_python_with_the_command_of_the_readme(archive):
    asked = [line for line in run_in(archive, ".github/job", "test") if line.startswith("make ")]
    others = subprocess.check_output([ROOT / ".ci" / "other-pythons"], text=True).split()
    with_others = [line for line in asked if " -C " in line]
    assert "make test" in asked
    assert {*asked} - {*with_others} <= {
        "make environment", "make test", "make test ARGS=-m reads_text", "make data"
    }  # fmt: skip
    for line, python in zip(with_others, others, strict=True):
        assert re.match(rf"make -C \S+ test PYTHON={re.escape(python)} ", line)


@pytest.mark.parametrize(
    ("there", "this", "others"),
    [
        (["3.13"], "3.13", []),
        (["3.11", "3.12", "3.13"], "3.12", ["3.11", "3.13"]),
        (["3.10", "3.14", "3.99"], "3.14", []),
    ],
)
def test_the_oldest_and_the_newest_python_are_found(there, this, others, tmp_path):
    versions = {"python3": this} | {f"python{version}": version for version in there}
    write_programs(tmp_path, **{name: f"#!/bin/sh\necho {v}\n" for name, v in versions.items()})
    for tool in ("dirname", "sed", "uniq", "bash", "env"):
        (tmp_path / tool).symlink_to(shutil.which(tool))
    said = subprocess.check_output(
        [ROOT / ".ci" / "other-pythons"], env={"PATH": str(tmp_path)}, text=True, timeout=LIMIT
    )
    assert said.split() == [f"{tmp_path}/python{version}" for version in others]


def test_everything_that_is_scheduled_is_switched_on_again_and_all_that_can_fail_is_told():
    scheduled = {path.name for path in WORKFLOWS if "schedule" in load(path)["on"]}
    jobs = load(ROOT / ".github" / "workflows" / "weekly.yml")["jobs"]
    tell = jobs.pop("tell")
    assert set(tell["needs"]) == set(jobs)
    stay = tell["steps"][-1]["run"]
    assert set(re.findall(r"\w+\.yml", stay)) == scheduled == {"weekly.yml", "lock.yml"}


# --- what the jobs that write do ------------------------------------------------------


@pytest.fixture(autouse=True)
def own_git(monkeypatch):
    """Let git read no settings of this machine, nor act on the repository whose hook runs the tests."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)


@pytest.fixture
def shell(tmp_path, monkeypatch):
    """Return a function that runs a script where `gh` only notes what it is asked for."""
    write_programs(
        tmp_path / "bin",
        gh='#!/bin/sh\nprintf "%s|" "$@" >>"$NOTES"; echo >>"$NOTES"\n'
        'case "$2" in list) printf %s "$OPEN";; esac\n',
    )
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("NOTES", str(tmp_path / "notes"))

    def run(script, *arguments, cwd=tmp_path, **env):
        (tmp_path / "notes").write_text("")
        subprocess.run(
            [ROOT / ".github" / script, *arguments],
            cwd=cwd, env=os.environ | {"OPEN": ""} | env, check=True, timeout=LIMIT,
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
        (QUIET | {"test": "cancelled"}, "", ["issue|create"]),
        (QUIET | {"next-python": "success"}, "7", ["issue|comment|7"]),
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
    return subprocess.check_output(command, cwd=cwd, text=True, timeout=LIMIT)


LOCKS = ["benchmarks/peers/requirements.txt", "requirements.lock"]


def fill(folder, *names, content):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder


@pytest.fixture
def cloned(tmp_path):
    """A clone with one commit, and where it pushes to."""
    git("init", "--quiet", "--bare", "there", cwd=tmp_path)
    git("clone", "--quiet", "there", "here", cwd=tmp_path)
    here = fill(tmp_path / "here", *LOCKS, content="x==1\n")
    git("add", ".", cwd=here)
    git("commit", "--quiet", "--message=one", cwd=here)
    return here


@pytest.fixture
def artifact(tmp_path):
    """What another job has uploaded: the lock files, and what a malicious package put beside them."""
    return fill(tmp_path / "artifact", *LOCKS, ".github/propose.sh", content="x==2\n")


def test_newer_versions_are_proposed_once_and_tested(cloned, artifact, shell):
    asked = shell("propose.sh", str(artifact), cwd=cloned)
    assert [line.split("|")[1] for line in asked.splitlines() if line[:2] in ("pr", "wo")] == [
        "list", "create", "run"
    ]  # fmt: skip
    there = cloned.parent / "there"
    assert git("diff", "--name-only", "HEAD~", "HEAD", cwd=cloned).split() == LOCKS
    assert git("show", "renew-lock:requirements.lock", cwd=there) == "x==2\n"
    assert not (cloned / ".github").exists()
    assert shell("propose.sh", str(artifact), cwd=cloned) == ""  # nothing is newer


def test_a_link_in_place_of_a_lock_is_not_followed(cloned, artifact, shell):
    (artifact / "requirements.lock").unlink()
    (artifact / "requirements.lock").symlink_to("/etc/passwd")
    with pytest.raises(subprocess.CalledProcessError):
        shell("propose.sh", str(artifact), cwd=cloned)


def test_the_copies_for_colab_are_the_one_commit_of_their_branch(cloned, shell):
    for content in ("one", "two"):
        fill(cloned, "_build/chapter/a.ipynb", content=content)
        shell("push-colab.sh", "_build", cwd=cloned)
    there = cloned.parent / "there"
    assert git("ls-tree", "-r", "--name-only", "colab", cwd=there) == "chapter/a.ipynb\n"
    assert git("show", "colab:chapter/a.ipynb", cwd=there) == "two"
    assert git("rev-list", "--count", "colab", cwd=there) == "1\n"
    assert git("status", "--porcelain", cwd=cloned) == "?? _build/\n"
