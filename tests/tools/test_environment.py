"""tools/environment.py and the lock file: making the environment, its requirements, its versions."""

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.version import Version

from tests import ROOT
from tests.processes import finished
from tools import environment

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
SUPPORTED = [name.rpartition(" :: ")[2] for name in PROJECT["project"]["classifiers"]]


# --- making .venv -----------------------------------------------------------------


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """Return a folder with a lock file, on a system that has everything."""
    root = tmp_path / "with a space"
    root.mkdir()
    (root / "requirements.lock").write_text("mxnet==1.9.1")
    monkeypatch.setattr(environment, "has_library", lambda name: True)
    monkeypatch.setattr(environment, "supported", lambda: [sys.version_info[:2]])
    return root


def test_pip_installs_uv_and_uv_installs_the_lock_file(checkout, monkeypatch):
    lock = checkout / "requirements.lock"
    pins = ["mxnet==1.9.1 \\\n    --hash=sha256:1", "uv==0.1 \\\n    --hash=sha256:2", "x==1"]
    lock.write_text("\n".join(pins))
    (checkout / "wheels").mkdir()
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setattr(environment.platform, "machine", lambda: "x86_64")
    done = []

    def run(command, cwd=None, env=None):
        (checkout / ".venv").mkdir(exist_ok=True)
        if "install" in command:
            assert {"--require-hashes", "--only-binary=:all:", "--no-deps"} <= set(command)
            assert {f"--find-links={checkout / 'wheels'}", "--no-index"} <= set(command)
            done.append((command[0].rpartition("/")[2], Path(command[-1]).read_text(), env))

    monkeypatch.setattr(environment.subprocess, "check_call", run)
    environment.make_environment(checkout, this_python=True)
    (pip, of_uv, _), (uv, everything, env) = done
    assert (pip, of_uv) == ("python", pins[1] + "\n")
    assert (uv, everything, env["UV_DEFAULT_INDEX"]) == ("uv", lock.read_text(), "https://mirror")


def test_a_failed_installation_leaves_no_stamp_and_exits_with_a_message(checkout, monkeypatch):
    def fail(command, **_):
        raise subprocess.CalledProcessError(1, command)

    monkeypatch.setattr(environment, "ROOT", checkout)
    monkeypatch.setattr(environment.subprocess, "check_call", fail)
    monkeypatch.setattr(sys, "argv", ["environment.py"])
    with pytest.raises(SystemExit, match="The messages above give the reason"):
        environment.main()
    assert not (checkout / ".venv" / "complete.json").exists()


@pytest.mark.parametrize(
    ("change", "this_python", "is_made_again"),
    [
        ({}, True, False),
        ({"lock": "another"}, False, True),
        ({"venv": "/moved/.venv"}, False, True),
        ({"python": "/gone/python3.12"}, False, True),
        ({"python": "/bin/sh"}, False, False),  # some other program that exists
        ({"python": "/bin/sh"}, True, True),
    ],
)
def test_an_environment_is_made_again_only_if_it_is_not_the_wanted_one(
    change, this_python, is_made_again, checkout, monkeypatch
):
    installed = []

    def install(root, venv):
        venv.mkdir(exist_ok=True)
        installed.append(root)

    monkeypatch.setattr(environment, "install", install)
    environment.make_environment(checkout, this_python=True)
    stamp = checkout / ".venv" / "complete.json"
    stamp.write_text(json.dumps(json.loads(stamp.read_text()) | change))
    environment.make_environment(checkout, this_python)
    assert installed == [checkout] * (1 + is_made_again)


def test_mxnet_is_relinked_for_arm_without_changing_the_cache_of_uv(tmp_path, monkeypatch):
    library = tmp_path / "lib" / "python3.11" / "site-packages" / "mxnet" / "libmxnet.so"
    library.parent.mkdir(parents=True)
    library.write_bytes(b"as it came")
    shared = tmp_path / "in the cache of uv"
    shared.hardlink_to(library)

    def patchelf(command):
        assert command[-1] == str(library)
        Path(command[command.index("--output") + 1]).write_bytes(b"linked")

    monkeypatch.setattr(environment.subprocess, "check_call", patchelf)
    environment.relink(tmp_path)
    assert (library.read_bytes(), shared.read_bytes()) == (b"linked", b"as it came")


# --- requirements -----------------------------------------------------------------


def test_an_unsupported_python_is_refused_and_a_newer_one_may_be_tried(monkeypatch):
    versions = environment.supported()
    assert [".".join(map(str, version)) for version in versions] == SUPPORTED
    older, newer = (3, versions[0][1] - 1), (3, versions[-1][1] + 1)
    for version in versions:
        environment.check_python(version)
    for version in (older, newer):
        with pytest.raises(SystemExit, match=rf"{SUPPORTED[0]} to {SUPPORTED[-1]}.* PYTHON="):
            environment.check_python(version)
    monkeypatch.setenv("ANY_PYTHON", "1")
    environment.check_python(newer)
    with pytest.raises(SystemExit):
        environment.check_python(older)


