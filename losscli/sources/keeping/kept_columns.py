"""The columns of --keep, and those of the key of --join: which file has each, and how it is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...core.arrays.pairing import Join
from ...core.did_you_mean import nearest
from ...core.errors import UsageProblem
from ...core.record import record
from ...core.safe_text import shown
from ..columns.candidates import BY, KEEP
from ..columns.choice import ColumnChooser
from ..frame import Picked
from ..grouping.group_columns import is_of_another_file, name_of, pick_of_column, read_as_classes, with_gaps
from ..table import Pick, Table


@record
class KeptColumn:
    """A column that stands beside the losses of rows: its name, and the role that reads it.

    `classes` are the names of the classes where the column is read as class numbers.
    """

    name: str
    role: str
    classes: tuple[str, ...] = ()


def own_roles(keep: Sequence[Any], chooser: ColumnChooser, roles: Mapping[str, Picked]) -> dict[str, Picked]:
    """The roles of what --keep names that is no column of the files at hand: SPECs of other files, and arrays."""
    added: dict[str, Picked] = {}
    for number, each in enumerate(keep):
        given = each[1] if isinstance(each, tuple) else each
        if not is_of_another_file(given, roles):
            continue
        table, pick = chooser.pick(KEEP.strip(), given)
        if len(pick.columns) > 1:
            raise UsageProblem(
                f"--keep {shown(str(given))} names {len(pick.columns)} columns.",
                "Name one after another, with commas.", kind="bad_option", options=("keep",),
            )  # fmt: skip
        table = with_gaps(table)
        text = table.describe(pick).dtype == "text" or (bool(pick.columns) and table.format != "array")
        added[f"{KEEP}{number}"] = table, Pick(pick.columns, text=text)
    return added


def kept_columns(
    keep: Sequence[Any], join: Join | None, roles: Mapping[str, Picked]
) -> tuple[list[KeptColumn], dict[str, Picked], list[str]]:
    """The key's columns and those of --keep bound to files, the roles that read them, and what is to be said.

    Of several files that have a column the first counts: the predictions' before the labels', and those before others.

    Args:
        keep: names of columns, SPECs, or pairs of a name and an array.
        join: the key by which rows are paired; None by position.
        roles: what is read so far, with the roles of `own_roles`.
    """
    files = {role: picked for role, picked in roles.items() if not role.startswith((BY, KEEP))}
    kept: list[KeptColumn] = []
    added: dict[str, Picked] = {}
    notes: list[str] = []
    if join is not None:
        for name in join.own(files["pred"][0].columns, predictions=True):
            kept.append(_bound(name, files["pred"][0], f"{KEEP}key {name}", files, added))
    for number, each in enumerate(keep):
        role = f"{KEEP}{number}"
        if role in roles:
            kept.append(KeptColumn(name_of(each, roles[role]), role))
            continue
        tables = list({id(table): table for table, _ in files.values()}.values())
        having = [table for table in tables if each in table.columns]
        if not having:
            raise _no_column(str(each), tables)
        if any(column.name == each and column.role.startswith(f"{KEEP}key") for column in kept):
            continue  # it is there as a part of the key
        if len(having) > 1:
            names = " and ".join(table.name for table in having)
            other = f"{having[1].path or having[1].name}::{shown(each)}"
            notes.append(
                f"--keep {shown(each)}: {names} have this column; that of {having[0].name} is kept, and {other} "
                "names another."
            )
        kept.append(_bound(each, having[0], role, files, added))
    _check({**roles, **added}, kept)
    return kept, added, notes


def _bound(name: str, table: Table, role: str, files: Mapping[str, Picked], added: dict[str, Picked]) -> KeptColumn:
    """The column of a file; a role that reads it as classes reads it once."""
    for own, picked in files.items():
        if picked[0] is table and read_as_classes(picked, name):
            return KeptColumn(name, own, picked[1].classes)
    added[role] = table, pick_of_column(name, table, files, False)
    return KeptColumn(name, role)


def _no_column(each: str, tables: Sequence[Table]) -> UsageProblem:
    names = list(dict.fromkeys(column for table in tables for column in table.columns))
    if not names:
        text = f"--keep {shown(each)}: the data are arrays without column names."
        hint = "Name a file, or a column of one as FILE::COLUMN; in Python give an array, as {'id': array}."
    else:
        text = f"--keep {shown(each)}: no file has a column {shown(each)}."
        few = ", ".join(map(shown, names[:12]))
        hint = nearest(each, names) or f"There are: {few}. A column of another file is written FILE::COLUMN."
    return UsageProblem(text, hint, kind="missing_column", column=each, options=("keep",))


def _check(roles: Mapping[str, Picked], kept: Sequence[KeptColumn]) -> None:
    names = [column.name for column in kept]
    if twice := [name for i, name in enumerate(names) if name in names[:i]]:
        raise UsageProblem(f"--keep names {shown(twice[0])} twice.", "Leave one out.", options=("keep",))
    for column in kept:
        table, pick = roles[column.role]
        if any(side != 1 for side in table.describe(pick).shape[1:]):
            raise UsageProblem(
                f"--keep {shown(column.name)} holds several values a row in {table.name}.",
                "Name a column with one value a row.", kind="bad_shape", options=("keep",),
            )  # fmt: skip
