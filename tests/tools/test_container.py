"""The container: it is made from the one list of packages, with what is there."""

import fnmatch
import json
import re

from tests import ROOT


def instructions():
    """Return the instructions of the Dockerfile, each with what follows it."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [tuple(line.split(maxsplit=1)) for line in lines]


def of_kind(kind):
    return [rest for instruction, rest in instructions() if instruction == kind]


def test_the_packages_are_those_of_the_list():
    (installed,) = re.findall(r"apt-get install -y +(.*?) +&&", "\n".join(of_kind("RUN")))
    assert installed == "$(cat /apt.txt /apt-$(dpkg --print-architecture).txt)"
    assert of_kind("COPY")[0] == "apt*.txt /"
    assert of_kind("FROM")[0].startswith("debian:")


def test_what_is_copied_is_there_and_nothing_that_was_made_here():
    for rest in of_kind("COPY"):
        *sources, _ = [word for word in rest.split() if not word.startswith("--")]
        for source in sources:
            assert source == "." or list(ROOT.glob(source)), source
    left_out = (ROOT / ".dockerignore").read_text().split()
    made = re.findall(r"^/(.+)/$", (ROOT / ".gitignore").read_text(), re.MULTILINE)
    assert ".venv" in made
    for folder in [".git", *made]:
        assert any(fnmatch.fnmatch(folder, pattern) for pattern in left_out), folder


def test_a_development_container_is_the_same_one_with_its_user():
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
