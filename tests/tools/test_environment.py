"""The environment: what its making does when something is missing, and what pins it."""

import ast
import errno
import json
import queue
import re
import subprocess
import sys
import threading
import tomllib
from importlib import metadata

import pytest
import yaml
from packaging.markers import Marker
from packaging.requirements import Requirement

from tests import LIMIT, ROOT
from tools import environment

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
SUPPORTED = ["3.11", "3.12", "3.13", "3.14"]


# --- making .venv -----------------------------------------------------------------


@pytest.fixture
def checkout(tmp_path):
    """A folder with a lock, and the place of an environment."""
    root = tmp_path / "with a space"
    (root / ".venv").mkdir(parents=True)
    (root / "requirements.lock").write_text("mxnet==1.9.1")
    return root


@pytest.fixture
def installed(monkeypatch):
    """The folders that an environment was made in, where making one costs nothing."""
    folders = []
    monkeypatch.setattr(environment, "install", lambda root, lock_file: folders.append(root))
    return folders


def stamp(root):
    return root / ".venv" / "complete.json"


def restamp(root, **changes):
    made = json.loads(stamp(root).read_text())
    stamp(root).write_text(json.dumps({**made, **changes}))


@pytest.mark.parametrize("uv_fails", [False, True])
def test_the_lock_is_installed_by_uv_and_where_that_fails_by_pip(checkout, monkeypatch, uv_fails):
    lock = checkout / "requirements.lock"
    pins = ["mxnet==1.9.1 \\\n    --hash=sha256:1", "uv==0.1 \\\n    --hash=sha256:2", "x==1"]
    lock.write_text("\n".join(pins))
    done = []

    def run(command, log, lock_file):
        (checkout / ".venv").mkdir(exist_ok=True)
        if "install" not in command:
            return
        assert "--require-hashes" in command and "--only-binary=:all:" in command
        program = "uv" if command[0].endswith("/uv") else "pip"
        assert ("--system-certs" in command) == (program == "uv")
        assert ("--compile-bytecode" in command) == (program == "uv")
        done.append((program, command[-1]))
        if program == "uv" and uv_fails:
            raise environment.SetupError("uv knows no mirror")

    monkeypatch.setattr(environment, "run", run)
    environment.make_environment(checkout, this_python=False)
    of_uv = checkout / "_build" / "uv.lock"
    assert of_uv.read_text() == pins[1] + "\n"
    installations = [("pip", str(of_uv)), ("uv", str(lock)), ("pip", str(lock))]
    assert done == installations[: 2 + uv_fails]


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        ("Resolved 9 packages\nDownloading numpy (17.4MiB)\nDownloading lxml (5.0MiB)\n", "0 of 2"),
        ("Downloading numpy (17.4MiB)\nDownloading lxml (5.0MiB)\n Downloaded lxml\n", "1 of 2"),
        ("Collecting numpy==1\n  Downloading numpy-1.whl\nCollecting lxml==6\n", "2 packages"),
        ("Traceback\n", ""),
    ],
)
def test_how_far_it_is_is_read_from_what_uv_or_pip_prints(printed, said):
    shown = environment.how_far(printed.splitlines(keepends=True))
    assert said in shown and bool(said) == bool(shown)


def test_a_half_made_environment_is_made_again_and_a_good_one_stays(checkout, installed):
    environment.make_environment(checkout, this_python=True)
    assert installed == [checkout]
    environment.make_environment(checkout, this_python=True)
    assert installed == [checkout]


def test_a_failed_installation_leaves_no_stamp(checkout, monkeypatch):
    def fail(root, lock_file):
        raise environment.SetupError("no")

    monkeypatch.setattr(environment, "install", fail)
    with pytest.raises(environment.SetupError):
        environment.make_environment(checkout, this_python=False)
    assert not stamp(checkout).exists()


@pytest.mark.parametrize("change", [{"lock": "another"}, {"python": "/gone/python3.12"}])
def test_an_environment_that_is_out_of_date_is_made_again(checkout, installed, change):
    environment.make_environment(checkout, this_python=False)
    restamp(checkout, **change)
    environment.make_environment(checkout, this_python=False)
    assert len(installed) == 2


def test_a_moved_environment_is_made_again(checkout, installed):
    environment.make_environment(checkout, this_python=False)
    moved = checkout.rename(checkout.with_name("elsewhere"))
    environment.make_environment(moved, this_python=False)
    assert installed == [checkout, moved]


def test_an_unreadable_stamp_is_no_stamp(checkout, installed):
    stamp(checkout).write_text("{")
    environment.make_environment(checkout, this_python=False)
    assert len(installed) == 1


def test_another_python_replaces_a_good_environment_only_if_it_is_named(checkout, installed):
    environment.make_environment(checkout, this_python=True)
    restamp(checkout, python="/bin/sh")  # some other program that is there
    environment.make_environment(checkout, this_python=False)
    assert len(installed) == 1
    environment.make_environment(checkout, this_python=True)
    assert len(installed) == 2


