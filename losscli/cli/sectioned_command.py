"""Commands whose help has headings, and whose options also come from files of options and from the environment."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import click

from ..api.options.run_option import HEADINGS
from . import stop
from .configuration import config


def watched(ctx: click.Context) -> AbstractContextManager[None]:
    """Around a command on a terminal: a bar shows how far it is. `batch` has one of its own."""
    if not sys.stderr.isatty() or ctx.command.name == "batch":
        return nullcontext()
    from .progress import rows_shown

    return rows_shown(quiet=bool(ctx.params.get("quiet")))


class SectionedCommand(click.Command):
    """A command whose help shows its inputs, and its options under headings."""

    inputs: Sequence[tuple[str, str]] = ()
    folded: Sequence[str] = ()  # headings of what --help leaves out

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.default_map = config.Defaults(ctx)
        ctx.allow_extra_args = True  # so that what is too much is told below, with what to type
        typed = list(args)
        try:
            rest = super().parse_args(ctx, args)
        except click.UsageError as problem:
            problem.ctx = problem.ctx or ctx  # an option without its value does not say whose it is
            raise
        if rest and not ctx.resilient_parsing:
            from .other_words import refuse_extra_arguments

            refuse_extra_arguments(ctx, typed, rest)
        if (
            not ctx.resilient_parsing
            and sum(word.startswith(("--pred", "--label", "--weight", "--by", "--join")) for word in typed) > 1
        ):
            from .other_words import refuse_repeated

            refuse_repeated(typed, self.params)
        config.settle(ctx)
        return rest

    def invoke(self, ctx: click.Context) -> Any:
        if self.name != "batch":  # which first starts its processes
            stop.watch()
        with config.report_config(ctx), watched(ctx):
            return super().invoke(ctx)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        if self.inputs:
            with formatter.section("Inputs"):
                formatter.write_dl(self.inputs)
        sections: dict[str, list[tuple[str, str]]] = {heading: [] for heading in HEADINGS}
        for param in self.get_params(ctx):
            lines = param.get_help_record(ctx)
            if lines is not None and isinstance(param, click.Option):
                sections.setdefault(getattr(param, "section", "Options"), []).append(lines)
        for heading, entries in sections.items():
            if entries and heading not in self.folded:
                with formatter.section(heading):
                    formatter.write_dl(entries)
