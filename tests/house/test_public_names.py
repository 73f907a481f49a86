"""What is public is documented: a signature that editors show, sections, and examples that are run."""

from __future__ import annotations

import doctest
import inspect
from typing import Any

import pytest

import losscli

FUNCTIONS = [name for name in losscli.__all__ if inspect.isfunction(getattr(losscli, name))]
RECORDS = ["Result", "Report", "Comparison"]


def doc_of(name: str) -> str:
    return inspect.getdoc(getattr(losscli, name)) or ""


def test_all_functions_are_looked_at() -> None:
    assert set(FUNCTIONS) == {
        "compute", "compare", "reconcile", "inspect", "loss", "available", "parts",
        "evaluate", "batch", "gate", "merge", "verify", "why",
    }  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_say_what_they_take_and_give(name: str) -> None:
    signature, text = inspect.signature(getattr(losscli, name)), doc_of(name)
    assert "Returns:" in text
    assert "Example:" in text
    if signature.parameters:
        assert "Args:" in text
        assert "Raises" in text
        for parameter in signature.parameters:
            assert f"{parameter}: " in text or f"{parameter}:" in text.replace("**", ""), parameter


@pytest.mark.parametrize("name", RECORDS)
def test_records_show_their_fields(name: str) -> None:
    made: Any = getattr(losscli, name)
    parameters = inspect.signature(made).parameters
    assert next(iter(parameters)) in ("loss", "command")
    assert all(each.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD for each in parameters.values())
    assert "Attributes:" in doc_of(name)


@pytest.mark.parametrize("name", [*FUNCTIONS, *RECORDS])
def test_examples_run(name: str) -> None:
    finder = doctest.DocTestFinder(recurse=False)
    for example in finder.find(getattr(losscli, name), name, globs={}):
        report = doctest.DocTestRunner().run(example)
        assert report.failed == 0, report
        assert name == "Report" or report.attempted > 0
