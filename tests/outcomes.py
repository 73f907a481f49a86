"""Outcomes of runs, compared to the bit."""

from __future__ import annotations

from typing import Any

from losscli.engine.run import Outcome


def bits(found: Outcome) -> tuple[Any, ...]:
    reduction, finish = found.bound.reduction, found.bound.finish()
    means = reduction.means(found.state)
    value = finish(means) if finish else means[0]
    return value, reduction.stderr(found.state, finish), found.state.to_dict()
