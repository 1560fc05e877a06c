"""The figure in which a model writes, as far as Python makes it."""

import base64
import json
from xml.etree import ElementTree

import mxnet as mx
import numpy as np
import pytest
from bs4 import BeautifulSoup
from mxnet import nd
from mxnet.gluon import rnn

import gluonbook as gb
from book.figure_html import living_figure
from gluonbook.figures import writer

TEXT = gb.Text(" <ab1")
VOCABULARY = TEXT.chars


def small_model(layer=None, ctx=None):
    model = gb.RNNModel(layer or rnn.RNN(6), len(VOCABULARY))
    ctx = ctx or gb.try_gpu()
    mx.random.seed(1)  # a model that writes nothing but spaces would be parsed as one of them
    model.initialize(ctx=ctx)
    gb.evaluate_perplexity(model, [0, 1, 2], ctx)  # now every shape is known
    for param in model.collect_params().values():  # the biases, too
        param.set_data(nd.random.normal(scale=0.5, shape=param.shape))
    return model


@pytest.fixture
def shown(displayed):
    """Return a function that returns what show_writer displays, by type."""

    def show(model=None, prefix="a <b", **options):
        gb.show_writer(model or small_model(), TEXT, prefix, **options)
        return displayed[-1]

    return show


def test_the_output_is_a_picture_a_model_and_a_program(shown):
    model = small_model()
    output = shown(model)
    figure = living_figure(output["text/html"])
    described = json.loads(figure["model"].partition(" = ")[2].removesuffix(";"))
    assert described["vocabulary"] == VOCABULARY
    assert described["names"] == dict(
        zip(VOCABULARY, ["space", "1", "less-than sign", "a", "b"], strict=True)
    )
    assert figure["name"] in figure["model"]
    assert "<" not in figure["model"]  # so that no text can end the script
    assert output["text/html"].endswith(f"<script>\n{writer.PROGRAM}</script>\n")
    assert "continues a text" in output["text/plain"]
    # The weights, in the order in which the program reads them, are the model.
    numbers = np.frombuffer(base64.b64decode(described["weights"]), "<f4")
    W_x, W_h, b, W_q, b_q = np.split(numbers, np.cumsum([6 * 5, 6 * 6, 6, 5 * 6]))
    H = np.zeros(6)
    for char in (2, 0, 3):
        H = np.maximum(W_x.reshape(6, 5)[:, char] + W_h.reshape(6, 6) @ H + b, 0)
    logits, _ = model(nd.array([[2, 0, 3]]), model.begin_state(batch_size=1))
    np.testing.assert_allclose(W_q.reshape(5, 6) @ H + b_q, logits[-1].asnumpy(), rtol=1e-4)


def test_until_the_program_runs_the_most_probable_text_stands_in_a_picture(shown):
    model = small_model()
    picture = living_figure(shown(model)["text/html"])["picture"]
    ElementTree.fromstring(picture)  # it is well formed
    parsed = BeautifulSoup(picture, "html.parser")
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


def test_a_model_may_be_on_any_device(shown):
    assert "continues a text" in shown(small_model(ctx=mx.cpu(1)))["text/plain"]


@pytest.mark.parametrize("layer", [rnn.LSTM(6), rnn.RNN(6, num_layers=2)])
def test_a_model_that_the_program_cannot_compute_is_refused(shown, layer):
    with pytest.raises(ValueError, match="one plain recurrent layer"):
        shown(small_model(layer))


def test_a_prefix_that_cannot_be_read_is_refused(shown):
    with pytest.raises(ValueError, match="not in the vocabulary"):
        shown(prefix="xa")
