"""`losscli list`: the losses, a line each; those that are looked for."""

from __future__ import annotations

import click

from ...core import registry
from ...core.families import by_family
from ..params import SectionedOption
from ..streams import emit, speaks_unicode


@click.command("list")
@click.argument("words", nargs=-1, metavar="[WORDS]...")
@click.option(
    "--family",
    cls=SectionedOption,
    completes="listed",
    metavar="NAME",
    help="List only the losses of this family, such as segmentation.",
)
@click.option(
    "--for",
    "task",
    cls=SectionedOption,
    completes="listed",
    metavar="TASK",
    help="List only the losses for this task, such as regression or forecasting.",
)
@click.option(
    "--like",
    cls=SectionedOption,
    completes="listed",
    metavar="NAME",
    help="List only the losses that this library has, and what it calls each.",
)
@click.option("--json", "as_json", is_flag=True, help="Print all about each loss, as JSON.")
def command(words: tuple[str, ...], family: str | None, task: str | None, like: str | None, as_json: bool) -> None:
    """List the losses, each on a line. With WORDS, only those are listed whose name, task or summary has all of them.

    Losses of installed plugins are marked with their package.
    """
    from ...api.catalogue import chosen

    losses = chosen(words, family, task, like)
    if as_json:
        from ...report.pages.loss_page import as_data
        from ...report.renderers.as_json import document

        pages = [{**as_data(registry.find(each.name)), "plugin": each.plugin or None} for each in losses]
        emit(document(pages, ascii_only=not speaks_unicode()))
        return
    width = max(len(each.name) for each in losses)
    families = []
    for family, members in by_family(losses).items():
        lines = [family]
        for each in members:
            text = each.summary if like is None else _called(each.name, like)
            mark = f"  (plugin: {each.plugin})" if each.plugin else ""
            lines.append(f"  {each.name:<{width}}  {text}{mark}")
        families.append("\n".join(lines))
    emit("\n\n".join(families) + "\n")


def _called(name: str, library: str) -> str:
    """What a library calls a loss."""
    from ...api.catalogue import calls_of

    return "; ".join(calls_of(registry.find(name), library))