def test_an_environment_in_which_something_still_writes_is_out_of_the_way(checkout):
    venv, old = checkout / ".venv", checkout / "old"
    script = """
import os, pathlib, sys
os.chdir(sys.argv[1])
for number in range(10**9):
    pathlib.Path(f"{number}.pyc").touch()
    print(flush=True)
"""
    with subprocess.Popen([sys.executable, "-c", script, venv], stdout=subprocess.PIPE) as writer:
        try:
            for _ in range(3):
                writer.stdout.readline()
            environment.remove(venv, old)
        finally:
            writer.kill()
    assert not venv.exists()
    environment.remove(venv, old)
    assert not old.exists()


@pytest.fixture
def said(monkeypatch):
    """What the making says, line by line, for a test that waits for a line."""
    lines = queue.Queue()
    monkeypatch.setattr(environment, "print", lambda line, **_: lines.put(line), raising=False)
    return lines


def test_a_pip_whose_make_was_killed_is_waited_for(checkout, installed, said):
    with environment.alone(checkout) as lock_file:
        orphan = subprocess.Popen(
            [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=[lock_file.fileno()]
        )
    making = threading.Thread(target=environment.make_environment, args=(checkout, False))
    try:
        making.start()
        assert "waiting for it" in said.get(timeout=LIMIT)
        assert not installed
    finally:
        orphan.communicate(b"\n")
        making.join()
    assert installed == [checkout]


def test_what_another_command_has_just_made_is_not_made_again(checkout, installed, said):
    with environment.alone(checkout):
        making = threading.Thread(target=environment.make_environment, args=(checkout, False))
        making.start()
        assert "waiting for it" in said.get(timeout=LIMIT)
        stamp(checkout).write_text(json.dumps(environment.description(checkout)))
    making.join()
    assert not installed


# --- what stands in the way -------------------------------------------------------


@pytest.mark.parametrize("version", [(3, 6), (3, 10), (3, 15)])
def test_an_unsupported_python_is_refused(version, monkeypatch):
    monkeypatch.delenv("ANY_PYTHON", raising=False)
    with pytest.raises(environment.SetupError, match=r"3\.11 to 3\.14.* make PYTHON="):
        environment.check_python(version)


def test_a_newer_python_may_be_tried_and_an_older_one_not(monkeypatch):
    monkeypatch.setenv("ANY_PYTHON", "1")
    environment.check_python((3, 15))
    with pytest.raises(environment.SetupError):
        environment.check_python((3, 10))


@pytest.mark.parametrize("version", SUPPORTED)
def test_a_supported_python_is_taken(version):
    environment.check_python(tuple(map(int, version.split("."))))


@pytest.mark.parametrize("platform", [("Darwin", "arm64"), ("Linux", "aarch64")])
def test_another_platform_is_refused(platform):
    with pytest.raises(environment.SetupError, match=r"Linux for x86-64"):
        environment.check_platform(*platform)


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_all_that_the_system_lacks_is_named_at_once_and_before_the_installation(
    module, checkout, installed, monkeypatch
):
    def bare_debian(name):
        if name in ("libgomp.so.1", "libquadmath.so.0"):
            raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr(environment.ctypes, "CDLL", bare_debian)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(environment.SetupError) as caught:
        environment.make_environment(checkout, this_python=False)
    lacking, command, _ = str(caught.value).split("\n\n")  # a line to copy
    assert all(name in lacking for name in (module, "libgomp.so.1", "libquadmath.so.0"))
    assert command.endswith("apt-get install -y libgomp1 libquadmath0 python3-venv")
    assert not installed


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (
            "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError("
            "[Errno 111] Connection refused)': /mxnet/\n"
            "ERROR: No matching distribution found for mxnet==1.9.1\n",
            "No connection to the package index",
        ),
        (
            "Collecting mxnet==1.9.1\nERROR: Could not find a version that satisfies the "
            "requirement mxnet==1.9.1 (from versions: none)\n"
            "ERROR: No matching distribution found for mxnet==1.9.1\n",
            "There is no wheel of mxnet==1.9.1 for this Python",
        ),
        (
            "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on "
            "device\n",
            "The disk is full",
        ),
        (
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.\n"
            "    six==1.17.0: Expected sha256 47\n         Got        e3\n",
            "A downloaded package is not the one that requirements.lock names",
        ),
        ("Traceback\nImportError: MXNet needs a library.\n", "MXNet needs a library"),
        ("", "It failed without a word"),
    ],
    ids=["network", "wheel", "disk", "hash", "else", "nothing"],
)
def test_what_a_failed_command_printed_is_explained(output, message):
    assert environment.meaning(output).startswith(message)


