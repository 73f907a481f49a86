"""What the user named, and the columns that are taken for it: each file is opened once."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..core.errors import UsageProblem
from ..core.loss import Loss
from ..core.pairing import Join
from ..core.record import field, record, replace
from ..core.safe_text import shown
from .array_columns import counted_columns
from .arrays import ArrayTable
from .class_columns import (
    ClassOrder,
    by_number,
    in_order_of,
    numbered_classes,
    order_of_booleans,
    order_of_numbers,
    reading_of_texts,
    seem_numbered,
)
from .column_names import ColumnNames, listed, names_of, places_by_name, whole_number
from .column_pairs import in_our_order
from .dataframes import NamedColumns, as_array
from .file_spec import LABEL_NAMES, USUAL_NAMES, Spec, match, parse, usual_columns, without_index
from .frame import Picked
from .open import ReadOptions, open_table
from .recognition import CALLED, Need, usual_column
from .table import Field, Pick, Table

Opens = Callable[[str, ReadOptions], Table]


@record
class InputRequest:
    """What the user named: `given` maps roles to SPECs or arrays, `columns` maps pred, label, weight to columns."""

    given: Mapping[str, Any]
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    classes: Sequence[str] = ()
    text: ReadOptions = ReadOptions()
    join: Join | None = None  # None: rows are paired by position
    opens: Opens = open_table  # a batch keeps what several data sets share


class TableOpener:
    """Tables by path, each opened once, so that one file serves several roles in one reading."""

    def __init__(self, text: ReadOptions, opens: Opens) -> None:
        self.tables: dict[str, Table] = {}
        self.text, self.opens = text, opens

    def table(self, path: str) -> Table:
        key = path if path == "-" else os.path.abspath(path)
        if key not in self.tables:
            self.tables[key] = self.opens(path, self.text)
        return self.tables[key]


class ColumnChooser:
    """Chooses the columns of each role.

    `names` are those of the columns of each role, where they have any, in the order of the pick; `classes` the names
    of the classes in order, where labels are matched with them by name. `depends_on_loss` is whether another loss
    might be given other columns, or classes in another way.
    """

    def __init__(self, opener: TableOpener, wanted: InputRequest, notes: list[str], need: Need | None = None) -> None:
        self.opener, self.wanted, self.notes = opener, wanted, notes
        self.need = need or Need()
        self.names: dict[str, ColumnNames] = {}
        self.classes: tuple[str, ...] = ()
        self.depends_on_loss = False
        self._ordered = False  # whether --classes gave the order of the predictions' columns
        self._ragged = False  # whether labels are rows of differing length

    def pick(self, role: str, given: Any) -> Picked:
        """The table of a role, and its columns there."""
        self.names.pop(role, None)
        named = tuple(self.wanted.columns.get(role) or ())
        if not isinstance(given, str | os.PathLike):
            return self._in_memory(role, given, named)
        spec = parse(os.fspath(given))
        if not spec.path:
            base = self.wanted.given["pred"]
            if role != "pred" and NamedColumns.fits(base):
                return self._in_memory(role, base, spec.columns)
            if role == "pred" or not isinstance(base, str | os.PathLike):
                raise UsageProblem(f"{shown(str(given))} names columns of the predictions' file, but there is none.")
            spec = Spec(parse(os.fspath(base)).path, spec.columns)
        table = self.opener.table(spec.path)
        if named and spec.columns:
            raise UsageProblem(
                f"Columns of the {CALLED[role]} are named twice: {spec} and --{role}.",
                kind="contradiction",
                options=(role,),
            )
        return table, self._columns(role, table, named or spec.columns)

    def _in_memory(self, role: str, given: Any, named: tuple[str, ...]) -> Picked:
        """Data in memory. A DataFrame or Arrow table is all its columns, unless columns are named or it has keys."""
        called = CALLED.get(role, role)
        if NamedColumns.fits(given):
            columns = NamedColumns.names_of(given)
            if named or self.wanted.join is not None or self._holds_labels(role, columns):
                table = NamedColumns(given, called)
                return table, self._columns(role, table, named)
            if 1 < len(columns) == len(set(columns)):
                frame = NamedColumns(given, called)
                pick = Pick(ragged=False)
                if len(frame.describe(pick).shape) == 2:
                    return frame, self._named(role, frame, pick, ())
        table_of_one = ArrayTable(as_array(given), called)
        return table_of_one, self._columns(role, table_of_one, named) if named else Pick()

    def _holds_labels(self, role: str, columns: tuple[str, ...]) -> bool:
        """Whether a table in memory is to serve as labels too: none are given, and it has a column of them."""
        if self.wanted.given.get("label") is not None:
            return False
        return role == "label" or bool(self.wanted.columns.get("label") or usual_columns(columns, LABEL_NAMES))

    def _columns(self, role: str, table: Table, patterns: tuple[str, ...]) -> Pick:
        ragged = role == "label" and self._ragged
        if patterns:
            if not table.columns:
                return Pick(counted_columns(patterns, table, f"--{role}"), ragged=ragged)
            pick = Pick(match(patterns, table.columns, table.name), ragged=ragged)
            return self._named(role, table, pick, patterns)
        keys = self.wanted.join.by if self.wanted.join else ()
        others = tuple(name for name in table.columns if name not in keys)
        data = without_index(others)
        if len(data) <= 1:
            return Pick(data or table.columns, ragged=ragged)
        used = {name for other, names in self.wanted.columns.items() if other != role for name in names}
        column, depends = usual_column(table, role, tuple(n for n in others if n not in used), self.need)
        self.depends_on_loss |= depends
        if column is None:
            option = f"--{role} COLUMN" if role in USUAL_NAMES else "PATH::COLUMN"
            raise UsageProblem(
                f"Which column of {table.name} holds the {CALLED.get(role, role)}? It has: {_few(others)}.",
                f"Name it with {option}.",
                kind="missing_option",
                file=table.name,
                options=(role,),
                fix=option,
            )
        self.notes.append(f"{CALLED.get(role, role)}: column {shown(column)} of {table.name}.")
        return Pick((column,), ragged=ragged)

    def _named(self, role: str, table: Table, pick: Pick, patterns: tuple[str, ...]) -> Pick:
        """The pick with its columns in the order of --classes, and their names kept."""
        columns = pick.columns or table.columns
        if getattr(table, "counted", False):  # the columns have no names but their numbers
            return pick
        named = self.names[role] = names_of(patterns, columns)
        classes = tuple(self.wanted.classes)
        if role != "pred" or not classes or len(columns) < 2 or self.need.kind == "embeddings":
            return pick
        order = in_order_of(classes, named, table.name)
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
        places = in_our_order(ours, theirs, CALLED.get(role, role), table.name, role)
        if places is None or places == tuple(range(len(places))):
            return picked
        self.names[role] = theirs.ordered(places)
        columns = self.names[role].columns
        self.notes.append(f"{CALLED.get(role, role)}: columns paired with the predictions' by name: {listed(columns)}.")
        return table, replace(pick, columns=columns)

    def with_labels(self, pred: Picked, loss: Loss) -> tuple[Picked, Picked | None]:
        """Predictions and labels, their columns matched by name."""
        self._ragged = not callable(loss.label) and "sequence" in loss.label
        given = self.wanted.given.get("label")
        if given is None:
            given = self._label_beside(pred)
            if given is None:
                return pred, None
        table, pick = self.pick("label", given)
        field = table.describe(replace(pick, classes=()))
        if field.dtype == "text":
            worded = loss.label != ("values",) or self.wanted.classes  # else reading names the cell that is no number
            return pred, (table, replace(pick, classes=self._class_names(pred, table, pick)) if worded else pick)
        if len(field.shape) > 1 and field.shape[1] != 1:
            return pred, self.paired("label", (table, pick))
        return self._by_number(pred, table, pick, field)

    def _by_number(self, pred: Picked, table: Table, pick: Pick, field: Field) -> tuple[Picked, Picked]:
        """Labels that are one number a row, and the columns of the classes."""
        named, classes = self.names.get("pred"), tuple(self.wanted.classes)
        if classes:
            self.depends_on_loss = True
            self._check_classes(pred, classes)
            numbered = None if self.need.labels_are_values else numbered_classes(self.classes or classes, self.need)
            if numbered is None:
                return pred, (table, pick)
            self.classes = numbered.names
            return pred, (table, by_number(table, pick, numbered))
        if named is None or len(named.columns) < 2 or self._ragged:
            return pred, (table, pick)
        order = order_of_booleans(named) if field.dtype == "bool" else order_of_numbers(named)
        if order is not None:
            self.depends_on_loss |= order.places != tuple(range(len(order.places)))
            return (self._by_class(pred, order) if self.need.class_columns else pred), (table, pick)
        reading = max(named.readings, key=lambda names: sum(whole_number(name) is not None for name in names))
        counted = f"--classes {','.join(map(str, range(len(reading))))}"
        numbered = numbered_classes(reading, self.need, counted)
        if numbered is None:
            return pred, (table, pick)
        self.depends_on_loss = True
        if not self.need.class_columns or (not self.need.kind and not seem_numbered(table, pick, numbered)):
            return pred, (table, pick)
        self.classes, self.names["pred"] = reading, named.as_classes(reading)
        return pred, (table, by_number(table, pick, numbered))

    def _by_class(self, pred: Picked, order: ClassOrder) -> Picked:
        """The predictions with columns in the order of the numbers that name them."""
        table, pick = pred
        moved = self._reordered(pick, order)
        self.classes = ()  # labels are the classes' numbers already
        if moved is not pick:
            columns = listed(self.names["pred"].columns)
            self.notes.append(f"predictions: columns in the order of the classes in their names: {columns}.")
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

    def _label_beside(self, pred: Picked) -> Any:
        """Labels in the predictions' own table: named by --label, or by a usual name."""
        base = self.wanted.given["pred"]
        in_file = isinstance(base, str | os.PathLike)
        if not (in_file or NamedColumns.fits(base)) or not pred[0].columns:
            if self.wanted.columns.get("label"):
                raise UsageProblem(
                    "--label names a column, but there is no file with columns.",
                    "Give a labels file.",
                    kind="missing_labels",
                    options=("label",),
                )
            return None
        usual = usual_columns(pred[0].columns, LABEL_NAMES)
        needed = self.need.forms and "none" not in self.need.forms
        if not self.wanted.columns.get("label") and len(usual) != 1 and not (usual and needed):
            return None
        return parse(os.fspath(base)).path if in_file else base

    def _class_names(self, pred: Picked, table: Table, pick: Pick) -> tuple[str, ...]:
        """The names of the classes in order, for labels that are text."""
        named = self.names.get("pred")
        if not self.classes:
            self.classes = tuple(self.wanted.classes)
        if not self.classes and named is not None:
            self.classes = reading_of_texts(named, table, pick)
            self.names["pred"] = named.as_classes(self.classes)
        if len(self.classes) < 2:
            raise UsageProblem(
                f"The labels in {table.name} are text, and the predictions' columns name no classes.",
                "Give the order of the classes with --classes a,b,c.",
                kind="no_classes",
                file=table.name,
                options=("classes",),
                fix="--classes",
            )
        return self.classes

    def class_names(self) -> ColumnNames | None:
        """What the classes may be called, in order; None where nothing names them."""
        named = self.names.get("pred")
        if named is not None and len(named.columns) > 1:
            return named
        return ColumnNames(self.classes, (self.classes,)) if self.classes else None

    def weight(self, roles: Mapping[str, Picked]) -> Picked | None:
        given, named = self.wanted.given.get("weight"), self.wanted.columns.get("weight")
        if given is not None:
            return self.pick("weight", given)
        if not named:
            return None
        for role in ("pred", "label"):
            table = roles[role][0] if role in roles else None
            if table is not None and set(named) <= set(table.columns):
                return table, Pick(tuple(named))
        return roles["pred"][0], self._columns("weight", roles["pred"][0], tuple(named))

    def candidate(self, given: Any, base: Picked) -> Picked:
        """Another model's predictions, chosen as the base's are, its columns in the order of the base's names."""
        ours = self.names.get("pred")
        table, pick = self.pick("pred", given)
        theirs = self.names.pop("pred", None)
        if ours is not None:
            self.names["pred"] = ours
        if ours is not None and theirs is not None and len(ours.columns) > 1:
            places = places_by_name(ours, theirs)
            if places is None:
                raise UsageProblem(
                    f"The columns of {table.name} are of the classes {listed(theirs.readings[0])}, those of "
                    f"{base[0].name} of {listed(ours.readings[0])}."
                )
            if places != tuple(range(len(places))) or pick.columns:
                pick = replace(pick, columns=theirs.ordered(places).columns)
        return table, replace(pick, row_axis=base[1].row_axis)


def _few(names: tuple[str, ...]) -> str:
    return ", ".join(shown(name) for name in names[:12])
