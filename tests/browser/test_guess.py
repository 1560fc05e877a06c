"""The figure in which readers guess letters: their bounds, and who can play."""

import re
from collections import Counter
from itertools import pairwise
from math import log2

import pytest
from playwright.sync_api import expect

import gluonbook as gb
from gluonbook.figures.plots import PEOPLE
from tests import ROOT
from tests.browser.findings import started_figure, violations, watch

BY_FREQUENCY = " etaoinshrdlcumwfgypbvkjxqz"


@pytest.fixture
def figure(open_page, book):
    page = open_page(color_scheme="dark")
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto((book / "chapter_rnn/language-model.html").as_uri())
    return started_figure(page, ".guess")


def bounds_of(numbers):
    """Return Shannon's bounds in bits: the share q_i of the letters needed i guesses."""
    counts = Counter(numbers)
    q = [counts[i] / len(numbers) for i in range(1, 29)]
    lower = sum(i * (a - b) * log2(i) for i, (a, b) in enumerate(pairwise(q), start=1))
    return lower, -sum(share * log2(share) for share in q if share)


@pytest.mark.parametrize(
    "numbers", [[1] * 20, [*range(1, 28)], [1] * 9 + [2, 2, 2, 3, 3, 4, 6, 9, 9, 20, 27]]
)
def test_the_bounds_are_shannon_s_and_their_range_contains_them(figure, numbers):
    found = figure.evaluate("(_, numbers) => gluonbookGuessing.bounds(numbers)", numbers)
    bounds = [found["lower"], found["upper"]]
    assert bounds == pytest.approx(bounds_of(numbers), abs=1e-9)
    low, high = figure.evaluate("(_, numbers) => gluonbookGuessing.range(numbers)", numbers)
    assert 0 <= low <= min(bounds) + 1e-9 and max(bounds) - 1e-9 <= high <= log2(27)


def guess_until_right(figure):
    """Type letters, the most frequent ones first, and return the right one."""
    for number, letter in enumerate(BY_FREQUENCY, start=1):
        figure.page.keyboard.press("Space" if letter == " " else letter)
        said = figure.get_by_role("status").text_content()
        name = "the space" if letter == " " else letter
        if said != f"Not {name}.":
            assert said.startswith(f"Yes, {name}, with guess {number}.")
            return letter
    raise AssertionError("no letter was right")


def test_forty_letters_by_keyboard_give_a_reader_two_pairs_of_dots(figure):
    seen, passage = watch(figure.page), figure.get_attribute("data-passage")
    for letters in (3, 100):
        figure.locator("[name=play]").focus()
        figure.page.keyboard.press("Enter")
        expect(figure.locator("[name=letter]")).to_be_focused()
        numbers = []
        for _ in range(20):
            before = figure.locator(".seen").text_content().replace("␣", " ")
            assert len(before) == letters
            right = guess_until_right(figure)
            assert before + right in passage
            numbers.append(1 + BY_FREQUENCY.index(right))
        bounds = bounds_of(numbers)
        result = "bounds of {:.1f} and {:.1f} bits; 20 letters are few, so perhaps ".format(*bounds)
        expect(figure.locator(f".result-{letters}")).to_contain_text(result)
        expect(figure.get_by_role("status")).to_contain_text(
            f"with {letters} letters seen: {result}"
        )
        dots = figure.locator(f".you-{letters} .bounds").get_attribute("d")
        heights = [float(height) for height in re.findall(r"M0 ([\d.]+)h0", dots)]
        assert [(100 - height) / 20 for height in heights] == pytest.approx(bounds)
    figure.page.emulate_media(media="print")
    expect(figure.locator("form")).to_be_hidden()
    expect(figure.locator("svg")).to_be_visible()
    assert not seen


def test_keys_on_the_page_refuse_no_finger_and_no_letter_twice(figure):
    message, passage = figure.get_by_role("status"), figure.get_attribute("data-passage")
    figure.get_by_role("button", name="Guess 20 letters, with three seen").click()
    before = figure.locator(".seen").text_content().replace("␣", " ")
    wrong = next(letter for letter in BY_FREQUENCY[1:] if before + letter not in passage)
    key = figure.get_by_role("button", name=wrong, exact=True)
    key.click()
    expect(message).to_have_text(f"Not {wrong}.")
    key.press("Enter")
    expect(message).to_have_text(f"You have tried {wrong} already.")
    figure.locator("[name=letter]").fill("7")
    expect(message).to_have_text("Guess a letter from a to z, or a space.")
    assert figure.page.evaluate("document.documentElement.scrollWidth") == 360
    assert not violations(figure.page, ".guess")


def test_the_curves_are_those_of_shannon_and_of_the_stored_runs(figure):
    def drawn(selector):
        points = figure.locator(selector).get_attribute("points").split()
        pairs = [[float(part) for part in point.split(",")] for point in points]
        return [(129 ** (x / 100) - 1, (100 - y) / 20) for x, y in pairs]

    runs = gb.load_runs(ROOT / "chapter_rnn/measured/curve.json")
    lengths = {"Kneser-Ney": range(14), "GRU": [0, 1, 2, 3, 4, 5, 6, 8, 12, 16, 24, 32, 64, 128]}
    shown = [("Kneser-Ney", "novel"), ("Kneser-Ney", "austen"), ("GRU", "austen")]
    for number, (kind, text) in enumerate(shown, start=1):
        run = gb.select_runs(runs, kind=kind, text=text)[0]
        rows = zip(lengths[kind], run.result["losses"], strict=False)
        means = [(seen, sum(row) / len(row)) for seen, row in rows if row[0] is not None]
        expected = [pytest.approx(pair, abs=0.01, rel=5e-4) for pair in means]
        assert drawn(f"polyline.line-{number}") == expected
    seen, least, most = ([*column] for column in PEOPLE.values())
    band = [*zip(seen, least, strict=True)][:-1] + [*zip(seen, most, strict=True)][-2::-1]
    assert drawn("polygon") == [pytest.approx(pair, abs=0.01) for pair in band]
