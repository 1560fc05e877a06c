"""The figure in which a model writes, as far as Python makes it."""

import re

import mxnet as mx
import pytest
from bs4 import BeautifulSoup
from mxnet import nd
from mxnet.gluon import rnn

import gluonbook as gb
from book.extensions.writer import figure_of, model_in
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
def page(displayed):
    """Return the page that show_writer displays."""
    gb.show_writer(small_model(), TEXT, "a <b")
    return displayed[-1][0]["text/html"]


def test_the_book_takes_only_the_description_from_an_output(page):
    described = model_in(page)
    evil = page.replace("<form>", "<form onsubmit='alert()'>")
    assert model_in(evil) == described and "onsubmit" not in figure_of(described)
    for part in ("prefix", "written", "name", "parameters"):
        html = writer.output_of(described | {part: '"><script>alert()</script>'})
        assert len(BeautifulSoup(html, "html.parser")("script")) == 2, part
    assert model_in("<p>no model</p>") is None


def test_the_program_can_stand_in_a_page():
    program = "".join(writer.PROGRAMS)
    assert "</script" not in program and "</style" not in writer.STYLE
    assert not re.search(r"\beval\(|new Function|innerHTML|document\.write", program)


def test_where_neither_style_nor_program_is_let_in_it_says_what_it_would_be(page):
    shown = BeautifulSoup(page, "html.parser")
    for element in shown.select("script, style, svg, [hidden]"):
        element.decompose()
    assert shown.get_text().strip() == f"{writer.FALLBACK} {writer.ADVICE}"
