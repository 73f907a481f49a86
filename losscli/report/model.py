"""The report: what a command found, as data. Renderers turn it into text; nothing here prints."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

SCHEMA_VERSION = "1.0"


@dataclass(frozen=True)
class Result:
    """One loss of one data set. `value` is a float, also where it is not finite; the document says so by status."""

    loss: str
    value: float | None
    n: int
    weight_sum: float
    reduction: str
    denominator: str | None
    input: str
    label: str | None
    params: dict[str, Any]
    signature: str
    precision: str = "double"
    stderr: float | None = None
    ci: dict[str, Any] | None = None
    like: str | None = None
    unit: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    rows: Any = None  # the (n,) losses under reduction none

    @property
    def status(self) -> str:
        if self.value is None or math.isfinite(self.value):
            return "ok"
        return "nan" if math.isnan(self.value) else "inf"

    def __float__(self) -> float:
        if self.value is None:
            raise TypeError("a loss with reduction none has rows, not one value")
        return self.value

    def to_dict(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "loss": self.loss,
            "value": self.value if self.status == "ok" else None,
            "status": self.status,
            "n": self.n,
            "weight_sum": self.weight_sum,
            "reduction": self.reduction,
            "denominator": self.denominator,
            "like": self.like,
            "input": self.input,
            "label": self.label,
            "precision": self.precision,
            "params": {k: list(v) if isinstance(v, tuple) else v for k, v in self.params.items()},
            "signature": self.signature,
            "stderr": self.stderr,
            "ci": self.ci,
            "counts": self.counts,
            "groups": [],
            "worst": [],
        }
        if self.rows is not None:
            found["rows"] = [value if math.isfinite(value) else None for value in self.rows.tolist()]
        return found


@dataclass(frozen=True)
class Input:
    """One file that went into a result."""

    role: str
    path: str | None
    format: str
    dtype: str
    shape: tuple[int | None, ...]
    sha256: str | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "role": self.role,
            "path": self.path,
            "format": self.format,
            "dtype": self.dtype,
            "shape": list(self.shape),
            "sha256": self.sha256,
        }


@dataclass(frozen=True)
class Report:
    """What a command found."""

    command: str
    results: list[Result]
    inputs: list[Input] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    elapsed_s: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        from .. import __version__

        return {
            "schema_version": SCHEMA_VERSION,
            "tool": {"name": "losscli", "version": __version__},
            "command": self.command,
            "results": [result.to_dict() for result in self.results],
            "inputs": [each.to_dict() for each in self.inputs],
            "warnings": self.warnings,
            "elapsed_s": self.elapsed_s,
        }

    def to_pandas(self) -> Any:
        """The results as a pandas DataFrame, one a row."""
        import pandas

        return pandas.DataFrame([result.to_dict() for result in self.results])
