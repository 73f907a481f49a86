"""`losscli show LOSS`: all about one loss."""

from __future__ import annotations

import json
import shutil
import sys

import click

from ..core import registry


@click.command("show")
@click.argument("loss")
@click.option("--json", "as_json", is_flag=True, help="The page as JSON.")
def command(loss: str, as_json: bool) -> None:
    """All about one loss: formula, parameters, inputs, edges, what frameworks call it, source."""
    from ..report.page import as_data, as_text

    found = registry.find(loss)
    if as_json:
        click.echo(json.dumps(as_data(found), indent=2, sort_keys=True, ensure_ascii=False))
        return
    width = shutil.get_terminal_size((100, 24)).columns if sys.stdout.isatty() else 100
    click.echo(as_text(found, max(width, 40)), nl=False)
