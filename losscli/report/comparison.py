"""The report of a comparison: of every loss and candidate the difference from the base, and what it shows."""

from __future__ import annotations

from typing import Any

from ..core.record import field, record
from .model import SCHEMA_VERSION, Input, Result
from .result_parts import finite, numbers, status_of


@record
class Outlier:
    """A row and what it adds to the difference."""

    row: int
    base: float
    cand: float
    effect: float

    def to_dict(self) -> dict[str, Any]:
        return {"row": self.row, **numbers(base=self.base, cand=self.cand, effect=self.effect)}


@record
class Comparison:
    """One loss of a candidate beside the base's, on the same rows. Losses and differences have the unit of the loss.

    Attributes:
        loss: The canonical name of the loss.
        base, cand: The two values.
        difference: Candidate minus base: above 0 is worse.
        relative: The difference as a share of the base.
        stderr: The standard error of the difference; None where the rows cannot tell.
        low, high: The ends of its interval of the confidence that was asked for; None where the rows cannot tell.
        p_value: That of the test.
        verdict: improved, not worse, inconclusive or worse.
        n: The rows.
        detectable: The smallest difference that so many rows show in 80 % of cases.
        margin: The rise that does not matter, the larger of the absolute and the relative one.
        power: The chance that a true rise of the margin is called worse with the rows at hand.
        needed: The rows that would show the margin in 80 % of cases.
        effective: What the standard error stands on, as a dictionary: effective numbers of rows, weights and clusters,
            the rows that differ at all, degrees of freedom (df), skewness and serial correlation.
        groups: With `by`, a dictionary for each group: `by` (the value of each column), `n`, `base`, `cand`,
            `difference`, `stderr`, `ci`, `p_value`, `p_adjusted` (for the number of groups), `margin`, `verdict`, and
            `share`, the part of the whole difference that the rows of the group make.
        grouping: With `by`, the columns, how many groups there are, and for how many tests p-values are adjusted.
        notes: What a reader should know, a sentence each: what the command line says on stderr.

    Example:
        >>> import losscli
        >>> comparison = losscli.compare("mse", [1.0, 2.0, 3.0], [1.1, 2.3, 3.2], [1.0, 2.0, 3.0])
        >>> round(comparison.difference, 4)
        0.0467
    """

    loss: str
    base: float
    cand: float
    difference: float
    relative: float | None
    stderr: float | None
    low: float | None
    high: float | None
    p_value: float | None
    verdict: str
    n: int
    confidence: float
    test: str
    detectable: float | None
    margin: float
    margin_absolute: float = 0.0
    margin_relative: float = 0.0
    beyond_stderr: float | None = None  # of the difference less a relative margin
    beyond_high: float | None = None  # the upper end of its interval: at most 0 is within the margin
    power: float | None = None
    needed: int | None = None
    p_adjusted: float | None = None
    clusters: int | None = None
    effective: dict[str, Any] | None = None
    candidate: str = ""
    spelling: str = ""  # the loss with its parameters
    alias: str = ""  # the name that was asked for, where it is not the loss's own
    signature: str = ""
    unit: str = ""
    worst: tuple[Outlier, ...] = ()
    without_worst: float | None = None  # the difference of all other rows
    counts: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()  # in Python; a document has its report's warnings
    sides: tuple[Result, ...] = ()  # the base's own result and the candidate's
    groups: list[dict[str, Any]] = field(default_factory=list)
    grouping: dict[str, Any] | None = None  # the columns of --by, how many groups and tests there are
    top: int | None = None  # how many groups a table lists

    def plot(self, ax: Any = None) -> Any:
        """Draw the difference with its interval, the margin and the verdict, with matplotlib.

        Args:
            ax: The axes to draw on; None makes a figure of its own.

        Returns:
            The axes.

        Raises:
            UsageProblem: where matplotlib is missing; `pip install 'losscli[plot]'` brings it.
        """
        from importlib import import_module

        drawn = {"command": "compare", "results": [self.to_dict()]}
        return import_module("losscli.report.pictures.of_result").plotted(drawn, None, ax)

    def to_dict(self) -> dict[str, Any]:
        known = self.low is not None and self.high is not None
        interval = {"level": self.confidence, "low": finite(self.low), "high": finite(self.high), "method": self.test}
        return {
            "loss": self.loss,
            "spelling": self.spelling,
            **({"alias": self.alias} if self.alias else {}),
            "signature": self.signature,
            "candidate": self.candidate,
            "verdict": self.verdict,
            **numbers(base=self.base, cand=self.cand, without_worst=self.without_worst),
            "difference": finite(self.difference),
            "status": status_of(self.difference),
            "relative": finite(self.relative),
            "stderr": finite(self.stderr),
            "ci": interval if known else None,
            "p_value": finite(self.p_value),
            "p_adjusted": finite(self.p_adjusted),
            "margin": {
                "absolute": self.margin_absolute, "relative": self.margin_relative, "value": finite(self.margin),
                "beyond": _beyond(self),
            },
            "power": finite(self.power),
            "detectable": finite(self.detectable),
            "needed": self.needed,
            "n": self.n,
            "clusters": self.clusters,
            "effective": self.effective,
            "counts": self.counts,
            "worst": [row.to_dict() for row in self.worst],
            **self._groups(),
        }  # fmt: skip

    def _groups(self) -> dict[str, Any]:
        """The groups as they stand in JSON; nothing without them."""
        if self.grouping is None:
            return {}
        return {"groups": [_group(each) for each in self.groups], "grouping": self.grouping}


@record
class Rank:
    """A model among all of them, by one loss: its rank is one more than the models shown to be better, and follows the
    values. Two models that share a letter cannot be told apart.
    """

    rank: int
    name: str
    value: float
    letters: str = ""

    def to_dict(self) -> dict[str, Any]:
        return {"rank": self.rank, "name": self.name, **numbers(value=self.value), "letters": self.letters}


@record
class ComparisonReport:
    """What `compare` found: a result for each loss and candidate; with several candidates, the ranks by each loss."""

    base: str
    candidates: list[str]
    results: list[Comparison]
    ranking: dict[str, list[Rank]]
    settings: dict[str, Any]
    inputs: list[Input] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    elapsed_s: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        from ..core.version import __version__

        ranking = [{"loss": loss, "ranks": [rank.to_dict() for rank in ranks]} for loss, ranks in self.ranking.items()]
        return {
            "schema_version": SCHEMA_VERSION,
            "tool": {"name": "losscli", "version": __version__},
            "command": "compare",
            "comparison": {"base": self.base, "candidates": self.candidates, **self.settings},
            "results": [result.to_dict() for result in self.results],
            "ranking": ranking,
            "inputs": [each.to_dict() for each in self.inputs],
            "warnings": self.warnings,
            "elapsed_s": self.elapsed_s,
        }


def _beyond(result: Comparison) -> dict[str, float | None] | None:
    """The difference less a relative margin: its standard error and the upper end of its interval."""
    if result.beyond_stderr is None:
        return None
    beyond = result.difference - result.margin
    return {"difference": finite(beyond), "stderr": result.beyond_stderr, "high": finite(result.beyond_high)}


def _group(group: dict[str, Any]) -> dict[str, Any]:
    """A group as it stands in JSON."""
    ci = group["ci"]
    values = {name: group[name] for name in ("base", "cand", "difference")}
    rest = {name: finite(group[name]) for name in ("stderr", "p_value", "p_adjusted", "margin", "share")}
    interval = None if ci is None else {**ci, "low": finite(ci["low"]), "high": finite(ci["high"])}
    return {**group, **numbers(**values), **rest, "ci": interval}
