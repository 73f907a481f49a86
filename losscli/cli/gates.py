"""What `compute --max`, `batch` and `gate` share: holding results to rules, rows of their own, and the exit code."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from ..api.options.option_types import Number
from ..core import registry
from ..core.errors import UsageProblem
from ..core.record import replace
from ..report.model import Report
from .configuration.config import config_paths
from .targets import Targets, parsed, refuse_twice

if TYPE_CHECKING:
    from ..api.requests.request import Request
    from .output import Output


def limit_of(text: str) -> tuple[str, float]:
    """LOSS=VALUE of --max; the loss is "" where only a value is given."""
    name, _, number = text.rpartition("=")
    try:
        return name, Number().parse(number)
    except ValueError:
        raise not_a_limit(text) from None


def not_a_limit(text: str) -> UsageProblem:
    """That a --max is none."""
    return UsageProblem(f"--max {text} is not LOSS=VALUE.", "Write --max focal=0.3.", options=("max",))


def held_to(limit: float | None, report: Report) -> Report:
    """The report with each result held to --max."""
    if limit is None:
        return report
    from ..api.gate import at_most

    results = [replace(result, gates=[*result.gates, at_most(result, limit)]) for result in report.results]
    return replace(report, results=results)


def ended(report: Report, on_inconclusive: str) -> int:
    """0 when every check passed, 1 when one failed, 5 when one was inconclusive and that is to fail."""
    checks = [check for result in report.results for check in result.gates if not check.informational]
    if any(check.passed is False for check in checks):
        return 1
    return 5 if on_inconclusive == "fail" and any(check.passed is None for check in checks) else 0


@contextmanager
def per_sample(request: Request, inputs: Sequence[str | int], output: Output) -> Iterator[Callable[[Report], Report]]:
    """Opens the file of rows before the work; what it yields writes it, and tells the report of it."""
    path = request.options.per_sample
    if path is None:
        yield lambda report: report
        return
    from ..api.rows.rows_file import refuse_without_use, rows_file
    from ..report.writing.row_files import DETAIL

    refuse_without_use(request.options, ", or use -o")
    refuse_twice([output.path, path, path + DETAIL, *(parsed(text)[1] for text in output.reports)])
    with rows_file(path, [*inputs, *config_paths()]) as keep:
        yield keep


def nothing_computed(command: str, problem: Exception, limits: Iterable[tuple[str, float]]) -> Report:
    """The report of a command whose documents could not be read: an error for each limit, or one where there are none.

    A limit is of a loss, or of DATASET/LOSS.
    """
    from ..api.failures import failed
    from ..api.gate import at_most
    from ..core.loss_spec import LossSpec

    results = []
    for rule, limit in limits:
        dataset, _, loss = rule.rpartition("/")
        (result,) = failed(dataset, LossSpec(registry.find(loss), {}, {}), problem, command=command).results
        results.append(replace(result, gates=[at_most(result, limit)]))
    if not results:
        (result,) = failed("", None, problem, command=command).results
        results.append(replace(result, loss=command))
    return Report(command, results)


@contextmanager
def reported(targets: Targets, failure: Callable[[Exception], Report]) -> Iterator[None]:
    """Around the work: where it fails, the reports that continuous integration reads have the error in them."""
    try:
        yield
    except Exception as problem:
        if any(kind.errors for kind, _ in targets.reports):
            with suppress(Exception):  # a report that cannot be written does not hide the problem
                targets.write_failure(failure(problem))
        raise
