"""What a look at data finds: a description of each array, and alarms. Inference makes it, reports show it."""

from __future__ import annotations

import math
from typing import Any

from .arrays.inputs import Shape
from .record import field, record

ERROR, WARNING, NOTE = "error", "warning", "note"  # certain; overwhelmingly likely; worth knowing, and no finding


@record
class Alarm:
    """Something that is wrong with data, or with how they were declared: the evidence, and what to type to fix it."""

    id: str
    severity: str
    evidence: str
    fix: str

    @property
    def mend(self) -> str:
        """The fix, by the name that documents have for it."""
        return self.fix

    def to_dict(self) -> dict[str, Any]:
        """As it stands in a document."""
        return {"id": self.id, "severity": self.severity, "evidence": self.evidence, "mend": self.fix}


@record
class ProfilePart:
    """Rows `first` to `last` of a file, of which `rows` have a loss: its mean with its standard error, that of the best
    constant prediction for all rows, and that under a better pairing; None where it is not known.
    """

    first: int
    last: int
    rows: int
    value: float | None
    stderr: float | None
    constant: float | None
    repaired: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """As it stands in a document."""
        numbers = {name: _finite(getattr(self, name)) for name in ("value", "stderr", "constant", "repaired")}
        return {"first": self.first, "last": self.last, "rows": self.rows, **numbers}


@record
class LossProfile:
    """The loss along a file: what is measured, its parts in order, and which other pairing was tried on them."""

    measure: str
    parts: list[ProfilePart]
    repair: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As it stands in a document."""
        return {"measure": self.measure, "repair": self.repair, "parts": [part.to_dict() for part in self.parts]}


@record
class KindSuggestion:
    """A kind that the values suggest, and why."""

    kind: str
    reason: str


@record
class InputDescription:
    """An array or some columns of a file. Minimum to deviation are of the finite values; None where there are none."""

    role: str
    name: str
    format: str
    dtype: str
    shape: Shape
    minimum: float | None = None
    maximum: float | None = None
    mean: float | None = None
    deviation: float | None = None
    counts: dict[str, int] = field(default_factory=dict)  # nan, infinite, missing
    distinct: int | None = None  # None: more than were counted
    sketch: tuple[int, ...] = ()  # how many of a sample of the values lie in equal parts of their range
    kinds: tuple[KindSuggestion, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As it stands in a document."""
        return {
            "role": self.role,
            "name": self.name,
            "format": self.format,
            "dtype": self.dtype,
            "shape": list(self.shape),
            "min": self.minimum,
            "max": self.maximum,
            "mean": _finite(self.mean),
            "std": _finite(self.deviation),
            "counts": self.counts,
            "distinct": self.distinct,
            "histogram": list(self.sketch),
            "kinds": [{"kind": each.kind, "reason": each.reason} for each in self.kinds],
        }


def _finite(value: float | None) -> float | None:
    """What overflowed has no place in JSON."""
    return value if value is not None and math.isfinite(value) else None
