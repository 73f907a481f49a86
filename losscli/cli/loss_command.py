"""The command of one loss, whose help is written when it is asked for: a run does not need it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from ..api.options.run_option import OF_THE_LOSS
from ..core.arrays.inputs import FORMS, KINDS
from ..core.loss import Loss
from .sectioned_command import SectionedCommand

HELP_ALL = "losscli.help_all"  # where click's context holds that nothing is folded


class LossCommand(SectionedCommand):
    """A command for one loss. `write_help` gives the text above the options and the example below them."""

    def __init__(self, loss: Loss, write_help: Callable[[Loss], tuple[str, str]], **settings: Any) -> None:
        self.loss, self.write_help = loss, write_help
        context = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
        super().__init__(loss.name, short_help=loss.summary, context_settings=context, **settings)
        if any(getattr(each, "section", "") == OF_THE_LOSS[1] for each in self.params):
            self.params.append(_help_all())

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        text, example = self.write_help(self.loss)
        first, *rest = text.split("\n\n")
        own = f"\b\n{example}\nYour own table: {ctx.command_path} table.csv --pred COLUMN --label COLUMN"
        self.help = "\n\n".join([first, own, *rest])
        self.inputs = inputs_help(self.loss)
        self.folded = () if ctx.meta.get(HELP_ALL) else (OF_THE_LOSS[1],)
        super().format_help(ctx, formatter)


def _help_all() -> click.Option:
    """The option that shows the help with what only matters beside a framework's number."""

    def show(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
        if value and not ctx.resilient_parsing:
            ctx.meta[HELP_ALL] = True
            click.echo(ctx.get_help(), color=ctx.color)
            ctx.exit()

    text = "Show also the options that make a number as a framework makes it."
    return click.Option(["--help-all"], is_flag=True, is_eager=True, expose_value=False, callback=show, help=text)


def inputs_help(loss: Loss) -> list[tuple[str, str]]:
    """What the arguments of the command may be."""
    from ..report.pages.loss_page import forms

    kinds = "; ".join(f"{kind}: {KINDS[kind].help}" for kind in loss.pred)
    lines = [("PREDICTIONS", f"A file or SPEC (PATH::COLUMNS, or - for standard input). {kinds}.")]
    if labels := forms(loss):
        lines.append(("LABELS", "; ".join(f"{form}: {FORMS[form].help}" for form in labels) + "."))
    return lines
