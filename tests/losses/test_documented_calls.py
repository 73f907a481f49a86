"""Calls that stand in the frameworks' own documentation give the frameworks' numbers, or are refused in a sentence."""

from __future__ import annotations

import importlib.util

import pytest
from golden.documented import PLACES, calls_of


@pytest.mark.slow
@pytest.mark.parametrize("framework", PLACES)
def test_documented_calls(framework: str) -> None:
    if importlib.util.find_spec(framework) is None:
        pytest.skip(f"{framework} is not installed")
    calls = list(calls_of(framework))
    wrong = [each for each in calls if None not in (each.ours, each.theirs) and not each.agrees]
    assert not wrong, "\n".join(f"{each.text} ({each.place}): {each.theirs}, {each.ours} here" for each in wrong)
    assert sum(each.agrees for each in calls) >= 2, "the documentation was not read"
    bare = [each for each in calls if each.refusal and not each.refusal.rstrip().endswith((".", "?"))]
    assert not bare, "\n".join(f"{each.text}: {each.refusal}" for each in bare)
