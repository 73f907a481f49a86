"""A look at files: every array described in one reading, and the rows that the preflight needs held on the way."""

from __future__ import annotations

import os

import numpy as np

from ..core.diagnostics import Alarm, InputDescription, LossProfile
from ..core.errors import DataProblem
from ..core.record import field, record
from ..core.safe_text import shown
from ..core.scratch import Array
from ..sources.unpaired import UnpairedFiles
from .checks.alarms import InspectedData, preflight
from .checks.fixes import FileNames
from .checks.pairing_checks import rows_of_trials
from .column_stats import ColumnStats
from .held_rows import HeldRows, RowHolder, gathered, looked_at
from .loss_profile import profile_of

ELEMENTS = 1 << 16  # of a block
_CALLED = {"pred": "predictions", "label": "labels"}


@record
class Inspected:
    """What files hold, what is wrong with them, what a reader should know, and the loss along their rows."""

    described: list[InputDescription]
    alarms: list[Alarm] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    profile: LossProfile | None = None


def inspect_files(data: UnpairedFiles, about: FileNames) -> Inspected:
    """What there is to say of the files."""
    stats, holders = _read(data)
    described = [_described(data, role, stats[role]) for role in data.arrays]
    described += [_text(data, name) for name in data.texts]
    if "pred" not in data.arrays or not stats["pred"].rows:
        return Inspected(described)
    counts: dict[str, int] = {role: stats[role].rows for role in holders}
    notes: list[str] = []
    inspected = _rows_to_inspect(data, holders, counts, notes)
    if inspected is None:
        return Inspected(described, [], notes)
    checked = preflight(inspected, about)
    profile = None
    if checked.task is not None:
        with np.errstate(all="ignore"):
            profile = profile_of(checked.task, inspected.rows, checked.repair)
    return Inspected(described, checked.alarms, notes + checked.notes, profile)


def _read(data: UnpairedFiles) -> tuple[dict[str, ColumnStats], dict[str, RowHolder]]:
    """Statistics of each array, and rows of predictions and labels.

    A column that nobody named, and that begins with a number and goes on with text, is one of text.
    """
    while True:
        stats = {role: ColumnStats() for role in data.arrays}
        holders: dict[str, RowHolder] = {role: RowHolder() for role in ("pred", "label") if role in data.arrays}
        try:
            for role, _, values, missing in data.blocks(list(data.arrays), ELEMENTS):
                stats[role].add(values, missing)
                if role in holders:
                    holders[role].add(values, missing)
        except DataProblem as problem:
            table, pick = data.arrays.get(f"column {problem.column}", (None, None))
            if problem.kind == "bad_cell" and table is not None and pick is not None and table.repeatable:
                data.texts[problem.column] = (table, pick)
                del data.arrays[f"column {problem.column}"]
                data.notes.append(f"{table.name}: column {shown(problem.column)} holds more than numbers.")
                continue
            if problem.kind != "no_rows":
                raise
        return stats, holders


def _described(data: UnpairedFiles, role: str, stats: ColumnStats) -> InputDescription:
    table, pick = data.arrays[role]
    field = data.field(role)
    where = shown(os.fspath(table.path), 4096) if table.path else table.name
    if pick.columns and table.format != "npz":
        several = f"{len(pick.columns)} columns, {pick.columns[0]} ... {pick.columns[-1]}"
        where += f" column {shown(pick.columns[0])}" if len(pick.columns) == 1 else f" {shown(several)}"
    shape = (stats.rows, *field.shape[1:])
    return stats.described(_CALLED.get(role, "column"), where, table.format, field.dtype, shape)


def _text(data: UnpairedFiles, name: str) -> InputDescription:
    table, _ = data.texts[name]
    where = f"{shown(os.fspath(table.path), 4096) if table.path else table.name} column {shown(name)}"
    return InputDescription("column", where, table.format, "text", (table.rows,))


def _rows_to_inspect(
    data: UnpairedFiles, holders: dict[str, RowHolder], counts: dict[str, int], notes: list[str]
) -> InspectedData | None:
    """The rows to look at, with their partners under each repair; the head of what can be read only once."""
    preds, labels = counts["pred"], counts.get("label", 0)
    pred, label = (holders[role].held() if role in holders else None for role in ("pred", "label"))
    if holders["pred"].ragged or data.field("pred").dtype == "text":
        return None
    width = max(1, int(np.prod([side or 1 for side in data.field("pred").shape[1:]])))
    if pred is not None and all(holder.complete for holder in holders.values()):
        rows = looked_at(min(preds, labels) if label is not None else preds, width)
        return InspectedData(pred, label, preds, labels, rows)
    if "label" not in holders or holders["label"].ragged:
        return None if pred is None else InspectedData(pred, None, preds, 0, pred.rows)
    if all(data.arrays[role][0].repeatable for role in holders):
        rows = looked_at(min(preds, labels), width)
        notes.append(f"The alarms are from {len(rows)} of {preds} rows: runs of neighbours, evenly spread.")
        mine, theirs = rows_of_trials(rows, preds, labels)
        return InspectedData(
            _some(data, "pred", holders, mine), _some(data, "label", holders, theirs), preds, labels, rows
        )
    if pred is None or label is None:
        notes.append("Rows are too wide to look for alarms in what can be read only once.")
        return None
    count = min(len(pred.rows), len(label.rows))
    notes.append(f"The alarms are from the first {count} of {preds} rows.")
    return InspectedData(_head(pred, count), _head(label, count), count, count, looked_at(count, width))


def _some(data: UnpairedFiles, role: str, holders: dict[str, RowHolder], rows: Array) -> HeldRows:
    whole = holders[role].held() if holders[role].complete else None
    return gathered(data, role, rows, ELEMENTS) if whole is None else whole


def _head(held: HeldRows, count: int) -> HeldRows:
    return HeldRows(np.arange(count), held.values[:count], held.usable[:count])
