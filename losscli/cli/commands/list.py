"""`losscli list`: the losses, a line each."""

from __future__ import annotations

import click

from ...core import registry
from ..streams import emit, speaks_unicode


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="The whole catalogue as JSON.")
def command(as_json: bool) -> None:
    """The losses, a line each."""
    from ...report.pages.loss_page import as_data
    from ...report.renderers.as_json import document

    losses = registry.everything()
    if as_json:
        emit(document([as_data(loss) for loss in losses.values()], ascii_only=not speaks_unicode()))
        return
    families: dict[str, list[str]] = {}
    width = max(map(len, losses))
    for name, loss in losses.items():
        families.setdefault(loss.family or "other", []).append(f"  {name:<{width}}  {loss.summary}")
    emit("\n\n".join("\n".join([family, *lines]) for family, lines in families.items()) + "\n")
