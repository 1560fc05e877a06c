"""Each room of the repository needs only the rooms below it, so that no arrow runs back up."""

import ast
import json
import pkgutil
import re
import sys
import tomllib

import pytest

from tests import ROOT

PACKAGE = ROOT / "gluonbook"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
TAUGHT = re.findall(
    r"^\d+\. `(\w+)`", ast.get_docstring(ast.parse((PACKAGE / "__init__.py").read_text())), re.M
)
# Each imports only those before it.
LAYERS = ["ground", *TAUGHT, "calls_of_2018", "figures", "runs", "tool"]
LAYERS.insert(LAYERS.index("models") + 1, "fast")
# The rooms of the repository, and which of the others each may import.
REPOSITORY = {
    "gluonbook": set(),
    "book": set(),
    "tools": {"gluonbook", "book"},
    "benchmarks": {"gluonbook", "book"},
    "studies": {"gluonbook", "benchmarks"},
}


def imported(path):
    """Yield the full name of everything that a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def files(folder):
    return sorted((ROOT / folder).rglob("*.py"))


def test_every_module_has_a_layer():
    names = {module.name for module in pkgutil.iter_modules([PACKAGE])}
    assert names - {"__main__"} == set(LAYERS)


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_of_the_package_imports_only_those_before_it(layer):
    imports = {
        name.split(".")[1]
        for path in files(PACKAGE / layer) or [PACKAGE / f"{layer}.py"]
        for name in imported(path)
        if name.startswith("gluonbook.")
    }
    assert imports <= {*LAYERS[: LAYERS.index(layer) + 1]}


@pytest.mark.parametrize("room", REPOSITORY)
def test_a_room_of_the_repository_imports_only_those_below_it(room):
    rooms = {name.split(".")[0] for path in files(room) for name in imported(path)}
    ours = {"benchmarks", "book", "gluonbook", "studies", "tests", "tools"}
    assert rooms & ours <= {room} | REPOSITORY[room]


def test_the_package_imports_only_what_it_asks_for():
    asked_for = PROJECT["dependencies"] + PROJECT["optional-dependencies"]["onnx"]
    names = {re.match(r"[\w-]+", requirement)[0].lower() for requirement in asked_for}
    packages = {name.split(".")[0] for path in files("gluonbook") for name in imported(path)}
    assert {name.lower() for name in packages - sys.stdlib_module_names} <= names | {
        "gluonbook",
        "gluonbook_cli",
    }


NOTEBOOKS = sorted((ROOT / "chapter_rnn").rglob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: "/".join(path.parts[-2:]))
def test_a_notebook_uses_gluonbook_by_its_names_and_nothing_else_of_ours(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    of_ours = re.findall(
        r"^ *(?:from|import) +((?:gluonbook|book|studies|tests|tools|benchmarks)\b[.\w]*)",
        code,
        re.M,
    )
    assert set(of_ours) <= {"gluonbook"}


@pytest.mark.parametrize("name", [*TAUGHT, "calls_of_2018"])
def test_a_module_of_the_lesson_has_no_type_hints(name):
    tree = ast.parse((PACKAGE / f"{name}.py").read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            arguments = [*node.args.args, *node.args.kwonlyargs]
            assert node.returns is None, node.name
            assert all(argument.annotation is None for argument in arguments), node.name
