"""Finding one's way: search, terms explained where they stand, and what can be copied."""

import json

from bs4 import BeautifulSoup
from playwright.sync_api import expect

from tests import ROOT
from tests.browser.findings import violations, watch

SECTION = "chapter_rnn/rnn-gluon.html"
CLIPBOARD = ["clipboard-read", "clipboard-write"]


def test_a_search_finds_terms_and_headings_as_one_types(open_page, book):
    page = open_page()
    seen = watch(page)
    page.goto((book / SECTION).as_uri())
    page.keyboard.press("Control+k")
    page.keyboard.type("gradient clipping")
    first = page.locator("dialog .search-results li a").first
    # What the glossary explains comes first, and the link leads there from any page.
    expect(first).to_have_attribute("href", "../chapter_rnn/glossary.html#gradient-clipping")
    assert not violations(page, "dialog:has(.search-results)")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=gradient+clipping")
    first = page.locator(".bd-search-container .search-results li").first
    expect(first.locator("a")).to_contain_text("gradient clipping", ignore_case=True)
    expect(first.locator("p")).to_contain_text("norm")
    assert not seen


# What a student types, and a place among the first three results that treats it.
WORDS = {
    "attention": "glossary.html#attention",
    "backpropagation": "glossary.html#back-propagation-through-time",
    "beam search": "generating-text.html#the-most-probable-text",
    "bigram": "language-model.html#the-bigram-model-as-a-one-layer-network",
    "bidirectional": "glossary.html#bidirectional-layer",
    "BPTT": "glossary.html#back-propagation-through-time",
    "data parallelism": "glossary.html#data-parallelism",
    "dropout": "deep-rnn.html#dropout-between-the-layers",
    "early stopping": "glossary.html#early-stopping",
    "embeddings": "glossary.html#embedding",
    "forget gate": "glossary.html#forget-gate",
    "gradient clipping": "glossary.html#gradient-clipping",
    "GRU": "glossary.html#gated-recurrent-unit",
    "hidden state": "glossary.html#hidden-state",
    "Kneser-Ney": "language-model.html#kneser-ney-smoothing",
    "learning rate": "glossary.html#learning-rate",
    "LSTM": "glossary.html#long-short-term-memory",
    "nucleus sampling": "generating-text.html#nucleus-sampling",
    "one-hot": "glossary.html#one-hot-vector",
    "ONNX": "in-other-frameworks.html#exporting-the-weights",
    "parameter server": "glossary.html#parameter-server",
    "perplexity": "language-model.html#perplexity",
    "seq2seq": "glossary.html#sequence-to-sequence-model",
    "smoothing": "language-model.html#smoothing",
    "teacher forcing": "glossary.html#teacher-forcing",
    "temperature": "generating-text.html#temperature",
    "transformer": "glossary.html#transformer",
    "truncated backpropagation": "glossary.html#truncated-back-propagation-through-time",
    "vanishing gradient": "glossary.html#vanishing-gradient",
    "word2vec": "glossary.html#embedding",
}


def test_what_a_student_types_is_found(open_page, book):
    page = open_page((book / "search.html").as_uri())
    found = page.evaluate(
        """async (words) => {
            const index = await load();
            return words.map((word) => index.search(word).slice(0, 3).map((result) => result.id));
        }""",
        list(WORDS),
    )
    missed = {
        word: results
        for (word, place), results in zip(WORDS.items(), found, strict=True)
        if not any(result.endswith(place) for result in results)
    }
    assert not missed


def test_a_term_is_explained_to_who_points_at_it(open_page, book, site):
    page = open_page()
    page.clock.install()
    page.goto(site + SECTION)
    link = page.locator('.bd-article a[href$="#hidden-state"]').first
    preview = page.locator("#term-preview")
    assert preview.is_hidden()
    link.hover()
    preview.wait_for(state="visible")
    glossary = (book / "chapter_rnn" / "glossary.html").read_text()
    explanation = BeautifulSoup(glossary, "html.parser").find(id="hidden-state").p
    assert preview.text_content().strip() == explanation.get_text().strip()
    # The pointer may go there, and stay as long as one reads.
    box = preview.bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 10)
    page.clock.fast_forward("01:00")
    assert preview.is_visible()
    page.mouse.move(5, 5)
    preview.wait_for(state="hidden")


def test_a_term_is_explained_to_who_comes_with_the_tab_key(open_page, site):
    page = open_page(site + SECTION)
    link = page.locator('.bd-article a[href$="#hidden-state"]').first
    page.keyboard.press("Tab")  # from here on the focus is shown
    link.focus()
    preview = page.locator("#term-preview")
    preview.wait_for(state="visible")
    assert link.get_attribute("aria-describedby") == "term-preview"
    page.keyboard.press("Escape")
    assert preview.is_hidden() and link.get_attribute("aria-describedby") is None
    assert page.evaluate("document.activeElement.hash") == "#hidden-state"


def test_what_is_copied_is_the_code_and_nothing_else(open_page, site):
    page = open_page(site + SECTION, permissions=CLIPBOARD)
    cells = json.loads((ROOT / SECTION).with_suffix(".ipynb").read_text())["cells"]
    stored = next(cell for cell in cells if cell["cell_type"] == "code" and cell["outputs"])
    assert page.locator(".cell_output .copybtn").count() == 0
    cell = page.locator(".bd-article .cell:has(.cell_output)").first
    cell.hover()
    page.evaluate("document.addEventListener('copy', () => { window.hasCopied = true; })")
    cell.locator(".copybtn").click()
    page.wait_for_function("window.hasCopied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.strip() == "".join(stored["source"]).strip()
