"""Rows paired by key: every file's rows in the order of the predictions, each key once and in all of them."""

from __future__ import annotations

from collections.abc import Mapping

from ...core.arrays.pairing import Join, Pairing
from ...core.errors import DataProblem, UsageProblem
from ...core.record import mutable
from ...core.safe_text import shown
from ..columns.candidates import CANDIDATE
from ..frame import Frame, Picked
from ..table import Pick, Table
from .bitmap import Bitmap
from .key_differences import likely_difference
from .keys import KeyColumns, file_row
from .matching import Matched, RepeatedKey, match_rows
from .repeats import first_rows
from .spill import Budget
from .table_views import Reordered, Selected, StoredTable, check_equal_rows


class JoinedFrame(Frame):
    """The roles of one data set, paired by key, in the order of the predictions."""

    def __init__(
        self, roles: Mapping[str, Picked], keep_columns: frozenset[str], pairing: Pairing, key: KeyColumns, held: int
    ) -> None:
        super().__init__(roles, keep_columns)
        self.pairing = pairing
        self.held = held
        self._key = key

    @property
    def key(self) -> KeyColumns:
        """The key of the predictions' file, for all of its rows."""
        return self._key

    def place(self, role: str, row: int) -> str:
        """The row of the role's own file, and its key."""
        own, first = self._own(role, row), self._own(next(iter(self.roles)), row)
        return f"row {own} (from 0), {_of(self._key)} {self._key.at(first)}"

    def _own(self, role: str, row: int) -> int:
        return file_row(self.roles[role][0], row)


@mutable
class _JoinSide:
    """A file that takes part: what roles take from it, and its key."""

    owner: Table
    picks: dict[str, Pick]
    key: KeyColumns  # of the rows that take part: none whose key came before
    own_key: KeyColumns  # of all rows of the file
    repeated: int = 0  # rows left out since their key came before


def join_by_key(
    roles: Mapping[str, Picked], keep_columns: frozenset[str], join: Join, conditions: frozenset[str] = frozenset()
) -> tuple[JoinedFrame, list[Table]]:
    """The frame of the roles paired by key, and the tables that hold what it needs, to be closed.

    `conditions` are roles that may read the key itself.
    """
    budget = Budget(join.memory)
    opened: list[Table] = []
    try:
        sides = _sides(roles, join, conditions)
        for side in sides:
            if not side.owner.repeatable:
                opened.append(StoredTable(side.owner, {**side.picks, **side.key.picks}, budget))
                side.key = side.own_key = KeyColumns(opened[-1], side.key.names)
        pairing, arranged = _pair(sides, join, budget)
        opened += arranged
        own = {id(side.owner): table for side, table in zip(sides, arranged, strict=True)}
        moved = {role: (own[id(table)], pick) for role, (table, pick) in roles.items()}
        return JoinedFrame(moved, keep_columns, pairing, sides[0].own_key, join.memory), opened
    except BaseException:
        for store in list(budget.stores):
            store.close()
        raise


def _sides(roles: Mapping[str, Picked], join: Join, conditions: frozenset[str]) -> list[_JoinSide]:
    """The files that take part, the predictions' first."""
    owners: dict[int, tuple[Table, dict[str, Pick]]] = {}
    for role, (table, pick) in roles.items():
        owners.setdefault(id(table), (table, {}))[1][role] = pick
    sides = []
    for table, picks in owners.values():
        predictions = any(role.startswith(("pred", CANDIDATE)) for role in picks)
        key = KeyColumns(table, join.own(table.columns, predictions=predictions))
        sides.append(_JoinSide(table, picks, key, key))
    if len(sides) == 1:
        raise UsageProblem(
            f"--join pairs files, and all columns come from {sides[0].owner.name}.", "Leave it out.", options=("join",)
        )
    for side in sides:
        for role, pick in side.picks.items():
            if role in conditions:
                continue
            if both := [name for name in pick.columns or side.owner.columns if name in side.key.names]:
                raise UsageProblem(
                    f"Column {shown(both[0])} of {side.owner.name} is the key, and would be among the {role} too.",
                    f"Name the columns of the {role} without it.",
                    kind="bad_column",
                    file=side.owner.name,
                    column=both[0],
                )
    return sides


