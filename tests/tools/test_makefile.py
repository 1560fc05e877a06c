"""The Makefile: what is made again after a change, and what it refuses."""

import os
import shutil

import pytest

from tests import ROOT
from tests.processes import finished

ENVIRONMENT = {name: value for name, value in os.environ.items() if "MAKE" not in name}


def test_a_section_that_is_edited_while_it_is_executed_is_executed_again(tmp_path):
    files = ["chapter_rnn/rnn.ipynb", ".venv/complete.json", "_build/text", "executed"]
    for name in [*files, ".venv/bin/python"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    shutil.copy(ROOT / "Makefile", tmp_path)
    python = tmp_path / ".venv/bin/python"
    # The first time, the notebook is edited after it has been read, by more than the clock's resolution.
    python.write_text(
        '#!/bin/sh\n[ -s executed ] || { sleep 1; touch "$3"; }\necho $3 | tee "$4" >>executed\n'
    )
    python.chmod(0o755)
    target = "_build/executed/notebooks/chapter_rnn/rnn.ipynb"
    for _ in range(3):
        finished(["make", target, "PYTHON=true"], cwd=tmp_path, env=ENVIRONMENT)
    assert (tmp_path / "executed").read_text() == 2 * "chapter_rnn/rnn.ipynb\n"


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("SOLUTIONS=NO", "SOLUTIONS is NO, but it can only be no"),
        ("SECTIONS=nonsense", "There is no chapter_rnn/nonsense.ipynb"),
    ],
)
def test_a_setting_that_makes_no_sense_is_an_error(setting, message):
    done = finished(["make", "html", setting, "PYTHON=false"], cwd=ROOT, env=ENVIRONMENT)
    assert done.returncode == 2 and message in done.stderr
