"""Names of columns carry identity: classes are matched with labels, and columns of one role with another's, by name."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from ...core.errors import UsageProblem
from ...core.notes import Note
from ...core.record import replace
from ...core.safe_text import shown
from ..frame import Picked
from ..table import Field, Pick, Table
from .column_names import ColumnNames, conflict, listed, names_of, numbered_reading, places_by_name
from .recognition import CALLED, Need

if TYPE_CHECKING:
    from ..classes.class_columns import ClassOrder


class NameMatcher:
    """Puts columns in order by their names.

    `names` are those of the columns of each role, where they have any, in the order of the pick; `classes` the names
    of the classes in order, where labels are matched with them by name. `depends_on_loss` is whether another loss
    might be given other columns, or classes in another way. `given` are the classes of --classes.
    """

    def __init__(self, given: tuple[str, ...], need: Need, notes: list[str]) -> None:
        self.given, self.need, self.notes = given, need, notes
        self.names: dict[str, ColumnNames] = {}
        self.classes: tuple[str, ...] = ()
        self.depends_on_loss = False
        self._ordered = False  # whether --classes gave the order of the predictions' columns

    def named(self, role: str, table: Table, pick: Pick, patterns: tuple[str, ...]) -> Pick:
        """The pick with its columns in the order of --classes, and their names kept."""
        columns = pick.columns or table.columns
        if getattr(table, "counted", False):  # the columns have no names but their numbers
            return pick
        named = self.names[role] = names_of(patterns, columns)
        if role != "pred" or not self.given or len(columns) < 2 or self.need.kind == "embeddings":
            return pick
        from ..classes.class_columns import in_order_of

        order = in_order_of(self.given, named, table.name)
        if order is None:
            return pick
        self._ordered = True
        return self._reordered(pick, order)

    def _reordered(self, pick: Pick, order: ClassOrder) -> Pick:
        """The predictions' columns in the order of the classes."""
        named = self.names["pred"].ordered(order.places).as_classes(order.classes)
        moved = named.columns != self.names["pred"].columns
        self.names["pred"], self.classes = named, order.classes
        return replace(pick, columns=named.columns) if moved else pick

    def paired(self, role: str, picked: Picked) -> Picked:
        """Several columns beside those of the predictions, in the order of the names that both have."""
        ours, theirs = self.names.get("pred"), self.names.get(role)
        table, pick = picked
        if ours is None or theirs is None or not 1 < len(ours.columns) == len(theirs.columns):
            return picked
        places = _in_our_order(ours, theirs, CALLED.get(role, role), table.name, role)
        if places is None or places == tuple(range(len(places))):
            return picked
        self.names[role] = theirs.ordered(places)
        columns = self.names[role].columns
        text = f"{CALLED.get(role, role)}: columns paired with the predictions' by name: {listed(columns)}."
        self.notes.append(Note(text, kind="columns_paired", role=role, file=table.name))
        return table, replace(pick, columns=columns)

    def numbers(self, pred: Picked, label: Picked, field: Field) -> tuple[Picked, Picked]:
        """Labels that are one number a row, and the columns of the classes."""
        table, pick = label
        named, classes = self.names.get("pred"), self.given
        if not classes and (named is None or len(named.columns) < 2):
            return pred, label
        from ..classes.class_columns import (
            by_number,
            numbered_classes,
            order_of_booleans,
            order_of_numbers,
            seem_numbered,
        )

        if classes:
            self.depends_on_loss = True
            self._check_classes(pred, classes)
            numbered = None if self.need.labels_are_values else numbered_classes(self.classes or classes, self.need)
            if numbered is None:
                return pred, label
            self.classes = numbered.names
            return pred, (table, by_number(table, pick, numbered))
        assert named is not None
        order = order_of_booleans(named) if field.dtype == "bool" else order_of_numbers(named)
        if order is not None:
            self.depends_on_loss |= order.places != tuple(range(len(order.places)))
            return (self._by_class(pred, order) if self.need.class_columns else pred), label
        reading = numbered_reading(named)
        counted = f"--classes {','.join(map(str, range(len(reading))))}"
        numbered = numbered_classes(reading, self.need, counted)
        if numbered is None:
            return pred, label
        self.depends_on_loss = True
        if not self.need.class_columns or (not self.need.kind and not seem_numbered(table, pick, numbered)):
            return pred, label
        self.classes, self.names["pred"] = reading, named.as_classes(reading)
        return pred, (table, by_number(table, pick, numbered))

    def _by_class(self, pred: Picked, order: ClassOrder) -> Picked:
        """The predictions with columns in the order of the numbers that name them."""
        table, pick = pred
        moved = self._reordered(pick, order)
        self.classes = ()  # labels are the classes' numbers already
        if moved is not pick:
            columns = listed(self.names["pred"].columns)
            text = f"predictions: columns in the order of the classes in their names: {columns}."
            self.notes.append(Note(text, kind="columns_ordered", role="pred", file=table.name))
        return table, moved

    def _check_classes(self, pred: Picked, classes: tuple[str, ...]) -> None:
        """Refuse classes that no column and no label can be of."""
        if self.need.labels_are_values and not self._ordered:
            raise UsageProblem(
                f"--classes names {listed(classes)}, and labels of this loss are numbers and not classes.",
                "Leave out --classes.",
                kind="bad_option",
                options=("classes",),
            )
        shape = pred[0].describe(pred[1]).shape
        width = shape[1] if len(shape) == 2 else None
        if width is not None and width > 1 and self.need.class_columns and len(classes) > width:
            raise UsageProblem(
                f"--classes names {len(classes)} classes, and the predictions have {width} columns.",
                "Name one class a column, in order.",
                kind="bad_option",
                options=("classes",),
            )

    def text_classes(self, table: Table, pick: Pick) -> tuple[str, ...]:
        """The names of the classes in order, for labels that are text."""
        named = self.names.get("pred")
        if not self.classes:
            self.classes = self.given
        if not self.classes and (named is None or len(named.columns) < 2):
            from ..classes.class_words import booleans_in, words_of

            self.classes = booleans_in(words_of(table, pick))
            if self.classes:
                self.notes.append(f"labels: {self.classes[0]} is 0 and {self.classes[1]} is 1.")
        if not self.classes and named is not None:
            from ..classes.class_columns import reading_of_texts

            self.classes = reading_of_texts(named, table, pick)
            self.names["pred"] = named.as_classes(self.classes)
        if len(self.classes) < 2:
            from ..classes.class_words import without_classes

            raise without_classes(table, pick)
        return self.classes

    def class_names(self) -> ColumnNames | None:
        """What the classes may be called, in order; None where nothing names them."""
        named = self.names.get("pred")
        if named is not None and len(named.columns) > 1:
            return named
        return ColumnNames(self.classes, (self.classes,)) if self.classes else None

    def beside_base(self, table: Table, pick: Pick, base: Table, ours: ColumnNames | None) -> Pick:
        """A candidate's columns in the order of the base's names, `ours`, which are kept."""
        theirs = self.names.pop("pred", None)
        if ours is not None:
            self.names["pred"] = ours
        if ours is None or theirs is None or len(ours.columns) < 2:
            return pick
        places = places_by_name(ours, theirs)
        if places is None:
            raise UsageProblem(
                f"The columns of {table.name} are of the classes {listed(theirs.readings[0])}, those of {base.name} "
                f"of {listed(ours.readings[0])}."
            )
        in_order = places == tuple(range(len(places)))
        return pick if in_order and not pick.columns else replace(pick, columns=theirs.ordered(places).columns)


def _in_our_order(ours: ColumnNames, theirs: ColumnNames, called: str, table: str, role: str) -> tuple[int, ...] | None:
    """For each column of the predictions the place of its partner; None where names say nothing.

    Names of which only some are on both sides are a UsageProblem: they say neither what belongs together nor that
    positions do.
    """
    places = places_by_name(ours, theirs)
    if places is not None:
        return places
    names = conflict(ours, theirs)
    if names is None:
        return None
    option = f"--{role} " if role in ("label", "weight") else f"--{role.replace('_', '-')} {table}::"
    if ours.typed and theirs.typed:
        hint = "Write columns of one name at the same place in both lists."
    else:
        sides = [shlex.quote(",".join(map(shown, columns))) for columns in (ours.columns, theirs.columns)]
        hint = f"To pair them by position, write them out: --pred {sides[0]} {option}{sides[1]}"
    raise UsageProblem(
        f"By name and by position different columns belong together: the predictions are {listed(names[0])}, and the "
        f"{called} of {table} {listed(names[1])}.",
        hint,
        kind="names_differ",
        file=table,
        options=("pred", role),
    )
