"""Check submitted notebooks: ``python -m tools.homework ASSERTIONS NOTEBOOK... >results.csv``.

ASSERTIONS is a file like those in `tests/cells`, with a block for each cell that is an answer. Each notebook
is executed in an empty folder, with the permissions of whoever calls this. The table has a row for each
notebook and a column for each answer: empty if what is asserted about the answer holds, or else the error.
"""

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
COLOURS = re.compile(r"#x1B\[[\d;]*m")
ERROR = re.compile(r"^\w+(?:Error|Exception|Interrupt)\b.*", re.MULTILINE)


def main() -> None:
    """Print the table for the notebooks named on the command line."""
    assertions, *notebooks = map(Path, sys.argv[1:])
    answers = read_assertions(assertions)
    table = csv.writer(sys.stdout)
    table.writerow(["notebook", *answers])
    for notebook in notebooks:
        try:
            found = errors_of(notebook, assertions)
        except (ValueError, AttributeError, nbformat.ValidationError):
            found = dict.fromkeys(answers, "this is no notebook")
        table.writerow([notebook.name, *(found.get(answer, "no such cell") for answer in answers)])


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
        texts = {case.get("name"): COLOURS.sub("", "".join(case.itertext())) for case in cases}
    return {
        name.rpartition(" ")[2]: (ERROR.findall(text) or [text.strip()])[-1]
        for name, text in texts.items()
    }


if __name__ == "__main__":
    main()
