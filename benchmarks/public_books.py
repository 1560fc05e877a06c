"""Store and check notebooks of public books, unchanged: ``python benchmarks/public_books.py [FOLDER]``.

It shows what the folder `checks` makes of notebooks that nobody here wrote, and asserts nothing. FOLDER has
a clone of each book already, in OWNER/NAME; otherwise the books are cloned from GitHub. The notebooks need
Matplotlib, pandas and SciPy, and are executed: read them before.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

BOOKS = {
    "jakevdp/PythonDataScienceHandbook": [
        "notebooks/01.03-Magic-Commands.ipynb",
        "notebooks/01.05-IPython-And-Shell-Commands.ipynb",
        "notebooks/02.02-The-Basics-Of-NumPy-Arrays.ipynb",
        "notebooks/03.03-Operations-in-Pandas.ipynb",
    ],
    "jakevdp/WhirlwindTourOfPython": [
        "12-Generators.ipynb",
        "10-Iterators.ipynb",
    ],
    "ageron/handson-ml3": [
        "math_linear_algebra.ipynb",
        "tools_pandas.ipynb",
    ],
    "norvig/pytudes": [
        "ipynb/Cheryl.ipynb",
        "ipynb/Differentiation.ipynb",
    ],
}
CHECKS = Path(__file__).parents[1]
PYTEST = [sys.executable, "-m", "pytest", "-p", "checks", "-q", "--color=no", "--tb=short"]


def main() -> None:
    """Print for each notebook what storing and checking it say."""
    for book, notebooks in BOOKS.items():
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder, "book")
            if sys.argv[1:]:
                shutil.copytree(Path(sys.argv[1], book), copy)
            else:
                subprocess.run(
                    ["git", "clone", "-q", "--depth=1", f"https://github.com/{book}", copy],
                    check=True,
                )
            (copy / "pyproject.toml").write_text("[tool.checks]", encoding="utf-8")
            for notebook in notebooks:
                print(f"{book}: {notebook}")
                print(f"  stored:  {run(copy, '--store', notebook)}")
                print(f"  checked: {run(copy, notebook)}", flush=True)


def run(folder: Path, *options: str) -> str:
    """Return the last line of a run of pytest, and how often which rule complains."""
    done = subprocess.run(
        [*PYTEST, *options], cwd=folder, env={"PYTHONPATH": str(CHECKS), "PATH": "/usr/bin:/bin"},
        capture_output=True, text=True,
    )  # fmt: skip
    kinds = "alt text", "leads nowhere", "execution count", "is unknown", "valid notebook"
    found = {kind: len(re.findall(f"^[^+-].*{kind}", done.stdout, re.MULTILINE)) for kind in kinds}
    said = [f"{number} × {kind}" for kind, number in found.items() if number]
    return " ".join([done.stdout.strip().splitlines()[-1], *said])


if __name__ == "__main__":
    main()
