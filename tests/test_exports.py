"""The package has no public name that nobody can use, and none without a test; the lesson stands alone."""

import ast
import re

import gluonbook
from tests import ROOT


def words_in(*patterns):
    paths = [path for pattern in patterns for path in ROOT.glob(pattern)]
    texts = [path.read_text(encoding="utf-8") for path in paths if path.name != "__init__.py"]
    return [word for text in texts for word in re.findall(r"\w+", text)]


def test_each_public_name_is_exported_or_used_and_what_is_exported_is_tested():
    used = words_in("gluonbook/**/*.py", "studies/*.py")
    tested = {*words_in("tests/**/*.py", "chapter_rnn/**/*.ipynb")}
    missing = []
    for path in sorted(
        [*(ROOT / "gluonbook").glob("[a-z]*.py"), *(ROOT / "gluonbook/lesson").glob("[a-z]*.py")]
    ):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            name = getattr(node, "name", "_")
            is_exported = hasattr(gluonbook, name)
            if not name.startswith("_") and not is_exported and used.count(name) == 1:
                missing.append(
                    f"{path.name}: nothing uses {name}; export it in gluonbook/__init__.py"
                )
            if is_exported and name not in tested:
                missing.append(f"{path.name}: no test and no notebook uses {name}; write a test")
    assert not missing, "\n".join(missing)


def test_the_lesson_imports_earlier_modules_of_its_own_and_examines_nothing():
    order = re.findall(r"^\d+\. `(\w+)`", gluonbook.__doc__, re.MULTILINE)
    lesson = ROOT / "gluonbook" / "lesson"
    assert {*order} == {path.stem for path in lesson.glob("[a-z]*.py")}
    for number, name in enumerate(order):
        code = (lesson / f"{name}.py").read_text(encoding="utf-8")
        imported = {*re.findall(r"^from gluonbook\.lesson\.(\w+) import", code, re.MULTILINE)}
        assert imported <= {*order[:number]}, f"{name} imports a later module"
        known = r"^(?:from|import) gluonbook(?!\.lesson\.|\.ground\.(?:novel|reading) ).*"
        assert not re.findall(known, code, re.MULTILINE), f"{name} imports more than the lesson"
        assert not re.search(r"\b(raise|check_\w+|\w+\._[a-z]\w+)\b", code), f"{name} is not bare"
