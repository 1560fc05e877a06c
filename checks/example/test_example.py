"""Each promise of the checks is broken once in the example, and each is reported."""

import shutil
from pathlib import Path

pytest_plugins = ["pytester"]

HERE = Path(__file__).parent
CHANGES = {
    "darts.ipynb": {
        "pi is about 3.1124": "pi is about 3.2124",  # more than the tolerance
        "top: 0.2184 0.03759": "top: 0.2184 0.05",  # a bar of the figure
        'ylabel=\\"error\\"': 'ylabel=\\"share\\"',  # a stale label
        "darts hit the disc\\n": "darts hit the circle\\n",  # a stale output
        '"execution_count": 5': '"execution_count": 9',  # a cell out of order
    },
    "assertions/darts.py": {"errors[10_000] <": "errors[10_000] >"},  # a claim that is not true
}
MESSAGES = """
darts.ipynb, cell figure: its execution count is 9, not 5. `pytest --store *
darts.ipynb, cell figure: the code or the figure has changed since they were stored together; *
-7781 of 10000 darts hit the circle
+7781 of 10000 darts hit the disc
If the new output is right, store it: pytest --store checks/example/darts.ipynb
-pi is about 3.2124
+pi is about 3.1124
*assertions/darts.py, line 4:
AssertionError: the text says: ten thousand darts are closer than a hundred
If the code is right, correct what the text says, and then the assertion.
-panel 1, label of y: error
+panel 1, label of y: share
output 1, panel 1, bars, top: number 2 is now 0.03759; the stored one is 0.05
"""


def test_each_change_is_reported_and_nothing_is_stored(pytester, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(HERE.parents[1]))
    shutil.copytree(HERE, "book", ignore=shutil.ignore_patterns("*.md", "test_*"))
    Path("README.md").touch()  # to which the example has a link
    for name, changes in CHANGES.items():
        path = Path("book", name)
        text = path.read_text(encoding="utf-8")
        for old, new in changes.items():
            assert text.count(old) == 1, f"{old} is {text.count(old)} times in {name}"
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")
    before = Path("book", "darts.ipynb").read_bytes()

    def run(*options):
        return pytester.runpytest_subprocess("-p", "checks", "--color=no", *options, timeout=600)

    checked = run("book")
    checked.assert_outcomes(passed=2, failed=5)
    checked.stdout.fnmatch_lines([line for line in MESSAGES.splitlines() if line])
    run("--store", "book").stdout.fnmatch_lines(["No output of darts.ipynb has been stored."])
    assert Path("book", "darts.ipynb").read_bytes() == before
