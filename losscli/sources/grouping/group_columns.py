"""The columns by which rows are grouped: which file has each, and how it is read."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ...core.arrays.inputs import Ragged
from ...core.did_you_mean import nearest
from ...core.errors import DataProblem, UsageProblem
from ...core.record import record
from ...core.safe_text import shown
from ..arrays import ArrayTable
from ..columns.candidates import BY, KEEP
from ..columns.choice import ColumnChooser
from ..file_spec import parse
from ..frame import Picked
from ..table import Pick, Table
from .bins import Bins


@record
class GroupColumn:
    """A column of --by: its name, the roles that read it (several where several files have it), and its bins.

    `classes` are the names of the classes where the column is read as class numbers.
    """

    name: str
    roles: tuple[str, ...]
    bins: Bins | None = None
    classes: tuple[str, ...] = ()


def own_roles(by: Sequence[Any], chooser: ColumnChooser, roles: Mapping[str, Picked]) -> dict[str, Picked]:
    """The roles of what --by names that is no column of the files at hand: SPECs of other files, and arrays."""
    added: dict[str, Picked] = {}
    for number, each in enumerate(by):
        given = each[1] if isinstance(each, tuple) else each
        if not is_of_another_file(given, roles):
            continue
        table, pick = chooser.pick(BY.strip(), given)
        if len(pick.columns) > 1:
            raise UsageProblem(
                f"--by {shown(str(given))} names {len(pick.columns)} columns.", "Name one after another, with commas.",
                kind="bad_option", options=("by",),
            )  # fmt: skip
        table = with_gaps(table)
        text = table.describe(pick).dtype == "text" or (bool(pick.columns) and table.format != "array")
        added[f"{BY}{number}"] = table, Pick(pick.columns, text=text)
    return added


def is_of_another_file(given: Any, roles: Mapping[str, Picked]) -> bool:
    """Whether this is a SPEC of a file or an array, and not a column of the files at hand."""
    if not isinstance(given, str):
        return True
    if any(given in table.columns for table, _ in roles.values()):
        return False
    return "::" in given or os.path.isfile(given)


def with_gaps(table: Table) -> Table:
    """An array of texts with an empty text for each that is missing: read as keys, a mask of gaps is not asked for."""
    if not isinstance(table, ArrayTable) or isinstance(table.array, Ragged) or table.missing is None:
        return table
    if table.array.dtype.kind not in "US":
        return table
    empty = table.array.dtype.type()
    return ArrayTable(np.where(table.missing, empty, table.array), table.name, index=table.index)


def group_columns(
    by: Sequence[Any], roles: Mapping[str, Picked], *, numbers: bool = False
) -> tuple[list[GroupColumn], dict[str, Picked]]:
    """The columns bound to the files that have them, and roles that read these columns.

    Args:
        by: names of columns, `NAME:WIDTH` for bins, SPECs, or pairs of a name and an array.
        roles: what is read so far, with the roles of `own_roles`.
        numbers: whether columns that hold numbers alone are read as numbers, also from text files.
    """
    files = {role: picked for role, picked in roles.items() if not role.startswith((BY, KEEP))}
    tables = list({id(table): table for table, _ in files.values()}.values())
    bound: list[GroupColumn] = []
    added: dict[str, Picked] = {}
    for number, each in enumerate(by):
        role = f"{BY}{number}"
        if role in roles:
            added[role] = _as_numbers(roles[role], {}) if numbers else roles[role]
            bound.append(GroupColumn(name_of(each, roles[role]), (role,)))
            continue
        name, bins = _column_and_bins(each, tables)
        having = [table for table in tables if name in table.columns]
        if not having and name == "label" and "label" in files:
            having, name = [files["label"][0]], _label_column(files["label"])
        if not having:
            raise _no_column(each, name, tables)
        names: list[str] = []
        classes: tuple[str, ...] = ()
        for table in having:
            own = (role for role, picked in files.items() if picked[0] is table and read_as_classes(picked, name))
            shared = next(own, "")
            pick = pick_of_column(name, table, files, bins is not None) if not shared else files[shared][1]
            if numbers and not shared:
                pick = _as_numbers((table, pick), files)[1]
            classes = pick.classes or classes
            names.append(shared or f"{role} {len(names)}")
            if not shared:
                added[names[-1]] = table, pick
        bound.append(GroupColumn(name or "label", tuple(names), bins, classes))
    _check_shapes(bound, {**roles, **added})
    return bound, added


def name_of(each: Any, picked: Picked) -> str:
    """What a SPEC or an array is called: by its own name, by its column, or by its file."""
    if isinstance(each, tuple):
        return str(each[0])
    columns = picked[1].columns
    return columns[0] if columns else os.path.basename(parse(each).path)


def _column_and_bins(text: str, tables: Iterable[Table]) -> tuple[str, Bins | None]:
    """A column, and the width of its bins; a column that is called NAME:WIDTH is that column."""
    name, colon, width = text.rpartition(":")
    if not colon or any(text in table.columns for table in tables):
        return text, None
    bins = Bins.of(width)
    if bins is None:
        raise UsageProblem(
            f"--by {shown(text)}: the width of a bin is a number above 0, not {shown(width)}.",
            f"Write {shown(name)}:10 for bins of width 10.", kind="bad_option", options=("by",),
        )  # fmt: skip
    return name, bins


def _label_column(label: Picked) -> str:
    """The column of the labels; empty for an array."""
    table, pick = label
    columns = pick.columns or table.columns
    if len(columns) > 1 or any(side != 1 for side in table.describe(pick).shape[1:]):
        raise UsageProblem(
            "--by label: the labels have several values a row, so a row belongs to no one class.",
            "Name a column with one value a row.", kind="bad_shape", options=("by",),
        )  # fmt: skip
    return columns[0] if columns else ""


def _no_column(each: str, name: str, tables: Sequence[Table]) -> UsageProblem:
    names = list(dict.fromkeys(column for table in tables for column in table.columns))
    if not names:
        hint = "Name a file, or a column of one as FILE::COLUMN; in Python give an array, as {'region': array}."
        text = f"--by {shown(each)}: the data are arrays without column names."
    else:
        few = ", ".join(map(shown, names[:12]))
        text = f"--by {shown(each)}: no file has a column {shown(name)}."
        hint = nearest(name, names) or f"There are: {few}. A column of another file is written FILE::COLUMN."
    return UsageProblem(text, hint, kind="missing_column", column=name, options=("by",))


def read_as_classes(picked: Picked, name: str) -> bool:
    """Whether a role reads the column as classes: a file reads a column in one way."""
    pick = picked[1]
    return bool(pick.classes) and pick.columns == (name,)


def pick_of_column(name: str, table: Table, roles: Mapping[str, Picked], binned: bool) -> Pick:
    """How the column is read: as the predictions or labels read it, as numbers for bins, else as the file has it."""
    if not name:
        return Pick()
    uses = [pick for own, pick in roles.values() if own is table and name in (pick.columns or table.columns)]
    numeric, text = Pick((name,)), Pick((name,), text=True)
    if any(pick.text for pick in uses):
        return text
    if not uses and not binned:
        return text
    try:
        dtype = table.describe(numeric).dtype
    except DataProblem as problem:
        if problem.kind != "column_type" or binned:
            raise
        return text  # dates
    if dtype == "text" and binned:
        raise DataProblem(
            f"--by {shown(name)}: column {shown(name)} of {table.name} holds text, and bins are of numbers.",
            f"Write --by {shown(name)} for a group for each text.",
            kind="column_type", file=table.name, column=name, options=("by",),
        )  # fmt: skip
    return text if dtype == "text" else numeric


def _as_numbers(picked: Picked, roles: Mapping[str, Picked]) -> Picked:
    """A column that is read as text, read as numbers where it holds nothing else and nothing reads it as text."""
    table, pick = picked
    if not pick.text or not pick.columns:
        return picked
    uses = [p for own, p in roles.values() if own is table and pick.columns[0] in (p.columns or table.columns)]
    if any(each.text for each in uses):
        return picked
    try:
        dtype = table.describe(Pick(pick.columns)).dtype
    except DataProblem:  # dates, lists
        return picked
    return picked if dtype in ("text", "bool") else (table, Pick(pick.columns))


def _check_shapes(bound: Sequence[GroupColumn], roles: Mapping[str, Picked]) -> None:
    names = [column.name for column in bound]
    if twice := [name for i, name in enumerate(names) if name in names[:i]]:
        raise UsageProblem(f"--by names {shown(twice[0])} twice.", "Leave one out.", options=("by",))
    for column in bound:
        for role in column.roles:
            table, pick = roles[role]
            if any(side != 1 for side in table.describe(pick).shape[1:]):
                raise UsageProblem(
                    f"--by {shown(column.name)} holds several values a row in {table.name}, so that no one says which "
                    "group a row is of.",
                    "Name a column with one value a row.", kind="bad_shape", options=("by",),
                )  # fmt: skip
