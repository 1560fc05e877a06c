"""The container: it is made from the one list of packages, and its own lines make what works."""

import contextlib
import fnmatch
import json
import os
import re
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests import ROOT


def instructions():
    """Return the instructions of the Dockerfile, each with what follows it."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [tuple(line.split(maxsplit=1)) for line in lines]


def of_kind(kind):
    return [rest for instruction, rest in instructions() if instruction == kind]


# --- what costs nothing to check ------------------------------------------------------


def test_the_packages_are_those_of_the_list():
    (installed,) = re.findall(r"apt-get install -y (.*?) &&", "\n".join(of_kind("RUN")))
    assert installed == "$(cat apt.txt)"
    assert of_kind("FROM")[0].split()[1].startswith("debian:")


def test_what_is_copied_is_there_and_nothing_that_was_made_here():
    for rest in of_kind("COPY"):
        *sources, _ = [word for word in rest.split() if not word.startswith("--")]
        for source in sources:
            assert (ROOT / source).exists(), source
    left_out = (ROOT / ".dockerignore").read_text().split()
    made = re.findall(r"^/(.+)/$", (ROOT / ".gitignore").read_text(), re.MULTILINE)
    assert ".venv" in made
    for folder in [".git", *made]:
        assert any(fnmatch.fnmatch(folder, pattern) for pattern in left_out), folder


def test_a_development_container_has_the_same_packages_and_makes_its_environment():
    settings = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text())
    build = settings["build"]
    dockerfile = ROOT / ".devcontainer" / build["dockerfile"]
    assert dockerfile.resolve() == ROOT / "Dockerfile"
    assert (ROOT / ".devcontainer" / build["context"]).resolve() == ROOT
    stages = [rest.partition(" AS ")[2] for rest in of_kind("FROM")]
    assert build["target"] in stages
    before, _, _ = dockerfile.read_text().partition(f"FROM {build['target']}")
    assert "apt.txt" in before
    assert f"useradd --create-home {settings['remoteUser']}" in before
    assert settings["postCreateCommand"] == "make environment"
    assert [str(port) for port in settings["forwardPorts"]] == of_kind("EXPOSE")


# --- a container without Docker -------------------------------------------------------

# How this machine reaches package indexes.
NETWORK = re.compile(
    r"PIP_(INDEX_URL|CERT|DEFAULT_TIMEOUT)|SSL_CERT_\w+|\w+_(CA_BUNDLE|PROXY|proxy)"
)
ENTER = """
mount -t proc proc "$0/proc" && mount --bind /dev "$0/dev" && mount -t tmpfs tmpfs "$0/dev/shm"
exec chroot "$@"
"""


class Container:
    """A bare Debian in a folder, which carries out the instructions of a Dockerfile."""

    def __init__(self, folder):
        self.folder, self.user, self.workdir = folder, "root", "/"
        self.environment = {name: os.environ[name] for name in os.environ if NETWORK.match(name)}
        self.environment |= {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "DEBIAN_FRONTEND": "noninteractive",
        }

    def carry_out(self, instruction, rest):
        getattr(self, f"do_{instruction.lower()}")(rest)

    def do_from(self, rest):
        if "debian:" in rest:
            suite = re.search(r"debian:(\w+)-slim", rest)[1]
            subprocess.run(["debootstrap", "--variant=minbase", suite, self.folder], check=True)
            for name in ("resolv.conf", "hosts", "apt/apt.conf.d", "ssl/certs"):
                source, target = f"/etc/{name}", self.folder / "etc" / name
                if os.path.isdir(source):
                    shutil.copytree(source, target, dirs_exist_ok=True)
                else:
                    shutil.copy(source, target)

    def do_env(self, rest):
        name, _, value = rest.partition("=")
        self.environment[name] = value

    def do_user(self, rest):
        self.user = rest

    def do_workdir(self, rest):
        self.workdir = rest
        self.inside(rest).mkdir(exist_ok=True)

    def do_copy(self, rest):
        options = [word for word in rest.split() if word.startswith("--")]
        *sources, target = rest.split()[len(options) :]
        ignored = [
            line.removeprefix("**/") for line in (ROOT / ".dockerignore").read_text().split()
        ]
        ignore = shutil.ignore_patterns(*ignored)
        into = self.inside(self.workdir) / target.removeprefix("/")
        for source in sources:
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, into, ignore=ignore, dirs_exist_ok=True)
            else:
                into.mkdir(exist_ok=True)
                shutil.copy(ROOT / source, into)
        for option in options:
            user = option.removeprefix("--chown=")
            self.run(f"chown --recursive {user} {target}", user="root")

    def do_run(self, rest):
        self.run(rest)

    def do_expose(self, rest):
        self.port = int(rest)

    def do_cmd(self, rest):
        self.command = json.loads(rest)

    def inside(self, path):
        return self.folder / path.removeprefix("/")

    def run(self, command, user=None):
        with self.start(["sh", "-c", command], user) as process:
            said, _ = process.communicate()
        print(said)
        assert process.returncode == 0, said

    def start(self, command, user=None):
        enter = ["unshare", "--mount", "--pid", "--fork", "sh", "-c", ENTER]
        user = user or self.user
        within = ["env", "--chdir", self.workdir, f"HOME=/home/{user}", *command]
        return subprocess.Popen(
            [*enter, self.folder, f"--userspec={user}", self.folder, *within],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


def kill_child(pid):
    """Kill the only process that a process has started: the first of its namespace, so all in it."""
    os.kill(int(Path(f"/proc/{pid}/task/{pid}/children").read_text()), signal.SIGKILL)


def answer_of(address, server):
    """Ask a server for a page until it answers: it names its address a moment before it listens."""
    while server.poll() is None:
        with contextlib.suppress(urllib.error.URLError), urllib.request.urlopen(address) as answer:
            return answer.read().decode()
        time.sleep(0.2)
    pytest.fail(f"the server has ended, with {server.returncode}")


@pytest.fixture
def container(tmp_path):
    if os.environ.get("CONTAINER_TEST") != "1":
        pytest.skip(
            "no container is made, which takes root and minutes: CONTAINER_TEST=1 asks for it"
        )
    yield Container(tmp_path / "debian")
    shutil.rmtree(tmp_path / "debian")  # gigabytes


def test_the_lines_of_the_dockerfile_make_a_container_that_works(container):
    for instruction, rest in instructions():
        container.carry_out(instruction, rest)
    container.run("make html")
    assert container.inside("/book/_build/html/index.html").exists()

    with container.start(container.command) as jupyterlab, contextlib.ExitStack() as at_the_end:
        at_the_end.callback(kill_child, jupyterlab.pid)
        said = iter(jupyterlab.stdout.readline, "")
        address = next(found[0] for line in said if (found := re.search(r"http://127\S+", line)))
        assert f":{container.port}/" in address
        assert "JupyterLab" in answer_of(address, jupyterlab)
