"""utilsforecast: linex, and errors relative to a baseline."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
from utilsforecast import losses

from ... import draw
from ...ask import Question, Variant, Way, answered, grid
from ...case import Case, Raised
from ...draw import FLOATS, Array, Data, Rng, numbers
from ..forecasts.utilsforecast import VERSIONS, evaluated

__all__ = ["VERSIONS", "cases"]


def rmae(pred: Array, label: Array, baseline: Array) -> float:
    """The value of a series whose forecasts stand beside those of a baseline."""
    frame = pd.DataFrame({"unique_id": "a", "y": label, "model": pred, "base": baseline})
    return float(losses.rmae(frame, models=["model"], baseline="base")["model"].iloc[0])


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What utilsforecast answers; calls without an answer go to `raises`."""
    return answered("utilsforecast", _questions(rng), _names, raises)


def _names(question: Question) -> dict[str, Any]:
    return {"losses": losses, "evaluated": evaluated, "rmae": rmae, **question.data.arrays()}


def _questions(rng: Rng) -> Iterator[Question]:
    for dtype in FLOATS:
        n, c = draw.sizes(rng)
        values = [d for d in draw.values(rng, n, c, dtype) if d.name in ("plain", "equal", "close", "single")]
        slopes = tuple(Variant(f"a={a}", {"a": a}, only=("plain", "close")) for a in (-0.5, 0.1, 2.0))
        call = "evaluated(losses.linex, pred, label{more})"
        yield from grid(Way("linex", "linex", call, {"mean": ""}, variants=slopes), values, rng, None)
        pred, label = numbers(rng, (n,), dtype), numbers(rng, (n,), dtype)
        beside = [Data("plain", pred, label, {"baseline": numbers(rng, (n,), dtype)})]
        yield from grid(Way("relative_error", "rmae", "rmae(pred, label, baseline)", {"mean": ""}), beside, rng, None)
