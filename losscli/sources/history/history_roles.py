"""The history of several series in a file: it becomes the scale of each row's series, beside the rows."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from ...core.declarations.param import SERIES_SCALE
from ...core.errors import DataProblem, UsageProblem
from ...core.loss import Loss
from ...core.notes import Note
from ...core.safe_text import shown
from ..columns.choice import ColumnChooser
from ..file_spec import LABEL_NAMES, parse, usual_columns
from ..frame import Frame, Picked
from ..grouping.group_columns import GroupColumn, pick_of_column
from ..grouping.group_keys import GroupKeys
from ..memory.frames import has_columns
from ..table import Pick, Table
from .series_scales import SCALE_OF, SERIES, SeriesScales, WithScales
from .values import ROLE, history_values

SEASON = "season"
_IDS = re.compile(r"(?i)(?:.*[_. ])?(?:id|uid|uuid|series)")
_READ = 1 << 16


def history_roles(
    loss: Loss,
    chosen: ColumnChooser,
    params: Mapping[str, Any],
    roles: dict[str, Picked],
    inputs: dict[str, Picked],
) -> dict[str, Any]:
    """What is read whole of the history of a series. Of several, their scales join the roles."""
    role = next((role for role in loss.roles if role.scales is not None), None)
    given, names = chosen.wanted.given.get(ROLE), chosen.wanted.given.get(SERIES)
    if role is None or (given is None and names is None and params.get(SEASON) is None):
        return {}
    if given is None:
        option = SERIES if names is not None else SEASON
        raise UsageProblem(
            f"--{option} says something of a history, and there is none.",
            f"Name it with --history SPEC, or leave out --{option}.",
            kind="contradiction",
            options=(option, ROLE),
        )
    if chosen.wanted.given.get("scale") is not None:
        raise UsageProblem(
            "The scales are said twice, by --scale and by --history.",
            "Leave one of them out.",
            kind="contradiction",
            options=("scale", ROLE),
        )
    picked = _history(chosen, given, roles)
    series = _series_of_rows(chosen, names, chosen.wanted.by, picked, roles)
    inputs[ROLE] = picked
    if series is None:
        _refuse_unnamed(picked, roles)
        values, _ = history_values(picked, (), None, chosen.notes)
        return {ROLE: values}
    inputs[SERIES] = series
    season = loss.resolve({SEASON: params.get(SEASON)})[SEASON] or 1
    scales = SeriesScales(role, picked, series, season, chosen.notes)
    view = WithScales(series[0], series[1].columns, scales, roles)
    for name, (table, pick) in list(roles.items()):
        if table is series[0]:
            roles[name] = cast(Table, view), pick
    called = f"{SCALE_OF}{picked[0].name} (season {scales.season})"
    roles[SERIES_SCALE] = cast(Table, view), Pick((called,))
    return {}


def _history(chosen: ColumnChooser, given: Any, roles: Mapping[str, Picked]) -> Picked:
    """The table of the history and the column of its values: as it is named, or called as the labels are."""
    label = roles.get("label")
    names = label[1].columns if label is not None and len(label[1].columns) == 1 else ()
    bare = not isinstance(given, str) or "::" not in given
    table = _table_of(chosen, given) if bare else None
    if table is not None and len(table.columns) > 1:
        own = [name for name in names if name in table.columns] or list(usual_columns(table.columns, LABEL_NAMES))
        if len(own) == 1:
            note = f"history: column {shown(own[0])} of {table.name}."
            chosen.notes.append(Note(note, kind="column_chosen", role=ROLE, file=table.name, column=own[0]))
            return table, Pick((own[0],))
    table, pick = chosen.pick(ROLE, given)
    shape = table.describe(pick).shape
    if any(side != 1 for side in shape[1:]):
        raise DataProblem(
            f"The history has {len(pick.columns) or 'several'} columns in {table.name}, and a series has one.",
            f"Name it: --history {table.name}::COLUMN.",
            kind="bad_shape",
            options=(ROLE,),
        )
    return table, pick


def _table_of(chosen: ColumnChooser, given: Any) -> Table | None:
    """The table of a file, or of what has named columns in memory, whose columns are still to be chosen."""
    if isinstance(given, str | os.PathLike):
        spec = parse(os.fspath(given))
        return chosen.opener.table(spec.path) if spec.path else None
    return chosen.opener.frame(given, ROLE) if has_columns(given) else None


def _series_of_rows(
    chosen: ColumnChooser, names: Any, by: Sequence[Any], history: Picked, roles: Mapping[str, Picked]
) -> Picked | None:
    """The columns that name the series of a row: those of --series, or those of --by that the history has."""
    table, pick = history
    if names is None:
        taken = [each for each in by if isinstance(each, str) and each in table.columns and each not in pick.columns]
        taken = [each for each in taken if any(each in other.columns for other, _ in roles.values())]
        if not taken:
            return None
        owners = [
            other
            for role in ("pred", "label", *roles)
            if role in roles and all(each in (other := roles[role][0]).columns for each in taken)
        ]
        if not owners:
            raise UsageProblem(
                f"The columns {', '.join(map(shown, taken))} of --by stand in different files.",
                "Say which name the series: --series COLUMNS.",
                options=(SERIES, "by"),
            )
        return owners[0], Pick(tuple(taken))
    if isinstance(names, list | tuple) and all(isinstance(name, str) for name in names) and _are_columns(names, roles):
        names = ",".join(names)
    owner, own = chosen.column_or_file(SERIES, names, roles)
    for name in own.columns or (SERIES,):
        if name not in table.columns:
            raise UsageProblem(
                f"{table.name} has no column {shown(name)}, which would say what series a value of the history is of.",
                f"It has: {', '.join(map(shown, table.columns[:12]))}."
                if table.columns
                else "It has no named columns.",
                kind="missing_column",
                file=table.name,
                column=name,
                options=(SERIES,),
            )
    return owner, own


def _are_columns(names: Sequence[str], roles: Mapping[str, Picked]) -> bool:
    return any(set(names) <= set(table.columns) for table, _ in roles.values())


def _refuse_unnamed(history: Picked, roles: Mapping[str, Picked]) -> None:
    """A history that names several series, and nothing that says which columns do."""
    table, pick = history
    for name in table.columns:
        shared = any(name in other.columns for other, _ in roles.values())
        if not shared or name in pick.columns or not _IDS.fullmatch(name):
            continue
        numbers = GroupKeys([GroupColumn(name, (name,))], cast(Frame, None))
        rows = 0
        for load in table.blocks({name: pick_of_column(name, table, {}, False)}, _READ):
            block = load()
            numbers.numbers(block.arrays, block.missing, rows)
            rows += len(block)
        if 1 < len(numbers) < rows:
            raise UsageProblem(
                f"{table.name} has {len(numbers)} different values in its column {shown(name)}, as of so many series.",
                f"Say --series {shown(name)}; a history of one series has one column, or one value there.",
                kind="missing_option",
                file=table.name,
                column=name,
                options=(SERIES,),
                fix=f"--series {shown(name)}",
            )
