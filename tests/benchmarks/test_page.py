"""The page on other frameworks: the code that it shows is that of the benchmarks."""

import re
import textwrap

import pytest

from tests import ROOT

PAGE = (ROOT / "chapter_rnn" / "in-other-frameworks.md").read_text(encoding="utf-8")
# Each block with the file that it is cut from.
SHOWN = re.findall(r"<!-- from: (\S+) -->\n```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize(("path", "code"), SHOWN)
def test_the_code_on_the_page_is_the_code_that_runs(path, code):
    source = "\n" + (ROOT / path).read_text(encoding="utf-8")
    # The same lines, in a module or further in.
    assert any(f"\n{textwrap.indent(code, ' ' * width)}" in source for width in (0, 4, 8, 12, 16))
