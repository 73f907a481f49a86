"""What `losscli slices` cannot search: losses without a standard error of each group, and values that are no number."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

from ..core.binding.bound_loss import BoundLoss
from ..core.errors import DataProblem, LossCliError, UsageProblem
from ..core.notes import Note
from ..core.sums.grouped import MOST_TERMS
from ..engine.outcome import Outcome
from ..report.model import Result
from ..sources.assembly import Assembly
from ..stats.slices.search import MOST_COMBINATIONS
from .requests.request import Options

_OTHER_LOSS = "Take a loss that is a mean over rows, such as mae or log_loss."


def refuse_width(options: Options) -> None:
    """More combinations of columns than can be searched at once."""
    count = len(options.over)
    if not count:
        raise UsageProblem(
            "--over names the columns in which groups are looked for, and it is not there.",
            "Name some, such as --over region,device,age.", kind="missing_option", options=("over",),
        )  # fmt: skip
    number = sum(math.comb(count, size) for size in range(1, options.depth + 1))
    if number > MOST_COMBINATIONS:
        raise UsageProblem(
            f"{count} columns make {number:,} combinations of up to {options.depth}, and {MOST_COMBINATIONS:,} can be "
            "searched at once.",
            f"Name fewer columns, or say --depth {options.depth - 1}." if options.depth > 1 else "Name fewer columns.",
            kind="too_many", options=("over", "depth"),
        )  # fmt: skip


@contextmanager
def over_words() -> Iterator[None]:
    """What is wrong with a column is said of --over, which reads its columns as --by does."""
    try:
        yield
    except LossCliError as problem:
        if "by" in problem.options:
            problem.message, problem.hint = (
                text.replace("--by ", "--over ") for text in (problem.message, problem.hint)
            )
            problem.args, problem.options = (problem.message,), ("over",)
        raise


def too_few(options: Options) -> DataProblem:
    """Rows of which no half can find anything."""
    return DataProblem(
        "There are too few rows to find groups in one half of them and to test them in the other.",
        f"Groups of at least --min-n {options.min_n} rows take as many other rows.", kind="too_few_rows",
        options=("min-n",),
    )  # fmt: skip


def few_rows(rows: int, options: Options) -> list[Note]:
    """That no group can be large enough and leave as many rows beside it."""
    if rows >= 2 * options.min_n:
        return []
    text = f"There are {rows:,} rows, so no group has --min-n {options.min_n} rows and leaves as many others."
    return [Note(text, kind="few_rows")]


def refuse_loss(bound: BoundLoss, assembly: Assembly) -> None:
    """A loss whose groups cannot be compared with the rest, or data that can be read only once."""
    name = bound.loss.name
    if bound.reduction.name in ("none", "sum"):
        raise UsageProblem(
            f"The {bound.reduction.name} over rows says nothing of groups of different sizes."
            if bound.reduction.name == "sum" else "Groups are compared by one number each, not by one a row.",
            f"Say -l {name}:reduction=mean, where the loss has a mean.",
            kind="contradiction", options=("reduction",),
        )  # fmt: skip
    if bound.reduces or bound.batched or bound.one_row or bound.dependent is not None:
        raise UsageProblem(
            f"{name} has no standard error of each group here, so groups cannot be compared with the rest.",
            _OTHER_LOSS, kind="no_standard_error", options=("loss",),
        )  # fmt: skip
    if not assembly.frame.repeatable:
        raise UsageProblem(
            "losscli slices reads the data twice, and standard input can be read only once.",
            "Write it to a file first.",
        )


def refuse_value(result: Result, outcome: Outcome, assembly: Assembly) -> None:
    """A loss of all rows that is no number, or that grows with the number of rows."""
    state, bound = outcome.state, outcome.bound
    if len(state.totals) > MOST_TERMS:
        raise UsageProblem(
            f"{bound.loss.name} is made of {len(state.totals)} sums here, and groups have a standard error of at most "
            f"{MOST_TERMS}.",
            _OTHER_LOSS, kind="no_standard_error", options=("loss",),
        )  # fmt: skip
    if result.value is None or not math.isfinite(result.value):
        count, first = outcome.counts["infinite"], outcome.first_infinite
        if not count:
            raise DataProblem(
                "The loss of all rows is not a number, so groups cannot be compared with the rest.",
                "Say --nan drop to leave out rows without a number.", kind="nan", options=("nan",),
            )  # fmt: skip
        rows = "row costs" if count == 1 else "rows cost"
        raise DataProblem(
            f"{count:,} {rows} inf, the first is {assembly.frame.place('pred', first or 0)}, so groups cannot be "
            "compared with the rest.",
            "losscli compute --worst 10 lists such rows; --where leaves rows out.", kind="infinite", row=first,
        )  # fmt: skip
    finish = bound.finish()
    if bound.reduction.name == "pooled" and finish is not None:
        means = bound.reduction.means(state)
        doubled = finish([2.0 * each for each in means])
        if not math.isclose(doubled, result.value, rel_tol=1e-6):
            raise UsageProblem(
                f"{bound.loss.name} grows with the number of rows, so groups of different sizes cannot be compared.",
                _OTHER_LOSS, kind="no_standard_error", options=("loss",),
            )  # fmt: skip
