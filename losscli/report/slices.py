"""The report of `slices`: groups of rows that are worse than the rest, and what was searched for them."""

from __future__ import annotations

import math
from typing import Any

from ..core.record import field, record
from .model import Input, common_document
from .report_forms import ListingForms


@record
class Slice:
    """A group of rows that is worse than the rest. Losses are those of the half of the rows that tests groups.

    Attributes:
        name: The group in plain words, such as "region=north and age>=65".
        conditions: A dictionary for each of its conditions: `column`, and its `value`, or the ends `low` (from there
            on) and `high` (below) of a range of numbers.
        where: The conditions as `--where` takes them, a text each; None where a value is missing.
        rows: How many rows of all the group has.
        support: Their share of all rows.
        n: How many rows of the half that tests.
        value, stderr: The loss of the group, and its standard error.
        rest: The loss of all other rows.
        difference: How much worse the group is than the rest.
        difference_stderr, low, high: Its standard error, and the ends of its interval.
        p_value, q_value: How likely so large a difference is by chance, and the same after the adjustment for all
            groups that were tested (Benjamini and Hochberg).
    """

    name: str
    conditions: tuple[dict[str, Any], ...]
    where: tuple[str, ...] | None
    rows: int
    support: float
    n: int
    value: float
    stderr: float | None
    rest: float
    difference: float
    difference_stderr: float | None
    low: float | None
    high: float | None
    p_value: float
    q_value: float

    def to_dict(self) -> dict[str, Any]:
        document = {name: value for name, value in vars(self).items() if name not in ("conditions", "where")}
        numbers = {name: _finite(value) if isinstance(value, float) else value for name, value in document.items()}
        where = None if self.where is None else list(self.where)
        return {**numbers, "conditions": list(self.conditions), "where": where}


@record
class SliceReport(ListingForms):
    """What `slices` found.

    Attributes:
        slices: A Slice for each group that is worse than the rest beyond chance, the worst first.
        loss: The loss, with its parameters.
        value: The loss of all rows of the half that tests.
        rows, tested_rows: How many rows there are, and how many of them are of the half that tests.
        search: What was searched, as a dictionary: the columns, the depth, how many groups were looked at (`tried`) and
            tested (`tested`), the rate of false ones (`fdr`), the margin, and the least number of rows (`min_n`).
        inputs: The files that were read.
        warnings: What a reader should know, a sentence each.
        elapsed_s: How long it took, in seconds.

    Example:
        >>> import losscli
        >>> table = {"p": [0.0] * 1600, "y": [0.0, 0.1] * 800, "region": ["north", "south"] * 800}
        >>> [each.name for each in losscli.slices("mae", table, over="region", pred="p", label="y").slices]
        ['region=south']
    """

    slices: list[Slice]
    loss: str
    value: float
    rows: int
    tested_rows: int
    search: dict[str, Any]
    signature: str = ""
    unit: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    inputs: list[Input] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    elapsed_s: float = 0.0

    @property
    def command(self) -> str:
        """The command that writes it."""
        return "slices"

    def __iter__(self) -> Any:
        return iter(self.slices)

    def __len__(self) -> int:
        return len(self.slices)

    @property
    def results(self) -> list[Slice]:
        """The groups, as other reports have their results."""
        return self.slices

    def to_dict(self) -> dict[str, Any]:
        """The document that `losscli slices --json` writes."""
        document = common_document("slices", self.slices, self.inputs)
        about = {
            "loss": self.loss, "signature": self.signature, "value": _finite(self.value), "rows": self.rows,
            "tested_rows": self.tested_rows, "counts": self.counts, **self.search,
        }  # fmt: skip
        return {**document, "slices": about, "warnings": self.warnings, "elapsed_s": self.elapsed_s}

    def plot(self, ax: Any = None) -> Any:
        """Draw the groups with their intervals, with matplotlib, which `pip install 'losscli[plot]'` brings.

        Args:
            ax: The axes to draw on; None makes a figure of its own.

        Returns:
            The axes.

        Raises:
            UsageProblem: where matplotlib is missing, or no group is worse than the rest.
        """
        from importlib import import_module

        return import_module("losscli.report.pictures.of_result").plotted(self.to_dict(), "slices", ax)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
