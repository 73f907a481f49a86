"""`losscli gate REPORT`: holds a report to limits, and to a baseline where there is one."""

from __future__ import annotations

import os
from typing import Any

import click

from ...api.options.table import OPTIONS
from ...core import registry
from ...core.errors import UsageProblem
from ..gates import ended, limit_of, nothing_computed, reported
from ..options import options_of
from ..output import Output
from ..sectioned_command import SectionedCommand


@click.command(
    "gate",
    cls=SectionedCommand,
    params=[
        click.Argument(["document"], metavar="REPORT"),
        *options_of("gate"),
    ],
    epilog="Example: losscli gate report.json --max focal=0.3 --baseline main.json --margin 0.5%",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
def command(document: str, **values: Any) -> int:
    """Hold a report to rules.

    REPORT is what --format json or jsonl wrote, or - for standard input. With --baseline each loss is found to be
    improved, not worse, worse (it rose beyond the margin, and beyond chance) or inconclusive. If both reports were
    computed with --per-sample, each with a file of its own beside it, they are compared row by row, which finds much
    smaller changes. The gate fails if one of the two reports has a loss that the other lacks, other parameters, another
    number of rows or other labels. With --by every group of reports that were made with compute --by is checked in
    the same way, and a group that is in the baseline alone fails. The exit code is 0 if all checks pass, 1 if one
    fails, and 5 if one is inconclusive and --on-inconclusive fail is given.
    """
    from ...api.gate import Rules, gate, notes_of_inconclusive
    from ...stats.comparison.verdict import Margin

    common, own = _margins(values["margin"], "margin")
    rise, rises = _margins(values["max_rise"], "max_rise")
    for name in [*values["informational"], *own, *rises]:
        registry.of_data_set(name)
    if values["max_rise"] and not values["baseline"]:
        raise UsageProblem(
            "--max-rise is a rise beyond a baseline, and there is none.",
            "Give --baseline REPORT.",
            options=("max-rise", "baseline"),
        )
    rules = Rules(
        [_limit(text, document) for text in values["max"]],
        common or Margin(),
        own,
        values["confidence"],
        values["adjust"],
        frozenset(values["informational"]),
        rise,
        rises,
        values["by"],
    )
    output = Output.of(values)
    inputs = [0 if path == "-" else path for path in (document, values["baseline"]) if path]
    with output.opened(inputs) as targets:
        with reported(targets, lambda problem: nothing_computed("gate", problem, rules.limits)):
            report = gate(document, values["baseline"], rules, values["on_no_baseline"])
        if not any(result.gates for result in report.results) and values["baseline"] is None:
            raise UsageProblem(
                "There is nothing to hold the report to.",
                "Give --max LOSS=VALUE or --baseline REPORT.",
                options=("max",),
            )
        if values["on_inconclusive"] != "pass":
            report.warnings.extend(notes_of_inconclusive(report, fails=values["on_inconclusive"] == "fail"))
        output.notes(report)
        output.write(report, targets)
    return ended(report, values["on_inconclusive"])


def _limit(text: str, document: str) -> tuple[str, float]:
    name, limit = limit_of(text)
    if not name:
        loss = _first_loss(document)
        hint = f"Write --max {loss}={text}." if loss else f"Write --max LOSS={text}, such as mse={text}."
        raise UsageProblem(f"--max {text} names no loss.", hint, options=("max",))
    registry.of_data_set(name)
    return name, limit


def _first_loss(document: str) -> str:
    """The first loss of the report, to show how a limit is written; empty where the report is not a file."""
    from ...api.documents import read

    if not os.path.isfile(document):
        return ""
    return next((str(result.get("loss") or "") for result in read(document)["results"]), "")


def _margins(texts: tuple[str, ...], option: str) -> tuple[Any, dict[str, Any]]:
    """The common margin, if there is one, and those of single losses."""
    from ...stats.comparison.verdict import Margin

    held: dict[str, dict[str, float]] = {}
    for text in texts:
        name, _, amount = text.rpartition("=")
        kind, value = OPTIONS[option].parse(amount)
        held.setdefault(name, {})[kind] = value
    margins = {name: Margin(**amounts) for name, amounts in held.items()}
    return margins.pop("", None), margins
