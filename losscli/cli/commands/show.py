"""`losscli show LOSS`: all about one loss."""

from __future__ import annotations

import shutil
import sys

import click

from ...core import registry
from ...core.declarations.conventions import is_call
from ...core.errors import UsageProblem
from ..params import SectionedOption
from ..streams import emit, speaks_unicode


@click.command("show")
@click.argument("loss", required=False)
@click.option(
    "--like", cls=SectionedOption, completes="framework", metavar="NAME|CALL",
    help="Show what a framework computes: its call and its settings; or what a call in your code computes.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the page as JSON.")
@click.option(
    "--help-all", "everything", is_flag=True, help="Also show the parameters that only the numbers of frameworks need."
)
def command(loss: str | None, like: str | None, as_json: bool, everything: bool) -> None:
    """Explain one loss: formula, parameters, inputs, special cases, what frameworks call it, source."""
    if is_call(like):
        _show_call(loss, str(like), as_json)
        return
    if loss is None:
        raise UsageProblem(
            "Which loss? None is named.",
            "Write losscli show focal, or take a name from losscli list. See losscli show --help.",
        )
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
    emit(as_text(declared, max(width, 40), knobs=everything))


def _show_call(loss: str | None, like: str, as_json: bool) -> None:
    """What a call computes, and the command that computes the same."""
    from ...core.calls.reading import read_call
    from ...report.pages import call_page
    from ...report.renderers.as_json import document

    meaning = read_call(like, None if loss is None else registry.find(loss))
    if as_json:
        emit(document(call_page.as_data(like, meaning), ascii_only=not speaks_unicode()))
        return
    emit(call_page.as_text(like, meaning))