def _pair(sides: list[_JoinSide], join: Join, budget: Budget) -> tuple[Pairing, list[Table]]:
    """How the keys pair, and each file's rows as they pair."""
    matches = _matched(sides, join, budget)
    left, *rights = [side.key for side in sides]
    for side, matched_rows in zip(sides, (matches[0].left, *(match.right for match in matches)), strict=True):
        check_equal_rows(side.key.table, side.picks, matched_rows.rows)
    marks = matches[0].left
    for match in matches[1:]:
        marks = marks.both(match.left)
    alone = sum(match.right.rows - match.right.count for match in matches)
    repeated = sides[0].repeated, sum(side.repeated for side in sides[1:])
    left_only = marks.rows - marks.count
    pairing = Pairing(join.by, join.on_missing, marks.count, left_only, alone, join.on_duplicate, *repeated)
    for right, match in zip(rights, matches, strict=True):
        _refuse_missing(left, right, match, join.on_missing)
    if not marks.count:
        raise DataProblem(
            f"No {_of(left)} of {left.table.name} is in all other files.",
            "There is nothing to pair.",
            kind="no_common_key",
            file=left.table.name,
        )
    others = [_follower(right.table, match, marks, budget) for right, match in zip(rights, matches, strict=True)]
    return pairing, [Selected(left.table, marks), *others]


def _matched(sides: list[_JoinSide], join: Join, budget: Budget) -> list[Matched]:
    """How the keys of each other file match the predictions', rows whose key came before left out where that may be."""
    stores = len(budget.stores)
    while True:
        try:
            return [match_rows(sides[0].key, side.key, budget) for side in sides[1:]]
        except RepeatedKey as problem:
            for store in budget.stores[stores:]:
                store.close()
            side = next(side for side in sides if side.key is problem.columns)
            if join.on_duplicate == "error" or side.repeated:
                raise
            table = side.key.table
            same = side.picks if join.on_duplicate == "same" else None
            marks = first_rows(side.key, problem.forms, budget, same)
            check_equal_rows(table, side.picks, marks.rows)
            side.repeated = marks.rows - marks.count
            side.key = KeyColumns(Selected(table, marks), side.key.names)


def _follower(table: Table, match: Matched, marks: Bitmap, budget: Budget) -> Table:
    """A file's rows in the order of the predictions', those that are marked there."""
    if match.places is not None:
        return Reordered(table, match.places, marks, budget)
    follow = marks.among(match.left)
    return Selected(table, match.right if follow.full else match.right.spread(follow))


def _of(key: KeyColumns) -> str:
    return ", ".join(map(shown, key.names))


def _refuse_missing(left: KeyColumns, right: KeyColumns, match: Matched, on_missing: str) -> None:
    """A row without a counterpart is a DataProblem, unless such rows are dropped; no counterpart at all always is."""
    if not match.left.count:
        raise DataProblem(
            f"{left.table.name} and {right.table.name} have no {_of(left)} in common: the first are "
            f"{left.at(0)} and {right.at(0)}.",
            f"Keys are compared as the files have them: {likely_difference(left, right) or '007 is not 7.'} "
            "Write the keys of one file as the other has them.",
            kind="no_common_key",
            file=left.table.name,
        )
    if on_missing == "drop" or (match.left.full and match.right.full):
        return
    here, there, matched_rows = (right, left, match.right) if match.left.full else (left, right, match.left)
    row = matched_rows.first(unset=True)
    assert row is not None
    own = file_row(here.table, row)
    likely = likely_difference(here, there, row)
    matches, alone, others = match.left.count, match.left.rows, match.right.rows
    raise DataProblem(
        f"{here.table.name} has the {_of(here)} {here.at(row)} in row {own} (from 0), which {there.table.name} lacks "
        f"({matches} matched, {alone - matches} only in {left.table.name}, {others - matches} only in "
        f"{right.table.name}).{' ' if likely else ''}{likely}",
        "--on-missing drop leaves such rows out.",
        kind="unmatched_key",
        file=here.table.name,
        row=own,
        options=("on-missing",),
        fix="--on-missing drop",
    )
