"""Print what the guards have to say of some notebooks: ``python -m tests.notebooks PATH...``."""

import sys
from pathlib import Path

from tests.notebooks import guards


def main() -> int:
    """Print each complaint as a line; return 1 if there is one."""
    complaints = [line for name in sys.argv[1:] for line in of_notebook(Path(name).resolve())]
    print(*complaints, sep="\n", end="\n" if complaints else "")
    return bool(complaints)


def of_notebook(path: Path) -> list[str]:
    """Return what the guards say of a section, or of a notebook of solutions."""
    notebook = guards.Notebook.read(path)
    said = [line for guard in guards.GUARDS for line in guard(notebook)]
    section, solutions = guards.CHAPTER / path.name, guards.CHAPTER / "solutions" / path.name
    if section.exists() and solutions.exists():
        pair = guards.Notebook.read(section), guards.Notebook.read(solutions)
        said += guards.exercises_are_solved(*pair)
    return said


if __name__ == "__main__":
    sys.exit(main())
