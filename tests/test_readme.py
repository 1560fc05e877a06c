"""The README says what is so."""

import re

import nbformat

from tests import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_sample_is_what_the_flagship_s_model_wrote():
    notebook = nbformat.read(ROOT / "chapter_rnn" / "rnn-gluon.ipynb", as_version=4)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    printed = "".join(output.text for output in outputs if output.output_type == "stream")
    sample = re.search(r"<!-- sample.*?```text\n(.*?)```", README, re.DOTALL)[1]
    # Editors take blanks away from the end of a line.
    lines = {line.rstrip() for line in sample.splitlines()} - {""}
    assert lines and lines <= {line.rstrip() for line in printed.splitlines()}


def test_a_reader_installs_the_packages_that_the_automatic_checks_install():
    script = (ROOT / ".ci" / "packages").read_text()
    common, arm, x86, checks = (p.split() for p in re.findall(r'packages\+?="(.*)"', script))
    commands = [packages.split() for packages in re.findall(r"apt-get install -y (.*)", README)]
    assert commands == [common + x86, common + arm, checks]
