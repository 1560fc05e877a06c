"""Finding one's way: the search, and what can be copied."""

from playwright.sync_api import expect

from tests.browser.findings import violations, watch

SECTION = "chapter_rnn/rnn-gluon.html"

# What a student types, and a place among the first three results that treats it.
WORDS = {
    "attention mechanism": "glossary.html#attention",
    "difference between lstm and gru": "glossary.html#long-short-term-memory",
    "GRUs": "glossary.html#gated-recurrent-unit",
    "hidden state": "glossary.html#hidden-state",
    "hiden state": "glossary.html#hidden-state",
    "Kneser-Ney": "language-model.html#kneser-ney-smoothing",
    "LSTM vs GRU": "glossary.html#gated-recurrent-unit",
    "one hot encoding": "glossary.html#one-hot-vector",
    "perplexty": "language-model.html#perplexity",
    "seq2seq": "glossary.html#sequence-to-sequence-model",
    "temperature": "generating-text.html#temperature",
    "what is a transformer": "glossary.html#transformer",
}


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


def test_what_a_student_types_is_found(open_page, book):
    page, missed = open_page((book / "search.html").as_uri()), {}
    field = page.locator(".bd-search-container input[type=search]")
    links = page.locator(".bd-search-container .search-results li a")
    for words, place in WORDS.items():
        field.fill(words)
        expect(links.first).to_be_visible()
        first = [link.get_attribute("href") for link in links.all()[:3]]
        if not any(address.endswith(place) for address in first):
            missed[words] = first
    assert not missed


def test_a_search_without_a_result_says_so(open_page, book):
    page = open_page((book / "search.html").as_uri() + "?q=zzyzx")
    expect(page.locator(".bd-search-container [role=status]")).to_have_text("Nothing found.")


def test_only_code_has_a_button_that_copies_it(open_page, site):
    page = open_page(site + SECTION)
    expect(page.locator(".bd-article .cell_input .copybtn").first).to_be_attached()
    assert page.locator(".cell_output .copybtn").count() == 0
