"""`losscli batch`: many data sets and many losses in one process, a result a line as soon as it is known."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import click

from ...core.errors import UsageProblem
from ...core.record import replace
from ...report.ranking import Ranking, beside_best
from ...report.renderers import registry as formats
from ..gates import limit_of
from ..options import options_of
from ..output import Output
from ..params import flag
from ..per_loss import refuse_empty
from ..sectioned_command import SectionedCommand

if TYPE_CHECKING:
    from ...api.batch import BatchJob, FailedJob
    from ...api.requests.request import Request
    from ...api.suites.suite import Base, Suite

Jobs = Iterable["BatchJob | FailedJob"]


@click.command(
    "batch",
    cls=SectionedCommand,
    params=[
        click.Argument(["data"], nargs=-1, metavar="[DATA]..."),
        *options_of("batch"),
    ],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example: losscli batch 'runs/*.npy' --labels labels.npy -l focal:gamma=2 -l huber -o scores.jsonl",
)
@click.pass_context
def command(ctx: click.Context, /, **values: Any) -> int:
    """Compute losses of many files.

    DATA are files of predictions or globs of them, a suite (a .toml file), or - for a list on standard input: on each
    line a path, or a JSON object with pred, label, weight, loss and name. Without DATA the suite [tool.losscli.suite]
    of pyproject.toml is run. Each data set is read once for all its losses. In a pipe each result is a line of JSON,
    as soon as it is known. The exit code is 1 where a limit was exceeded, and 4 where something failed under
    --keep-going.
    """
    from ..batch_run import Run

    if values["labels"] == "":
        raise UsageProblem("--labels is empty.", "Is a variable of the shell not set?")
    refuse_empty(values)
    output = _output(values, _ranking(values, values["loss"]))  # what contradicts itself is refused before any reading
    base = _base({**values, "histograms": values["histograms"] or output.pictured}, output)
    suite = _suite(ctx, values, base.request)
    if suite is not None and suite.order:
        values = {**values, **_order_of(ctx, values, suite)}
        losses = (each.spec.text for job in suite.jobs for each in job.request.losses)
        output = _output(values, _ranking(values, losses))
    ranking = _ranking(values, ())
    if values["resume"] and (output.path is None or output.chosen != "jsonl" or values["no_hash"]):
        raise UsageProblem(
            "--resume goes on with a file of JSON lines that has hashes.", "Write -o FILE.jsonl.", options=("resume",)
        )
    jobs: Jobs
    if suite is None:
        jobs = _listed(values, base)
    else:
        output = replace(output, reports=(*output.reports, *suite.reports))
        jobs = [_with_histograms(job) for job in suite.jobs] if output.pictured else suite.jobs
        output = replace(output, histograms=output.histograms or any(map(_has_histograms, suite.jobs)))
    return Run(
        jobs,
        output,
        keep_going=values["keep_going"] or bool(suite and suite.keep_going),
        resume=values["resume"],
        parallel=values["jobs"] or (suite.parallel if suite else None) or 1,
        listing=_listing(values, suite),
        ranking=ranking,
    ).run()


def _has_histograms(job: BatchJob | FailedJob) -> bool:
    """Whether a job of a suite asks for them."""
    return bool(getattr(job, "request", None) and job.request.options.histograms)  # type: ignore[union-attr]


def _with_histograms(job: BatchJob | FailedJob) -> BatchJob | FailedJob:
    """The job with what the pictures of a report are drawn from."""
    if not hasattr(job, "request"):
        return job
    request = replace(job.request, options=job.request.options.changed(histograms=True))
    return replace(job, request=request)


def _listing(values: dict[str, Any], suite: Suite | None) -> list[str | int]:
    """The files that say what the data sets are, standard input as its descriptor: no output may be one of them."""
    names = values["data"] if suite is not None else [each for each in values["data"] if each == "-"]
    return [0 if each == "-" else each for each in (*names, *filter(None, [values["files0_from"]]))]


def _output(values: dict[str, Any], ranking: Ranking) -> Output:
    """What the output options say; without a format, JSON lines but on a terminal, or where an order is asked for."""
    output = Output.of(values)
    _refuse_contradictions(values, output)
    if output.as_json or output.format is not None:
        output.refuse_idle_digits()
        return output
    if output.path is None:
        in_pipe = "plain" if ranking or output.digits else "jsonl"
        return replace(output, format="table" if sys.stdout.isatty() else in_pipe)
    known = any(output.path.lower().endswith(kind.suffixes) for kind in formats.RENDERERS.values() if kind.suffixes)
    return replace(output, format=formats.of_path(output.path) if known else "jsonl")


def _refuse_contradictions(values: dict[str, Any], output: Output) -> None:
    """An order of results that are written as they are known, and a name alone in a format."""
    orders = [name for name in ("sort", "top", "best") if values[name]]
    if orders and values["resume"]:
        raise UsageProblem(
            f"--{orders[0]} waits for all results, and --resume goes on with a file that grows by each.",
            "Leave one out.",
            kind="contradiction",
            options=(orders[0], "resume"),
        )
    if not values["best"]:
        return
    for name in ("json", "digits", "format"):
        if values[name] and _typed(click.get_current_context(), name):
            raise beside_best(name)


def _typed(ctx: click.Context, name: str) -> bool:
    return ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE


def _ranking(values: dict[str, Any], losses: Iterable[str]) -> Ranking:
    return Ranking.of_options(values["sort"], values["top"], values["best"], losses)


def _order_of(ctx: click.Context, values: dict[str, Any], suite: Suite) -> dict[str, Any]:
    """What the suite says of the order of results and of digits, as far as what was typed leaves it open."""
    if values["best"]:
        return {}
    order = {name: value for name, value in suite.order.items() if not values[name]}
    if any(values[name] and _typed(ctx, name) for name in ("sort", "top", "digits", "json", "format")):
        order.pop("best", None)  # more than a name was asked for
    return order


def _base(values: dict[str, Any], output: Output) -> Base:
    """What the options say of every data set."""
    from ...api.requests.request import LossRequest, request_from
    from ...api.suites.suite import Base, limited
    from ...core import loss_spec

    losses = [LossRequest(loss_spec.read(text)) for text in values["loss"]]
    losses = list(limited(losses, _limits(values["max"]), "--max"))
    values = {name: value for name, value in values.items() if name not in ("sort", "top")}  # of results, not of groups
    return Base(request_from("batch", values, losses, {}, hash_inputs=output.hashed and not values["no_hash"]))


def _limits(texts: tuple[str, ...]) -> Any:
    """The largest values that pass: one for all losses, or one a loss."""
    limits = dict(map(limit_of, texts))
    if "" in limits and len(limits) > 1:
        raise UsageProblem("--max is given for all losses and for one.", "Write LOSS=VALUE for each.", options=("max",))
    return limits.get("", limits or None)


def _suite(ctx: click.Context, values: dict[str, Any], request: Request) -> Suite | None:
    """The suite that is named, or that the configuration holds; None for a list of data sets."""
    from ...api.suites import suite
    from ..configuration.config import file_of

    data = values["data"]
    if values["files0_from"] is not None or (data and not (len(data) == 1 and data[0].lower().endswith(".toml"))):
        return None
    for name, words in (
        ("loss", "losses"),
        ("labels", "labels"),
        ("weights", "weights"),
        ("cluster", "cluster"),
        ("max", "maxima"),
    ):
        if values[name]:
            option = "-l" if name == "loss" else flag(name)
            raise UsageProblem(
                f"A suite says its own {words}.",
                f"Leave out {option}, or name files.",
                kind="contradiction",
                options=(option.lstrip("-"),),
            )
    if data:
        return suite.read(data[0], request)
    file = file_of(ctx)
    table = file.table.get("suite") if file is not None else None
    if file is None or not isinstance(table, dict):
        raise UsageProblem(
            "No data sets are named, and there is no [tool.losscli.suite].", "Write losscli batch FILE... -l LOSS."
        )
    where = f"{file.name}, {'.'.join((*file.prefix, 'suite'))}"
    return suite.of_table(table, where, os.path.dirname(file.name), request)


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
    if not base.request.losses:
        raise UsageProblem("No loss is named.", "Write -l mse.", kind="unknown_loss")
    if stray := next((each for each in data if _is_stray_loss(each)), None):
        raise UsageProblem(f"{stray} is a loss, and not a file.", "Write -l before each loss.", kind="unknown_loss")
    files = dict.fromkeys(each for text in data for each in expanded(text))
    request = base.request
    return [BatchJob(each, replace(request, files={**request.files, "pred": each})) for each in files]


def _is_stray_loss(word: str) -> bool:
    """Whether a word among the files is the name of a loss, and of no file."""
    from ..named_losses import is_loss

    return not os.path.exists(word) and is_loss(word)


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
