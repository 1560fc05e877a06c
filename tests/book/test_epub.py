"""The book as an e-book: valid, complete, and with links that lead somewhere."""

import copy
import os
import posixpath
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup

from book.making import built_pages
from tests import ROOT
from tests.built_book import built_book

# What Debian's package epubcheck holds; its command is a link that not every machine can start.
EPUBCHECK = Path("/usr/share/java/epubcheck.jar")
CODE_NOT_FOR_PAPER = f"pre:is({built_pages.NOT_FOR_PAPER}), :is({built_pages.NOT_FOR_PAPER}) pre"
OPF = "{http://www.idpf.org/2007/opf}"


@pytest.fixture(scope="module")
def epub(tmp_path_factory):
    """Make the e-book, and return the file."""
    path = tmp_path_factory.mktemp("epub") / "book.epub"
    command = [sys.executable, "-m", "book.making.epub", str(built_book()), str(path)]
    made = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    return path


@pytest.fixture(scope="module")
def files(epub):
    """Return every file in the e-book by its name."""
    with zipfile.ZipFile(epub) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def xhtml(files):
    """Return every page of the e-book by its name, without the folder."""
    pages = {name: data for name, data in files.items() if name.endswith(".xhtml")}
    return {
        name.removeprefix("EPUB/"): BeautifulSoup(data, "html.parser")
        for name, data in pages.items()
    }


@pytest.fixture(scope="module")
def package(files):
    return ElementTree.fromstring(files["EPUB/package.opf"])


@pytest.fixture(scope="module")
def html_pages():
    """Return the pages of the book that the e-book is made of, by their name in it."""
    book = built_book()
    return {
        f"{built_pages.name_of(page)}.xhtml": built_pages.parse(book / page).article
        for page in built_pages.reading_order(book)
    }


def is_inside(address):
    return not urlsplit(address).scheme


def test_epubcheck_finds_nothing(epub):
    if shutil.which("java") is None or not EPUBCHECK.exists():
        reason = "no epubcheck here, so the e-book is not validated: apt-get install epubcheck"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    soon_at_work = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]  # instead of fast after long
    command = ["java", *soon_at_work, "-jar", EPUBCHECK, "--failonwarnings", epub]
    checked = subprocess.run(command, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_it_tells_first_what_it_is(epub, files):
    with zipfile.ZipFile(epub) as archive:
        first = archive.infolist()[0]
    assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
    assert files["mimetype"] == b"application/epub+zip"


def test_every_file_is_listed_and_every_page_is_read_in_order(files, package, html_pages):
    items = {item.get("id"): item for item in package.iter(f"{OPF}item")}
    listed = {f"EPUB/{item.get('href')}" for item in items.values()}
    assert listed == {name for name in files if name.startswith("EPUB/")} - {"EPUB/package.opf"}
    spine = [items[entry.get("idref")].get("href") for entry in package.iter(f"{OPF}itemref")]
    assert spine == ["index.xhtml", "nav.xhtml", *html_pages]


def test_it_says_who_can_read_it(package):
    said = {}
    for meta in package.iter(f"{OPF}meta"):
        said.setdefault(meta.get("property"), set()).add(meta.text)
    assert said["schema:accessModeSufficient"] == {"textual"}
    assert {"alternativeText", "MathML", "tableOfContents"} <= said["schema:accessibilityFeature"]
    assert said["schema:accessibilityHazard"] == {"none"}
    assert said["schema:accessibilitySummary"]


def test_the_contents_name_every_section(xhtml, html_pages):
    listed = [built_pages.words(link) for link in xhtml["nav.xhtml"].find("nav").select("a")]
    expected = []
    for name in html_pages:
        expected += [built_pages.words(heading) for heading in xhtml[name].select("h1, h2")]
    assert len(expected) > 100
    assert listed == expected


def test_the_contents_have_each_solution_below_the_solutions(xhtml, html_pages):
    index, *below = [name for name in html_pages if name.startswith("chapter_rnn-solutions-")]
    contents = xhtml["nav.xhtml"].select_one("nav > ol")
    top = [link["href"] for link in contents.select(":scope > li > a")]
    assert top == [name for name in html_pages if name not in below]
    listed = contents.select(f":scope > li:has(> a[href='{index}']) > ol > li > a")
    assert [link["href"] for link in listed if "#" not in link["href"]] == below


def test_every_word_and_every_line_of_code_is_there(xhtml, html_pages):
    for name, page in html_pages.items():
        assert not page.select(CODE_NOT_FOR_PAPER), name
        page = copy.copy(page)
        for element in page.select(
            built_pages.NOT_FOR_PAPER + ", .katex, figure [aria-hidden], .gluonbook-frames"
        ):
            element.decompose()
        written = "".join(xhtml[name].get_text().split())
        lines = [line for line in page.get_text().splitlines() if line.strip()]
        missing = [line for line in page.get_text(" ").split() if line not in written]
        assert lines and not missing, name


def test_every_picture_has_its_text_and_every_formula_is_mathml(xhtml, html_pages):
    for name, page in html_pages.items():
        shown = [picture["alt"] for picture in xhtml[name].select("img")]
        pictures = page.select("img, .gluonbook-frames > svg")
        assert shown == [p.get("alt") or p["aria-label"] for p in pictures], name
        for figure in page.select(".gluonbook-frames"):
            setting = f"{built_pages.words(figure.label)}: {built_pages.words(figure.select_one('.value'))}."
            assert setting in xhtml[name].get_text()
        formulas = [math["alttext"] for math in xhtml[name].select("math")]
        written = [
            built_pages.words(tex)
            for tex in page.select(".katex-mathml annotation:not(template *)")
        ]
        assert formulas == written, name
        assert not xhtml[name].select(".katex, script, form, button"), name


def test_every_link_inside_leads_somewhere(files, xhtml):
    broken = []
    for name, page in xhtml.items():
        names = [element["id"] for element in page.select("[id]")]
        assert len(names) == len(set(names)), name
        addresses = [a["href"] for a in page.select("[href]")] + [
            i["src"] for i in page.select("img")
        ]
        for address in filter(is_inside, addresses):
            path, anchor = urldefrag(unquote(address))
            target = posixpath.normpath(path) if path else name
            if f"EPUB/{target}" not in files:
                broken.append(f"{name}: {address} leads to no file")
            elif anchor and not xhtml[target].find(id=anchor):
                broken.append(f"{name}: {address} leads to no anchor")
    assert not broken
