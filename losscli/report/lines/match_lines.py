"""Conventions and their values for reading: equal values in one group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .shown_digits import number

if TYPE_CHECKING:
    from ..reconciliation import Match, Reconciliation

SURE = 0.05  # accidents that are not worth another word

Group = tuple[str, list[tuple[str, str]]]  # value, and (who, how) of each convention


def groups(report: Reconciliation) -> list[Group]:
    """Values in the order of the report; those that agree to seven digits stand together."""
    by_value: dict[str, list[Match]] = {}
    for match in report.matches:
        by_value.setdefault(f"{match.value + 0.0:.6e}", []).append(match)
    return [
        (number(held[0].value), [(match.like or "losscli", how(match)) for match in held]) for held in by_value.values()
    ]


def how(match: Match) -> str:
    """The call, and what was changed beside it."""
    settings = dict(match.knobs)
    words = [] if match.like else [f"--input {settings['input']}"]
    settings.pop("input", None)
    reduction = settings.pop("reduction", "mean")
    denominator = settings.pop("denominator", None)
    words += [f"{name} {_shown(value)}" for name, value in settings.items()]
    words.append(f"{reduction} over {denominator}" if denominator else reduction)
    return f"{match.call}: {', '.join(words)}"


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return "none" if value is None else str(value)


def search_sentence(report: Reconciliation) -> str:
    """What the search found, in a sentence; empty without an expected number."""
    if report.expect is None:
        return ""
    if report.matched:
        count = len(report.matches)
        many = f"{count} conventions print, the simplest first" if count > 1 else "one convention prints"
        tell = "" if report.decided else "Cannot tell: "
        return f"{tell}{report.expect} is what {many}.{_accidents(report)}"
    nearest = "; the nearest are below" if report.matches else ""
    return f"No convention prints {report.expect}: {report.tried} were tried{nearest}."


def _accidents(report: Reconciliation) -> str:
    """How likely it is that a match is an accident, and what would tell."""
    if report.by_accident is None:
        return ""
    by_accident = report.by_accident
    many = f"About {by_accident:.2g}" if by_accident >= 0.01 else "Fewer than 0.01"
    text = f" {many} of the {report.tried:,} numbers tried would print it by accident"
    if by_accident <= SURE:
        return f"{text}."
    return f"{text}; of {report.digits} digits hardly any would."
