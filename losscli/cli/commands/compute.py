"""`losscli compute LOSS PREDICTIONS LABELS`: one loss of one data set, its own options."""

from __future__ import annotations

from typing import Any

import click

from ...core.errors import UsageProblem
from ...core.loss import Loss
from ...core.record import replace
from ...report.pages.loss_page import example, paragraphs
from ..gates import ended, held_to, per_sample
from ..levels import interval_options
from ..options import (
    SectionedCommand,
    column_options,
    ending_options,
    number_options,
    option_in,
    output_options,
    policy_options,
    report_option,
    text_options,
)
from ..output import FORMATS, Output
from ..params import of_param, of_role
from ..per_loss import Losses, given_to, inputs_help, options_of, paths, refuse_empty


@click.command(
    cls=Losses,
    make=lambda loss: build(loss),
    subcommand_metavar="LOSS [OPTIONS] PREDICTIONS [LABELS]",
    epilog="See losscli compute LOSS --help for the options of one loss.",
)
def command() -> None:
    """One loss of one data set.

    PREDICTIONS and LABELS are files, or SPECs: PATH::COLUMNS, or - for standard input.
    """


def build(loss: Loss) -> click.Command:
    """The command of a loss."""
    params: list[click.Parameter] = [
        click.Argument(["predictions"], metavar="PREDICTIONS"),
        click.Argument(["labels"], metavar="[LABELS]", required=False),
        *map(of_param, loss.params),
        *(of_role(role) for role in loss.roles if not role.internal),
        *number_options(loss.pred, _reductions(loss), tuple(loss.like)),
        *interval_options(),
        *column_options(),
        *policy_options(),
        *text_options(),
        *output_options(FORMATS),
        report_option(),
        option_in("The number")("--max", type=float, metavar="VALUE", help="Fail (exit 1) when the value is higher."),
        option_in("Output")("--per-sample", metavar="FILE", help="Write one loss a row, as .npy or .csv."),
        option_in("Output")("--partial", is_flag=True, help="Add the exact sums to the JSON, for losscli merge."),
        *ending_options(),
    ]

    def callback(**values: Any) -> int:
        return compute(loss, values)

    made = SectionedCommand(
        loss.name,
        params=params,
        callback=callback,
        help=_help(loss),
        short_help=loss.summary,
        epilog=f"Example: {example(loss)}",
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    made.inputs = inputs_help(loss)
    return made


def _reductions(loss: Loss) -> tuple[str, ...]:
    pooled = loss.finish_function is not None and loss.reductions[0] != "sum"
    return (*loss.reductions, "pooled") if pooled else loss.reductions


def _help(loss: Loss) -> str:
    first, *rest = paragraphs(loss) or [loss.name]
    also = [f"Also called {', '.join(loss.aliases)}."] if loss.aliases else []
    return "\n\n".join([first, f"\b\n  {loss.formula_text}", *rest, *also])


def compute(loss: Loss, values: dict[str, Any]) -> int:
    """Compute, and write the report; the exit code says whether it is within --max."""
    from ...api.compute import evaluate

    refuse_empty(values)
    output = Output.of({**values, "as_json": values["as_json"] or values["partial"]})
    if values["partial"] and values["reduction"] == "none":
        raise UsageProblem(
            "--partial keeps sums, and --reduction none has none.", "Leave one out.", options=("partial", "reduction")
        )
    given, named, arguments = given_to(loss, values)
    given["cluster"] = values["cluster"]
    options = options_of(values, named, output.hashed)
    keep_rows = values["reduction"] == "none" or values["per_sample"] is not None
    options = replace(options, partial=values["partial"], settings=replace(options.settings, keep_rows=keep_rows))
    inputs = paths(given, arguments)
    with output.opened(inputs) as targets, per_sample(values["per_sample"], inputs, values) as keep:
        report = evaluate(loss, given, arguments, options)
        report = held_to(values["max"], keep(report))
        output.notes(report)
        output.write(report, targets)
    return ended(report, "warn")
