"""What is particular to a book: the table ``[tool.checks]`` in its pyproject.toml."""

import dataclasses
import functools
import pkgutil
import tomllib
import warnings
from pathlib import Path


@dataclasses.dataclass(frozen=True)
class Settings:
    """The settings, whose names have a hyphen in place of each underscore in pyproject.toml."""

    root: Path  # the folder of pyproject.toml, to which all paths are relative
    notebooks: str = "."  # the folder of the notebooks
    assertions: str = "assertions"  # the folder of the assertions, one file for each notebook
    package: str = ""  # the package that has the same code as the cells tagged `saved`
    alias: str = ""  # the name under which a notebook imports it
    lists: tuple[str, ...] = ()  # pages that link to every notebook directly in `notebooks`
    tags: tuple[str, ...] = ()  # tags with a meaning for other programs
    mime_types: tuple[str, ...] = ("text/plain", "image/png")  # that an output may have
    rules: str = ""  # a module with further rules in its `RULES`
    show: str = 'display(figure, metadata={"image/png": {"alt": "..."}})'
    store: str = "python -m checks.execute {path} {path}"  # or with {name}, in `notebooks`
    environment: dict[str, str] = dataclasses.field(default_factory=dict)  # of the kernels
    # A text, or other data, that is not on every machine: README.md describes the keys.
    input: dict = dataclasses.field(default_factory=dict)

    def name(self, notebook: Path) -> Path:
        """Return the path of a notebook in its folder, without the suffix."""
        return notebook.resolve().relative_to(self.root / self.notebooks).with_suffix("")

    def how_to_store(self, notebook: Path) -> str:
        """Return the command that stores the outputs of a notebook."""
        path = notebook.resolve().relative_to(self.root)
        return self.store.format(path=path, name=self.name(notebook))

    def assertions_of(self, notebook: Path) -> Path:
        """Return the file of assertions about a notebook."""
        return self.root / self.assertions / f"{self.name(notebook)}.py"

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


@functools.cache
def settings_of(notebook: Path) -> Settings:
    """Return the settings that hold for a notebook: those of the nearest pyproject.toml above it."""
    folder = notebook.resolve().parent
    for root in (folder, *folder.parents):
        if (path := root / "pyproject.toml").exists():
            content = tomllib.loads(path.read_text(encoding="utf-8"))
            table = content.get("tool", {}).get("checks", {})
            return Settings(root, **{name.replace("-", "_"): table[name] for name in table})
    return Settings(folder)