def test_a_failed_command_names_the_log_that_has_its_output(tmp_path):
    command = [sys.executable, "-c", "print('some words'); raise SystemExit(3)"]
    path = tmp_path / "environment.log"
    with (
        environment.alone(tmp_path) as lock_file,
        path.open("w") as log,
        pytest.raises(environment.SetupError, match="some words") as caught,
    ):
        environment.run(command, log, lock_file)
    assert str(path) in str(caught.value)
    assert path.read_text() == "some words\n"


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (environment.SetupError("Something is missing"), "Something is missing."),
        (KeyboardInterrupt(), "Interrupted. The next run begins again."),
        (OSError(errno.ENOSPC, "No space left on device"), f"{environment.DISK_FULL}."),
        (OSError(errno.EACCES, "Permission denied", ".venv"), "[Errno 13] Permission denied"),
    ],
)
def test_an_obstacle_is_one_line(error, line, monkeypatch):
    def stop(root, this_python):
        raise error

    monkeypatch.setattr(environment, "make_environment", stop)
    with pytest.raises(SystemExit) as caught:
        environment.main()
    assert caught.value.code.startswith(line)
    assert "\n" not in caught.value.code


def test_an_old_python_can_read_the_script():
    # 3.7 is the oldest that ast can imitate.
    ast.parse((ROOT / "tools" / "environment.py").read_text(), feature_version=(3, 7))


# --- what pins it -----------------------------------------------------------------


def pins():
    """Return the lock as a list of name, version, marker (or None) and number of hashes."""
    lock = (ROOT / "requirements.lock").read_text()
    entry = re.compile(r"^(\S+)==(\S+)(?: ; (.*?))? \\\n((?:    --hash=sha256:\w{64}.*\n)+)", re.M)
    return [
        (name, version, marker, len(hashes.split("\n")) - 1)
        for name, version, marker, hashes in entry.findall(lock)
    ]


def pinned(name, python):
    """Return the version of a package that the lock has for a Python on Linux."""
    here = {"python_version": python, "python_full_version": f"{python}.0", "sys_platform": "linux"}
    [version] = [
        version
        for pinned_name, version, marker, _ in pins()
        if pinned_name == name and (not marker or Marker(marker).evaluate(here))
    ]
    return version


def test_every_line_of_the_lock_has_hashes():
    lock = (ROOT / "requirements.lock").read_text()
    assert len(pins()) == len(re.findall(r"^[^\s#]", lock, re.M)) > 100
    assert all(num_hashes for *_, num_hashes in pins())


@pytest.mark.parametrize("python", SUPPORTED)
def test_the_lock_has_what_the_project_asks_for(python):
    asked = PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["chapter"]
    for requirement in map(Requirement, asked):
        if requirement.marker is None or requirement.marker.evaluate({"python_version": python}):
            assert requirement.specifier.contains(pinned(requirement.name, python)), requirement


def conda_packages():
    """Return the packages that environment.yml takes from conda, and those from pip."""
    packages = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    [from_pip] = [package["pip"] for package in packages if isinstance(package, dict)]
    return [package for package in packages if isinstance(package, str)], from_pip


def test_conda_installs_the_lock_and_nothing_beside_it():
    from_conda, from_pip = conda_packages()
    assert from_pip == ["-r requirements.lock"]
    locked = {name for name, *_ in pins()}
    assert not locked & {re.split(r"[=<> ]", package)[0] for package in from_conda}


def test_pip_itself_accepts_the_lock_on_the_python_of_conda():
    # conda's pip follows MXNet's own metadata, so it needs the NumPy that MXNet asks for.
    [python] = [package[7:] for package in conda_packages()[0] if package.startswith("python=")]
    assert python in SUPPORTED
    for requirement in map(Requirement, metadata.requires("mxnet")):
        assert requirement.specifier.contains(pinned(requirement.name, python))


def test_the_supported_pythons_are_the_same_everywhere():
    assert f"{environment.OLDEST}, {environment.NEWEST}" == "(3, 11), (3, 14)"
    assert PROJECT["project"]["requires-python"] == ">=3.11"
    named = [name.rpartition(" :: ")[2] for name in PROJECT["project"]["classifiers"]]
    assert named == SUPPORTED
    assert "(3, 11) <= sys.version_info < (3, 15)" in (ROOT / "Makefile").read_text()
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text())
    assert workflow["jobs"]["test"]["strategy"]["matrix"]["python"] == [*SUPPORTED, "3.15"]


def test_every_page_and_message_tells_the_supported_pythons():
    told = re.compile(r"\b3\.11(?: to |, [\d., ]+ or )(3\.\d+)")
    pages = ["README.md", "book/how-to-run.md", "book/mxnet-today.md"]
    for page in [*pages, "Makefile", "tools/environment.py"]:
        newest = told.findall((ROOT / page).read_text(encoding="utf-8"))
        assert newest and set(newest) == {SUPPORTED[-1]}, page
