"""GitHub Actions: a Markdown job summary within its size, and a few annotations as workflow commands.

GitHub drops a step's summary that is larger than 1 MiB as a whole, and shows some ten annotations of a step.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..lines.summary_lines import check_sentence
from ..model import Check, Report, Result
from ..result_names import titles
from .as_markdown import page

ROOM = 1 << 20  # bytes of a step's summary
ANNOTATIONS = 10


def render(report: Report, *, room: int = ROOM) -> str:
    """The summary in so many bytes, the worst first, so that it is what is shown."""
    checks = [(result, check) for result in report.results for check in result.gates]
    checks.sort(key=lambda pair: _rank(pair[1]))
    results = sorted(report.results, key=_worst)
    return page(report, results, checks, room)


def directives(report: Report) -> list[str]:
    """Workflow commands, errors first; where there are too many, the last one counts those left out."""
    annotations = sorted(_annotations(report), key=lambda pair: ("error", "warning", "notice").index(pair[0]))
    lines = [line for _, line in annotations]
    if len(lines) <= ANNOTATIONS:
        return lines
    left = annotations[ANNOTATIONS - 1 :]
    errors = sum(level == "error" for level, _ in left)
    left_out = f"{len(left)} more annotations, {errors} of them errors; the job summary or the other reports have all."
    return [*lines[: ANNOTATIONS - 1], _command("error" if errors else left[0][0], "losscli", left_out)[1]]


def _annotations(report: Report) -> Iterator[tuple[str, str]]:
    for title, result in zip(titles(report.results), report.results, strict=True):
        title += f" ({result.alias})" if result.alias else ""
        if result.error:  # its checks could not but fail
            yield _command("error", title, result.error)
            continue
        for check in result.gates:
            if not check.passed:
                level = "notice" if check.informational else "warning" if check.passed is None else "error"
                sentence = check_sentence(check)
                yield _command(level, f"{title}: {check.name}", check.outcome + (f": {sentence}" if sentence else ""))
    for line in report.warnings:
        yield _command("warning", "losscli", line)


def _command(level: str, title: str, message: str) -> tuple[str, str]:
    name = _escaped(title).replace(":", "%3A").replace(",", "%2C")
    return level, f"::{level} title={name}::{_escaped(message)}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _rank(check: Check) -> int:
    if check.passed:
        return 3
    return 2 if check.informational else 1 if check.passed is None else 0


def _worst(result: Result) -> int:
    return -1 if result.error else min(map(_rank, result.gates), default=3)
