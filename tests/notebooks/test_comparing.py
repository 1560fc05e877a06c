"""What is compared of a cell's outputs: changes that are noticed, and what may differ."""

import copy
import re

import pytest
from nbformat.v4 import new_output
from nbval.plugin import get_sanitize_patterns

from tests import ROOT, comparing


def test_parse_rtol():
    assert comparing.parse_rtol(["saved"]) == 0
    assert comparing.parse_rtol(["nbval-rtol=5e-2", "saved"]) == 0.05
    for tags in (["nbval-rtol=abc"], ["nbval-rtol"], ["nbval-rtol=1"], ["nbval-rtol=0.1"] * 2):
        with pytest.raises(ValueError, match=r"write one number between 0 and 1, such as"):
            comparing.parse_rtol(tags)


@pytest.mark.parametrize(
    ("stored", "new"),
    [
        ("range 0.10-0.50, then 2e-05, -4.0.", "range 0.102-0.51, then 1.95e-05, -4.1."),
        # A thousands separator ends a number, and NumPy's columns vary with the digits.
        ("1,250.5 [[0.25 0.5 ]\n [1.   9.98]]", "1,255.5 [[ 0.251  0.5  ]\n [ 0.999 10.02 ]]"),
    ],
)
def test_numbers_within_tolerance(stored, new):
    assert comparing.settle(stored, new, 0.05) == (stored, [])


@pytest.mark.parametrize(
    ("stored", "new", "reason"),
    [
        ("4.0", "3.79", "off by -0.21, where 0.2 is allowed"),
        ("0.0", "1e-09", "off by +1e-09, where 0 is allowed"),
        ("50.", "51.", "whole numbers are exact"),
    ],
)
def test_numbers_outside_tolerance(stored, new, reason):
    before, after = f"loss 1.00\nand {stored}", f"loss 1.01\nand {new}"
    text, complaints = comparing.settle(before, after, 0.05)
    assert text == f"loss 1.00\nand {new}"
    assert complaints == [f"stored {stored}, now {new}: {reason}"]


@pytest.mark.parametrize(
    ("stored", "new"),
    [
        ("epoch 50, loss 1.0", "epoch 51, loss 1.0"),
        ("1,999.5", "2,000.5"),
        ("version 1.0.1", "version 1.0.2"),
        ("v1.00", "v1.01"),
        ("loss 1.00", "cost 1.01"),
        ("1.0\n", "1.0\n1.0\n"),
    ],
)
def test_everything_else_stays_exact(stored, new):
    assert comparing.settle(stored, new, 0.05) == (new, [])


# --- outputs -----------------------------------------------------------------------

ALT = "A curve that falls from 43.0 to 1.30."


def stream(text, name="stdout"):
    return new_output("stream", text=text, name=name)


def result(text, count=1):
    return new_output("execute_result", data={"text/plain": text}, execution_count=count)


def shown(html=None, alt=ALT):
    data = {"text/plain": alt} | ({"text/html": html} if html else {})
    return new_output("display_data", data=data)


def figure(drawing="AAAA"):
    return shown(f'<img alt="{ALT}" src="data:image/svg+xml;base64,{drawing}"/>')


def frames(drawing, alt=ALT):
    return shown(f'<figure class="gluonbook-frames">{drawing}</figure>', alt)


def error(name="ZeroDivisionError", value="division by zero", traceback="a line"):
    return new_output("error", ename=name, evalue=value, traceback=[traceback])


def compare(stored, new, *tags):
    return list(comparing.differences(stored, new, tags, lambda text: text))


REPORT = "epoch 50, perplexity 4.18\n - traveller the\n"
CHANGES = {
    "only its alternative text is left": (figure(), shown()),
    "a picture in place of frames": (frames(1), figure()),
    "another text in the HTML alone": (figure(), shown('<img alt="A lie."/>')),
    "another text of a frame in the HTML": (frames(1), frames('<svg aria-label="A lie."/>')),
    "another table": (shown("<td>1</td>"), shown("<td>2</td>")),
    "outputs in another order": ([stream("1\n"), shown()], [shown(), stream("1\n")]),
    "shown in place of returned": (result("4"), shown(alt="4")),
    "a warning besides": (stream("1\n"), [stream("1\n"), stream("Warning\n", "stderr")]),
    "another error": (error(), error("ValueError")),
    "another message": (error(), error(value="division by 0")),
    "a number that is off": (stream("loss 1.00\n"), stream("loss 1.20\n")),
    "a line with a dash that no model wrote": (stream(" - 3 cells\n"), stream(" - 4 cells\n")),
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
        (stream(REPORT), stream(REPORT.replace("the", "it")), ["model-writes"]),
        (figure(), figure("BBBB"), []),
        (frames(1), frames(2, ALT.replace("1.30", "1.31")), ["nbval-rtol=0.05"]),
        (error(), error(traceback="another line"), []),
        (result("4"), result("4", count=7), []),
    ],
)
def test_what_may_differ(stored, new, tags):
    assert not compare([stored], [new], *tags)
    assert stored != new


def test_what_a_model_does_not_write_stays():
    for new in (REPORT.replace("8", "9"), REPORT + " - more\n", REPORT.replace(" -", "-")):
        assert compare([stream(REPORT)], [stream(new)], "model-writes")


# --- what may differ in any cell ---------------------------------------------------


def sanitize(text):
    """Treat a text as nbval does."""
    patterns = get_sanitize_patterns((ROOT / "tests" / "sanitize.cfg").read_text(encoding="utf-8"))
    for regex, replacement in patterns:
        text = re.sub(regex, replacement, text)
    return text


def test_the_sanitizer_hides_what_may_differ_and_nothing_else():
    stored = "perplexity 4.18, time 0.17 sec <NDArray 2x3 @cpu(0)> <function f at 0x7f9c2c0d3a60>"
    new = "perplexity 4.18, time 12.03 sec <NDArray 2x3 @gpu(1)> <function f at 0x55A1b>"
    assert sanitize(stored) == sanitize(new)
    others = "perplexity 4.18, 3 sec, mycpu(0), byte 0xe9, format 0x7f"
    assert sanitize(others) == others
