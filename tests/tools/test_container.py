"""The development container, which nothing but an editor starts, is the Dockerfile's."""

import json

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
