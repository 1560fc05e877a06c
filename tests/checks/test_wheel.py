"""The package as a stranger installs it: from its wheel, in an empty environment, with the newest pytest."""

import subprocess
import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from tests import LIMIT, ROOT

DRAW = """from matplotlib import pyplot as plt
from checks.figures import show
fig, axes = plt.subplots()
axes.plot([1, 2])
show(fig, alt="A line.")
"""


@pytest.mark.weekly
def test_the_wheel_works_in_an_empty_environment_by_the_steps_of_the_readme(tmp_path):
    def run(*command, code=0):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=LIMIT)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path / "dist"]
    subprocess.run(build, cwd=ROOT / "checks", check=True, timeout=LIMIT)
    run(sys.executable, "-m", "venv", "empty")
    (wheel,) = tmp_path.glob("dist/*.whl")
    run("empty/bin/pip", "install", "--quiet", f"{wheel}[figures]")
    nbformat.write(new_notebook(cells=[new_code_cell(DRAW)]), tmp_path / "mine.ipynb")
    run("empty/bin/pytest", code=5)  # nobody has asked for the checks: no test is found
    (tmp_path / "pyproject.toml").write_text("[tool.checks]")
    assert "2 passed" in run("empty/bin/pytest", "--store", "mine.ipynb")
    for options in [], ["-p", "checks"]:
        assert "2 passed" in run("empty/bin/pytest", *options)
    for path in tmp_path.glob("*.ipynb"):
        path.write_text(path.read_text().replace("_child0, y: 1 2", "_child0, y: 1 3"))
    assert "number 2 is now 2; the stored one is 3" in run("empty/bin/pytest", code=1)
