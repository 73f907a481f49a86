"""The examples of the page on Python, run as they stand."""

from __future__ import annotations

import doctest
import re

from conftest import ROOT

PAGE = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")


def test_the_examples_run() -> None:
    code = "".join(re.findall(r"```python\n(.*?)```", PAGE, re.S))
    example = doctest.DocTestParser().get_doctest(code, {}, "docs/python.md", "docs/python.md", 0)
    outcome = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(example)
    assert outcome.failed == 0
    assert outcome.attempted > 25
