"""The figure in which a model writes: what it computes, and who can use it."""

import mxnet as mx
import numpy as np
import pytest
from mxnet import nd
from mxnet.gluon import rnn
from playwright.sync_api import expect

import gluonbook as gb
from tests.browser.findings import violations
from tests.figures.test_writer import TEXT, VOCABULARY, small_model

PAGE = "index.html"  # it is small, and so opens fast
NUM_CHARS = 200


@pytest.fixture
def figure(open_page, site):
    """Return a function that opens a page and returns its figure, once it is alive."""

    def open_figure(address=PAGE, **options):
        options.setdefault("reduced_motion", "reduce")
        page = open_page(site + address, **options)
        found = page.locator(".gluonbook-writer")
        found.scroll_into_view_if_needed()
        expect(found.get_by_label("Beginning of a text")).to_be_enabled()
        return found

    return open_figure


@pytest.fixture
def small_figure(open_page, tmp_path, displayed):
    """Return a function that shows a small model twice, as a notebook does, and returns the second."""

    def show(model=None, text=TEXT, prefix="ab1", **options):
        gb.show_writer(model or small_model(), text, prefix, **options)
        page, twice = tmp_path / "output.html", displayed[-1][0]["text/html"] * 2
        page.write_text(f"<!doctype html><meta charset=utf-8><title>x</title>{twice}")
        found = open_page(page.as_uri(), reduced_motion="reduce").locator(".gluonbook-writer")
        for each in found.all():
            each.scroll_into_view_if_needed()
            expect(each.get_by_label("Beginning of a text")).to_be_enabled()
            expect(each.get_by_label("Top-k")).to_be_visible(visible=bool(options))
        return found.last

    return show


def press(figure, *names):
    for name in names:
        figure.get_by_role("button", name=name, exact=True).click()


# --- What it computes -----------------------------------------------------------------------


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_every_logit_is_that_of_mxnet(small_figure, activation):
    mx.random.seed(1)
    model = small_model(rnn.RNN(6, activation=activation))
    indices = np.random.default_rng(1).integers(len(VOCABULARY), size=50).tolist()
    expected, _ = model(nd.array([indices]), model.begin_state(batch_size=1))
    computed = small_figure(model).evaluate(
        """(figure, indices) => {
            const model = figure.writer.reading.model;
            let state = model.firstState();
            return indices.map((char) => Array.from(model.logits((state = model.step(state, char)))));
        }""",
        indices,
    )
    np.testing.assert_allclose(computed, expected.asnumpy(), rtol=1e-4, atol=1e-4)


def test_the_most_probable_character_is_written_if_no_other_may_be_drawn(small_figure):
    model = small_model()
    expected = gb.write(model, TEXT, prefix="ab1", num_chars=NUM_CHARS)
    found = small_figure(model, samplers=True)
    for temperature, k, is_best in [(0, 5, True), (2, 1, True), (2, 5, False)]:
        found.get_by_label("Temperature").fill(str(temperature))
        found.get_by_label("Top-k").fill(str(k))
        press(found, "Reset", "Write")
        expect(found.get_by_role("status")).to_have_text(f"Wrote {NUM_CHARS} characters.")
        assert (found.locator(".text").text_content() == expected) == is_best


def test_the_sliders_change_the_chance_of_each_character(small_figure):
    found = small_figure(samplers=True)
    for temperature, k, p in [(0.5, 5, 1), (1, 3, 1), (1, 5, 0.5), (2, 4, 0.3)]:
        for name, value in (("Temperature", temperature), ("Top-k", k), ("Nucleus", p)):
            found.get_by_label(name).fill(str(value))
        logits, chances = found.evaluate(
            """({ writer }) => [
                Array.from(writer.reading.model.logits(writer.reading.state)),
                writer.rank().map(({ chance }) => chance),
            ]"""
        )
        odds = np.sort(np.exp(np.array(logits) / temperature))[::-1]
        odds /= odds.sum()
        kept = (np.arange(len(odds)) < k) & (np.cumsum(odds) - odds < p)
        np.testing.assert_allclose(chances, odds * kept / (odds * kept).sum(), rtol=1e-4)
        expect(found.locator(".bars button.left-out")).to_have_count(int((~kept).sum()))


# --- Steps ----------------------------------------------------------------------------------


def units(figure):
    """Return the letters below the units, and the squares that are drawn of them."""
    squares = figure.locator("path[data-level]").all()
    return figure.locator(".letters").text_content(), [path.get_attribute("d") for path in squares]


def test_back_and_next_go_through_the_text(figure):
    found = figure()
    press(found, "Next", "Next")
    found.locator(".bars button").nth(5).click()  # one that would hardly be drawn again
    written = found.locator(".text").text_content()
    assert len(written) == len("time traveller") + 3
    letters, squares = units(found)
    press(found, "Back", "Back")
    assert found.locator(".text").text_content() == written
    assert found.locator("mark").text_content() == written[-3]
    assert found.locator(".ahead").text_content() == written[-2:]
    letters_before, squares_before = units(found)
    assert letters_before != letters and squares_before != squares
    press(found, "Next", "Next")
    assert found.locator(".text").text_content() == written
    assert units(found) == (letters, squares)
    assert found.locator(".ahead").text_content() == ""
    press(found, "Reset")
    assert found.locator(".text").text_content() == "time traveller"
    # The text cannot be left at its beginning.
    found.get_by_label("Beginning of a text").fill("ab")
    back = found.get_by_role("button", name="Back")
    for _ in range(3):
        back.press("Enter")
    assert found.locator("mark").text_content() == "a"
    expect(back).to_have_attribute("aria-disabled", "true")


