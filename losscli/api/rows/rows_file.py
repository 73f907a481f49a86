"""The file of `--per-sample`: opened before the work, and written after it with what a report says of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from ...core.errors import UsageProblem
from ...report.model import Report
from ..requests.request import Options


def refuse_without_use(options: Options, instead: str) -> None:
    """Refuse a file of rows that could not hold what is asked for, or would hold what is the result already.

    `instead` is what to do where it is.
    """
    from ...report.renderers.as_rows import suffix

    ranked = options.worst or (options.best and not isinstance(options.best, bool))
    if suffix(options.per_sample) == ".npy" and options.keep and not ranked:
        raise UsageProblem(
            "--per-sample: .npy holds numbers alone, and --keep asks for columns beside them.",
            "Name a .csv, .parquet, .arrow or .jsonl file.", options=("per-sample", "keep"),
        )  # fmt: skip
    if options.reduction == "none":
        raise UsageProblem(
            "--reduction none prints one loss a row already.", f"Leave out --per-sample{instead}.",
            options=("reduction",),
        )  # fmt: skip


@contextmanager
def rows_file(path: str | None, inputs: Sequence[str | int]) -> Iterator[Callable[[Report], Report]]:
    """Opens the file of rows, which is none of the `inputs`; what it yields writes it, and tells the report of it."""
    if path is None:
        yield lambda report: report
        return
    from ...report.writing.atomic_file import AtomicFile
    from ...report.writing.row_files import DETAIL, write

    file = AtomicFile(path, inputs, "--per-sample")
    beside = None
    try:
        if file.drafted_beside:  # nothing stands beside a pipe or a device
            beside = AtomicFile(path + DETAIL, inputs, "--per-sample")
        yield lambda report: write(report, path, file, beside)
    except BaseException:
        for each in (file, beside):
            if each is not None:
                each.discard()
        raise
