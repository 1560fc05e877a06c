"""tools/peers.py: PyTorch and JAX get an environment of their own, and JAX gets it alone if need be."""

import re
from pathlib import Path

import pytest

from tools import environment, peers


class Commands:
    """What would be run, as the last word of each command, and what fails of it."""

    def __init__(self):
        self.run, self.failing = [], set()

    def __call__(self, command, log, lock_file):
        self.run.append(command[-1].rpartition("/")[2])
        if command[-1] in self.failing:
            raise environment.SetupError("No connection")
        if "venv" in command:
            Path(command[-1]).mkdir()


@pytest.fixture
def commands(monkeypatch):
    commands = Commands()
    monkeypatch.setattr(environment, "run", commands)
    return commands


def test_without_pytorchs_index_there_is_jax_and_pytorch_comes_later(commands, tmp_path, capsys):
    commands.failing = {str(peers.PYTORCH)}
    peers.main(tmp_path)
    assert commands.run == [".venv-peers", "requirements.txt", "requirements-pytorch.txt"]
    assert "PyTorch is left out: No connection.\n" in capsys.readouterr().out

    commands.run.clear()
    peers.main(tmp_path)
    assert commands.run == ["requirements-pytorch.txt"]

    commands.run.clear()
    commands.failing = set()
    peers.main(tmp_path)
    assert commands.run == ["requirements-pytorch.txt"]

    commands.run.clear()
    peers.main(tmp_path)
    assert commands.run == []
    assert capsys.readouterr().out.count("left out") == 1


def test_what_fails_otherwise_ends_in_one_line_and_is_done_again(commands, tmp_path):
    commands.failing = {str(peers.EVERYTHING_ELSE)}
    for _ in range(2):
        commands.run.clear()
        with pytest.raises(SystemExit, match=r"^No connection\.$"):
            peers.main(tmp_path)
        assert commands.run == [".venv-peers", "requirements.txt"]
    commands.failing = set()
    peers.main(tmp_path)
    assert commands.run[-1] == "requirements-pytorch.txt"


@pytest.mark.parametrize("path", [peers.EVERYTHING_ELSE, peers.PYTORCH])
def test_every_package_is_pinned_with_hashes(path):
    text = path.read_text().replace("\\\n", "")
    pins = [line for line in text.splitlines() if re.match(r"[a-z]", line)]
    assert pins
    for pin in pins:
        assert re.match(r"[a-z0-9-]+==[\w.]+ .*--hash=sha256:[0-9a-f]{64}", pin), pin


def test_no_gigabytes_of_cuda_are_asked_for():
    assert "nvidia" not in peers.EVERYTHING_ELSE.read_text()
    assert "--index-url https://download.pytorch.org/whl/cpu\n" in peers.PYTORCH.read_text()
