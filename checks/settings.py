"""What is particular to a book: the table ``[tool.checks]`` in its pyproject.toml."""

import dataclasses
import difflib
import functools
import pkgutil
import tomllib
import warnings
from pathlib import Path

INPUT_KEYS = {"tag", "is-here", "missing"}
KINDS = {tuple: "a list", str: "a string", dict: "a table", bool: "true or false"}


@dataclasses.dataclass(frozen=True)
class Settings:
    """The settings, whose names have a hyphen in place of each underscore in pyproject.toml."""

    root: Path  # the folder of pyproject.toml, to which all paths are relative
    is_given: bool = False  # whether there is such a table
    notebooks: str = "."  # the folder of the notebooks
    assertions: str = "assertions"  # the folder of the assertions, one file for each notebook
    tags: tuple = ()  # tags with a meaning for other programs: then no others are allowed
    mime_types: tuple = ()  # that an output may have: then no others are allowed
    varying: dict = dataclasses.field(default_factory=dict)  # tags: what is not compared with them
    rules: str = ""  # a module with further rules in its `RULES`
    without_rules: tuple = ()  # names of rules that do not hold
    tidy: bool = False  # whether metadata other than tags are deleted when outputs are stored
    show: str = "checks.figures.show(fig, alt=...)"
    store: str = "pytest --store {path}"  # or with {name}, in `notebooks`
    environment: dict = dataclasses.field(default_factory=dict)  # of the kernels
    # A text, or other data, that is not on every machine: README.md describes the keys.
    input: dict = dataclasses.field(default_factory=dict)

    def name(self, notebook: Path) -> Path:
        """Return the path of a notebook in its folder, or else below the root, without the suffix."""
        path, folder = notebook.resolve(), self.root / self.notebooks
        base = folder if path.is_relative_to(folder) else self.root
        return path.relative_to(base).with_suffix("")

    def how_to_store(self, notebook: Path) -> str:
        """Return the command that stores the outputs of a notebook."""
        path = notebook.resolve().relative_to(self.root)
        return self.store.format(path=path, name=self.name(notebook))

    def assertions_of(self, notebook: Path) -> Path:
        """Return the file of assertions about a notebook."""
        return self.root / self.assertions / f"{self.name(notebook)}.py"

    def notebook_of(self, assertions: Path) -> Path | None:
        """Return the notebook that a file asserts something about, or None for another file."""
        folder = self.root / self.assertions
        if not assertions.is_relative_to(folder):
            return None
        return (self.root / self.notebooks / assertions.relative_to(folder)).with_suffix(".ipynb")

    @functools.cached_property
    def input_is_here(self) -> bool:
        """Whether the input from which the stored outputs were made is on this machine."""
        if not self.input:
            return True
        with warnings.catch_warnings():
            # Input with the wrong content does not stop the checks.
            warnings.simplefilter("default")
            return bool(pkgutil.resolve_name(self.input["is-here"])())

    @property
    def input_tag(self) -> str:
        """The tag of a cell whose output depends on the input."""
        return self.input.get("tag", "")

    @property
    def kernel_environment(self) -> dict[str, str]:
        """The environment variables for the kernels of notebooks that are checked."""
        without = {} if self.input_is_here else self.input.get("environment-without", {})
        return self.environment | without


def settings_of(notebook: Path) -> Settings:
    """Return the settings that hold for a notebook: those of the nearest pyproject.toml above it."""
    return settings_in(notebook.resolve().parent)


@functools.cache
def settings_in(folder: Path) -> Settings:
    """Return the settings that hold for the files in a folder."""
    for root in (folder, *folder.parents):
        if (path := root / "pyproject.toml").exists():
            return read_settings(path)
    return Settings(folder)


@functools.cache
def read_settings(path: Path) -> Settings:
    """Read the settings in a pyproject.toml, or complain in a sentence about the first wrong one."""
    table = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {}).get("checks")
    defaults = Settings(path.parent, is_given=table is not None)
    known = {field.name.replace("_", "-") for field in dataclasses.fields(Settings)[2:]}
    found = {}
    for name, value in (table or {}).items():
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            ask = f"; did you mean {near[0]!r}?" if near else ""
            raise ValueError(f"{path}: [tool.checks] has no setting {name!r}{ask}")
        key, value = name.replace("-", "_"), tuple(value) if isinstance(value, list) else value
        if not isinstance(value, kind := type(getattr(defaults, key))):
            raise ValueError(f"{path}: the setting {name!r} has to be {KINDS[kind]}")
        found[key] = value
    if found.get("input") and not found["input"].keys() >= INPUT_KEYS:
        raise ValueError(f"{path}: the setting 'input' needs {', '.join(sorted(INPUT_KEYS))}")
    return dataclasses.replace(defaults, **found)
