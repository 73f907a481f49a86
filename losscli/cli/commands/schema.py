"""`losscli schema NAME`: the JSON Schema of a document that losscli writes or reads."""

from __future__ import annotations

import click

from ...report.schemas import DOCUMENTS, text
from ..streams import emit


@click.command("schema")
@click.argument("document", type=click.Choice(DOCUMENTS), metavar="DOCUMENT")
def command(document: str) -> None:
    """Print the JSON Schema of a document: of a report, a suite or test vectors."""
    emit(text(document))
