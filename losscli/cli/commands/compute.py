"""`losscli compute LOSS PREDICTIONS LABELS`: one loss of one data set, its own options."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ...core.errors import UsageProblem
from ...core.loss import Loss
from ..gates import ended, held_to, per_sample, reported
from ..loss_command import LossCommand
from ..options import options_of
from ..output import Output
from ..params import of_param, of_role
from ..per_loss import Losses, paths, refuse_empty, request_of

if TYPE_CHECKING:
    from ...api.requests.request import Request
    from ...report.model import Report


@click.command(
    cls=Losses,
    make=lambda loss: build(loss),
    subcommand_metavar="LOSS [OPTIONS] PREDICTIONS [LABELS]",
    epilog="See losscli compute LOSS --help for the options of one loss.",
)
def command() -> None:
    """Compute one loss of predictions and labels.

    PREDICTIONS and LABELS are files, or SPECs: PATH::COLUMNS, or - for standard input.
    """


def build(loss: Loss) -> click.Command:
    """The command of a loss."""
    params: list[click.Parameter] = [
        click.Argument(["predictions"], metavar="PREDICTIONS"),
        click.Argument(["labels"], metavar="[LABELS]", required=False),
        *map(of_param, loss.params),
        *(of_role(role) for role in loss.roles if not role.internal),
        *options_of("compute", loss),
    ]

    def callback(**values: Any) -> int:
        return compute(loss, values)

    return LossCommand(loss, _help, params=params, callback=callback)


def _help(loss: Loss) -> tuple[str, str]:
    from ...report.pages.loss_page import example, paragraphs

    first, *rest = paragraphs(loss) or [loss.name]
    also = [f"Also called {', '.join(loss.aliases)}."] if loss.aliases else []
    return "\n\n".join([first, f"\b\n  {loss.formula_text}", *rest, *also]), f"Example: {example(loss)}"


def compute(loss: Loss, values: dict[str, Any]) -> int:
    """Compute, and write the report; the exit code says whether it is within --max."""
    from ...api.evaluation import evaluate

    refuse_empty(values)
    output = Output.of({**values, "json": values["json"] or values["partial"]})
    if values["partial"] and values["reduction"] == "none":
        raise UsageProblem(
            "--partial keeps sums, and --reduction none has none.", "Leave one out.", options=("partial", "reduction")
        )
    values = {**values, "histograms": values["histograms"] or output.pictured}
    request = request_of("compute", loss, values, hash_inputs=output.hashed and not values["no_hash"])
    inputs = paths(request)
    with output.opened(inputs) as targets, per_sample(request, inputs, output) as keep:
        with reported(targets, lambda problem: held_to(values["max"], _failed(request, problem))):
            report = evaluate(request)
        report = held_to(values["max"], keep(report))
        output.notes(report)
        output.write(report, targets)
    return ended(report, "warn")


def _failed(request: Request, problem: Exception) -> Report:
    from ...api.failures import failed

    (requested,) = request.losses
    return failed("", requested.spec, problem, requested.options(request.options), "compute")
