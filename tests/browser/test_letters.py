"""The page on which a reader compares two models letter by letter."""

import json

import pytest
from playwright.sync_api import expect

import gluonbook as gb
from tests import ROOT
from tests.browser.findings import started_figure, violations

MEASURED = ROOT / "chapter_rnn/measured"
(COUNTED,) = json.loads((MEASURED / "curve-page.json").read_text())
TABLE, FEW = COUNTED["result"], "Kneser-Ney, three letters seen"
LSTMS = gb.select_runs(gb.load_runs(MEASURED / "curve.json"), kind="LSTM", text="austen")


@pytest.fixture
def figure(open_page, book):
    page = open_page((book / "chapter_rnn/one-ruler.html").as_uri())
    return started_figure(page, ".letters")


def test_each_letter_tells_which_model_pays_more_and_if_pointed_at_how_much(figure):
    measured = [run for run in LSTMS if "letters" in run.result]
    best = min(measured, key=lambda run: run.result["validation"]).result["letters"]
    for name, kind in (("first", "LSTM"), ("second", FEW)):
        figure.locator(f"[name={name}]").select_option(label=kind)
    letters = figure.locator(".page span")
    assert "".join(letters.all_text_contents()) == TABLE["string"]
    halves = letters.evaluate_all("all => all.map((each) => each.className)")
    costs = zip(best["bits"], TABLE["bits after a few letters"], strict=True)
    assert halves == ["upper" if lstm > few else "lower" for lstm, few in costs]
    expect(figure.locator(".key")).to_have_text(f"more bits for LSTM, more bits for {FEW}")

    def expect_described(place):
        char, *guesses = (
            each.replace(" ", "␣")
            for each in TABLE["string"][place] + best["guesses"][3 * place :][:3]
        )
        before = TABLE["string"][max(0, place - 12) : place]
        bits = f"{best['bits'][place]:.2f} bits"
        message = figure.get_by_role("status")
        where = f"after “{before}”" if before else "at the beginning"
        expect(message).to_contain_text(f"“{char}” {where}. LSTM: {bits}")
        few = f"{TABLE['bits after a few letters'][place]:.2f} bits"
        expect(message).to_contain_text(f"expected “{'”, “'.join(guesses)}”. {FEW}: {few}")

    letters.nth(21).hover()
    expect_described(21)
    figure.locator(".page").focus()
    for key, place in [("ArrowLeft", 20), ("ArrowRight", 21), ("Home", 0), ("ArrowLeft", 0)]:
        figure.page.keyboard.press(key)
        expect_described(place)
    assert not violations(figure.page, ".letters")
