"""The lesson stands alone and is bare: no module imports a later one, and none examines arguments."""

import re

import gluonbook
from tests import ROOT


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
