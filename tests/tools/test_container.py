"""The containers: what a reader is told to type, and the one that only an editor starts."""

import json
import re

from tests import ROOT


def test_a_development_container_is_the_same_one_with_its_user():
    folder = ROOT / ".devcontainer"
    settings = json.loads((folder / "devcontainer.json").read_text())
    dockerfile = (folder / settings["build"]["dockerfile"]).resolve()
    assert dockerfile == ROOT / "Dockerfile"
    assert (folder / settings["build"]["context"]).resolve() == ROOT
    text = dockerfile.read_text()
    assert f" AS {settings['build']['target']}\n" in text
    assert f"useradd --create-home {settings['remoteUser']} " in text


def test_a_reader_s_container_is_private_and_keeps_only_the_reader_s_own_copies():
    told = (ROOT / "book" / "how-to-run.md").read_text()
    commands = re.findall("^docker run .*", told, re.MULTILINE)
    assert len(commands) == 2
    for command in commands:
        # Without the address Docker listens on every interface.
        assert re.findall(r"-p (\S+)", command) == re.findall(r"-p (127\.0\.0\.1:\d+:\d+)", command)
        assert set(re.findall(r"-v \w+:(\S+)", command)) <= {"/book/my-chapter"}
    assert "mkdir -p my-chapter" in (ROOT / "Dockerfile").read_text()
