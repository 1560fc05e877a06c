"""What is compared of a cell's outputs: changes that are noticed, and what may differ."""

import copy

import pytest
from nbformat.v4 import new_output

from tests import comparing

# --- tags --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tags", "rtol"),
    [
        ([], 0.0),
        (["saved"], 0.0),
        (["nbval-rtol=0.05", "saved"], 0.05),
        (["nbval-rtol=1e-3"], 1e-3),
    ],
)
def test_parse_rtol(tags, rtol):
    assert comparing.parse_rtol(tags) == rtol


@pytest.mark.parametrize(
    "value",
    [
        "=abc",
        "",
        "=0",
        "=1",
        "=5%",
        "erance=0.05",
        " 0.05",
    ],
)
def test_parse_rtol_refuses(value):
    with pytest.raises(ValueError, match=r"write a number between 0 and 1, such as"):
        comparing.parse_rtol([f"nbval-rtol{value}"])


def test_parse_rtol_refuses_two():
    with pytest.raises(ValueError, match="two tolerances"):
        comparing.parse_rtol(["nbval-rtol=0.05", "nbval-rtol=0.1"])


# --- numbers -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stored", "new"),
    [
        ("4.0", "4.19"),
        ("-4.0", "-4.1"),
        ("1e-05", "1.02e-05"),
        ("12345.6", "12399.9"),
        ("0.0", "-0.0"),
        ("nan", "nan"),
        ("perplexity 4.18, then 2.03.", "perplexity 4.10, then 2.00."),
        ("range 0.10-0.50", "range 0.102-0.51"),
        ("97.5%", "97.4%"),
        # NumPy's columns: blanks change with the digits, and 1.0 is written "1.".
        ("[ 9.98  0.5 ]", "[10.02  0.51]"),
        ("[1.]", "[0.99999994]"),
        ("[[0.25 0.5 ]\n [1.   2.  ]]", "[[0.251 0.5  ]\n [1.    2.   ]]"),
    ],
)
def test_numbers_within_tolerance(stored, new):
    assert comparing.settle(stored, new, 0.05) == (stored, [])


@pytest.mark.parametrize(
    ("stored", "new"),
    [
        ("4.0", "4.21"),
        ("4.0", "-4.0"),
        ("1e-05", "1e-06"),
        ("0.0", "0.01"),
        ("0.0", "1e-09"),
    ],
)
def test_numbers_outside_tolerance(stored, new):
    text, (complaint,) = comparing.settle(stored, new, 0.05)
    assert text == new
    assert complaint.startswith(f"line 1: stored {stored}, now {new}: off by ")


@pytest.mark.parametrize(
    ("stored", "new"),
    [
        # Whole numbers are counts.
        ("epoch 50, loss 1.0", "epoch 51, loss 1.0"),
        ("100", "100.5"),
        ("100.5", "100"),
        # What is no number.
        ("1.0", "nan"),
        ("1.0", "inf"),
        ("inf", "-inf"),
        ("version 1.0.1", "version 1.0.2"),
        ("v1.00", "v1.01"),
        ("1.00x", "1.01x"),
        # Words and counts of numbers.
        ("loss 1.00", "cost 1.01"),
        ("1.0 2.0", "1.0"),
        ("1.0\n", "1.0\n1.0\n"),
        ("1.0 sec", "1.0sec"),
    ],
)
def test_everything_else_stays_exact(stored, new):
    assert comparing.settle(stored, new, 0.05) == (new, [])
    assert stored != new


def test_thousands_separator_is_stricter():
    assert comparing.settle("1,250.5", "1,255.5", 0.05) == ("1,250.5", [])
    assert comparing.settle("1,250.5", "1,290.5", 0.05)[0] == "1,290.5"
    assert comparing.settle("1,999.5", "2,000.5", 0.05)[0] == "2,000.5"


def test_only_the_number_that_is_off_stays():
    stored = "epoch 50, perplexity 4.18\nepoch 100, perplexity 2.03\nthe end"
    new = "epoch 50, perplexity 4.20\nepoch 100, perplexity 2.33\nan end"
    text, complaints = comparing.settle(stored, new, 0.05)
    assert text == "epoch 50, perplexity 4.18\nepoch 100, perplexity 2.33\nan end"
    assert complaints == ["line 2: stored 2.03, now 2.33: off by +0.3, which is 14.78%"]


def test_a_whole_number_before_a_full_stop_is_exact():
    text, complaints = comparing.settle("after epoch 50.", "after epoch 51.", 0.05)
    assert text == "after epoch 51."
    assert complaints == ["line 1: stored 50., now 51.: whole numbers are exact"]


def test_difference_from_zero():
    assert comparing.distance("0.0", "0.5") == "off by +0.5, and a share of zero is zero"


# --- outputs -----------------------------------------------------------------------

ALT = "A curve that falls from 43.0 to 1.30."
IMG = '<img alt="A curve" src="data:image/svg+xml;base64,{}"/>'
FRAMES = '<figure class="gluonbook-frames">{}</figure>'


def stream(text, name="stdout"):
    return new_output("stream", text=text, name=name)


def result(text, **data):
    return new_output("execute_result", data={"text/plain": text} | data, execution_count=1)


def shown(alt=ALT, metadata=None, **data):
    data = {mime.replace("_", "/"): content for mime, content in data.items()}
    return new_output("display_data", data=data | {"text/plain": alt}, metadata=metadata or {})


