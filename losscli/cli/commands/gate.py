"""`losscli gate REPORT`: holds a report to limits, and to a baseline where there is one."""

from __future__ import annotations

from typing import Any

import click

from ...core import registry
from ...core.errors import UsageProblem
from ..gates import INCONCLUSIVE, ended, limit_of, not_a_limit
from ..levels import ConfidenceType, MarginType
from ..options import SectionedCommand, ending_options, option_in, output_options, report_option
from ..output import FORMATS, Output
from .compare import ADJUSTMENTS


def _rules() -> list[click.Option]:
    option = option_in("The rules")
    return [
        option("--max", "maxima", multiple=True, metavar="[DATA/]LOSS=VALUE", help="The value is at most this."),
        option("--baseline", metavar="REPORT", help="An earlier report: no loss is worse than there."),
        option("--margin", "margins", multiple=True, metavar="[LOSS=]X|X%",
               help="A rise that does not matter: a number, or a percentage of the baseline's loss; of both given, "
               "both must be exceeded.  [default: 0]"),
        option("--confidence", type=ConfidenceType(), default="95", show_default=True, metavar="LEVEL",
               help="Of the intervals."),
        option("--adjust", type=click.Choice(ADJUSTMENTS), default="holm", show_default=True,
               help="How several losses share the risk of a false alarm."),
        option("--on-inconclusive", type=click.Choice(INCONCLUSIVE), default="warn", show_default=True,
               help="When the rows are too few to tell: say nothing, note it, or end with exit code 5."),
        option("--informational", multiple=True, metavar="LOSS", help="Told, and never a failure; may be repeated."),
    ]  # fmt: skip


@click.command(
    "gate",
    cls=SectionedCommand,
    params=[
        click.Argument(["document"], metavar="REPORT"),
        *_rules(),
        *output_options(FORMATS),
        report_option(),
        *ending_options(),
    ],
    epilog="Example: losscli gate report.json --max focal=0.3 --baseline main.json --margin 0.5%",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
def command(document: str, **values: Any) -> int:
    """Hold a report to rules.

    REPORT is what --format json wrote. Beside a baseline each loss is improved, not worse, inconclusive or worse: worse
    is a rise beyond the margin that is no chance. Keep rows with compute --per-sample, and the comparison is paired.
    A loss, recipe, number of rows or labels that the two do not share is a failure. Exit code 0, 1, or 5 when it is
    inconclusive.
    """
    from ...api.gate import Rules, gate

    maxima = dict(map(_limit, values["maxima"]))
    common, own = _margins(values["margins"])
    for name in [*values["informational"], *own]:
        registry.find(name.rpartition("/")[2])
    rules = Rules(maxima, common, own, values["confidence"], values["adjust"], frozenset(values["informational"]))
    output = Output.of(values)
    inputs = [path for path in (document, values["baseline"]) if path]
    with output.opened(inputs) as targets:
        found = gate(document, values["baseline"], rules)
        if not any(result.gates for result in found.results):
            raise UsageProblem(
                "There is nothing to hold the report to.",
                "Give --max LOSS=VALUE or --baseline REPORT.",
                options=("max",),
            )
        if values["on_inconclusive"] != "pass":
            for result in found.results:
                for check in result.gates:
                    if check.passed is None:
                        found.warnings.append(f"{check.name}: {check.message}.")
        output.notes(found)
        output.write(found, targets)
    return ended(found, values["on_inconclusive"])


def _limit(text: str) -> tuple[str, float]:
    name, limit = limit_of(text)
    if not name:
        raise not_a_limit(text)
    registry.find(name.rpartition("/")[2])
    return name, limit


def _margins(texts: tuple[str, ...]) -> tuple[Any, dict[str, Any]]:
    """The common margin, and those of single losses."""
    from ...stats.verdict import Margin

    held: dict[str, dict[str, float]] = {}
    for text in texts:
        name, _, amount = text.rpartition("=")
        kind, value = MarginType().convert(amount, None, None)
        held.setdefault(name, {})[kind] = value
    margins = {name: Margin(**amounts) for name, amounts in held.items()}
    return margins.pop("", Margin()), margins
