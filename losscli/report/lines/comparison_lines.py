"""A comparison for reading: pairs of words for one result, a line each for several; every renderer uses them."""

from __future__ import annotations

import math
from collections.abc import Callable

from ..comparison import Comparison, ComparisonReport
from .shown_digits import error_number, number, signed
from .verdict_sentence import verdict_sentence

Line = tuple[str, str]
TESTS = {"t": "paired t", "sign-flip": "sign flips", "bootstrap": "paired bootstrap"}


def percent(share: float) -> str:
    """A share in percent, with its sign."""
    return f"{100.0 * share:+.3g} %"


def chance(value: float) -> str:
    """A p-value: never shown as nought."""
    return "< 1e-15" if value < 1e-15 else f"{value:.3g}"


def sentence_of(result: Comparison, code: Callable[[str], str] = str) -> str:
    """The answer, as it can be said to somebody; `code` marks names from outside where markup is read."""
    return verdict_sentence(
        result.verdict,
        f"the {code(result.spelling or result.loss)} of {code(result.candidate)}",
        result.difference,
        result.base,
        (result.low, result.high),
        result.confidence,
        (result.margin_absolute, result.margin_relative),
        result.needed,
        result.n,
    )


def result_lines(result: Comparison, report: ComparisonReport) -> list[Line]:
    """What a result says, the verdict first."""
    unit = f" {result.unit}" if result.unit else ""
    share = result.relative
    relative = "" if share is None or not math.isfinite(share) else f" ({percent(share)})"
    lines = [
        (_title(result), result.verdict),
        ("base", f"{number(result.base)}{unit}, {report.base}"),
        ("candidate", f"{number(result.cand)}{unit}, {result.candidate}"),
        ("difference", signed(result.difference, 6) + relative),
    ]
    if result.stderr is not None:
        lines.append(("standard error", error_number(result.stderr)))
    if result.low is not None and result.high is not None:
        lines.append((f"{100 * result.confidence:g}% interval", _interval(result, 5)))
    if result.p_value is not None:
        lines.append(("p-value", f"{chance(result.p_value)} ({TESTS[result.test]}){_after(result, report)}"))
    lines += [*_reach(result), ("rows", _rows(result)), *_worst(result)]
    return lines


def _title(result: Comparison) -> str:
    """The loss with its parameters, and the name that was asked for beside it."""
    return (result.spelling or result.loss) + (f" ({result.alias})" if result.alias else "")


def _after(result: Comparison, report: ComparisonReport) -> str:
    if result.p_adjusted is None or not _adjusted(result):
        return ""
    return f", {chance(result.p_adjusted)} adjusted ({report.settings['adjust']})"


def _adjusted(result: Comparison) -> bool:
    return result.p_adjusted is not None and result.p_adjusted != result.p_value


def _interval(result: Comparison, digits: int) -> str:
    ends = (result.low, result.high)
    return " ... ".join("-" if end is None or math.isinf(end) else signed(end, digits) for end in ends)


def _reach(result: Comparison) -> list[Line]:
    """What so many rows could have shown."""
    lines = []
    if result.margin:
        parts = [f"{result.margin_absolute:g}"] if result.margin_absolute else []
        parts += [f"{100 * result.margin_relative:g} % of the base"] if result.margin_relative else []
        said = f" ({' and '.join(parts)})" if result.margin_relative else ""
        lines.append(("margin", f"{result.margin:.4g}{said}"))
    if result.power is not None:
        lines.append(("power", f"a true rise of the margin is called worse in {100 * result.power:.0f} % of cases"))
    if result.detectable is not None:
        lines.append(("detectable", f"{result.detectable:.3g} is shown in 80 % of cases"))
    if result.needed is not None:
        lines.append(("needed", f"{result.needed:,} rows show the margin in 80 % of cases"))
    return lines


def _rows(result: Comparison) -> str:
    batches = (result.effective or {}).get("batches")
    clusters = f" in {result.clusters} clusters" if result.clusters is not None else ""
    return f"{result.n}{clusters}" + (f" in {batches} batches" if batches else "")


def _worst(result: Comparison) -> list[Line]:
    """The rows that moved the difference most."""
    lines = []
    for i, each in enumerate(result.worst):
        what = ("worst rows" if result.difference > 0 else "best rows") if i == 0 else ""
        alone = math.isnan(each.base) and math.isnan(each.cand)  # a row has no loss by itself
        losses = "" if alone else f"{each.base:.4g} to {each.cand:.4g}, "
        lines.append((what, f"row {each.row}: {losses}adds {signed(each.effect, 3)}"))
    if result.without_worst is not None:
        lines.append(("without them", f"difference {signed(result.without_worst, 5)}"))
    return lines


def headings(report: ComparisonReport) -> tuple[str, ...]:
    """Heads of `table_lines`. One candidate is named above them; with several, their values stand in the ranks."""
    which = "candidate" if len(report.candidates) > 1 else "value"
    return ("loss", which, "difference", "interval", "p", "verdict")


def table_lines(report: ComparisonReport) -> list[tuple[str, ...]]:
    """A line for each result, under `headings`."""
    several = len(report.candidates) > 1
    return [
        (
            _title(each),
            each.candidate if several else number(each.cand),
            signed(each.difference),
            _interval(each, 3) if each.low is not None else "-",
            chance(each.p_value if each.p_adjusted is None else each.p_adjusted) if each.p_value is not None else "-",
            each.verdict,
        )
        for each in report.results
    ]


def base_lines(report: ComparisonReport) -> list[str]:
    """The base's value by each loss, and how the verdicts came about."""
    values = {each.spelling or each.loss: each.base for each in report.results}
    lines = [f"base: {report.base}, {', '.join(f'{loss} {number(value)}' for loss, value in values.items())}"]
    lines += [f"candidate: {report.candidates[0]}"] if len(report.candidates) == 1 else []
    first = report.results[0]
    adjusted = f"; p adjusted: {report.settings['adjust']}" if any(map(_adjusted, report.results)) else ""
    lines.append(f"{100 * first.confidence:g}% intervals of candidate minus base, {TESTS[first.test]}{adjusted}")
    return lines


def rank_lines(report: ComparisonReport) -> list[tuple[str, list[Line]]]:
    """By each loss, the models in their order: (rank, value, letters and name); those that share a letter cannot be
    told apart.
    """
    return [
        (loss, [(str(rank.rank), f"{number(rank.value)}  {rank.letters}  {rank.name}") for rank in ranks])
        for loss, ranks in report.ranking.items()
    ]
