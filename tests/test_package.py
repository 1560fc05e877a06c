"""The package works when it is installed outside a checkout."""

import os
import sys
import zipfile
from pathlib import Path

import pytest

from tests import ROOT
from tests.processes import finished


def run(*arguments, cwd, **environment):
    command = [sys.executable, *map(str, arguments)]
    done = finished(command, cwd=cwd, env=os.environ | environment)
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Build the wheel from what would be uploaded, and unpack it, as installing it would."""
    pytest.importorskip("hatchling", reason="needs hatchling, which builds the wheel")
    folder = tmp_path_factory.mktemp("dist")
    # By way of the source archive, so that nothing is missing from that either.
    run("-m", "hatchling", "build", "--target", "sdist", "--directory", folder, cwd=ROOT)
    (archive,) = folder.glob("*.tar.gz")
    run("-m", "tarfile", "--extract", archive, folder, cwd=folder)
    (source,) = (path for path in folder.iterdir() if path.is_dir())
    run("-m", "hatchling", "build", "--target", "wheel", "--directory", folder, cwd=source)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site-packages")
    return folder / "site-packages"


def files_in(folder):
    return {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}


def test_the_wheel_holds_the_package_and_nothing_else(installed):
    in_checkout = {path for path in files_in(ROOT / "gluonbook") if path.suffix != ".pyc"}
    files = files_in(installed / "gluonbook")
    assert files == in_checkout | {Path("time_traveller_retold.txt")}
    assert {path.name.split("-")[0] for path in installed.iterdir()} == {
        "gluonbook",
        "gluonbook_cli.py",
    }
    text = (installed / "gluonbook" / "time_traveller_retold.txt").read_bytes()
    assert text == (ROOT / "data" / "time_traveller_retold.txt").read_bytes()


def test_the_installed_package_reads_the_stand_in(installed, tmp_path):
    script = (
        "import gluonbook as gb; print(gb.__file__, gb.load_data_time_machine()[3])\n"
        "from gluonbook.ground.novel import download_folder; print(download_folder())"
    )
    cache = tmp_path / "cache"
    done = run(
        "-c", script, cwd=tmp_path, PYTHONPATH=str(installed), XDG_CACHE_HOME=str(cache),
        GLUONBOOK_DATA_DIR="", GLUONBOOK_OFFLINE="1",
    )  # fmt: skip
    loaded, folder = done.stdout.splitlines()
    assert loaded == f"{installed / 'gluonbook' / '__init__.py'} 43"
    assert "The stand-in time_traveller_retold.txt is read" in done.stderr
    assert not Path(folder).is_relative_to(installed)
