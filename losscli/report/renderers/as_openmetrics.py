"""OpenMetrics' text format, for Prometheus (its text-file collector too) and GitLab's metrics report.

Gauges without time stamps, which the text-file collector refuses. A number that does not exist (of an error, or of
reduction none) has no line; NaN and infinity are numbers of the format.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from ..model import Report, Result
from ..result_names import check_names, settings, spelled

Sample = tuple[dict[str, str], float]
Family = tuple[str, str, list[Sample]]  # its name, what it measures


def render(report: Report) -> str:
    return page(families_of(report.results))


def labels_of(results: list[Result]) -> list[dict[str, str]]:
    """What tells the series of each result apart."""
    return [_labels(*pair) for pair in zip(results, settings(results), strict=True)]


def families_of(results: list[Result]) -> list[Family]:
    """The samples of all results, by what they measure."""
    pairs = list(zip(labels_of(results), results, strict=True))
    return [
        ("losscli_loss", "Value of the loss.", present((at, _value(result)) for at, result in pairs)),
        (
            "losscli_loss_stderr",
            "Standard error of the loss.",
            present((at, result.stderr) for at, result in pairs if not result.error),
        ),
        ("losscli_rows", "Rows that the loss is of.", [(at, float(result.n)) for at, result in pairs]),
        (
            "losscli_error",
            "1 where the data set could not be computed, else 0.",
            [(at, float(bool(result.error))) for at, result in pairs],
        ),
        ("losscli_check", "1 where a check passed, 0 where it failed, NaN where the data cannot tell.", _checks(pairs)),
    ]


def page(families: Iterable[Family]) -> str:
    """The text of those that have samples."""
    lines = [line for family in families if family[2] for line in _family(*family)]
    return "\n".join([*lines, "# EOF"]) + "\n"


def _value(result: Result) -> float | None:
    return None if result.error else result.value


def _labels(result: Result, own: dict[str, Any]) -> dict[str, str]:
    """What tells the series apart; `params` only where it is not the loss as it stands."""
    labels = {
        "loss": result.loss,
        "dataset": result.dataset,
        "like": result.like or "",
        "reduction": result.reduction,
        "unit": result.unit,
    }
    more = {name: value for name, value in own.items() if name not in labels}
    return {**labels, "params": spelled(more)} if more else labels


def present(samples: Iterable[tuple[dict[str, str], float | None]]) -> list[Sample]:
    """The samples that there are."""
    return [(labels, value) for labels, value in samples if value is not None]


def _checks(pairs: list[tuple[dict[str, str], Result]]) -> list[Sample]:
    samples = []
    for labels, result in pairs:
        for name, check in check_names(result):
            samples.append(({**labels, "check": name}, math.nan if check.passed is None else float(check.passed)))
    return samples


def _family(name: str, help_: str, samples: list[Sample]) -> list[str]:
    return [f"# TYPE {name} gauge", f"# HELP {name} {help_}", *(_sample(name, *sample) for sample in samples)]


def _sample(name: str, labels: dict[str, str], value: float) -> str:
    inner = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
    return f"{name}{{{inner}}} {_number(value)}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _number(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return repr(value) if math.isfinite(value) else "+Inf" if value > 0 else "-Inf"
