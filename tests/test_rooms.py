"""Each layer of the package needs only the layers below it, so that no arrow runs back up."""

import ast
import pkgutil
import re

from tests import ROOT

PACKAGE = ROOT / "gluonbook"
TAUGHT = re.findall(
    r"^\d+\. `(\w+)`", ast.get_docstring(ast.parse((PACKAGE / "__init__.py").read_text())), re.M
)
# Each imports only those before it.
LAYERS = ["ground", *TAUGHT, "calls_of_2018", "figures", "runs", "tool"]
LAYERS.insert(LAYERS.index("models") + 1, "fast")


def imported(path):
    """Yield the full name of everything that a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imported_in(folder):
    """Return the full names that the files in a folder import."""
    return {name for path in folder.rglob("*.py") for name in imported(path)}


def test_a_layer_of_the_package_imports_only_those_before_it():
    assert {module.name for module in pkgutil.iter_modules([PACKAGE])} == {*LAYERS, "__main__"}
    for number, layer in enumerate(LAYERS, start=1):
        module = PACKAGE / f"{layer}.py"
        names = {*imported(module)} if module.exists() else imported_in(PACKAGE / layer)
        ours = {name.split(".")[1] for name in names if name.startswith("gluonbook.")}
        assert ours <= {*LAYERS[:number]}, layer
