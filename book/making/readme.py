"""Write the README's list of sections: ``python -m book.making.readme``.

It links to the published pages, or to the notebooks, which GitHub shows, if no pages are published.
"""

import json
import re
from pathlib import Path

from book import places
from book.chapter import CHAPTER, ROOT
from book.making.stage import linked_pages, title_of

README = ROOT / "README.md"

BLOCK = re.compile(r"(<!-- sections: written by `make readme` -->\n)(.*?)(<!-- end -->)", re.DOTALL)


def main() -> None:
    """Write the list."""
    text = README.read_text(encoding="utf-8")
    listed = list_sections(ROOT, places.named(ROOT))
    README.write_text(BLOCK.sub(lambda block: block[1] + listed + block[3], text, count=1))


def list_sections(root: Path, repository: str) -> str:
    """Return the README's list of the sections, each with a link to read it."""
    names, _ = linked_pages((root / CHAPTER / "index.md").read_text(encoding="utf-8"))
    if site := places.site(repository):
        opening = f"**[Read it now]({site})**, without installing anything:"
        addresses = [f"{site}{CHAPTER}/{name}.html" for name in names]
    else:
        opening = (
            "Read it now, without installing anything. GitHub shows each section with its outputs:"
        )
        addresses = [f"{CHAPTER}/{name}.ipynb" for name in names]
    notebooks = ((root / CHAPTER / f"{name}.ipynb").read_text(encoding="utf-8") for name in names)
    titles = (title_of(json.loads(notebook)) for notebook in notebooks)
    links = zip(titles, addresses, strict=True)
    items = [f"{place}. [{title}]({link})" for place, (title, link) in enumerate(links, start=1)]
    return "\n".join([opening, "", *items, ""])


if __name__ == "__main__":
    main()
