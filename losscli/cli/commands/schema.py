"""`losscli schema NAME`: the JSON Schema of a document that losscli writes or reads."""

from __future__ import annotations

import click

from ..streams import emit


@click.command("schema")
@click.argument("document", type=click.Choice(("report", "suite")), metavar="DOCUMENT")
def command(document: str) -> None:
    """The JSON Schema of a document."""
    from ...report.schemas import text

    emit(text(document))
