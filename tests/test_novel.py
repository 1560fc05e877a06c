"""A novel of one's own, named in gluonbook/novel.toml, is the one that everything reads."""

import codecs
import hashlib
import os
import shutil
import sys

import nbformat
import pytest

from gluonbook.ground.novel import stand_in
from tests import ROOT
from tests.processes import finished

SECTION = "chapter_rnn/language-model.ipynb"


@pytest.fixture(scope="module")
def fork(tmp_path_factory):
    """A fork that reads another novel, whose held-out text has a letter of its own."""
    root = tmp_path_factory.mktemp("a fork")
    for folder in ("gluonbook", "tools", "chapter_rnn/measured"):
        shutil.copytree(ROOT / folder, root / folder)
    for name in ("Makefile", SECTION, f"data/{stand_in().name}"):
        (root / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    (root / "book").mkdir()  # which make looks into
    text = codecs.encode(stand_in().read_text(), "rot13")
    novel = root / "data" / "my novel.txt"
    novel.write_text(f"My novel. {text[:12_000]}é{text[12_000:]}", encoding="utf-8")
    (root / "gluonbook" / "novel.toml").write_text(
        f'title = "My Novel"\nfile = "{novel.name}"\nurls = []\n'
        f'sha256 = "{hashlib.sha256(novel.read_bytes()).hexdigest()}"\n'
    )
    return root


def run(fork, *command):
    # MAKEFLAGS are those of the `make test` that may have started this.
    env = os.environ | {"PYTHONPATH": str(fork), "GLUONBOOK_DATA_DIR": "", "MAKEFLAGS": ""}
    done = finished(command, cwd=fork, env=env)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_commands_texts_and_checks_read_it(fork):
    novel = fork / "data" / "my novel.txt"
    read = (
        "import gluonbook as gb, tools.cell_checks, tools.text_stamp, sys\n"
        "from gluonbook.tool import cli; cli.main(['data'])\n"
        "text = gb.load_text()\n"
        "print(text.decode(text.train[:10]), tools.cell_checks.novel_is_here())\n"
        "sys.argv[1:] = ['stamp']\n"
        "tools.text_stamp.main()\n"
    )
    assert run(fork, sys.executable, "-c", read) == f"{novel}\nmy novel.  True\n"
    assert (fork / "stamp").read_text() == hashlib.sha256(novel.read_bytes()).hexdigest()
    # What make looks at, to see whether it has changed.
    named = ["make", "--no-print-directory", "--eval=named:;@echo '$(NOVEL_FILE)'", "named"]
    assert run(fork, *named) == "my novel.txt\n"


@pytest.mark.weekly
def test_a_section_runs_with_it(fork):
    run(fork, sys.executable, "-m", "tools.execute", SECTION, "executed.ipynb")
    cells = nbformat.read(fork / "executed.ipynb", as_version=4).cells
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    assert not [output for output in outputs if output.get("name") == "stderr"]
    assert any("my novel. " in output.get("text", "") for output in outputs)
