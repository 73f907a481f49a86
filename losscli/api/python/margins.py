"""Margins as Python says them: numbers, or percentages as text."""

from __future__ import annotations

from typing import Any

from ...core.errors import UsageProblem
from ...stats.comparison.verdict import Margin
from ..options.table import OPTIONS


def margin_of(given: Any, relative: float = 0.0) -> Margin:
    """The margin of a number, of a percentage of the base's loss ("0.5%"), and of a share of it beside."""
    kind, amount = OPTIONS["margin"].within("losscli.compare").check(given) if given else ("absolute", 0.0)
    if kind == "relative" and relative:
        raise UsageProblem("margin is a percentage, and margin_rel is given too.", "Leave out one of them.")
    return Margin(**{"relative": relative, kind: amount})
