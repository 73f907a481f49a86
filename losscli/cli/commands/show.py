"""`losscli show LOSS`: all about one loss."""

from __future__ import annotations

import shutil
import sys

import click

from ...core import registry
from ..params import SectionedOption
from ..streams import emit, speaks_unicode


@click.command("show")
@click.argument("loss")
@click.option(
    "--like", cls=SectionedOption, completes="framework", metavar="NAME",
    help="What --like NAME means for it: the framework's call and every knob.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="The page as JSON.")
def command(loss: str, like: str | None, as_json: bool) -> None:
    """All about one loss: formula, parameters, inputs, edges, what frameworks call it, source."""
    from ...report.pages import convention_page
    from ...report.pages.loss_page import as_data, as_text
    from ...report.renderers.as_json import document

    declared = registry.find(loss)
    if as_json:
        data = as_data(declared) if like is None else convention_page.as_data(declared, like)
        emit(document(data, ascii_only=not speaks_unicode()))
        return
    if like is not None:
        emit(convention_page.as_text(declared, like))
        return
    width = shutil.get_terminal_size((100, 24)).columns if sys.stdout.isatty() else 100
    emit(as_text(declared, max(width, 40)))
