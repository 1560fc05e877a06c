"""The sanitizer hides what may differ between two good runs, and nothing else."""

import re

import pytest
from nbval.plugin import get_sanitize_patterns

from tests import ROOT

CONFIG = ROOT / "tests" / "sanitize.cfg"


def sanitize(text):
    """Treat a text as nbval does."""
    for regex, replacement in get_sanitize_patterns(CONFIG.read_text(encoding="utf-8")):
        text = re.sub(regex, replacement, text)
    return text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "epoch 50, perplexity 4.18, time 0.17 sec\n",
            "epoch 50, perplexity 4.18, time 12.03 sec\n",
        ),
        ("<NDArray 2x3 @cpu(0)>", "<NDArray 2x3 @gpu(1)>"),
        ("[cpu(0), 'a']", "[gpu(0), 'a']"),
        (
            "<function f at 0x7f9c2c0d3a60>",
            "<function f at 0x55A1b>",
        ),
    ],
)
def test_hides_what_may_differ(one, other):
    assert one != other
    assert sanitize(one) == sanitize(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # The number before a duration, and another unit.
        ("epoch 50, time 0.17 sec", "epoch 51, time 0.17 sec"),
        ("perplexity 4.18, time 0.17 sec", "perplexity 4.19, time 0.17 sec"),
        ("time 0.17 sec", "time 0.17 min"),
        ("3 sec", "4 sec"),
        ("1.5 sections", "2.5 sections"),
        # What is computed on a device, and names that only resemble one.
        ("<NDArray 2x3 @cpu(0)>", "<NDArray 2x4 @cpu(0)>"),
        ("cpu", "gpu"),
        ("mycpu(0)", "mygpu(0)"),
        # What a model may have written.
        (" - traveller a", " - traveller b"),
        # What lies at an address, and other hexadecimal numbers.
        ("<function f at 0x7f9c2c0d3a60>", "<function g at 0x7f9c2c0d3a60>"),
        ("byte 0xe9", "byte 0xe8"),
    ],
)
def test_hides_nothing_else(one, other):
    assert sanitize(one) != sanitize(other)


def test_keeps_other_text_as_it_is():
    text = "((35, 2, 256), 1, (1, 2, 256))\n43 characters, perplexity 42.97\n"
    assert sanitize(text) == text
