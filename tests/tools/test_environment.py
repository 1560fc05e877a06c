"""The environment: what its making does when something is missing, and what pins it."""

import ast
import hashlib
import json
import os
import re
import subprocess
import sys
import threading
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.markers import Marker
from packaging.requirements import Requirement

from tests import ROOT
from tools import environment

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
SUPPORTED = [name.rpartition(" :: ")[2] for name in PROJECT["project"]["classifiers"]]


# --- making .venv -----------------------------------------------------------------


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A folder with a lock, on a system where nothing is missing."""
    root = tmp_path / "with a space"
    root.mkdir()
    (root / "requirements.lock").write_text("mxnet==1.9.1")
    monkeypatch.setattr(environment, "has_library", lambda name: True)
    return root


@pytest.fixture
def installed(monkeypatch):
    """The folders that an environment was made in, where making one costs nothing."""
    folders = []

    def install(root, venv, python):
        venv.mkdir(exist_ok=True)
        folders.append(root)

    monkeypatch.setattr(environment, "install", install)
    return folders


def stamp(root):
    return root / ".venv" / "complete.json"


def restamp(root, **changes):
    made = json.loads(stamp(root).read_text())
    stamp(root).write_text(json.dumps({**made, **changes}))


def test_uv_installs_the_lock_and_pip_installs_uv(checkout, monkeypatch):
    lock = checkout / "requirements.lock"
    pins = ["mxnet==1.9.1 \\\n    --hash=sha256:1", "uv==0.1 \\\n    --hash=sha256:2", "x==1"]
    lock.write_text("\n".join(pins))
    (checkout / "wheels").mkdir()
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror")
    monkeypatch.delenv("PIP_NO_INDEX", raising=False)
    monkeypatch.setattr(environment.platform, "machine", lambda: "x86_64")
    done = []

    def run(command, cwd=None, env=None):
        stamp(checkout).parent.mkdir(exist_ok=True)
        if "install" in command:
            assert {"--require-hashes", "--only-binary=:all:", "--no-deps"} <= set(command)
            assert f"--find-links={checkout / 'wheels'}" in command
            done.append((command[0].rpartition("/")[2], Path(command[-1]).read_text(), env))

    monkeypatch.setattr(environment.subprocess, "check_call", run)
    environment.make_environment(checkout, this_python=True)
    (pip, of_uv, _), (uv, everything, env) = done
    assert (pip, of_uv) == ("python", pins[1] + "\n")
    assert (uv, everything, env["UV_DEFAULT_INDEX"]) == ("uv", lock.read_text(), "https://mirror")


def test_a_failed_installation_leaves_no_stamp_and_one_line(checkout, monkeypatch):
    def fail(command, **_):
        raise subprocess.CalledProcessError(1, command)

    monkeypatch.setattr(environment, "ROOT", checkout)
    monkeypatch.setattr(environment, "supported", lambda: [sys.version_info[:2]])
    monkeypatch.setattr(environment.subprocess, "check_call", fail)
    monkeypatch.setattr(sys, "argv", ["environment.py", "--this-python"])
    with pytest.raises(SystemExit, match="What it says above is why"):
        environment.main()
    assert not stamp(checkout).exists()


@pytest.mark.parametrize(
    "stamped",
    [
        None,
        "{",
        '{"lock": "another"}',
        '{"python": "/gone/python3.12"}',
        '{"venv": "/moved/.venv"}',
    ],
)
def test_an_environment_that_is_half_made_or_out_of_date_is_made_again(
    stamped, checkout, installed
):
    environment.make_environment(checkout, this_python=True)
    environment.make_environment(checkout, this_python=True)
    assert installed == [checkout]
    if stamped is None:
        stamp(checkout).unlink()
    elif stamped == "{":
        stamp(checkout).write_text(stamped)
    else:
        restamp(checkout, **json.loads(stamped))
    environment.make_environment(checkout, this_python=False)
    assert installed == [checkout] * 2


def test_two_commands_make_one_environment(checkout, installed):
    making = threading.Thread(target=environment.make_environment, args=(checkout, True))
    with environment.alone(checkout):
        making.start()
        made = {"lock": hashlib.sha256(b"mxnet==1.9.1").hexdigest()}
        made |= {"venv": str(stamp(checkout).parent), "python": os.path.realpath(sys.executable)}
        stamp(checkout).parent.mkdir()
        stamp(checkout).write_text(json.dumps(made))
    making.join()
    assert not installed


def test_another_python_replaces_a_good_environment_only_if_it_is_named(checkout, installed):
    environment.make_environment(checkout, this_python=True)
    restamp(checkout, python="/bin/sh")  # some other program that is there
    environment.make_environment(checkout, this_python=False)
    assert len(installed) == 1
    environment.make_environment(checkout, this_python=True)
    assert len(installed) == 2


def test_the_file_for_arm_is_known_before_it_is_linked_anew(tmp_path, monkeypatch):
    library = tmp_path / "lib" / "python3.11" / "site-packages" / "mxnet" / "libmxnet.so"
    library.parent.mkdir(parents=True)
    library.write_bytes(b"as it came")
    shared = tmp_path / "in the cache of uv"
    shared.hardlink_to(library)
    with pytest.raises(environment.SetupError, match=r"libmxnet\.so is not the file"):
        environment.relink(tmp_path)

    def patchelf(command):
        assert command[-1] == str(library)
        Path(command[command.index("--output") + 1]).write_bytes(b"linked")

    known = hashlib.sha256(b"as it came").hexdigest()
    monkeypatch.setattr(environment, "FILE_FOR_ARM", known)
    monkeypatch.setattr(environment.subprocess, "check_call", patchelf)
    environment.relink(tmp_path)
    assert (library.read_bytes(), shared.read_bytes()) == (b"linked", b"as it came")


# --- what stands in the way -------------------------------------------------------


OLDEST, NEWEST = environment.supported()[0], environment.supported()[-1]


def test_an_unsupported_python_is_refused_and_a_newer_one_may_be_tried(monkeypatch):
    assert [".".join(map(str, version)) for version in environment.supported()] == SUPPORTED
    for version in environment.supported():
        environment.check_python(version)
    message = rf"3\.{OLDEST[1]} to 3\.{NEWEST[1]}.* make PYTHON="
    older, newer = (3, OLDEST[1] - 1), (3, NEWEST[1] + 1)
    for any_python, refused in (("0", [older, newer]), ("1", [older])):
        monkeypatch.setenv("ANY_PYTHON", any_python)
        for version in refused:
            with pytest.raises(environment.SetupError, match=message):
                environment.check_python(version)
    environment.check_python(newer)


def test_the_first_python_that_can_do_it_is_found(monkeypatch):
    older, without_venv, good = "python-older", "python-without-venv", "python-good"
    monkeypatch.setattr(environment.sys, "executable", older)
    monkeypatch.setattr(environment, "version_of", lambda p: (3, 9) if p == older else NEWEST)
    monkeypatch.setattr(environment, "lacks", lambda p: ["venv"] * (p == without_venv))
    there = {f"python3.{NEWEST[1]}": without_venv, f"python3.{OLDEST[1]}": good}
    monkeypatch.setattr(environment.shutil, "which", there.get)
    assert environment.find_python() == good
    there.popitem()
    assert environment.find_python() == older


@pytest.mark.parametrize(
    "platform", [("Darwin", "arm64"), ("Linux", "armv7l"), ("Windows", "AMD64")]
)
def test_another_platform_is_refused_with_the_way_round(platform):
    with pytest.raises(environment.SetupError, match=r"x86-64 and on 64-bit Arm.*WSL 2.*container"):
        environment.check_platform(*platform)


@pytest.mark.parametrize(
    ("machine", "libraries", "packages"),
    [
        ("x86_64", ["libgomp.so.1", "libquadmath.so.0"], "libgomp1 libquadmath0"),
        ("aarch64", ["libopenblas.so.0", "liblapacke.so.3"], "liblapacke libopenblas0-openmp"),
    ],
)
def test_all_that_the_system_lacks_is_named_at_once(machine, libraries, packages, monkeypatch):
    monkeypatch.setattr(environment.platform, "machine", lambda: machine)
    monkeypatch.setattr(environment, "has_library", lambda name: name not in libraries)
    with pytest.raises(environment.SetupError) as caught:
        environment.check_system(["ensurepip"])
    lacking, command, _ = str(caught.value).split("\n\n")  # a line to copy
    assert all(name in lacking for name in ("ensurepip", *libraries))
    assert command.endswith(f"apt-get install -y {packages} python3-venv")


def test_a_python_without_venv_is_seen(tmp_path):
    python = tmp_path / "python"
    python.write_text(
        f'#!/bin/sh\ncase "$2" in *venv*) exit 1;; esac\nexec {sys.executable} "$@"\n'
    )
    python.chmod(0o755)
    assert environment.lacks(str(python)) == ["venv"]
    assert environment.version_of(str(python)) == sys.version_info[:2]
    assert environment.version_of("no-such-python") == ()


def test_an_old_python_can_read_the_script():
    # 3.7 is the oldest that ast can imitate.
    ast.parse((ROOT / "tools" / "environment.py").read_text(), feature_version=(3, 7))


# --- what pins it -----------------------------------------------------------------


def pins():
    """Return the lock as a list of name, version and marker, which may be empty."""
    lock = (ROOT / "requirements.lock").read_text()
    return re.findall(r"^(\S+)==(\S+)(?: ; (.*?))? \\$", lock, re.MULTILINE)


def pinned(name, python):
    """Return the version of a package that the lock has for a Python on Linux."""
    here = {"python_version": python, "python_full_version": f"{python}.0", "sys_platform": "linux"}
    [version] = [
        version
        for pinned_name, version, marker in pins()
        if pinned_name == name and (not marker or Marker(marker).evaluate(here))
    ]
    return version


@pytest.mark.parametrize("python", SUPPORTED)
def test_the_lock_has_what_the_project_asks_for(python):
    asked = PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["chapter"]
    for requirement in map(Requirement, asked):
        if requirement.marker is None or requirement.marker.evaluate({"python_version": python}):
            assert requirement.specifier.contains(pinned(requirement.name, python)), requirement


def test_pip_itself_accepts_the_lock_on_the_python_of_conda():
    # conda's pip follows MXNet's own metadata, so it needs the NumPy that MXNet asks for.
    packages = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    [python] = [name[7:] for name in packages if str(name).startswith("python=")]
    assert python in SUPPORTED
    for requirement in map(Requirement, metadata.requires("mxnet")):
        assert requirement.specifier.contains(pinned(requirement.name, python))


def test_the_readme_tells_the_supported_pythons():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"Python {SUPPORTED[0]} to {SUPPORTED[-1]}" in readme
    assert PROJECT["project"]["requires-python"] == f">={SUPPORTED[0]}"
