"""The command of one loss, whose help is written when it is asked for: a run does not need it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from ..core.arrays.inputs import FORMS, KINDS
from ..core.loss import Loss
from .sectioned_command import SectionedCommand


class LossCommand(SectionedCommand):
    """A command for one loss. `write_help` gives the text above the options and the example below them."""

    def __init__(self, loss: Loss, write_help: Callable[[Loss], tuple[str, str]], **settings: Any) -> None:
        self.loss, self.write_help = loss, write_help
        context = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
        super().__init__(loss.name, short_help=loss.summary, context_settings=context, **settings)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self.help, self.epilog = self.write_help(self.loss)
        self.inputs = inputs_help(self.loss)
        super().format_help(ctx, formatter)


def inputs_help(loss: Loss) -> list[tuple[str, str]]:
    """What the arguments of the command may be."""
    from ..report.pages.loss_page import forms

    kinds = "; ".join(f"{kind}: {KINDS[kind].help}" for kind in loss.pred)
    lines = [("PREDICTIONS", f"A file or SPEC (PATH::COLUMNS, or - for standard input). {kinds}.")]
    if labels := forms(loss):
        lines.append(("LABELS", "; ".join(f"{form}: {FORMS[form].help}" for form in labels) + "."))
    return lines
