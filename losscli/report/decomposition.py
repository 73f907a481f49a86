"""What `why` found: the difference of two values split into what each group of rows adds to it, as data."""

from __future__ import annotations

from typing import Any

from ..core.record import field, record
from .model import Input, common_document
from .result_parts import finite, numbers

SYMMETRIC = "symmetric"
CONVENTION = (
    "Each group's own change counts at the mean of its shares before and now; its change of share at the mean of its "
    "values, less the mean of both values of all rows (Kitagawa 1955). A group that is on one side alone adds to the "
    "mix only."
)
SAME_ROWS = "The rows and their weights are the same on both sides, so there is no change of mix."


@record
class GroupPart:
    """A group of rows: its values on both sides, and what it adds to the difference.

    Attributes:
        by: The value of each column of the group.
        n: The rows on both sides.
        shares: The share of the rows' weight on both sides; 0 where the group is not there.
        base, cand: The two values; None where the group is not there, or nothing of it counts.
        difference: Candidate minus base, with `stderr`, and the interval `ci` as a dictionary or None.
        p_value, p_adjusted, verdict: Of the group's own change; adjusted for the number of groups.
        within: What the group's own change adds to the difference of all rows.
        within_stderr, within_ci: Its standard error and interval, given the shares; None where rows cannot tell.
        mix: What its change of share adds.
    """

    by: dict[str, Any]
    n: tuple[int, int]
    shares: tuple[float, float]
    base: float | None
    cand: float | None
    difference: float | None
    stderr: float | None
    ci: dict[str, Any] | None
    p_value: float | None
    p_adjusted: float | None
    verdict: str | None
    within: float
    within_stderr: float | None
    within_ci: dict[str, Any] | None
    mix: float

    @property
    def contribution(self) -> float:
        """All that the group adds to the difference."""
        return self.within + self.mix

    def to_dict(self) -> dict[str, Any]:
        """As it stands in JSON."""
        return {
            "by": self.by,
            "n": {"base": self.n[0], "cand": self.n[1]},
            "share": {"base": self.shares[0], "cand": self.shares[1]},
            **numbers(base=self.base, cand=self.cand, difference=self.difference),
            "stderr": finite(self.stderr),
            "ci": _interval(self.ci),
            "p_value": finite(self.p_value),
            "p_adjusted": finite(self.p_adjusted),
            "verdict": self.verdict,
            "contribution": finite(self.contribution),
            "within": {
                "value": finite(self.within), "stderr": finite(self.within_stderr), "ci": _interval(self.within_ci),
            },
            "mix": finite(self.mix),
        }  # fmt: skip


@record
class MovedRow:
    """A row of the labels' file, its losses on both sides, what it adds to the difference, and the columns kept."""

    row: int
    base: float
    cand: float
    effect: float
    keep: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """As it stands in JSON."""
        return {"row": self.row, **numbers(base=self.base, cand=self.cand, effect=self.effect), "keep": self.keep}


@record
class Rest:
    """The groups of fewer than `min_n` rows, taken together, so that what is listed adds up all the same."""

    min_n: int
    groups: int
    rows: tuple[int, int]
    within: float
    mix: float

    def to_dict(self) -> dict[str, Any]:
        """As it stands in JSON."""
        return {
            "min_n": self.min_n, "groups": self.groups, "n": {"base": self.rows[0], "cand": self.rows[1]},
            "contribution": self.within + self.mix, "within": self.within, "mix": self.mix,
        }  # fmt: skip


@record
class Decomposition:
    """The difference of two models' (or two data sets') loss, split into what each group of rows adds to it.

    Attributes:
        loss, spelling: The canonical name of the loss, and the name with its parameters.
        base, cand: The two values.
        difference: Candidate minus base: above 0 is worse. `stderr` and `ci` are those of the difference.
        p_value, verdict: Of all rows together.
        within: What the groups' own changes add up to.
        mix: What the changes of their shares add up to; 0 where the rows and weights are the same on both sides.
        groups: A GroupPart for each group, the largest contribution first.
        rest: The groups that are too small to be listed, together; None where there are none.
        rows: The rows that moved the difference most, where both sides have the same rows.
        paired: Whether both sides have the same rows, so that errors are those of paired differences.
        convention: The name of how the difference is split, and `convention_words` what that means.
        by: The columns that make the groups.
        notes: What a reader should know, a sentence each.
    """

    loss: str
    spelling: str
    alias: str
    signature: str
    unit: str
    names: tuple[str, str]
    base: float
    cand: float
    difference: float
    stderr: float | None
    ci: dict[str, Any] | None
    p_value: float | None
    verdict: str
    confidence: float
    within: float
    mix: float
    paired: bool
    convention: str
    convention_words: str
    by: tuple[str, ...]
    groups: list[GroupPart]
    rest: Rest | None
    rows: list[MovedRow]
    adjusted_for: int
    n: tuple[int, int]
    top: int | None = None
    counts: dict[str, int] = field(default_factory=dict)
    inputs: list[Input] = field(default_factory=list)
    notes: tuple[str, ...] = ()
    elapsed_s: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """The document that `losscli why --format json` writes."""
        document = common_document("why", self.groups, self.inputs)
        decomposition = {
            "loss": self.loss, "spelling": self.spelling, **({"alias": self.alias} if self.alias else {}),
            "signature": self.signature, "base_name": self.names[0], "cand_name": self.names[1],
            **numbers(base=self.base, cand=self.cand), "difference": self.difference, "stderr": finite(self.stderr),
            "ci": _interval(self.ci), "p_value": finite(self.p_value), "verdict": self.verdict,
            "within": self.within, "mix": self.mix, "paired": self.paired,
            "convention": {"name": self.convention, "words": self.convention_words},
            "by": list(self.by), "groups": len(self.groups) + (self.rest.groups if self.rest else 0),
            "adjusted_for": self.adjusted_for, "rest": None if self.rest is None else self.rest.to_dict(),
            "rows": [each.to_dict() for each in self.rows], "n": {"base": self.n[0], "cand": self.n[1]},
            "confidence": self.confidence, "counts": self.counts,
        }  # fmt: skip
        return {
            **document, "decomposition": decomposition, "warnings": list(self.notes), "elapsed_s": self.elapsed_s,
        }  # fmt: skip

    def plot(self, ax: Any = None) -> Any:
        """Draw what each group adds to the difference, with matplotlib.

        Args:
            ax: The axes to draw on; None makes a figure of its own.

        Returns:
            The axes.

        Raises:
            UsageProblem: where matplotlib is missing; `pip install 'losscli[plot]'` brings it.
        """
        from importlib import import_module

        return import_module("losscli.report.pictures.of_result").plotted(self.to_dict(), None, ax)


def _interval(ci: dict[str, Any] | None) -> dict[str, Any] | None:
    return None if ci is None else {**ci, "low": finite(ci["low"]), "high": finite(ci["high"])}