def error(name="ZeroDivisionError", value="division by zero"):
    return new_output("error", ename=name, evalue=value, traceback=["a line"])


def compare(stored, new, *tags):
    return list(comparing.differences(stored, new, list(tags), lambda text: text))


SVG = {"image/svg+xml": "<svg>1</svg>"}
FIGURE = shown(text_html=IMG.format("AAAA"))
REPORT = "epoch 50, perplexity 4.18\n - traveller the\n"
CHANGES = {
    # Figures.
    "only its alternative text is left": (FIGURE, shown()),
    "the figure is new": (shown(), FIGURE),
    "the figure is gone": ([stream("1\n"), FIGURE], stream("1\n")),
    "one of two figures is gone": ([FIGURE, FIGURE], FIGURE),
    "a sentence in place of the figure": (FIGURE, shown(text_html="<p>A curve.</p>")),
    "a picture in place of frames": (shown(text_html=FRAMES.format(1)), FIGURE),
    "another alternative text": (FIGURE, shown("A line.", text_html=IMG.format("AAAA"))),
    "a number in the alternative text": (
        FIGURE,
        shown(ALT.replace("1.30", "1.50"), text_html=IMG.format("AAAA")),
    ),
    "a text in the metadata": (
        shown(**SVG, metadata={"image/svg+xml": {"alt": "A curve."}}),
        shown(**SVG, metadata={"image/svg+xml": {"alt": "A line."}}),
    ),
    "no metadata": (shown(**SVG, metadata={"image/svg+xml": {"alt": "A curve."}}), shown(**SVG)),
    "another PNG": (shown(image_png="AAAA"), shown(image_png="AAAB")),
    "a PNG in place of an SVG": (shown(**SVG), shown(image_png="AAAA")),
    "another table": (
        shown(text_html="<table><td>1</td></table>"),
        shown(text_html="<table><td>2</td></table>"),
    ),
    # Kinds and order.
    "outputs in another order": ([stream("1\n"), FIGURE], [FIGURE, stream("1\n")]),
    "results in another order": ([shown("a"), shown("b")], [shown("b"), shown("a")]),
    "shown in place of returned": (result("4"), shown("4")),
    "printed in place of returned": (result("4"), stream("4\n")),
    "printed as an error": (stream("1\n"), stream("1\n", "stderr")),
    "a warning besides": (stream("1\n"), [stream("1\n"), stream("Warning\n", "stderr")]),
    "no output": (stream("1\n"), []),
    "an output where none was": ([], stream("1\n")),
    "the same twice": (result("4"), [result("4"), shown("4")]),
    "another error": (error(), error("ValueError")),
    "another message": (error(), error(value="division by 0")),
    "an error in place of its text": (error(), stream("ZeroDivisionError: division by zero")),
    # Texts and numbers.
    "another word": (stream("loss 1.0\n"), stream("cost 1.0\n")),
    "a whole number": (stream("epoch 50, loss 1.0\n"), stream("epoch 51, loss 1.0\n")),
    "a number that is off": (stream("loss 1.00\n"), stream("loss 1.20\n")),
    "a line more": (stream("loss 1.0\n"), stream("loss 1.0\nloss 1.0\n")),
    "a line's end": (stream("loss 1.0\n"), stream("loss 1.0")),
    "a line with a dash that no model wrote": (stream(" - 3 cells\n"), stream(" - 4 cells\n")),
    "a blank": (stream("a b\n"), stream("a  b\n")),
    "not a number": (stream("loss 1.0\n"), stream("loss nan\n")),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_noticed(change):
    stored, new = [
        outputs if isinstance(outputs, list) else [outputs] for outputs in CHANGES[change]
    ]
    assert compare(stored, new, "nbval-rtol=0.1")
    assert not compare(stored, copy.deepcopy(stored), "nbval-rtol=0.1")
    assert not compare(new, copy.deepcopy(new))


@pytest.mark.parametrize(
    ("stored", "new", "tags"),
    [
        (stream("loss 1.00\n"), stream("loss 1.02\n"), ["nbval-rtol=0.05"]),
        (result("(0.5, 7)"), result("(0.51, 7)"), ["nbval-rtol=0.05"]),
        (stream(REPORT), stream(REPORT.replace("the", "it")), ["model-writes"]),
        (FIGURE, shown(text_html=IMG.format("BBBB")), []),
        (shown(**SVG), shown(**{"image/svg+xml": "<svg>2</svg>"}), []),
        (
            shown(text_html=FRAMES.format(1)),
            shown(ALT.replace("1.30", "1.31"), text_html=FRAMES.format(2)),
            ["nbval-rtol=0.05"],
        ),
        (error(), new_output(**error() | {"traceback": ["another line"]}), []),
        (result("4"), new_output(**result("4") | {"execution_count": 7}), []),
    ],
)
def test_what_may_differ(stored, new, tags):
    assert not compare([stored], [new], *tags)
    assert stored != new


@pytest.mark.parametrize(
    "new",
    [
        "epoch 51, perplexity 4.18\n - traveller the\n",
        "epoch 50, perplexity 4.19\n - traveller the\n",
        "epoch 50, perplexity 4.18\n - traveller the\n - traveller the\n",
        "epoch 50, perplexity 4.18\n- traveller the\n",
        "epoch 50, perplexity 4.18\n",
    ],
)
def test_what_a_model_does_not_write_stays(new):
    assert compare([stream(REPORT)], [stream(new)], "model-writes")
