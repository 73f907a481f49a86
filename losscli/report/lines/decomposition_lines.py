"""What `why` found, for reading: the answer, a summary, the groups, the rows that moved; every renderer uses them."""

from __future__ import annotations

import math
from collections.abc import Callable

from ..decomposition import Decomposition, GroupPart, MovedRow
from .comparison_lines import chance, percent
from .group_lines import MOST, key_text
from .shown_digits import error_number, number, signed
from .verdict_sentence import verdict_sentence

Line = tuple[str, str]
# where there is no room for all columns
LEFT_OUT_FIRST = ("p adjusted", "p", "base", "candidate", "rows", "share of rows", "change")


def sentence_of(found: Decomposition, code: Callable[[str], str] = str) -> str:
    """The answer, as it can be said to somebody; `code` marks names from outside where markup is read."""
    ci = found.ci or {"low": None, "high": None}
    subject = f"the {code(found.spelling or found.loss)} of {code(found.names[1])}"
    said = verdict_sentence(
        found.verdict, subject, found.difference, found.base, (ci["low"], ci["high"]), found.confidence, (0.0, 0.0)
    )
    return f"{said} {_most(found, code)}".rstrip()


def _most(found: Decomposition, code: Callable[[str], str]) -> str:
    """Which group adds most."""
    if not found.groups or not found.difference:
        return ""
    first = max(found.groups, key=lambda part: abs(part.contribution))
    name = code(", ".join(map(key_text, first.by.values())))
    whole = signed(found.difference, 3)
    return f"The largest part is that of {name}, which adds {signed(first.contribution, 3)}; all together add {whole}."


def summary(found: Decomposition) -> list[Line]:
    """What is said of the whole, the verdict first."""
    unit = f" {found.unit}" if found.unit else ""
    relative = f" ({percent(found.difference / abs(found.base))})" if found.base and math.isfinite(found.base) else ""
    lines = [
        ((found.spelling or found.loss) + (f" ({found.alias})" if found.alias else ""), found.verdict),
        ("base", f"{number(found.base)}{unit}, {found.names[0]}"),
        ("candidate", f"{number(found.cand)}{unit}, {found.names[1]}"),
        ("difference", signed(found.difference, 6) + relative),
    ]
    if found.stderr is not None:
        lines.append(("standard error", error_number(found.stderr)))
    if found.ci is not None:
        lines.append((f"{100 * found.confidence:g}% interval", interval(found.ci, 5)))
    if not found.paired:
        lines.append(("groups' own changes", signed(found.within, 6)))
        lines.append(("change of mix", signed(found.mix, 6)))
    lines.append(("rows", str(found.n[0]) if found.paired else f"{found.n[0]} before, {found.n[1]} now"))
    lines.append(("convention", f"{found.convention}. {found.convention_words}"))
    return lines


def interval(ci: dict[str, float] | None, digits: int = 3) -> str:
    """The ends of an interval."""
    if ci is None:
        return "-"
    return " ... ".join("-" if math.isinf(ci[end]) else signed(ci[end], digits) for end in ("low", "high"))


def headings(found: Decomposition, without: tuple[str, ...] = ()) -> list[str]:
    """The columns of the table of groups: those of --by, then what is known of a group."""
    adjusted = any(part.p_adjusted != part.p_value for part in found.groups)
    p_value = "p adjusted" if adjusted else "p"
    if found.paired:
        every = ["base", "candidate", "change", "share of rows", "adds", "interval", p_value, "rows", "verdict"]
    else:
        every = ["base", "candidate", "change", "share of rows", "own change adds", "interval", "mix adds", "adds",
                 p_value, "rows", "verdict"]  # fmt: skip
    return [*found.by, *(each for each in every if each not in without)]


def group_cells(found: Decomposition, without: tuple[str, ...] = ()) -> list[list[str]]:
    """A line for each group that is listed, in their order, then the small ones together and all groups."""
    heads = headings(found, without)[len(found.by) :]
    rows = [_cells(found, part, heads) for part in found.groups[: found.top or MOST]]
    return [*rows, *_rest(found, heads), _all(found, heads)]


def rest_sentence(found: Decomposition) -> str:
    """How many groups are not listed, and how to see them; empty where all are."""
    left = len(found.groups) - (found.top or MOST)
    if left <= 0:
        return ""
    groups = "1 more group" if left == 1 else f"{left:,} more groups"
    return f"And {groups}, which are counted in the last line: --top N shows so many, and --json has all."


def _cells(found: Decomposition, part: GroupPart, heads: list[str]) -> list[str]:
    p_value = part.p_value if part.p_adjusted is None else part.p_adjusted
    shares = [f"{100 * share:.3g} %" for share in part.shares]
    cells = {
        "base": _value(part.base, part.n[0]),
        "candidate": _value(part.cand, part.n[1]),
        "change": "-" if part.difference is None else signed(part.difference),
        "share of rows": shares[0] if found.paired else f"{shares[0]} to {shares[1]}",
        "own change adds": signed(part.within),
        "interval": interval(part.within_ci),
        "mix adds": signed(part.mix),
        "adds": signed(part.contribution),
        "p": "-" if p_value is None else chance(p_value),
        "rows": str(part.n[0]) if found.paired else f"{part.n[0]} to {part.n[1]}",
        "verdict": part.verdict or "-",
    }
    cells["p adjusted"] = cells["p"]
    return [*map(key_text, part.by.values()), *(cells[head] for head in heads)]


def _value(value: float | None, rows: int) -> str:
    return number(value) if value is not None else "nothing counts" if rows else "-"


def _rest(found: Decomposition, heads: list[str]) -> list[list[str]]:
    rest = found.rest
    if rest is None:
        return []
    cells = {
        "own change adds": signed(rest.within), "mix adds": signed(rest.mix), "adds": signed(rest.within + rest.mix),
        "rows": str(rest.rows[0]) if found.paired else f"{rest.rows[0]} to {rest.rows[1]}",
    }  # fmt: skip
    words = f"{rest.groups:,} groups of fewer than {rest.min_n} rows" if rest.groups > 1 else (
        f"1 group of fewer than {rest.min_n} rows"
    )  # fmt: skip
    return [[words, *[""] * (len(found.by) - 1), *(cells.get(head, "") for head in heads)]]


def _all(found: Decomposition, heads: list[str]) -> list[str]:
    cells = {
        "base": number(found.base), "candidate": number(found.cand), "change": signed(found.difference),
        "own change adds": signed(found.within), "mix adds": signed(found.mix), "adds": signed(found.difference),
        "rows": str(found.n[0]) if found.paired else f"{found.n[0]} to {found.n[1]}", "verdict": found.verdict,
        "interval": interval(found.ci) if found.paired else "",
    }  # fmt: skip
    return ["all rows", *[""] * (len(found.by) - 1), *(cells.get(head, "") for head in heads)]


def row_headings(found: Decomposition) -> list[str]:
    """The columns of the table of rows that moved the difference most."""
    return ["row", "base", "candidate", "adds", *(found.rows[0].keep if found.rows else ())]


def row_cells(found: Decomposition) -> list[list[str]]:
    """A line for each of them."""
    return [_row(each) for each in found.rows]


def _row(each: MovedRow) -> list[str]:
    kept = map(key_text, each.keep.values())
    return [str(each.row), f"{each.base:.4g}", f"{each.cand:.4g}", signed(each.effect, 3), *kept]


ROWS_TITLE = "rows that moved the difference most"
