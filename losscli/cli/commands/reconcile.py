"""`losscli reconcile LOSS PREDICTIONS LABELS [--expect X]`: which convention made a number."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

import click

from ...core.loss import Loss
from ...report.pages.loss_page import example
from ..options import SectionedCommand, column_options, ending_options, option_in, output_options, text_options
from ..output import Output
from ..params import of_param, of_role
from ..per_loss import Losses, given_to, inputs_help, paths, refuse_empty

FORMATS = ("table", "plain", "json")


@click.command(
    cls=Losses,
    make=lambda loss: build(loss),
    subcommand_metavar="LOSS [OPTIONS] PREDICTIONS [LABELS]",
    epilog="Example: losscli reconcile focal preds.npy labels.npy --expect 0.035546",
)
def command() -> None:
    """Which convention made a number.

    Without --expect: the value under every convention. With it: the search for those that print this number, simplest
    first. Parameters that are given are certain; all others are tried. Exit code 1 when none prints it.
    """


def build(loss: Loss) -> click.Command:
    """The command of a loss."""
    params: list[click.Parameter] = [
        click.Argument(["predictions"], metavar="PREDICTIONS"),
        click.Argument(["labels"], metavar="[LABELS]", required=False),
        *_search_options(loss),
        *map(of_param, loss.params),
        *(of_role(role) for role in loss.roles if not role.internal),
        *column_options(),
        *text_options(),
        *output_options(FORMATS),
        *ending_options(),
    ]
    made = SectionedCommand(
        loss.name,
        params=params,
        callback=lambda **values: reconcile(loss, values),
        help=f"The value of {loss.name} under every convention, or the search for the one that made a number.",
        short_help=loss.summary,
        epilog=f"Example: {example(loss).replace('compute', 'reconcile', 1)}",
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    made.inputs = inputs_help(loss)
    return made


def _search_options(loss: Loss) -> list[click.Option]:
    option = option_in("The search")
    return [
        option("--expect", type=Number(), metavar="X", help="The number to explain, with the digits it has."),
        option("--digits", type=click.IntRange(1, 17), metavar="D", help="Compare so many significant digits instead."),
        option("--batch-size", type=click.IntRange(min=1), metavar="B", help="Also average the means of batches."),
        option("--input", type=click.Choice(loss.pred), help="What the predictions are.  [default: all are tried]"),
    ]


class Number(click.ParamType):  # type: ignore[type-arg]
    """A number as it was written: its digits say how exactly it is known."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            Decimal(str(value))
        except InvalidOperation:
            self.fail(f"{value!r} is not a number.", param, ctx)
        return str(value)


def reconcile(loss: Loss, values: dict[str, Any]) -> int:
    """Search, and write what was found."""
    from ...api.compute import Options
    from ...api.reconcile import explain
    from ...sources.open import ReadOptions

    refuse_empty(values)
    output = Output.of(values)
    given, named, arguments = given_to(loss, values)
    options = Options(
        input=values["input"],
        columns=named,
        classes=tuple(values["classes"].split(",")) if values["classes"] else (),
        text=ReadOptions(values["delimiter"], values["header"], 0),
        join=tuple(values["join"].split(",")) if values["join"] else (),
        on_missing=values["on_missing"],
    )
    sink = output.opened(paths(given, arguments))
    try:
        found = explain(
            loss,
            given,
            arguments,
            options,
            expect=values["expect"],
            digits=values["digits"],
            batch_size=values["batch_size"],
        )
        output.write_matches(found, sink)
    except BaseException:
        if sink is not None:
            sink.discard()
        raise
    return 0 if found.matched else 1
