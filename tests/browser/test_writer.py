"""The figure in which a model writes: what it computes, and who can use it."""

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.findings import started_figure

gb = pytest.importorskip("gluonbook", exc_type=ImportError)
mx = pytest.importorskip("mxnet")
from tests.figures.test_writer import TEXT, VOCABULARY, small_model  # noqa: E402

NUM_CHARS = 200


@pytest.fixture
def small_figure(open_page, tmp_path, displayed):
    """Return a function that shows a small model twice, as a notebook does, and returns the second.

    For a reader who wants no motion, it has written all that it writes on its own.
    """

    def show(model=None, prefix="ab1"):
        gb.show_writer(model or small_model(), TEXT, prefix)
        page, twice = tmp_path / "output.html", displayed[-1][0]["text/html"] * 2
        page.write_text(f"<!doctype html><meta charset=utf-8><title>x</title>{twice}")
        found = open_page(page.as_uri(), reduced_motion="reduce").locator(".gluonbook-writer")
        for each in found.all():
            each.scroll_into_view_if_needed()
            expect(each).to_have_attribute("data-alive", "")
        return found.last

    return show


def press(figure, *names):
    for name in names:
        figure.get_by_role("button", name=name, exact=True).click()


def written(figure):
    return figure.locator(".text").text_content()


@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("temperature", [0.5, 1])
def test_every_probability_is_that_of_mxnet(small_figure, activation, temperature):
    mx.random.seed(1)
    model = small_model(mx.gluon.rnn.RNN(6, activation=activation))
    indices = np.random.default_rng(1).integers(len(VOCABULARY), size=50).tolist()
    logits, _ = model(mx.nd.array([indices]), model.begin_state(batch_size=1))
    expected = mx.nd.softmax(logits / temperature).asnumpy()
    computed = small_figure(model).evaluate(
        """({ writer }, [indices, temperature]) => {
            const found = [];
            let state;
            for (const char of indices) {
                state = writer.model.step(char, state);
                found.push(writer.model.rank(state, temperature));
            }
            return found;
        }""",
        [indices, temperature],
    )
    for ranked, probabilities in zip(computed, expected, strict=True):
        chars = [each["char"] for each in ranked]
        assert [*sorted(chars)] == [*range(len(VOCABULARY))]
        found = [each["probability"] for each in ranked]
        assert found == sorted(found, reverse=True)
        np.testing.assert_allclose(found, probabilities[chars], rtol=1e-4)


def test_only_at_temperature_0_the_most_probable_characters_are_written(small_figure):
    model = small_model()
    expected = gb.write(model, TEXT, prefix="ab1", num_chars=NUM_CHARS)
    found = small_figure(model)
    field = found.get_by_label("Beginning of a text")
    for temperature, is_best in [(0, True), (2, False)]:
        found.get_by_label("Temperature").fill(str(temperature))
        field.fill("ab1")
        press(found, "Write")
        expect(found.get_by_role("status")).to_have_text(f"Wrote {NUM_CHARS} characters.")
        assert (written(found) == expected) == is_best
        field.fill("a")


def test_everything_works_by_keyboard_and_is_said(open_page, site):
    found = started_figure(open_page(site + "index.html"), ".gluonbook-writer")
    keyboard, status = found.page.keyboard, found.get_by_role("status")
    expect(status).to_contain_text("Write adds 200 characters")
    field = found.get_by_label("Beginning of a text")
    field.focus()
    keyboard.press("Control+a")
    keyboard.type("the m")
    keyboard.press("Tab")
    keyboard.press("Home")  # temperature 0
    for _ in range(3):
        keyboard.press("Tab")  # Write, Back, Next
    assert written(found) == "the m"  # what a reader does ends what it writes on its own
    keyboard.press("Enter")
    keyboard.press("Space")
    text = written(found)
    assert text.startswith("the m") and len(text) == len("the m") + 2
    expect(status).to_have_text(f"Wrote “\u2068{text[-1]}\u2069”.")
    letters, bars = found.locator(".letters span"), found.locator(".bars")
    assert "".join(letters.all_text_contents()) == text.replace(" ", "␣")
    shown = bars.text_content()
    keyboard.press("Shift+Tab")
    keyboard.press("Enter")
    assert written(found) == text[:-1]
    expect(status).to_have_text(f"Deleted “\u2068{text[-1]}\u2069”.")
    assert bars.text_content() != shown
    field.fill("t")
    press(found, "Back")  # the model needs a character
    assert written(found) == "t"


def test_a_beginning_that_is_refused_cannot_be_continued(small_figure):
    found = small_figure()
    first = written(found)
    assert first.startswith("ab1") and len(first) == len("ab1") + 100
    field, status = found.get_by_label("Beginning of a text"), found.get_by_role("status")
    for typed, message in [
        ("abé", "never seen “\u2068é\u2069”. It"),
        ("", "at least one character"),
    ]:
        field.fill(typed)
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(status).to_contain_text(message)
        for button in found.get_by_role("button").all():
            expect(button).to_be_disabled()
        field.press("Enter")
        assert written(found) == first
    field.fill("aB")  # a model without capitals reads small letters
    expect(field).to_have_attribute("aria-invalid", "false")
    assert written(found) == "ab"
    expect(status).to_contain_text("Next adds one")
    press(found, "Next")
    assert len(written(found)) == 3
