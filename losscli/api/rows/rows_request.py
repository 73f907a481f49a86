"""What is asked of rows: the worst and the best beside the value, and a file with the loss of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ...core.binding.bound_loss import BoundLoss
from ...core.errors import UsageProblem
from ...core.notes import Note
from ...core.record import record, replace
from ...core.scratch import Array
from ...report.model import Result
from ...report.writing.row_files import SampleBlock, SampleRows
from ...sources.assembly import Assembly
from ...sources.row_places import file_rows, row_keys, stand_as_read
from ...stats.extreme_rows import ExtremeRow, ExtremeRows
from .row_sink import RowSink, refuse_without_rows

if TYPE_CHECKING:
    from ...engine.outcome import Outcome
    from ...engine.run import Settings
    from ..requests.request import Options


@record
class RowsRequest:
    """How many of the worst and the best rows to list, and whether all are written to a file."""

    worst: int = 0
    best: int = 0
    written: bool = False

    @classmethod
    def of(cls, options: Options) -> RowsRequest | None:
        """What the options of a command say; None where rows are not asked for, without which --keep has no use."""
        best = 0 if isinstance(options.best, bool) else options.best  # in a batch it is a flag of another meaning
        if options.executor is not None and (options.worst or best):
            raise UsageProblem(
                "An executor adds up sums, and worst and best look at every row.",
                "Leave out executor, or worst and best.",
                kind="contradiction", options=("executor", "worst"),
            )  # fmt: skip
        if options.executor is not None and options.per_sample is not None:
            raise UsageProblem(
                "An executor adds up sums, and per_sample writes every row.", "Leave out executor, or per_sample.",
                kind="contradiction", options=("executor", "per-sample"),
            )  # fmt: skip
        if options.worst or best or options.per_sample is not None:
            return cls(options.worst, best, options.per_sample is not None)
        if options.keep:
            raise UsageProblem(
                "--keep is about rows that are listed, and none are.",
                "Add --worst 10, which lists the rows with the highest loss.",
                kind="missing_option", options=("keep", "worst"), fix="--worst 10",
            )  # fmt: skip
        return None

    def watching(self, settings: Settings, assembly: Assembly, bound: BoundLoss) -> Settings:
        """The settings of a run whose rows are looked at one by one."""
        for option in ("worst", "best"):
            if getattr(self, option):
                refuse_without_rows(bound, option)
        return replace(settings, rows=RowSink(assembly.kept_columns, self.worst, self.best, spooled=self.written))

    def concluded(self, result: Result, outcome: Outcome, assembly: Assembly) -> tuple[Result, list[str]]:
        """The result with its rows, and what to say of them, while the files are open."""
        notes: list[str] = []
        sink: RowSink = outcome.watcher
        if self.worst or self.best:
            worst, best = (_listed(each, assembly) for each in (sink.worst, sink.best))
            result = replace(result, worst=worst, best=best if self.best else None)
            if not worst and not best:
                notes.append(Note(
                    f"{result.loss}: no row has a loss of its own, so no rows are listed.",
                    kind="no_row_losses", loss=result.loss,
                ))  # fmt: skip
        if self.written:
            result = replace(result, sample_rows=_sample(sink, outcome, assembly))
        return result, notes


def _listed(extremes: ExtremeRows, assembly: Assembly) -> list[dict[str, Any]]:
    """The rows as a result holds them, with the rows of the file that they are."""
    rows = extremes.rows()
    if not rows:
        return []
    places = file_rows(assembly.frame, np.array([each.row for each in rows], dtype=np.int64))
    weighted = any(each.weight != 1.0 for each in rows)
    return [_entry(each, int(place), weighted) for each, place in zip(rows, places, strict=True)]


def _entry(row: ExtremeRow, place: int, weighted: bool) -> dict[str, Any]:
    weight = {"weight": row.weight} if weighted else {}
    return {"row": place, "loss": row.loss, **weight, "keep": row.kept}


def _sample(sink: RowSink, outcome: Outcome, assembly: Assembly) -> SampleRows:
    """All rows of the run, ready to be written."""
    spool = sink.spool
    assert spool is not None
    frame, bound = assembly.frame, outcome.bound
    starts = spool.starts()
    places = keys = None
    repeats = 0
    if not stand_as_read(frame) or bound.counts_repeats:
        read = [spool.block(start) for start in starts]
        rows = np.concatenate([np.zeros(0, dtype=np.int64), *(each.row for each in read)])
        repeats = sum(int(each.repeats.sum()) for each in read if each.repeats is not None)
        places = file_rows(frame, rows)
        keys = row_keys(frame, places)
    names: dict[Any, int] = {}
    numbers = {
        start: np.array([names.setdefault(name, len(names)) for name in sink.clusters[start]], dtype=np.int64)
        for start in starts
        if start in sink.clusters
    }
    details: dict[str, Any] = {"mass": np.float64} if sink.weighted else {}
    details |= {"cluster": np.int64} if numbers else {}
    details |= {"repeats": np.int64} if bound.counts_repeats else {}
    if keys is not None:
        details["key"] = keys.dtype
    elif not _counted(places, starts, sink):
        details["row"] = np.int64
    places_of_groups = _places_of_groups(outcome)
    if places_of_groups is not None:
        details["group"] = np.int64

    def blocks(with_kept: bool) -> Iterator[SampleBlock]:
        at = 0
        for start in starts:
            block = spool.block(start)
            end = at + len(block.row)
            own: dict[str, Array] = {
                "row": block.row if places is None else places[at:end],
                "mass": np.ones(len(block.row)) if block.mass is None else block.mass,
            }
            if block.repeats is not None:
                own["repeats"] = block.repeats
            if keys is not None:
                own["key"] = keys[at:end]
            if block.group is not None and places_of_groups is not None:
                own["group"] = places_of_groups[block.group]
            if block.cluster is not None:
                own["cluster"] = numbers[start][block.cluster]
            yield SampleBlock(own["row"], block.terms, own, _unpacked(sink, block.kept) if with_kept else [])
            at = end

    return SampleRows(
        sink.rows, _terms(bound, outcome), blocks, tuple(column.name for column in sink.columns), details,
        outcome.counts["ignored"] if not bound.counts_repeats else repeats - outcome.state.rows,
        complete=not sink.unknown, close=spool.close,
    )  # fmt: skip


def _places_of_groups(outcome: Outcome) -> Array | None:
    """Where each group stands in the result's list, by its number; -1 for those that are not listed."""
    sums = outcome.groups
    if sums is None:
        return None
    places = np.full(len(sums.keys), -1, dtype=np.int64)
    places[sums.listed] = np.arange(len(sums.listed))
    return places


def _counted(places: Array | None, starts: list[int], sink: RowSink) -> bool:
    """Whether the rows are all rows of the file in order, so that their number says which each is."""
    if places is not None:
        return np.array_equal(places, np.arange(len(places)))
    assert sink.spool is not None
    at = 0
    for start in starts:
        rows = sink.spool.block(start).row
        if not np.array_equal(rows, np.arange(at, at + len(rows))):
            return False
        at += len(rows)
    return True


def _terms(bound: BoundLoss, outcome: Outcome) -> int:
    """How many terms of each row are written: one where that is its loss."""
    return len(outcome.state.totals) if bound.finish() is not None else 1


def _unpacked(sink: RowSink, kept: bytes) -> list[Any]:
    if not sink.columns:
        return []
    from ...sources.keeping.kept_values import as_kind, unpacked

    return [as_kind(column, kind) for column, kind in zip(unpacked(kept), sink.kinds, strict=True)]
