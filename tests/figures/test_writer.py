"""The figure in which a model writes, as far as Python makes it."""

import json
from xml.etree import ElementTree

import mxnet as mx
import pytest
from bs4 import BeautifulSoup
from mxnet import init
from mxnet.gluon import rnn

import gluonbook as gb
from book.figure_html import living_figure
from gluonbook.figures import writer

VOCABULARY = [" ", "<", "a", "b", "c"]


def small_model(layer=None, ctx=None):
    model = gb.RNNModel(layer or rnn.RNN(6), len(VOCABULARY))
    ctx = ctx or gb.try_gpu()
    model.initialize(init.Normal(0.5), ctx=ctx)
    gb.evaluate_perplexity(model, [0, 1, 2], ctx)  # now every shape is known
    return model


@pytest.fixture
def shown(monkeypatch):
    """Return a function that returns what show_writer displays, by type."""
    displayed = []

    def display(data, *, raw):
        assert raw
        displayed.append(data)

    monkeypatch.setattr(writer, "display", display)

    def show(model=None, prefix="a <b", **options):
        gb.show_writer(model or small_model(), VOCABULARY, prefix, **options)
        return displayed[-1]

    return show


def test_the_output_is_a_picture_a_model_and_a_program(shown):
    output = shown()
    figure = living_figure(output["text/html"])
    described = json.loads(figure["model"].partition(" = ")[2].removesuffix(";"))
    assert described["vocabulary"] == VOCABULARY
    assert described["numHiddens"] == 6 and described["activation"] == "relu"
    assert figure["name"] in figure["model"]
    assert output["text/html"].endswith(f"<script>\n{writer.PROGRAM}</script>\n")
    assert "continues a text" in output["text/plain"]


def test_where_neither_style_nor_program_is_let_in_it_says_what_it_would_be(shown):
    page = BeautifulSoup(shown()["text/html"], "html.parser")
    for element in page.select("script, style, svg, [hidden]"):
        element.decompose()
    assert page.get_text().strip() == f"{writer.FALLBACK} {writer.ADVICE}"


def test_the_picture_is_well_formed_wherever_it_is_put(shown):
    model = small_model()
    picture = living_figure(shown(model)["text/html"])["picture"]
    ElementTree.fromstring(picture)
    parsed = BeautifulSoup(picture, "html.parser")
    assert parsed.select_one("input[name=prefix]")["value"] == "a <b"
    # The page may forbid what stands in it to run, or to style.
    assert not parsed.select("script, style, [style], [id]")


def test_the_most_probable_text_stands_there_until_the_program_runs(shown):
    model, idx = small_model(), {char: i for i, char in enumerate(VOCABULARY)}
    parsed = BeautifulSoup(shown(model)["text/html"], "html.parser")
    expected = gb.predict_rnn_gluon(
        "a <b", writer.NUM_CHARS, model, len(idx), gb.try_gpu(), VOCABULARY, idx
    )
    assert parsed.select_one(".text").get_text() == expected


def test_a_model_may_be_on_any_device(shown):
    assert "continues a text" in shown(small_model(ctx=mx.cpu(1)))["text/plain"]


def test_signs_have_names():
    assert [writer.spoken(char) for char in " .a1"] == ["space", "full stop", "a", "1"]


@pytest.mark.parametrize("layer", [rnn.LSTM(6), rnn.RNN(6, num_layers=2), rnn.GRU(6)])
def test_a_model_that_the_program_cannot_compute_is_refused(shown, layer):
    with pytest.raises(ValueError, match="one plain recurrent layer"):
        shown(small_model(layer))


@pytest.mark.parametrize(("prefix", "message"), [("", "is empty"), ("xa", "not in the vocabulary")])
def test_a_prefix_that_cannot_be_read_is_refused(shown, prefix, message):
    with pytest.raises(ValueError, match=message):
        shown(prefix=prefix)


def test_the_samplers_can_be_moved_where_they_are_asked_for(shown):
    def samplers(**options):
        parsed = BeautifulSoup(shown(**options)["text/html"], "html.parser")
        return parsed.select_one(".samplers")

    assert samplers().has_attr("hidden")
    assert not samplers(samplers=True).has_attr("hidden")
    assert samplers(samplers=True).select_one("input[name=k]")["max"] == str(len(VOCABULARY))
