"""`losscli batch`: many data sets and many losses in one process, a result a line as soon as it is known."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import click

from ...core.conventions import FRAMEWORKS
from ...core.errors import UsageProblem
from ...core.inputs import KINDS
from ...core.record import replace
from ...core.reduction import REDUCTIONS
from ...report.renderers import registry as formats
from .. import stop
from ..gates import limit_of
from ..levels import interval_options
from ..options import (
    SectionedCommand,
    column_options,
    ending_options,
    number_options,
    option_in,
    output_options,
    policy_options,
    report_option,
    text_options,
)
from ..output import FORMATS, Output
from ..per_loss import options_of, refuse_empty

if TYPE_CHECKING:
    from ...api.batch import BatchJob, FailedJob
    from ...api.suites.suite import Base, Suite

Jobs = Iterable["BatchJob | FailedJob"]


def _options() -> list[click.Option]:
    data, run = option_in("Data"), option_in("The run")
    return [
        option_in("The number")(
            "-l", "--loss", "losses", multiple=True, metavar="LOSS",
            help="A loss, as in focal or focal:gamma=2,like=keras; may be repeated.",
        ),
        data("--labels", metavar="SPEC", help="File of the labels.  [default: the predictions' own]"),
        data("--files0-from", metavar="FILE", help="Read the predictions' paths from a file, each ended by NUL."),
        run("--max", "maxima", multiple=True, metavar="[LOSS=]VALUE", help="The value is at most this (exit code 1)."),
        run("--keep-going", is_flag=True, help="After a failure go on with the others; exit code 4 at the end."),
        run("--resume", is_flag=True, help="Go on with the file of -o: leave out what is finished in it."),
        run("--jobs", type=click.IntRange(min=1), metavar="N", help="Data sets at a time.  [default: 1]"),
    ]  # fmt: skip


def _with_own_help(options: list[click.Option]) -> list[click.Option]:
    """The options with what they mean for several losses."""
    helps = {
        "input": "What the predictions are.  [default: the loss's own]",
        "reduction": "How rows become one number.  [default: the loss's own]",
        "format": "Default: table on a terminal, JSON lines in a pipe.",
        "output": "Write the results to a file: JSON lines as they are known, or another format whole by its suffix.",
    }
    for option in options:
        option.help = helps.get(option.name or "", option.help)
    return options


@click.command(
    "batch",
    cls=SectionedCommand,
    params=[
        click.Argument(["data"], nargs=-1, metavar="[DATA]..."),
        *_options(),
        *column_options(),
        *policy_options(),
        *text_options(),
        *interval_options(),
        *_with_own_help(number_options(tuple(KINDS), tuple(REDUCTIONS), tuple(FRAMEWORKS))),
        *_with_own_help(output_options(FORMATS)),
        report_option(),
        *ending_options(),
    ],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example: losscli batch 'runs/*.npy' --labels labels.npy -l focal:gamma=2 -l huber -o scores.jsonl",
)
@click.pass_context
def command(ctx: click.Context, /, **values: Any) -> int:
    """Many data sets and losses in one process.

    DATA are files of predictions or globs of them, a suite (a .toml file), or - for a list on standard input: a path a
    line, or a JSON object with pred, label, weight, loss, name. Without DATA: [tool.losscli.suite] of pyproject.toml.
    Each data set is read once for all its losses. In a pipe, a line of JSON a result, as soon as it is known.
    Exit code 1 when a gate failed, 4 when something failed under --keep-going.
    """
    from ..batch_run import Run

    if values["labels"] == "":
        raise UsageProblem("--labels is empty.", "Is a variable of the shell not set?")
    refuse_empty(values)
    output = _output(values)
    if values["resume"] and (output.path is None or output.chosen != "jsonl" or values["no_hash"]):
        raise UsageProblem(
            "--resume goes on with a file of JSON lines that has hashes.", "Write -o FILE.jsonl.", options=("resume",)
        )
    jobs: Jobs
    found = _suite(ctx, values, output)
    if found is None:
        jobs = _listed(values, _base(values, output))
    else:
        jobs = found.jobs
        output = replace(output, reports=(*output.reports, *found.reports))
    stop.watch()
    return Run(
        jobs,
        output,
        keep_going=values["keep_going"] or bool(found and found.keep_going),
        resume=values["resume"],
        parallel=values["jobs"] or (found.parallel if found else None) or 1,
    ).run()


def _output(values: dict[str, Any]) -> Output:
    """What the output options say; without a format, JSON lines but on a terminal."""
    output = Output.of(values)
    if output.as_json or output.format is not None:
        return output
    if output.path is None:
        return replace(output, format="table" if sys.stdout.isatty() else "jsonl")
    known = any(output.path.lower().endswith(kind.suffixes) for kind in formats.RENDERERS.values() if kind.suffixes)
    return replace(output, format=formats.of_path(output.path) if known else "jsonl")


def _base(values: dict[str, Any], output: Output) -> Base:
    """What the options say of every data set."""
    from ...api.batch import LossRequest
    from ...api.suites.suite import Base, limited
    from ...core import loss_spec

    columns = {name: tuple(values[name].split(",")) if values[name] else () for name in ("pred", "label", "weight")}
    options = options_of(values, columns, output.hashed)
    asked = [LossRequest(loss_spec.read(text)) for text in values["losses"]]
    losses = tuple(limited(asked, _limits(values["maxima"]), "--max"))
    given = {"label": values["labels"], "weight": values["weights"], "cluster": values["cluster"]}
    return Base(given, options, losses)


def _limits(texts: tuple[str, ...]) -> Any:
    """The largest values that pass: one for all losses, or one a loss."""
    found = dict(map(limit_of, texts))
    if "" in found and len(found) > 1:
        raise UsageProblem("--max is given for all losses and for one.", "Write LOSS=VALUE for each.", options=("max",))
    return found.get("", found or None)


def _suite(ctx: click.Context, values: dict[str, Any], output: Output) -> Suite | None:
    """The suite that is named, or that the configuration holds; None for a list of data sets."""
    from ...api.suites import suite
    from ..configuration.config import file_of

    data = values["data"]
    if values["files0_from"] is not None or (data and not (len(data) == 1 and data[0].lower().endswith(".toml"))):
        return None
    told = (("losses", "-l"), ("labels", "--labels"), ("weights", "--weights"), ("cluster", "--cluster"))
    for name, option in (*told, ("maxima", "--max")):
        if values[name]:
            raise UsageProblem(
                f"A suite says its own {name}.",
                f"Leave out {option}, or name files.",
                kind="contradiction",
                options=(option.lstrip("-"),),
            )
    options = _base(values, output).options
    if data:
        return suite.read(data[0], options)
    found = file_of(ctx)
    table = found.table.get("suite") if found is not None else None
    if found is None or not isinstance(table, dict):
        raise UsageProblem(
            "No data sets are named, and there is no [tool.losscli.suite].", "Write losscli batch FILE... -l LOSS."
        )
    where = f"{found.name}, {'.'.join((*found.prefix, 'suite'))}"
    return suite.of_table(table, where, os.path.dirname(found.name), options)


def _listed(values: dict[str, Any], base: Base) -> Jobs:
    """The data sets of the command line: a list where their number is known, else as they come."""
    from ...api.batch import BatchJob
    from ...api.suites.suite import expanded

    data, files0 = values["data"], values["files0_from"]
    if files0 is not None:
        if data:
            raise UsageProblem("--files0-from names the data sets, and so do arguments.", "Leave one out.")
        return _from_file(files0, base)
    if "-" in data:
        if len(data) > 1:
            raise UsageProblem("- is a list of data sets, and stands alone.", "Leave out the other files.")
        return _from_stdin(base)
    if any(each.lower().endswith(".toml") for each in data):
        raise UsageProblem("A suite stands alone.", "Name one suite, or files.")
    if not base.losses:
        raise UsageProblem("No loss is named.", "Write -l mse.")
    files = dict.fromkeys(each for text in data for each in expanded(text))
    return [BatchJob(each, {**base.given, "pred": each}, base.losses, base.options) for each in files]


def _from_stdin(base: Base, *, nul: bool = False) -> Iterator[BatchJob | FailedJob]:
    from ...api.suites.job_list import listed

    return listed(cast(BinaryIO, sys.stdin.buffer), "Standard input", base, nul=nul)


def _from_file(path: str, base: Base) -> Iterator[BatchJob | FailedJob]:
    if path == "-":
        yield from _from_stdin(base, nul=True)
        return
    from ...api.suites.job_list import listed

    try:
        file = open(path, "rb")  # noqa: SIM115 - closed below
    except OSError as problem:
        raise UsageProblem(f"{path} cannot be read: {(problem.strerror or str(problem)).lower()}.") from None
    with file:
        yield from listed(cast(BinaryIO, file), path, base, nul=True)
