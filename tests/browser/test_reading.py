"""The search."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.findings import violations, watch

SECTION = "chapter_rnn/rnn-gluon.html"

# What a student types, and a place among the first three results that treats it.
WORDS = {
    "attention": "looking-back.html#attention",
    "backpropagation": "bptt.html#back-propagation-through-time",
    "biases": "glossary.html#relative-position-bias",
    "classes": "rnn-gluon.html#the-model",
    "data_iter_consecutive": "gluonbook.html#gluonbook.lesson.corpus.data_iter_consecutive",
    "difference between lstm and gru": "glossary.html#long-short-term-memory",
    "epochs": "glossary.html#epoch",
    "GRUs": "gru.html#gated-recurrent-units",
    "hiden state": "rnn.html#adding-a-hidden-state",
    "homework": "teaching.html#homework-that-checks-itself",
    "how to install": "how-to-run.html#where-to-run-it",
    "Kneser-Ney": "language-model.html#kneser-ney-smoothing",
    "minibatches": "language-model-data.html#from-text-to-mini-batches",
    "one hot encoding": "glossary.html#one-hot-vector",
    "other initial weights": "gru.html#cell-id=random-note",
    "perplexty": "language-model.html#perplexity",
    "top-k": "generating-text.html#top-k",
    "train my own text": "how-to-run.html#a-text-of-your-own",
    "truncated bptt": "glossary.html#truncated-back-propagation-through-time",
    "what is a transformer": "glossary.html#transformer",
}


def test_a_search_finds_terms_and_headings_as_one_types(open_page, book):
    page = open_page()
    seen = watch(page)
    page.goto((book / SECTION).as_uri())
    page.keyboard.press("Control+k")
    page.keyboard.type("gradient clipping")
    first = page.locator("dialog .search-results li a").first
    # The section that treats a term comes before the glossary, and the link leads there from any page.
    expect(first).to_have_attribute("href", "../chapter_rnn/rnn-scratch.html#clipping-the-gradient")
    assert not violations(page, "dialog:has(.search-results)")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=gradient+clipping")
    first = page.locator(".bd-search-container .search-results li").first
    expect(first.locator("a")).to_contain_text("clipping the gradient", ignore_case=True)
    expect(first.locator("p")).to_contain_text("gradient")
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


@pytest.mark.parametrize(
    ("word", "says"),
    [("constructor", "Nothing found.|›"), ("__proto__", "Nothing found.|›"), ("zzyzx", "Nothing")],
)
def test_a_search_that_finds_nothing_or_does_not_load_says_so(open_page, book, word, says):
    page = open_page((book / "search.html").as_uri() + f"?q={word}")
    status = page.locator(".bd-search-container [role=status]")
    expect(status).to_have_text(re.compile(says))
    page.route("**/search-sections.js", lambda route: route.abort())
    page.reload()
    expect(status).to_have_text("The search could not be loaded.")
