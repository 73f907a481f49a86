"""`losscli show LOSS`: all about one loss."""

from __future__ import annotations

import shutil
import sys

import click

from ..core import registry
from .streams import emit, speaks_unicode


@click.command("show")
@click.argument("loss")
@click.option("--json", "as_json", is_flag=True, help="The page as JSON.")
def command(loss: str, as_json: bool) -> None:
    """All about one loss: formula, parameters, inputs, edges, what frameworks call it, source."""
    from ..report.as_json import document
    from ..report.page import as_data, as_text

    found = registry.find(loss)
    if as_json:
        emit(document(as_data(found), ascii_only=not speaks_unicode()))
        return
    width = shutil.get_terminal_size((100, 24)).columns if sys.stdout.isatty() else 100
    emit(as_text(found, max(width, 40)))
