"""The figure in which a model writes, as far as Python makes it."""

import re

import mxnet as mx
import pytest
from bs4 import BeautifulSoup
from mxnet import nd
from mxnet.gluon import rnn

import gluonbook as gb
from gluonbook.figures import writer

TEXT = gb.Text(" <ab1")
VOCABULARY = TEXT.chars


def small_model(layer=None):
    model = gb.RNNModel(layer or rnn.RNN(6), len(VOCABULARY))
    ctx = gb.try_gpu()
    mx.random.seed(1)  # a model that writes nothing but spaces would be parsed as one of them
    model.initialize(ctx=ctx)
    gb.evaluate_perplexity(model, [0, 1, 2], ctx)  # now every shape is known
    for param in model.collect_params().values():  # the biases, too
        param.set_data(nd.random.normal(scale=0.5, shape=param.shape))
    return model


@pytest.fixture
def shown(displayed):
    """Return a function that returns what show_writer displays, by type."""

    def show(model=None, prefix="a <b"):
        gb.show_writer(model or small_model(), TEXT, prefix)
        return displayed[-1][0]

    return show


def test_nothing_but_the_model_is_read_from_an_output(shown):
    page = shown()["text/html"]
    described = writer.read_description(page)
    evil = page.replace("<form>", "<form onsubmit='alert()'>").replace("</figure>", "<script>")
    assert writer.read_description(evil) == described
    for stored in ("[]", "{}", "alert()", '["x"]; alert()'):
        with pytest.raises(ValueError, match=r"execute the cell|Expecting|Extra"):
            writer.read_description(page.replace(writer.in_json(described), stored))
    for part in ("prefix", "written", "activation", "parameters"):
        html = writer.output_of(described | {part: '"><script>alert()</script>'})
        assert len(BeautifulSoup(html, "html.parser")("script")) == 2, part
    with pytest.raises(ValueError, match="execute the cell again"):
        writer.read_description(writer.output_of(described | {"numHiddens": '6"/><script>'}))


def test_the_program_can_stand_in_a_page():
    assert "</script" not in writer.PROGRAM and "</style" not in writer.STYLE
    assert not re.search(r"\beval\(|new Function|innerHTML|document\.write", writer.PROGRAM)


def test_until_the_program_runs_the_figure_has_the_most_probable_text(shown):
    model = small_model()
    figure = writer.figure_of(writer.read_description(shown(model)["text/html"]))
    parsed = BeautifulSoup(figure, "html.parser")
    expected = gb.write(model, TEXT, prefix="a <b", num_chars=writer.NUM_CHARS)
    assert parsed.select_one(".text").get_text() == expected
    assert parsed.select_one("input[name=prefix]")["value"] == "a <b"
    # The page may forbid what stands in it to run, or to style.
    assert not parsed.select("script, style, [style], [id]")


def test_where_neither_style_nor_program_is_let_in_it_says_what_it_would_be(shown):
    page = BeautifulSoup(shown()["text/html"], "html.parser")
    for element in page.select("script, style, svg, [hidden]"):
        element.decompose()
    assert page.get_text().strip() == f"{writer.FALLBACK} {writer.ADVICE}"


@pytest.mark.parametrize("layer", [rnn.LSTM(6), rnn.RNN(6, num_layers=2)])
def test_a_model_that_the_program_cannot_compute_is_refused(shown, layer):
    with pytest.raises(ValueError, match="one plain recurrent layer"):
        shown(small_model(layer))
