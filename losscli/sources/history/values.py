"""The values of a history in the order of time, and the series that each is of."""

from __future__ import annotations

import re
from typing import Any, cast

import numpy as np

from ...core.errors import DataProblem
from ...core.notes import Note
from ...core.safe_text import shown
from ...core.scratch import Array
from ..frame import Picked
from ..grouping.group_columns import pick_of_column
from ..grouping.group_keys import GroupKeys
from ..table import rows_of

ROLE = "history"
BESIDE = "series "  # and a number: the role of a column that names series
_TIMES = re.compile(r"(?i)ds|date|datetime|timestamp|time")
_READ = 1 << 16


def history_values(
    history: Picked, names: tuple[str, ...], keys: GroupKeys | None, notes: list[str]
) -> tuple[Array, Array]:
    """The values of a history in the order of time, and the number of the series of each."""
    table, pick = history
    clock = next((name for name in table.columns if _TIMES.fullmatch(name) and name not in (*names, *pick.columns)), "")
    picks = {ROLE: pick, **{f"{BESIDE}{i}": pick_of_column(name, table, {}, False) for i, name in enumerate(names)}}
    if clock:
        picks["time"] = pick_of_column(clock, table, {}, False)
    values, series, times, start = [], [], [], 0
    for load in table.blocks(picks, _READ):
        block = load()
        part = np.asarray(block.arrays[ROLE], dtype=np.float64).reshape(len(block))
        _refuse_none(part, rows_of(block.missing.get(ROLE)), history, start)
        values.append(part.copy())
        series.append(
            keys.numbers(block.arrays, block.missing, start) if keys is not None else np.zeros(len(block), np.int64)
        )
        times.append(_ordered(block.arrays["time"]) if clock else None)
        start += len(block)
    if not start:
        raise DataProblem(f"{table.name} has no rows.", kind="no_rows", file=table.name)
    value, number = np.concatenate(values), np.concatenate(series)
    if all(each is not None for each in times):
        moment = np.concatenate(cast(list[Array], times))
        order = np.lexsort((moment, number))
        by_file = np.argsort(number, kind="stable")
        late = (moment[by_file][1:] < moment[by_file][:-1]) & (number[by_file][1:] == number[by_file][:-1])
        if late.any():
            text = f"history: the rows of {table.name} are taken in the order of {shown(clock)}."
            notes.append(Note(text, kind="sorted_by_time", role=ROLE, file=table.name, column=clock))
            return value[order], number[order]
    return value, number


def _ordered(times: Any) -> Array | None:
    """Numbers that go as the times do; None of text that is not a time as ISO 8601 writes it."""
    from ..joins.ragged import as_arrow

    if isinstance(times, np.ndarray) and times.dtype.kind in "biufM":
        return times.astype(np.int64) if times.dtype.kind == "M" else times.astype(np.float64)
    words = (
        times.tolist()
        if isinstance(times, np.ndarray)
        else [w.decode("utf-8", "replace") for w in as_arrow(times).to_pylist()]
    )
    try:
        moments = np.array(words, dtype="datetime64[us]")
    except ValueError:
        return None
    return moments.astype(np.int64)


def _refuse_none(values: Array, missing: Array | None, history: Picked, start: int) -> None:
    """A value that is not there has no difference from others."""
    gone = np.isnan(values) if missing is None else np.isnan(values) | missing
    if gone.any():
        table, pick = history
        column = f" column {shown(pick.columns[0])}" if pick.columns else ""
        raise DataProblem(
            f"{table.name}{column} has no value in row {start + int(np.argmax(gone))} (from 0), and it is a history.",
            "Leave such rows out of the file, or give scales of your own with --scale.",
            kind="missing_value",
            file=table.name,
            row=start + int(np.argmax(gone)),
        )
