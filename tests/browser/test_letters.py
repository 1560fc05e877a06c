"""The page on which a reader compares two models letter by letter."""

import json

import pytest
from playwright.sync_api import expect

from tests import ROOT
from tests.browser.findings import started_figure, violations

COUNTED = json.loads((ROOT / "chapter_rnn/measured/ruler-counts.json").read_text())
RESULTS = {run["setting"]["kind"]: run["result"] for run in COUNTED}


@pytest.fixture
def figure(open_page, book):
    page = open_page((book / "chapter_rnn/one-ruler.html").as_uri())
    return started_figure(page, ".letters")


def choose(figure, first, second):
    for name, kind in (("first", first), ("second", second)):
        figure.locator(f"[name={name}]").select_option(label=kind)


def test_a_letter_that_is_pointed_at_or_reached_by_a_key_tells_what_it_costs(figure):
    table = RESULTS["bigram"]
    choose(figure, "bigram", "(no comparison)")
    letters = figure.locator(".page span")
    assert "".join(letters.all_text_contents()) == table["page"]

    def expect_described(place):
        char, *guesses = (
            each.replace(" ", "␣")
            for each in table["page"][place] + table["letters"]["guesses"][3 * place :][:3]
        )
        before = table["page"][max(0, place - 12) : place]
        bits = f"{table['letters']['bits'][place]:.2f} bits"
        message = figure.get_by_role("status")
        expect(message).to_contain_text(f"“{char}” after “{before}”. bigram: {bits}")
        expect(message).to_contain_text(f"expected {' '.join(guesses)}.")

    letters.nth(21).hover()
    expect_described(21)
    figure.locator(".page").focus()
    figure.page.keyboard.press("ArrowLeft")
    expect_described(20)
    figure.page.keyboard.press("End")
    figure.page.keyboard.press("ArrowRight")
    figure.page.keyboard.press("ArrowUp")  # and so back to the first letter
    figure.page.keyboard.press("ArrowRight")
    figure.page.keyboard.press("Home")
    expect_described(0)
    for _ in range(2):  # beyond the first letter
        figure.page.keyboard.press("ArrowLeft")
    expect_described(0)


def test_the_half_of_a_letter_that_is_coloured_tells_which_model_pays_more(figure):
    first, second = RESULTS["unigram"], RESULTS["bigram"]
    choose(figure, "unigram", "bigram")
    pairs = zip(first["letters"]["bits"], second["letters"]["bits"], strict=True)
    halves = figure.locator(".page span").evaluate_all("all => all.map((each) => each.className)")
    assert halves == ["upper" if a > b else "lower" for a, b in pairs]
    expect(figure.locator(".key")).to_have_text("more bits for unigram, more bits for bigram")
    assert not violations(figure.page, ".letters")
    figure.page.emulate_media(media="print")
    expect(figure).to_be_hidden()