@pytest.mark.parametrize("platform", [("Darwin", "arm64"), ("Linux", "armv7l")])
def test_an_unsupported_platform_is_refused_with_a_workaround(platform):
    with pytest.raises(SystemExit, match=r"64-bit Arm.*WSL 2.*container"):
        environment.check_platform(*platform)


def test_everything_that_the_system_lacks_is_named_at_once(monkeypatch):
    lacking = ["ensurepip", "libno.so.1", "libnot.so.2"]
    libraries = {"libno.so.1": "libno", "libnot.so.2": "libnot", "libc.so.6": "libc"}
    monkeypatch.setitem(environment.SYSTEM_LIBRARIES, environment.platform.machine(), libraries)
    monkeypatch.setattr(
        environment.importlib.util, "find_spec", lambda name: name not in lacking or None
    )
    with pytest.raises(SystemExit) as caught:
        environment.check_system()
    said, command, _ = str(caught.value).split("\n\n")  # the command is a line to copy
    assert all(name in said for name in lacking) and "libc." not in said
    assert command.endswith("apt-get install -y libno libnot python3-venv")


def test_an_old_python_can_read_the_script():
    # 3.7 is the oldest that ast can imitate.
    ast.parse((ROOT / "tools" / "environment.py").read_text(), feature_version=(3, 7))


# --- the lock file ----------------------------------------------------------------


LOCK = [
    Requirement(line.rstrip(" \\"))
    for line in (ROOT / "requirements.lock").read_text().splitlines()
    if re.match(r"\w", line)
]


def pinned(name, python):
    """Return the version of a package that the lock file pins for a version of Python on Linux."""
    here = {"python_version": python, "python_full_version": f"{python}.0", "sys_platform": "linux"}
    [pin] = [
        pin for pin in LOCK if pin.name == name and (not pin.marker or pin.marker.evaluate(here))
    ]
    return str(pin.specifier).removeprefix("==")


@pytest.mark.parametrize("python", SUPPORTED)
def test_the_lock_file_satisfies_the_requirements_of_the_project(python):
    asked = PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["chapter"]
    for requirement in map(Requirement, asked):
        if requirement.marker is None or requirement.marker.evaluate({"python_version": python}):
            assert requirement.specifier.contains(pinned(requirement.name, python)), requirement


@pytest.mark.weekly
def test_pip_finds_no_broken_requirement_but_the_upper_bound_of_mxnet_on_numpy():
    done = finished([sys.executable, "-m", "pip", "check"])
    numpy = metadata.version("numpy")
    of_mxnet = "mxnet 1.9.1 has requirement numpy<2.0.0,>1.16.0, but you have numpy "
    said = [line for line in done.stdout.splitlines() if not line.startswith(of_mxnet)]
    assert said == (["No broken requirements found."] if Version(numpy) < Version("2") else [])


@pytest.mark.parametrize(
    "python",
    [SUPPORTED[0], *(pytest.param(other, marks=pytest.mark.weekly) for other in SUPPORTED[1:])],
)
def test_the_lock_file_can_be_resolved_on_every_python(python, tmp_path):
    # If MXNet's NumPy has a wheel for this Python, resolve without pyproject.toml, as pip does for conda
    # and Binder; otherwise with the requirements of MXNet that pyproject.toml gives uv.
    config = ["--no-config"] if numpy_of_mxnet_has_a_wheel(python) else []
    index = os.environ.get("PIP_INDEX_URL")
    mirror = {"UV_DEFAULT_INDEX": index} if index else {}
    uv = [Path(sys.executable).with_name("uv"), "pip", "compile", "--quiet", "--system-certs"]
    what = [f"--python-version={python}", f"--output-file={tmp_path / 'lock'}", "requirements.lock"]
    done = finished([*uv, *config, *what], cwd=ROOT, env=os.environ | mirror)
    if re.search("Failed to fetch|error sending request", done.stderr):
        reason = "no package index can be reached, so the lock file is not resolved"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    assert done.returncode == 0, done.stderr


def numpy_of_mxnet_has_a_wheel(python):
    return Version(pinned("numpy", python)) < Version("2")


def test_conda_uses_a_python_on_which_pip_accepts_the_lock_file():
    packages = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    [python] = [name[7:] for name in packages if str(name).startswith("python=")]
    assert python in SUPPORTED
    assert numpy_of_mxnet_has_a_wheel(python)
