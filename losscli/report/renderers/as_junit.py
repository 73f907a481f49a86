"""JUnit XML: a suite a result, with its settings as properties, and in it a test case a check.

A result without checks is one case, which passes if there is a value. A failed check is a failure; one that is
inconclusive, or that failed but is informational, is skipped, with its sentence; a data set that could not be computed
is an error. Results are computed in one pass, so the time is the run's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from ..lines.summary_lines import check_sentence, value_of
from ..model import Check, Report, Result
from ..result_names import check_names, spelled, titles

ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # in XML 1.0, even as references

Case = tuple[str, str, str, str]  # name, outcome ("" or an element's name), its message, its type


def render(report: Report) -> str:
    pairs = [
        (title, result, _cases(result)) for title, result in zip(titles(report.results), report.results, strict=True)
    ]
    every = [case for _, _, cases in pairs for case in cases]
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<testsuites{_attributes(name='losscli', time=_time(report.elapsed_s), **_counts(every, skipped=False))}>",
    ]
    alone = report.elapsed_s if len(pairs) == 1 else 0.0
    for title, result, cases in pairs:
        lines.extend(_suite(title, result, cases, alone))
    return "\n".join([*lines, "</testsuites>"]) + "\n"


def _suite(title: str, result: Result, cases: list[Case], elapsed: float) -> Iterator[str]:
    yield f"  <testsuite{_attributes(name=title, time=_time(elapsed), **_counts(cases))}>"
    yield "    <properties>"
    for name, value in _properties(result).items():
        yield f"      <property{_attributes(name=name, value=value)}/>"
    yield "    </properties>"
    for i, case in enumerate(cases):
        yield from _case(title, result, case, elapsed if i == 0 else 0.0)
    yield "  </testsuite>"


def _properties(result: Result) -> dict[str, str]:
    properties = {
        "signature": result.signature,
        "value": "" if result.value is None else repr(result.value),
        "status": result.status,
        "stderr": "" if result.stderr is None else repr(result.stderr),
        "unit": result.unit,
        "rows": str(result.n),
        "like": result.like or "",
        "parameters": spelled(result.shown_params),
        "alias": result.alias or "",
    }
    return {name: value for name, value in properties.items() if value}


def _cases(result: Result) -> list[Case]:
    error = ("error", result.error, "LossCliError")
    if not result.gates:
        return [("computed", *(error if result.error else ("", "", "")))]
    # the cases of a data set that could not be computed keep their names, so that their history is one
    return [(name, *(error if result.error else _outcome(check))) for name, check in check_names(result)]


def _outcome(check: Check) -> tuple[str, str, str]:
    if check.passed:
        return "", "", ""
    sentence = check_sentence(check) or check.outcome
    if check.passed is None:
        return "skipped", f"inconclusive: {sentence}", "inconclusive"
    return (
        ("skipped", f"informational: {sentence}", "informational")
        if check.informational
        else ("failure", sentence, "gate")
    )


def _case(title: str, result: Result, case: Case, elapsed: float) -> Iterator[str]:
    name, outcome, message, type_ = case
    # the name alone is what GitLab and GitHub Actions show, so it tells the result as well
    at = _attributes(classname=f"losscli.{result.loss}", name=f"{title} {name}", time=_time(elapsed))
    yield f"    <testcase{at}>"
    if outcome:
        yield f"      <{outcome}{_attributes(message=message, type=type_)}>{_text(message)}</{outcome}>"
    if not result.error:
        yield f"      <system-out>{_text(_summary(result))}</system-out>"
    yield "    </testcase>"


def _summary(result: Result) -> str:
    stderr = "" if result.stderr is None else f", standard error {result.stderr:.3g}"
    return f"{result.loss} {value_of(result)}{stderr}, {result.n} rows"


def _counts(cases: list[Case], skipped: bool = True) -> dict[str, str]:
    """How many there are of each outcome; <testsuites> has no attribute `skipped` in the schemas."""
    outcomes = [outcome for _, outcome, _, _ in cases]
    counts = {"tests": len(cases), "failures": outcomes.count("failure"), "errors": outcomes.count("error")}
    if skipped:
        counts["skipped"] = outcomes.count("skipped")
    return {name: str(count) for name, count in counts.items()}


def _time(seconds: float) -> str:
    return f"{seconds:.3f}"


def _attributes(**values: str) -> str:
    return "".join(f" {name}={quoteattr(_legal(value))}" for name, value in values.items())


def _text(text: str) -> str:
    return escape(_legal(text))  # `>` too, so that no ]]> is left


def _legal(text: str) -> str:
    return ILLEGAL.sub("", text)
