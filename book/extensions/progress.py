"""Show the progress of the build in one line, on a terminal. Sphinx's own report has dozens."""

import sys

from sphinx.application import Sphinx


class Progress:
    """How many pages have been read and written."""

    def __init__(self):
        self.num_to_read = self.num_read = self.num_written = 0

    def begin(self, app: Sphinx, env: object, names: list[str]) -> None:
        """Learn which pages are new or changed."""
        self.num_to_read = len(names)

    def read(self, app: Sphinx, name: str, source: list[str]) -> None:
        """Count a page that is read."""
        self.num_read += 1
        show(f"the book: reading page {self.num_read} of {self.num_to_read}")

    def write(self, app: Sphinx, name: str, *rest: object) -> None:
        """Count a page that is written; their number is not known, since code has pages, too."""
        self.num_written += 1
        show(f"the book: writing page {self.num_written}")

    def end(self, app: Sphinx, exception: Exception | None) -> None:
        """Clear the line."""
        show("")


def show(text: str) -> None:
    """Show a text in place of the last one, on a terminal."""
    if sys.stdout.isatty():
        print(f"\r\033[K{text}", end="", flush=True)


def setup(app: Sphinx) -> dict[str, bool]:
    """Follow the build."""
    progress = Progress()
    app.connect("env-before-read-docs", progress.begin)
    app.connect("source-read", progress.read)
    app.connect("html-page-context", progress.write)
    app.connect("build-finished", progress.end)
    return {"parallel_read_safe": False, "parallel_write_safe": False}
