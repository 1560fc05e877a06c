"""The figure in which a network is trained: what it computes, and who can use it."""

import numpy as np
import pytest
from playwright.sync_api import expect

from tests import LIMIT, ROOT
from tests.browser.findings import started_figure, violations, watch

gb = pytest.importorskip("gluonbook", exc_type=ImportError)
mx = pytest.importorskip("mxnet")


@pytest.fixture
def figure(open_page, book):
    return started_figure(open_page((book / "index.html").as_uri()), ".train-here")


def press(figure, name):
    figure.get_by_role("button", name=name, exact=True).press("Enter")


def status(figure):
    return figure.locator("> [role=status]")


def parameters_of(model):
    return np.concatenate([param.asnumpy().ravel() for param in model.params])


COMPUTE = """(figure, { data, validation }) => {
    const program = gluonbookTraining(gluonbookRNN());
    const begin = () => new program.Trainer({ ...data, parameters: Float64Array.from(data.parameters) });
    const [first, trainer] = [begin(), begin()];
    const [{ X, Y }] = first.batches;
    first.computeGradient(X, Y);
    const losses = Array.from({ length: 10 }, () => trainer.epoch());
    const held = Int32Array.from(validation);
    return {
        gradient: Array.from(first.gradient),
        losses,
        perplexity: program.perplexityOn(held, { ...data, parameters: trainer.parameters }),
        baseline: program.countingBaseline(data.train, held, data.vocabSize),
    };
}"""


def in_64_bits(inputs, state, params):
    inputs, state = ([array.astype("float64") for array in arrays] for arrays in (inputs, state))
    return gb.rnn_forward(inputs, state, params)


def params_in_64_bits(vocab_size, num_hiddens, ctx):
    params = [param.astype("float64") for param in gb.get_params(vocab_size, num_hiddens, ctx)]
    for param in params:
        param.attach_grad()
    return params


def test_training_and_counting_agree_with_the_package(figure):
    num_hiddens = 32
    text = gb.load_text(ROOT / "data" / "time_traveller_retold.txt")
    # In 32 bits, different rounding can change a loss by 1e-3 within ten epochs.
    model = gb.ScratchModel(num_hiddens, text.size, in_64_bits, params_in_64_bits)
    mx.random.seed(2)
    model.initialize(mx.cpu())
    data = {
        "train": text.train.tolist(),
        "vocabSize": text.size,
        "numHiddens": num_hiddens,
        "parameters": parameters_of(model).tolist(),
    }
    found = figure.evaluate(COMPUTE, {"data": data, "validation": text.validation.tolist()})

    X, Y = next(gb.data_iter_consecutive(text.train, 32, 35, mx.cpu()))
    with mx.autograd.record():
        logits, _ = model(X, model.begin_state(32, mx.cpu()))
        loss = mx.gluon.loss.SoftmaxCrossEntropyLoss()(logits, Y.T.reshape((-1,))).mean()
    loss.backward()
    gradient = np.concatenate([param.grad.asnumpy().ravel() for param in model.params])
    np.testing.assert_allclose(found["gradient"], gradient, atol=1e-9)

    # Because the history is not empty, training continues with the given parameters.
    history = gb.train(model, text, num_epochs=11, history=[gb.Epoch(1, 1.0, 1.0)], ctx=mx.cpu())
    losses = np.log([epoch.perplexity for epoch in history[1:]])
    assert losses[0] - losses[-1] > 0.5
    np.testing.assert_allclose(found["losses"], losses, atol=1e-8)
    held_out = gb.evaluate_perplexity(model, text.validation, mx.cpu())
    assert found["perplexity"] == pytest.approx(held_out, rel=1e-5)
    baseline = gb.counting_baseline(text)["validation"]["interpolated"]
    assert found["baseline"] == pytest.approx(baseline, rel=1e-9)


