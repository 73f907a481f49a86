"""`losscli list`: the losses, a line each."""

from __future__ import annotations

import json

import click

from ..core import registry


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="The whole catalogue as JSON.")
def command(as_json: bool) -> None:
    """The losses, a line each."""
    from ..report.page import as_data

    losses = registry.everything()
    if as_json:
        text = json.dumps(
            [as_data(loss) for loss in losses.values()], indent=2, sort_keys=True, ensure_ascii=False
        )
        click.echo(text)
        return
    families: dict[str, list[str]] = {}
    width = max(map(len, losses))
    for name, loss in losses.items():
        families.setdefault(loss.family or "other", []).append(f"  {name:<{width}}  {loss.summary}")
    click.echo("\n\n".join("\n".join([family, *lines]) for family, lines in families.items()))
