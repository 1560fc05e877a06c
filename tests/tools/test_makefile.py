"""The Makefile: what is made again after a change."""

import os
import re
import shutil

from tests import ROOT
from tests.processes import finished

ENVIRONMENT = {name: value for name, value in os.environ.items() if "MAKE" not in name}


def prerequisites(target):
    """Return the files after whose change `make` makes a file again."""
    command = ["make", "--dry-run", "--print-data-base", "--what-if=_build/text", target]
    database = finished(command, cwd=ROOT, env=ENVIRONMENT).stdout
    return {*" ".join(re.findall(rf"^{target}: (.*)", database, re.MULTILINE)).split()}


def test_a_section_is_executed_again_when_it_the_lesson_a_measurement_or_the_text_has_changed():
    found = prerequisites("_build/executed/notebooks/chapter_rnn/rnn.ipynb")
    lesson = {
        "gluonbook/lesson/training.py",
        "gluonbook/figures/writer.js",
        "gluonbook/ground/novel.py",
    }
    others = {"chapter_rnn/rnn.ipynb", "chapter_rnn/measured/memory.json", "_build/text"}
    assert lesson | others <= found
    unread = ("gluonbook/tool/", "gluonbook/__main__", "tools/", "book/", "chapter_rnn/gru")
    assert not [name for name in found if name.startswith(unread)]


def test_the_book_is_built_again_when_a_source_has_changed_or_is_gone():
    found = prerequisites("_build/html/index.html")
    sources = {"book/conf.py", "gluonbook/lesson/training.py", "chapter_rnn/gru.ipynb", "README.md"}
    sources |= {"data/time_traveller_retold.txt"}  # which the landing page contains
    assert sources | {"_build/sources"} <= found


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
