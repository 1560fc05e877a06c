"""Check submitted notebooks: ``python -m tools.homework ASSERTIONS NOTEBOOK... >results.csv``.

ASSERTIONS is a file like those in `tests/cells`, with a block for each cell that is an answer. Each notebook
is executed in an empty folder, with the permissions of whoever calls this. The table has a row for each
notebook and a column for each answer: empty if what is asserted about the answer holds, or else the error.
"""

import argparse
import csv
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

import nbformat

from checks.assertions import read_assertions

SETTINGS = '[tool.pytest.ini_options]\naddopts = "-p checks"\n[tool.checks]\nassertions = "."\n'
PYTEST = [sys.executable, "-m", "pytest", "--nbval-current-env", "--nbval-cell-timeout=600"]
NOISE = re.compile(r"#x1B\[[\d;]*m|^\S+\.py:\d+: ")  # colours, and where a cell was skipped
ERROR = re.compile(r"^\w+(?:Error|Exception|Interrupt)\b.*|(?<= failed\.\n\n).*", re.MULTILINE)


def main() -> None:
    """Print the table for the notebooks named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.homework", description=__doc__)
    parser.add_argument("assertions", type=existing)
    parser.add_argument("notebooks", type=existing, nargs="+")
    asked = parser.parse_args()
    assertions, notebooks = asked.assertions, asked.notebooks
    try:
        answers = read_assertions(assertions)
    except ValueError as error:
        parser.error(str(error))
    table = csv.writer(sys.stdout)
    table.writerow(["notebook", *answers])
    for notebook in notebooks:
        try:
            found = errors_of(notebook, assertions)
        except (ValueError, AttributeError, nbformat.ValidationError):
            found = dict.fromkeys(answers, "this is no notebook")
        table.writerow([notebook.name, *(found.get(answer, "no such cell") for answer in answers)])


def existing(word: str) -> Path:
    """Read the path of a file from the command line."""
    if not Path(word).is_file():
        raise argparse.ArgumentTypeError(f"there is no file {word}")
    return Path(word)


def errors_of(notebook: Path, assertions: Path) -> dict[str, str]:
    """Execute a copy of a notebook, and return for each code cell's id the error, or an empty string."""
    content = nbformat.read(notebook, as_version=4)
    for cell in content.cells:
        cell.metadata.tags = ["nbval-ignore-output"]  # its assertions alone count
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "pyproject.toml").write_text(SETTINGS, encoding="utf-8")
        (folder / "homework.py").write_bytes(assertions.read_bytes())
        nbformat.write(content, folder / "homework.ipynb")
        command = [*PYTEST, "--junit-xml=report.xml", "homework.ipynb"]
        subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL)
        cases = ElementTree.parse(folder / "report.xml").iter("testcase")
        texts = {case.get("name"): NOISE.sub("", "".join(case.itertext())) for case in cases}
    return {
        name.rpartition(" ")[2]: (ERROR.findall(text) or text.strip().split("\n"))[-1]
        for name, text in texts.items()
    }


if __name__ == "__main__":
    main()
