"""What is compared of a cell's outputs: changes that are noticed, and what may differ."""

import re

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbval.plugin import get_sanitize_patterns

from checks import comparing
from tests import ROOT


def sanitize(text):
    patterns = get_sanitize_patterns((ROOT / "tests" / "sanitize.cfg").read_text(encoding="utf-8"))
    for regex, replacement in patterns:
        text = re.sub(regex, replacement, text)
    return text


def stream(text, name="stdout"):
    return new_output("stream", text=text, name=name)


def result(text, count=1):
    return new_output("execute_result", data={"text/plain": text}, execution_count=count)


def figure(alt="A curve that falls to 1.30.", numbers="43 1.3", picture="AAAA"):
    return new_output(
        "display_data",
        data={"image/png": picture, "text/plain": "a figure"},
        metadata={
            "image/png": {"alt": alt},
            "checks": {"plotted": [f"panel 1, training: {numbers}"]},
        },
    )


def differences(stored, new, *tags):
    varying = {"model-writes": "^ - .*"}
    return list(comparing.differences([stored], [new], tags, sanitize, varying))


@pytest.mark.parametrize(
    ("stored", "new"),
    [
        (stream("loss 1.00\n"), stream("loss 1.20\n")),
        (stream("epoch 50, loss 1.0"), stream("epoch 51, loss 1.0")),
        (stream("loss 1.0, epoch 50."), stream("loss 1.0, epoch 51.")),
        (stream("0.0"), stream("1e-09")),
        (stream("1.0\n"), stream("1.0\n1.0\n")),
        (stream("1\n"), stream("1\n", "stderr")),
        (stream(" - 3 cells\n"), stream(" - 4 cells\n")),
        (stream("3 sec"), stream("4 sec")),
        (result("a figure"), figure()),
        (figure(), figure("A curve that rises to 1.30.")),
        (figure(), figure("A curve that falls to 1.50.")),
        (figure(), figure(numbers="43 1.5")),
        (figure(), figure(numbers="43")),
        (figure(numbers="1e-05 0"), figure(numbers="2e-05 0")),
        (figure(), figure(numbers="43 nan")),
    ],
)
def test_a_change_is_noticed(stored, new):
    assert differences(stored, new, "nbval-rtol=0.1")
    assert differences(new, stored, "nbval-rtol=0.1")
    assert not differences(stored, stored)
    assert not differences(new, new)


@pytest.mark.parametrize(
    ("stored", "new", "tags"),
    [
        (stream("range 0.10-0.50, -4.0."), stream("range 0.102-0.51, -4.1."), ["nbval-rtol=0.05"]),
        (stream("[50. ]"), stream("[49.9]"), ["nbval-rtol=0.05"]),
        # NumPy aligns columns, and a thousands separator ends a number.
        (stream("1,250.5 [0.25 0.5 ]"), stream("1,255.5 [ 0.251  0.5  ]"), ["nbval-rtol=0.05"]),
        (stream("4.18\n - traveller the\n"), stream("4.18\n - traveller it\n"), ["model-writes"]),
        (stream("time 0.17 sec"), stream("time 12.03 sec"), []),
        (result("<f at 0x7f9c @cpu(0)>"), result("<f at 0x55A1 @gpu(1)>", count=7), []),
        (figure(), figure(picture="BBBB", numbers="43.01 1.301"), []),
        (figure(), figure("A curve that falls to 1.35.", numbers="43 1.35"), ["nbval-rtol=0.05"]),
        (figure(numbers="43 nan 1e-09"), figure(numbers="43 nan -1e-09"), []),
    ],
)
def test_what_may_differ(stored, new, tags):
    assert stored != new
    assert not differences(stored, new, *tags)


def test_of_many_numbers_that_differ_the_first_are_shown():
    found = differences(figure(numbers="1 2 3 4 5"), figure(numbers="2 3 4 5 6"))
    assert len(found) == 4 and found[-1].endswith("training: 2 other numbers differ, too")


def test_exceptions_are_compared_by_name_and_message_and_widgets_by_their_text():
    error = new_output("error", ename="E", evalue="why", traceback=["line 1"])
    assert not differences(error, NotebookNode({**error, "traceback": ["line 2"]}))
    assert differences(error, NotebookNode({**error, "evalue": "why not"}))
    views = [
        new_output("display_data", {comparing.WIDGET: {"model_id": one}, "text/plain": "Slider"})
        for one in "ab"
    ]
    assert not differences(*views)
