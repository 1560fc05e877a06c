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
JOBS = re.findall(r"^job_(\w+)\(", (ROOT / ".github" / "job").read_text(), re.MULTILINE)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_may_only_read_unless_a_job_says_more_and_what_it_calls_is_there(path):
    workflow = yaml.safe_load(path.read_text())
    assert workflow["permissions"] == {"contents": "read"}
    # Strangers' code, with all permissions. YAML takes the key `on` for a truth value.
    assert "pull_request_target" not in workflow[True]
    for job in workflow["jobs"].values():
        assert (ROOT / job.get("uses", ".github")).exists()
        for command in [step["run"] for step in job.get("steps", []) if "run" in step]:
            assert "${{" not in command  # a pull request's title could be a command
            script, *arguments = command.split()
            if script == ".github/job":
                assert arguments[0] in JOBS
            elif script.startswith("."):
                assert os.access(ROOT / script, os.X_OK), script


def test_everything_that_is_scheduled_is_switched_on_again_and_all_that_can_fail_is_told():
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "weekly.yml").read_text())["jobs"]
    tell = jobs.pop("tell")
    assert set(tell["needs"]) == set(jobs)
    scheduled = {path.name for path in WORKFLOWS if "\n  schedule:\n" in path.read_text()}
    assert scheduled and set(re.findall(r"\w+\.yml", tell["steps"][-1]["run"])) == scheduled


# --- what the jobs run ------------------------------------------------------------------

NOTED = '#!/bin/sh\necho "$(basename $0) $*" >>"$NOTES"\n'


def write_programs(folder, **programs):
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in programs.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """A copy without .git, in an environment that notes what it is asked for instead of doing it.

    `make` is asked what it would do, so a target that is not there is an error.
    """
    root = copy_sources(tmp_path_factory.mktemp("jobs") / "an archive")
    write_programs(
        root.parent / "bin",
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


@pytest.mark.parametrize("name", JOBS)
def test_a_job_gets_to_its_end_in_an_archive_without_git(name, archive):
    notes = archive.parent / "notes"
    notes.write_text("")
    env = {
        "PATH": f"{archive.parent / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(archive.parent),
        "NOTES": str(notes),
        "CI": "true",
        "GITHUB_REPOSITORY": "someone/a-book",
    }
    done = finished([".github/job", name], cwd=archive, env=env, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr
    asked = notes.read_text()
    needs_nothing = {"pythons", "docker", "conda", "mac", "copies"}
    assert ("apt-get install" in asked) == (name not in needs_nothing)
    if name == "test":
        assert "\nmake test\n" in asked
        others = finished([ROOT / ".ci" / "other-pythons"])
        assert others.returncode == 0
        again = re.findall(r"^make -C \S+ test PYTHON=(\S+) ", asked, re.M)
        assert again == others.stdout.split()


@pytest.mark.parametrize(
    ("there", "this", "others"),
    [
        (["3.13"], "3.13", []),
        (["3.10", "3.11", "3.12", "3.13", "3.99"], "3.12", ["3.11", "3.13"]),
    ],
)
def test_the_oldest_and_the_newest_python_are_found(there, this, others, tmp_path):
    versions = {"python3": this} | {f"python{version}": version for version in there}
    write_programs(tmp_path, **{name: f"#!/bin/sh\necho {v}\n" for name, v in versions.items()})
    for tool in ("dirname", "sed", "uniq", "bash", "env"):
        (tmp_path / tool).symlink_to(shutil.which(tool))
    said = finished([ROOT / ".ci" / "other-pythons"], env={"PATH": str(tmp_path)}).stdout
    assert said.split() == [f"{tmp_path}/python{version}" for version in others]


# --- what the jobs that write do ------------------------------------------------------

LOCKS = ["benchmarks/peers/requirements.txt", "requirements.lock"]


@pytest.fixture
def shell(tmp_path, monkeypatch):
    """Return a function that runs a script where `gh` only notes what it is asked for.

    It runs in a clone with one commit; what it pushes is in the folder `there`.
    """
    # Neither this machine's settings, nor the repository whose hook runs the tests.
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    write_programs(
        tmp_path / "bin",
        gh='#!/bin/sh\nprintf "%s|" "$@" >>"$NOTES"; echo >>"$NOTES"\n'
        'case "$2" in list) printf %s "$OPEN";; esac\n',
    )
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("NOTES", str(tmp_path / "notes"))
    git("init", "--quiet", "--bare", "there", cwd=tmp_path)
    git("clone", "--quiet", "there", "here", cwd=tmp_path)
    fill(tmp_path / "here", *LOCKS, content="x==1\n")
    git("add", ".", cwd=tmp_path / "here")
    git("commit", "--quiet", "--message=one", cwd=tmp_path / "here")

    def run(script, *arguments, **env):
        (tmp_path / "notes").write_text("")
        done = finished(
            [ROOT / ".github" / script, *arguments],
            cwd=tmp_path / "here",
            env=os.environ | {"OPEN": ""} | env,
        )
        return done.returncode, (tmp_path / "notes").read_text()

    return run


def git(*arguments, cwd):
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments]
    return subprocess.check_output(command, cwd=cwd, text=True, timeout=LIMIT)


def fill(folder, *names, content):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)