def test_writing_can_be_stopped(figure):
    found = figure(reduced_motion="no-preference")
    clock = found.page.clock  # a character comes after some time, of which none passes by itself
    clock.install(time=0)
    clock.pause_at(1000)
    press(found, "Write")
    clock.run_for(1000)
    press(found, "Stop")
    expect(found.get_by_role("status")).to_contain_text("Wrote")
    clock.run_for(1000)
    text = found.locator(".text").text_content()
    assert len("time traveller") < len(text) < len("time traveller") + 30
    expect(found.get_by_role("button", name="Write")).to_be_visible()


def test_a_capital_is_read_as_it_is_where_the_model_knows_it(small_figure):
    found = small_figure(text=gb.Text("Aab c"), prefix="Ab")
    assert found.locator(".text").text_content() == "Ab"
    found.get_by_label("Beginning of a text").fill("ABa")
    expect(found.locator(".text")).to_have_text("Aba")


def test_the_old_text_does_not_go_on_under_a_beginning_that_is_refused(small_figure):
    found = small_figure()
    field, text = found.get_by_label("Beginning of a text"), found.locator(".text")
    status = found.get_by_role("status")
    press(found, "Back")  # now there is a character to go on with
    for typed, message in [("2abéé", "never seen “2”, “é”. It"), ("", "at least one character")]:
        field.fill(typed)
        expect(field).to_have_attribute("aria-invalid", "true")
        for button in ("Next", "Write", "Back"):
            press(found, button)
            expect(status).to_contain_text(message)
        found.locator(".bars button").first.click()
        expect(status).to_contain_text(message)
        expect(text).to_have_text("ab1")
    field.fill("AB")
    expect(field).to_have_attribute("aria-invalid", "false")
    expect(text).to_have_text("ab")


def test_the_text_has_an_end(small_figure):
    found = small_figure()
    text, status = found.locator(".text"), found.get_by_role("status")
    press(found, *["Write"] * 10)
    assert len(text.text_content()) == 2000
    press(found, "Next")
    expect(status).to_contain_text("ends here, after 2000 characters")
    press(found, "Write")
    found.locator(".bars button").first.click()
    assert len(text.text_content()) == 2000
    press(found, "Back", "Next")
    expect(status).to_contain_text("Read")


# --- Who can use it -------------------------------------------------------------------------


def test_everything_works_by_keyboard(figure):
    found = figure()
    keyboard = found.page.keyboard
    found.get_by_label("Beginning of a text").focus()
    keyboard.press("Control+a")
    keyboard.type("the m")
    keyboard.press("Tab")
    keyboard.press("Home")  # temperature 0
    keyboard.press("Tab")  # Write
    keyboard.press("Tab")
    keyboard.press("Tab")  # Next
    keyboard.press("Enter")
    keyboard.press("Space")
    text = found.locator(".text").text_content()
    assert text.startswith("the m") and len(text) == len("the m") + 2
    keyboard.press("Shift+Tab")
    keyboard.press("Enter")
    assert found.locator(".ahead").text_content() == text[-1]
    for _ in range(3):
        keyboard.press("Tab")  # Next, Reset, the text
    assert found.locator(".text").evaluate("text => text === document.activeElement")
    keyboard.press("Tab")
    keyboard.press("Enter")  # the best character, which came next before
    assert found.locator(".text").text_content() == text


def test_a_screen_reader_hears_of_each_step_and_of_the_state(figure):
    found = figure()
    status = found.get_by_role("status")
    expect(status).to_be_empty()
    press(found, "Next")
    expect(status).to_contain_text("Wrote “")
    expect(status).to_contain_text("Most probable now: “")
    press(found, "Back")
    expect(status).to_contain_text("Back, before “")
    best = found.locator(".bars button").first
    char, share = (best.locator(part).first.text_content() for part in (".spoken", ".share"))
    expect(found.get_by_role("button", name=f"{char} {share}")).to_be_visible()
    state = found.evaluate("figure => Array.from(figure.writer.reading.state)")
    words = f"{np.count_nonzero(state)} of 256 units are not zero"
    expect(found.locator(".summary")).to_contain_text(words)
    slider = found.get_by_label("Temperature")
    slider.fill("0")
    expect(slider).to_have_attribute("aria-valuetext", "0, always the most probable")


def test_on_a_phone_it_moves_nothing_and_has_large_buttons(figure):
    found = figure(width=390)
    height = found.evaluate("figure => figure.offsetHeight")
    press(found, "Write")
    assert len(found.locator(".text").text_content()) > NUM_CHARS
    assert found.evaluate("figure => figure.offsetHeight") == height, "what is below has moved"
    press(found, "Back")
    assert all(box.bounding_box()["height"] >= 40 for box in found.locator(".buttons button").all())
    assert not violations(found.page, ".gluonbook-writer")


# --- What is loaded -------------------------------------------------------------------------


def test_the_model_is_loaded_when_the_figure_comes_into_view(open_page, site):
    page = open_page()
    loaded = []
    page.on("response", lambda response: loaded.append(response.url))
    page.goto(site + PAGE, wait_until="networkidle")
    assert not [url for url in loaded if "/model-" in url]
    with page.expect_response("**/model-*.js"):
        page.locator(".gluonbook-writer").scroll_into_view_if_needed()


def test_a_model_that_is_missing_is_said(open_page, site):
    page = open_page()
    page.route("**/model-*.js", lambda route: route.abort())
    page.goto(site + PAGE)
    page.locator(".gluonbook-writer").scroll_into_view_if_needed()
    message = page.locator(".gluonbook-writer .message")
    expect(message).to_have_text("The model could not be loaded.")
