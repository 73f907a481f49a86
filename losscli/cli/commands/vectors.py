"""`losscli vectors LOSS`: the test vectors of a loss as JSON."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import click

from ...core import registry
from ...core.errors import UsageProblem
from ..streams import emit, speaks_unicode


@click.command("vectors")
@click.argument("loss")
def command(loss: str) -> None:
    """Test vectors of one loss: inputs, parameters and expected values, computed by hand or printed by frameworks.

    A program in another language passes if it comes as near to the values as the vectors say. See losscli schema
    vectors for what the document holds.
    """
    declared = registry.find(loss)
    if declared.parts:
        raise UsageProblem("A sum of losses has no vectors.", "Name one of its losses.", options=("loss",))
    text = None if registry.origin(declared.name) else _file(declared.name)
    if text is None:  # of a plugin, its own examples
        from ...report.renderers.as_json import document
        from ...testing.vectors import vectors

        emit(document(vectors(declared), ascii_only=not speaks_unicode()))
        return
    emit(text if speaks_unicode() else text.encode("ascii", "backslashreplace").decode())


def _file(name: str) -> str | None:
    """The file of a loss: of the package, or of the folder docs beside it where it runs from its sources."""
    for folder in (files("losscli") / "vectors", Path(__file__).parents[3] / "docs" / "vectors"):
        path = folder / f"{name}.json"
        if path.is_file():
            return path.read_text(encoding="utf-8")
    return None