@pytest.mark.skipif(not shutil.which("jq"), reason="jq is not there: GitHub has it")
@pytest.mark.parametrize(
    ("test", "next_python", "open_issue", "asked"),
    [
        ("success", "failure", "", []),
        ("cancelled", "failure", "", ["issue|create"]),
        ("success", "success", "7", ["issue|comment|7"]),
        ("success", "failure", "7", ["issue|close|7"]),
    ],
)
def test_one_issue_tells_how_the_week_was(test, next_python, open_issue, asked, shell):
    needs = json.dumps({"test": {"result": test}, "next-python": {"result": next_python}})
    _, notes = shell("tell.sh", RESULTS=needs, RUN="https://run", OPEN=open_issue)
    done = re.findall(r"^issue\|(?:create|comment\|\d+|close\|\d+)", notes, re.MULTILINE)
    assert done == asked
    if asked:
        assert f"- test: {test}\n- next-python: {next_python}\n\nhttps://run" in notes


def test_newer_versions_are_proposed_once_and_tested(shell, tmp_path):
    here, artifact = tmp_path / "here", tmp_path / "artifact"
    # What a malicious package could put beside the lock files is not taken.
    fill(artifact, *LOCKS, ".github/propose.sh", content="x==2\n")
    _, asked = shell("propose.sh", str(artifact))
    assert re.findall(r"^(?:pr|workflow)\|(\w+)", asked, re.MULTILINE) == ["list", "create", "run"]
    assert git("diff", "--name-only", "HEAD~", "HEAD", cwd=here).split() == LOCKS
    assert git("show", "renew-lock:requirements.lock", cwd=tmp_path / "there") == "x==2\n"
    assert not (here / ".github").exists()
    assert shell("propose.sh", str(artifact)) == (0, "")  # nothing is newer
    (artifact / "requirements.lock").unlink()
    (artifact / "requirements.lock").symlink_to("/etc/passwd")
    failed, asked = shell("propose.sh", str(artifact))
    assert failed and not asked


def test_the_copies_for_colab_are_the_one_commit_of_their_branch(shell, tmp_path):
    for content in ("one", "two"):
        fill(tmp_path / "here", "_build/chapter/a.ipynb", content=content)
        shell("push-colab.sh", "_build")
    there = tmp_path / "there"
    assert git("ls-tree", "-r", "--name-only", "colab", cwd=there) == "chapter/a.ipynb\n"
    assert git("show", "colab:chapter/a.ipynb", cwd=there) == "two"
    assert git("rev-list", "--count", "colab", cwd=there) == "1\n"
    assert git("status", "--porcelain", cwd=tmp_path / "here") == "?? _build/\n"