TEXTS = {
    "": "The text has 0 characters, but training needs at least 1,000",
    "😀a" * 499: "The text has 998 characters",
    "a" * 2000: "different characters in the text is 1, but",
    "".join(chr(0x4E00 + i % 400) for i in range(2000)): "characters in the text is 400, but",
    "to be or not " * 100: "But these repeat what is learned",
    "to be or not " * 1600: "The first 15,000 of 20,800 characters are used. The network learns",
    "TO BE or not " * 100: "Capital letters are read as small letters. The network learns",
    "😀😅\n" * 500: "1,500 characters, 3 of them different. The network learns",
}


def test_each_text_gets_a_sentence(figure):
    field = figure.get_by_label("Text,")
    start = figure.get_by_role("button", name="Start", exact=True)
    for string, sentence in TEXTS.items():
        field.fill(string)
        expect(status(figure)).to_contain_text(sentence)
        is_learned = sentence.endswith(("learns", "learned"))
        expect(start).to_be_enabled(enabled=is_learned)
        expect(field).to_have_attribute("aria-invalid", str(not is_learned).lower())


def test_a_text_outlives_a_reload_and_a_worker_that_is_forbidden_is_reported(open_page, site):
    page = open_page()
    page.add_init_script(
        "Worker = class extends EventTarget {"
        " postMessage() { setTimeout(() => this.dispatchEvent(new Event('error'))); } terminate() {} };"
    )
    page.goto(site + "index.html")
    started_figure(page, ".train-here").get_by_label("Text,").fill("a poem of mine " * 100)
    page.reload()
    figure = started_figure(page, ".train-here")
    expect(figure.get_by_label("Text,")).to_have_value("a poem of mine " * 100)
    press(figure, "Start")
    expect(status(figure)).to_contain_text("does not let this page train")
    expect(figure.locator("[name=start]")).to_have_text("Continue")


def test_a_run_by_keyboard_with_emoji_from_right_to_left(figure):
    page, seen = figure.page, watch(figure.page)
    # Long, and with many units, so that the last epoch cannot come before it is paused.
    figure.get_by_label("Text,").fill("שלום 😀 " * 2000)
    page.keyboard.press("Tab")
    page.keyboard.press("End")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(figure.locator(".epoch")).not_to_have_text("epoch 0")
    page.keyboard.press("Enter")
    expect(status(figure)).to_contain_text("Paused after epoch")
    epoch = figure.locator(".epoch").text_content()
    writer = figure.locator(".gluonbook-writer")
    text = writer.locator(".text")
    assert text.text_content() == "שלום 😀 שלום 😀 שלום"
    for right_to_left in (text, figure.locator(".best"), figure.locator(".drawn")):
        assert right_to_left.evaluate("element => getComputedStyle(element).direction") == "rtl"
    writer.get_by_label("Beginning of a text").fill("😀")
    assert writer.locator(".letters span").all_text_contents() == ["😀"]
    writer.get_by_role("button", name="Next").press("Enter")
    expect(writer.get_by_role("status")).to_contain_text("Wrote “")
    assert figure.locator(".epoch").text_content() == epoch
    press(figure, "Continue")
    expect(figure.locator(".epoch")).not_to_have_text(epoch)
    assert not seen
    assert figure.locator(".hint a").get_attribute("target") == "_blank"


def test_a_run_pauses_at_a_limit_and_its_best_epoch_writes(figure):
    figure.get_by_label("Text,").fill("the time traveller smiled. " * 40)
    figure.get_by_label("Hidden units").select_option("32")
    press(figure, "Start")
    expect(status(figure)).to_contain_text("Paused after epoch 200.", timeout=1000 * LIMIT)
    points = figure.locator("polyline.validation").get_attribute("points").split()
    depths = [float(point.split(",")[1]) for point in points]
    assert len(depths) == 200
    best = 1 + depths.index(max(depths))
    expect(status(figure)).to_contain_text(f"that of epoch {best}, which had the lowest validation")
    assert not violations(figure.page, ".train-here")
