"""Groups that are worse than the rest, for reading."""

from __future__ import annotations

from ..lines.comparison_lines import chance, percent
from ..lines.shown_digits import number, signed
from ..slices import Slice, SliceReport
from .listed import Listed

COLUMNS = (
    "group", "rows", "support", "n", "value", "stderr", "rest", "difference", "difference_stderr", "ci_low", "ci_high",
    "p_value", "q_value", "where",
)  # fmt: skip
HEADINGS = ("group", "rows", "share", "loss", "rest", "difference", "interval", "q")


def listed(report: SliceReport) -> Listed:
    """The groups with what was searched."""
    sentences = [_answer(report), _searched(report)]
    closing = []
    if report.slices:
        level = f"{100 * report.search['confidence']:g} %"
        closing = [
            f"Losses, differences and {level} intervals are of the half of the rows that did not find the groups; q is "
            f"the p-value adjusted for all that were tested.{_command(report)}"
        ]
    return Listed(
        sentences[0], sentences, HEADINGS, list(map(_cells, report.slices)), COLUMNS, list(map(_row, report.slices)),
        spare=(2, 6), closing=closing, stands_out=[("worse", _sentence(each, report)) for each in report.slices],
    )  # fmt: skip


def _answer(report: SliceReport) -> str:
    many = len(report.slices)
    unit = f" {report.unit}" if report.unit else ""
    margin = _margin(report)
    said = (
        f"No group is worse than the rest{margin} beyond chance" if not many
        else f"1 group is worse than the rest{margin} beyond chance" if many == 1
        else f"{many} groups are worse than the rest{margin} beyond chance"
    )  # fmt: skip
    return f"{said}: the {report.loss} of {report.tested_rows:,} rows is {number(report.value, 6)}{unit}."


def _margin(report: SliceReport) -> str:
    margin = report.search["margin"]
    parts = [f"{margin['absolute']:g}"] if margin["absolute"] else []
    parts += [f"{100 * margin['relative']:g} %"] if margin["relative"] else []
    return f" by more than {' and '.join(parts)}" if parts else ""


def _searched(report: SliceReport) -> str:
    search = report.search
    columns = ", ".join(each["column"] for each in search["over"])
    tested = search["tested"]
    looked = f"{search['tried']:,} groups by {columns} were looked at in one half of the rows"
    if not tested:
        return f"{looked}, and none stood out."
    return f"{looked}; {tested} stood out and {'was' if tested == 1 else 'were'} tested in the other half."


def _sentence(each: Slice, report: SliceReport) -> str:
    interval = "" if each.low is None or each.high is None else f" ({signed(each.low, 3)} to {signed(each.high, 3)})"
    return (
        f"{each.name}: {number(each.value, 5)} instead of {number(each.rest, 5)}, {signed(each.difference)}{interval}, "
        f"{each.rows:,} rows"
    )


def _cells(each: Slice) -> tuple[str, ...]:
    interval = "-" if each.low is None or each.high is None else f"{signed(each.low, 3)} ... {signed(each.high, 3)}"
    return (
        each.name, f"{each.rows:,}", percent(each.support).lstrip("+"), number(each.value, 5), number(each.rest, 5),
        signed(each.difference), interval, chance(each.q_value),
    )  # fmt: skip


def _row(each: Slice) -> list[object]:
    where = None if each.where is None else " ".join(each.where)
    return [
        each.name, each.rows, each.support, each.n, each.value, each.stderr, each.rest, each.difference,
        each.difference_stderr, each.low, each.high, each.p_value, each.q_value, where,
    ]  # fmt: skip


def _command(report: SliceReport) -> str:
    import shlex

    first = next((each for each in report.slices if each.where), None)
    if first is None or first.where is None:
        return ""
    words = " ".join(f"--where {shlex.quote(text)}" for text in first.where)
    return f" With {words} losscli compute has the loss of the first group's rows."
