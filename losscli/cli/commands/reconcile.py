"""`losscli reconcile LOSS PREDICTIONS LABELS [--expect X]`: which convention made a number."""

from __future__ import annotations

from typing import Any

import click

from ...core.loss import Loss
from ...report.renderers.registry import OF_MATCHES
from ..loss_command import LossCommand
from ..options import options_of
from ..output import Output
from ..params import of_param, of_role
from ..per_loss import Losses, paths, refuse_empty, request_of


@click.command(
    cls=Losses,
    make=lambda loss: build(loss),
    subcommand_metavar="LOSS [OPTIONS] PREDICTIONS [LABELS]",
    epilog="Example: losscli reconcile focal preds.npy labels.npy --expect 0.035546",
)
def command() -> None:
    """Find out how a number was computed.

    Frameworks compute a loss of one name in several ways, which are called conventions here. Without --expect you see
    the value under each of them. With --expect those are searched that print this number, and the simplest come first.
    Parameters that you give are taken as certain, and all others are tried. The exit code is 1 where no convention
    prints the number, or where so many were tried that more than one would print it by accident; give more digits then.
    """


def build(loss: Loss) -> click.Command:
    """The command of a loss."""
    params: list[click.Parameter] = [
        click.Argument(["predictions"], metavar="PREDICTIONS"),
        click.Argument(["labels"], metavar="[LABELS]", required=False),
        *map(of_param, loss.params),
        *(of_role(role) for role in loss.roles if not role.internal),
        *options_of("reconcile", loss),
    ]
    return LossCommand(loss, _help, params=params, callback=lambda **values: reconcile(loss, values))


def _help(loss: Loss) -> tuple[str, str]:
    from ...report.pages.loss_page import example

    text = f"The value of {loss.name} under every convention, or the search for the one that made a number."
    return text, f"Example: {example(loss).replace('compute', 'reconcile', 1)}"


def reconcile(loss: Loss, values: dict[str, Any]) -> int:
    """Search, and write what was found."""
    from ...api.reconcile import explain

    refuse_empty(values)
    output = Output.of(values, ("json",)).reporting(OF_MATCHES)
    request = request_of("reconcile", loss, values, hash_inputs=output.hashed)
    with output.opened(paths(request)) as targets:
        answer = explain(request)
        output.write_matches(answer, targets)
    return 0 if answer.decided else 1
