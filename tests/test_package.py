"""The package works when it is installed outside a checkout."""

import os
import sys
import zipfile
from pathlib import Path

from tests import ROOT
from tests.processes import finished


def files_in(folder):
    return {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}


def test_the_wheel_holds_the_package_alone_and_reads_the_stand_in(tmp_path):
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path]
    assert finished(build, cwd=ROOT).returncode == 0
    (wheel,) = tmp_path.glob("*.whl")
    installed = tmp_path / "site-packages"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
    in_checkout = {path for path in files_in(ROOT / "gluonbook") if path.suffix != ".pyc"}
    assert files_in(installed / "gluonbook") == in_checkout | {Path("time_traveller_retold.txt")}
    top = {path.name.split("-")[0] for path in installed.iterdir()}
    assert top == {"gluonbook"}

    script = (
        "import gluonbook as gb; print(gb.__file__, gb.load_data_time_machine()[3])\n"
        "from gluonbook.ground.novel import download_folder; print(download_folder())"
    )
    here = {"PYTHONPATH": str(installed), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    here |= {"GLUONBOOK_DATA_DIR": "", "GLUONBOOK_OFFLINE": "1"}
    done = finished([sys.executable, "-c", script], cwd=tmp_path, env=os.environ | here)
    assert done.returncode == 0, done.stderr
    loaded, folder = done.stdout.splitlines()
    assert loaded == f"{installed / 'gluonbook' / '__init__.py'} 43"
    assert "The stand-in time_traveller_retold.txt is read" in done.stderr
    assert folder == str(tmp_path / "cache" / "gluonbook")
