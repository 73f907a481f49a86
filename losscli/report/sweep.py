"""The report of `sweep`: a loss at many values of its parameters, of one model or of two."""

from __future__ import annotations

import math
from typing import Any

from ..core.record import field, record
from .model import Input, common_document
from .report_forms import ListingForms

DEPENDS, BASE, CANDIDATE, UNKNOWN = "depends", "base", "candidate", "inconclusive"


@record
class SweepPoint:
    """The loss at one point of a sweep; with two models the candidate's too, and the difference, candidate minus base.

    `p_adjusted` is adjusted for all points.
    """

    params: dict[str, Any]
    value: float | None
    stderr: float | None
    ci: dict[str, Any] | None
    n: int
    signature: str
    cand: float | None = None
    cand_stderr: float | None = None
    cand_ci: dict[str, Any] | None = None
    difference: float | None = None
    difference_stderr: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    p_adjusted: float | None = None

    def better(self, level: float) -> str:
        """Which of two models is shown to be better here: base, candidate, or inconclusive."""
        if self.difference is None or math.isnan(self.difference):
            return UNKNOWN
        shown = math.isinf(self.difference) or (self.p_adjusted is not None and self.p_adjusted <= 1.0 - level + 1e-12)
        if not shown or self.difference == 0.0:
            return UNKNOWN
        return BASE if self.difference > 0.0 else CANDIDATE

    def to_dict(self, level: float | None) -> dict[str, Any]:
        """As JSON has it; `level` where there are two models."""
        status = "ok" if self.value is None or math.isfinite(self.value) else "nan" if math.isnan(self.value) else "inf"
        document = {
            "params": {k: list(v) if isinstance(v, tuple) else v for k, v in self.params.items()},
            "value": _finite(self.value), "status": status, "stderr": _finite(self.stderr), "ci": self.ci, "n": self.n,
            "signature": self.signature,
        }  # fmt: skip
        if level is None:
            return document
        names = ("cand", "cand_stderr", "difference", "difference_stderr", "low", "high", "p_value", "p_adjusted")
        numbers = {name: _finite(getattr(self, name)) for name in names}
        return {**document, **numbers, "cand_ci": self.cand_ci, "better": self.better(level)}


@record
class SweepReport(ListingForms):
    """What `sweep` found.

    Attributes:
        points: A SweepPoint for each point, the last axis first to change: its `params`, `value`, `stderr` and `ci`,
            and with two models `cand`, `difference` (candidate minus base) with `low` and `high`, and `p_adjusted`.
        loss: The canonical name of the loss.
        axes: The parameters that were gone through, with their values.
        fixed: The parameters that were given one value.
        models: The names of the models, one or two.
        level: With two models, the confidence at which their order is told.
        inputs: The files that were read.
        warnings: What a reader should know, a sentence each.
        elapsed_s: How long it took, in seconds.

    Example:
        >>> import losscli
        >>> report = losscli.sweep("huber", [0.0, 2.0, 5.0], [0.0, 0.0, 0.0], delta="1:3:1")
        >>> [round(point.value, 4) for point in report.points]
        [2.0, 3.3333, 4.1667]
    """

    points: list[SweepPoint]
    loss: str
    axes: dict[str, list[Any]]
    fixed: dict[str, Any]
    models: list[str]
    level: float = 0.95
    adjust: str = "holm"
    unit: str = ""
    inputs: list[Input] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    elapsed_s: float = 0.0

    def __iter__(self) -> Any:
        return iter(self.points)

    def __len__(self) -> int:
        return len(self.points)

    @property
    def command(self) -> str:
        """The command that writes it."""
        return "sweep"

    @property
    def signature(self) -> str:
        """All settings of the first point in one line."""
        return self.points[0].signature

    @property
    def results(self) -> list[Any]:
        """The points as their document has them."""
        return [_Written(point.to_dict(self.level if self.paired else None)) for point in self.points]

    @property
    def paired(self) -> bool:
        """Whether there are two models."""
        return len(self.models) > 1

    @property
    def order(self) -> str | None:
        """Of two models: whether their order depends on the parameters, which one is better, or inconclusive."""
        if not self.paired:
            return None
        shown = {point.better(self.level) for point in self.points} - {UNKNOWN}
        return DEPENDS if len(shown) > 1 else shown.pop() if shown else UNKNOWN

    def to_dict(self) -> dict[str, Any]:
        """The document that `losscli sweep --json` writes."""
        document = common_document("sweep", self.results, self.inputs)
        axes = [{"name": name, "values": values} for name, values in self.axes.items()]
        about: dict[str, Any] = {"loss": self.loss, "axes": axes, "fixed": self.fixed, "models": self.models}
        if self.paired:
            about |= {"order": self.order, "level": self.level, "adjust": self.adjust}
        return {**document, "sweep": about, "warnings": self.warnings, "elapsed_s": self.elapsed_s}

    def plot(self, ax: Any = None) -> Any:
        """Draw the curves with their intervals, with matplotlib, which `pip install 'losscli[plot]'` brings.

        Args:
            ax: The axes to draw on; None makes a figure of its own.

        Returns:
            The axes.

        Raises:
            UsageProblem: where matplotlib is missing.
        """
        from importlib import import_module

        return import_module("losscli.report.pictures.of_result").plotted(self.to_dict(), "sweep", ax)


@record
class _Written:
    """A point as a document has it."""

    document: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        return self.document


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
