"""Options that several commands have, as bundles; each fact about them stands here once."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import click

from ..core.binding import PRECISIONS
from ..core.pairing import ON_MISSING
from ..core.reduction import DENOMINATORS, REDUCTIONS
from ..engine.missing import POLICIES
from ..report.renderers.registry import REPORTS
from .params import SectionedOption


def option_in(section: str) -> Callable[..., click.Option]:
    """Makes options that the help shows under this heading."""

    def option(*names: str, **settings: Any) -> click.Option:
        return SectionedOption(list(names), section=section, **settings)

    return option


def column_options() -> list[click.Option]:
    """Which columns and files."""
    option = option_in("Data")
    return [
        option("--pred", metavar="COLUMNS", help="Columns of the predictions: names or globs, comma-separated."),
        option("--label", metavar="COLUMNS", help="Columns of the labels."),
        option("--weight", metavar="COLUMN", help="Column of the weights, in the predictions' or labels' file."),
        option("--weights", metavar="SPEC", help="File of the weights."),
        option("--classes", metavar="A,B,...", help="Names of the classes in order, for labels that are text."),
        option(
            "--join", metavar="KEY[,KEY]",
            help="Pair rows by these columns, which every file has, each key once.  [default: by position]",
        ),
        option(
            "--on-missing", type=click.Choice(ON_MISSING),
            help="Rows whose key another file lacks.  [default: error]",
        ),
    ]  # fmt: skip


def policy_options() -> list[click.Option]:
    """What of rows without a value."""
    option = option_in("Data")
    return [
        option("--nan", type=click.Choice(POLICIES), help="Rows with NaN.  [default: error, or as --like does]"),
        option(
            "--missing", type=click.Choice(POLICIES), default="error", show_default=True, help="Rows with nulls."
        ),
    ]  # fmt: skip


def text_options() -> list[click.Option]:
    """How CSV files are read."""
    option = option_in("Data")
    return [
        option(
            "--header", type=click.Choice(("auto", "yes", "no")), default="auto", show_default=True,
            help="Whether the first line of a CSV file names its columns.",
        ),
        option("--delimiter", metavar="CHAR", help="What separates CSV columns.  [default: comma, tab for .tsv]"),
    ]  # fmt: skip


def number_options(
    kinds: tuple[str, ...], reductions: tuple[str, ...], conventions: tuple[str, ...]
) -> list[click.Option]:
    """How rows become the number."""

    option = option_in("The number")
    return [
        option("--like", metavar="NAME", help=f"The value that a framework reports: {', '.join(conventions)}."),
        option(
            "--input", type=click.Choice(kinds), help=f"What the predictions are.  [default: {kinds[0]}]"
        ),
        option(
            "--reduction", type=click.Choice([name for name in REDUCTIONS if name in reductions]),
            help=f"How rows become one number.  [default: {reductions[0]}]",
        ),
        option(
            "--denominator", type=click.Choice(tuple(DENOMINATORS)),
            help="What a mean divides by: sum of weights, count of rows, of nonzero weights, or of elements.  "
            "[default: weights]",
        ),
        option(
            "--precision", type=click.Choice(PRECISIONS), default=PRECISIONS[0], show_default=True,
            help="single computes float32 predictions in float32; sums are always double.",
        ),
        option(
            "--max-memory", type=SizeType(), metavar="SIZE",
            help="Refuse work that needs more, such as 512M or 2G.",
        ),
        option("--threads", type=click.IntRange(min=1), metavar="N", help="Threads.  [default: all usable cores]"),
    ]  # fmt: skip


def output_options(formats: tuple[str, ...]) -> list[click.Option]:
    """Where the result goes, and how it looks."""

    option = option_in("Output")
    return [
        option("--format", type=click.Choice(formats), help="Default: table on a terminal, plain in a pipe."),
        option("--json", "as_json", is_flag=True, help="Short for --format json."),
        option(
            "-o",
            "--output",
            metavar="FILE",
            help="Write the result to a file, whole or not at all; .json and others choose a format.",
        ),
        option("--no-hash", is_flag=True, help="Leave the inputs' SHA-256 out of JSON."),
        option("--color", type=click.Choice(("auto", "always", "never")), default="auto", help="Colours."),
        option("-q", "--quiet", is_flag=True, help="No notes on stderr."),
        option("-v", "--verbose", is_flag=True, help="Signature, time and what configuration set on stderr."),
        config_option(),
    ]


def report_option() -> click.Option:
    """More files of the same run, for commands whose result is a Report."""
    return option_in("Output")(
        "--report", multiple=True, metavar="KIND=PATH",
        help=f"Write a report to a file too; may be repeated. Kinds: {', '.join(REPORTS)}.",
    )  # fmt: skip


def ending_options() -> list[click.Option]:
    """For commands that can end with a finding (exit codes 1, 4, 5)."""
    return [
        option_in("Output")(
            "--exit-zero", is_flag=True, expose_value=False, callback=_ask_for_zero,
            help="Exit code 0 also for findings (1, 4, 5). Errors keep theirs.",
        )
    ]  # fmt: skip


def _ask_for_zero(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value and ctx.obj is not None:
        ctx.obj.exit_zero = True  # main.Ending, which `run` asks at the very end, however the command ended


def config_option() -> click.Option:
    """`--config FILE|none`; the same stands before the command's name."""
    return option_in("Output")(
        "--config", metavar="FILE|none", is_eager=True, expose_value=False, callback=_remember_config,
        help="Options from this file, or from none.  [default: found upwards]",
    )  # fmt: skip


def _remember_config(ctx: click.Context, _param: click.Parameter, value: str | None) -> None:
    if value is not None:
        ctx.meta["losscli.config"] = value  # the contexts of a command line share it


class SizeType(click.ParamType):  # type: ignore[type-arg]
    """A number of bytes: 512M, 2G, 1.5GiB, 300000."""

    name = "size"
    units: ClassVar = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(?:I?B)?", str(value).strip().upper())
        if match is None or float(match[1]) == 0:
            self.fail(f"{value!r} is not a size; write 512M or 2G.", param, ctx)
        return int(float(match[1]) * self.units[match[2]])


class SectionedCommand(click.Command):
    """A command whose help shows its inputs, and its options under headings."""

    inputs: Sequence[tuple[str, str]] = ()

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        from .configuration import config

        ctx.default_map = config.Defaults(ctx)
        try:
            rest = super().parse_args(ctx, args)
        except click.UsageError as problem:
            problem.ctx = problem.ctx or ctx  # an option without its value does not say whose it is
            raise
        config.settle(ctx)
        return rest

    def invoke(self, ctx: click.Context) -> Any:
        from .configuration import config

        with config.report_config(ctx):
            return super().invoke(ctx)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        if self.inputs:
            with formatter.section("Inputs"):
                formatter.write_dl(self.inputs)
        sections: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record is not None and isinstance(param, click.Option):
                sections.setdefault(getattr(param, "section", "Options"), []).append(record)
        for heading, records in sections.items():
            with formatter.section(heading):
                formatter.write_dl(records)
