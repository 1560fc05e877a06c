"""tools/environment.py: when the environment is made, and what it needs."""

import json
import tomllib

import pytest

from tests import ROOT
from tools import environment

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
SUPPORTED = [name.rpartition(" :: ")[2] for name in PROJECT["project"]["classifiers"]]


@pytest.fixture
def complete(tmp_path, monkeypatch):
    """Return the path of the file that says that the environment in an empty folder is complete."""
    (tmp_path / "requirements.lock").write_text("mxnet==1.9.1")
    (tmp_path / ".venv").mkdir()
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(environment, "check_system", lambda system, machine: None)
    monkeypatch.setattr(environment, "check_python", lambda version: None)
    return tmp_path / ".venv" / "complete.json"


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
    change, this_python, is_made_again, complete, monkeypatch
):
    installed = []
    monkeypatch.setattr(environment, "install", installed.append)
    environment.main(this_python=True)
    complete.write_text(json.dumps(json.loads(complete.read_text()) | change))
    environment.main(this_python)
    assert len(installed) == 1 + is_made_again


def test_an_unsupported_python_is_refused():
    for version in SUPPORTED:
        environment.check_python(version)
    for version in ("3.1", "3.10", "3.99"):
        with pytest.raises(
            SystemExit, match=rf"{SUPPORTED[0]} to {SUPPORTED[-1]}(?s:.*) PYTHON=(?s:.*)container"
        ):
            environment.check_python(version)


def test_all_libraries_that_the_system_lacks_are_named_at_once(monkeypatch):
    libraries = ["libno.so.1", "libc.so.6", "libnot.so.2"]
    monkeypatch.setitem(environment.SYSTEM_LIBRARIES, "x86_64", libraries)
    with pytest.raises(SystemExit, match=r"here: libno\.so\.1, libnot\.so\.2\. README"):
        environment.check_system("Linux", "x86_64")
    with pytest.raises(SystemExit, match=r"on Linux, on x86-64(?s:.*)WSL 2(?s:.*)container"):
        environment.check_system("Darwin", "arm64")
