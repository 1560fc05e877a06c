"""Update what the README shows of the book: ``python -m book.making.readme HTML``.

HTML is the folder of the built pages. The picture shows a part of one of them, and contains a
digest of it, from which a test can tell that the page has changed since. The list of sections
links to the published pages, or to the notebooks, which GitHub shows, if no pages are published.
"""

import hashlib
import json
import re
import sys
from pathlib import Path

from PIL import Image, PngImagePlugin
from playwright.sync_api import sync_playwright

from book import places
from book.making.built_pages import parse, words
from book.making.chromium import ARGUMENTS, find_chromium
from book.making.stage import CHAPTER, ROOT, linked_pages

README = ROOT / "README.md"
PICTURE = ROOT / ".github" / "page.png"
LOOK = ROOT / "book" / "_static" / "book.css"

PAGE, SECTION = Path("chapter_rnn/rnn.html"), "then-the-state-is-added"
SIZE = {"width": 1280, "height": 800}  # CSS pixels
SHARPNESS = 2  # pixels of the picture for one of them
COLOURS = 128

PICTURES_ARE_THERE = """() => [...document.images].every((picture) => {
    const { top, bottom } = picture.getBoundingClientRect();
    return bottom < 0 || top > innerHeight || picture.complete;
})"""

BLOCK = re.compile(r"(<!-- sections: written by `make readme` -->\n)(.*?)(<!-- end -->)", re.DOTALL)


def main() -> None:
    """Take the picture, and write the list."""
    if len(sys.argv) != 2:
        sys.exit("usage: python -m book.making.readme HTML (such as _build/html)")
    if find_chromium() is None:
        sys.exit("readme: Chromium takes the picture: sudo apt-get install chromium")
    take_picture(Path(sys.argv[1]), PICTURE)
    text = README.read_text(encoding="utf-8")
    listed = list_sections(ROOT, places.named(ROOT))
    README.write_text(BLOCK.sub(lambda block: block[1] + listed + block[3], text, count=1))


def take_picture(book: Path, target: Path) -> None:
    """Write a picture of a part of the book, with the digest of what it shows."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        tab = browser.new_page(viewport=SIZE, device_scale_factor=SHARPNESS)
        tab.goto((book / PAGE).resolve().as_uri(), wait_until="load")
        tab.wait_for_function("document.fonts.status === 'loaded'")
        place = tab.locator(f"#{SECTION}")
        place.evaluate("section => scrollTo({ top: section.offsetTop - 70, behavior: 'instant' })")
        tab.wait_for_function(PICTURES_ARE_THERE)
        tab.screenshot(path=target)
        browser.close()
    note = PngImagePlugin.PngInfo()
    note.add_text("Shows", digest(book))
    with Image.open(target) as picture:
        few_colours = picture.convert("RGB").quantize(COLOURS)
    few_colours.save(target, optimize=True, pnginfo=note)


def digest(book: Path) -> str:
    """Return a digest of what the picture shows: the words, the drawings and the look.

    Pixels would differ from one version of Chromium to the next, though nothing has changed.
    """
    page = parse(book / PAGE)
    shown = page.find(id=SECTION)
    drawings = [(book / PAGE.parent / image["src"]).read_bytes() for image in shown.select("img")]
    texts = [words(part) for part in (page.select_one("nav.bd-docs-nav"), shown)]
    content = [*(text.encode() for text in texts), *drawings, LOOK.read_bytes()]
    return hashlib.sha256(b"\0".join(content)).hexdigest()


def digest_of(picture: Path) -> str:
    """Return the digest of what it shows that a picture contains."""
    with Image.open(picture) as opened:
        return opened.text["Shows"]


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
    titles = (title_of(root / CHAPTER / f"{name}.ipynb") for name in names)
    links = zip(titles, addresses, strict=True)
    items = [f"{place}. [{title}]({link})" for place, (title, link) in enumerate(links, start=1)]
    return "\n".join([opening, "", *items, ""])


def title_of(notebook: Path) -> str:
    """Return the title of a notebook, its first line."""
    first = json.loads(notebook.read_text(encoding="utf-8"))["cells"][0]
    return "".join(first["source"]).partition("\n")[0].removeprefix("# ")


if __name__ == "__main__":
    main()
