"""What a verdict beside a baseline stands on, as it is in the JSON of its check: under the names that `compare` has."""

from __future__ import annotations

import math
from typing import Any

from ...core.record import record
from ...stats.comparison.judgement import Judgement
from ...stats.comparison.verdict import Margin

AGREEING = 0.9  # the correlation of two models' losses, for what pairing would give


@record
class Evidence:
    """A judgement, how its rows were paired, in words, and notes on it.

    Where they were not, `unpaired` says why, and `if_paired` is what paired rows would show whose losses correlate by
    `AGREEING`, where the two values have standard errors.
    """

    judgement: Judgement
    rows: int
    how: str
    notes: tuple[str, ...] = ()
    unpaired: str = ""
    if_paired: Judgement | None = None

    def to_dict(self, verdict: str, margin: Margin, level: float, p_adjusted: float | None) -> dict[str, Any]:
        """As plain values; what is not known, or not finite, is None."""
        judgement, outcome, beyond = self.judgement, self.judgement.outcome, self.judgement.beyond
        paired = not self.unpaired
        known = outcome.low is not None and outcome.high is not None
        effective = outcome.effective.to_dict() if outcome.stderr and outcome.effective is not None else None
        return {
            "verdict": verdict,
            "paired": paired,
            "unpaired_because": self.unpaired or None,
            "difference": _finite(outcome.difference),
            "stderr": _finite(outcome.stderr),
            "ci": {"level": level, "low": _finite(outcome.low), "high": _finite(outcome.high)} if known else None,
            "p_value": _finite(outcome.p_value),
            "p_adjusted": _finite(p_adjusted),
            "margin": {
                "absolute": margin.absolute, "relative": margin.relative, "value": _finite(judgement.limit),
                "beyond": None if beyond is None or beyond.stderr is None else {
                    "difference": _finite(beyond.difference), "stderr": _finite(beyond.stderr),
                    "high": _finite(beyond.high),
                },
            },
            "power": _finite(judgement.power),
            "power_is": _power_is(judgement.power, paired),
            "detectable": _finite(judgement.detectable),
            "needed": judgement.needed,
            "if_paired": self._if_paired(),
            "n": self.rows,
            "clusters": judgement.units if outcome.effective is not None and outcome.effective.clusters else None,
            "effective": effective,
        }  # fmt: skip

    def _if_paired(self) -> dict[str, Any] | None:
        would = self.if_paired
        if would is None:
            return None
        return {"correlation": AGREEING, "power": _finite(would.power), "detectable": _finite(would.detectable)}


def _power_is(power: float | None, paired: bool) -> str | None:
    """Two values of the same rows go together, which nothing shows: a difference spreads less than they say."""
    if power is None:
        return None
    return "known" if paired else bound_of(power)


def bound_of(power: float) -> str:
    """Whether the power of two values that were taken for independent is one at least, or at most."""
    return "at least" if power > 0.5 else "at most"


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else value
