"""What the user named, and the columns that are taken for it: each file is opened once."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..core.errors import UsageProblem
from ..core.loss import Loss
from ..core.pairing import Join
from ..core.record import field, record, replace
from ..core.safe_text import shown
from .arrays import ArrayTable
from .dataframes import NamedColumns, as_array
from .file_spec import LABEL_NAMES, PRED_NAMES, Spec, glob_classes, match, parse, recognised
from .frame import Picked
from .open import ReadOptions, open_table
from .table import Pick, Table

if TYPE_CHECKING:
    from .conditions import Condition

_USUAL = {"pred": PRED_NAMES, "label": LABEL_NAMES, "weight": ("weight", "weights", "sample_weight")}
Opens = Callable[[str, ReadOptions], Table]
CALLED = {"pred": "predictions", "label": "labels", "weight": "weights"}


@record
class InputRequest:
    """What the user named: `given` maps roles to SPECs or arrays, `columns` maps pred, label, weight to columns."""

    given: Mapping[str, Any]
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    classes: Sequence[str] = ()
    text: ReadOptions = ReadOptions()
    join: Join | None = None  # None: rows are paired by position
    where: Sequence[Condition] = ()  # which rows count
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
    """Chooses the columns of each role."""

    def __init__(self, opener: TableOpener, wanted: InputRequest, notes: list[str]) -> None:
        self.opener, self.wanted, self.notes = opener, wanted, notes
        self.globbed: tuple[str, ...] = ()
        self._ragged = False  # whether labels are rows of differing length

    def pick(self, role: str, given: Any) -> Picked:
        if (self.wanted.join is not None or self.wanted.where) and NamedColumns.fits(given):
            frame = NamedColumns(given, CALLED.get(role, role))
            return frame, self._columns(role, frame, tuple(self.wanted.columns.get(role) or ()))
        if not isinstance(given, str | os.PathLike):
            return ArrayTable(as_array(given), CALLED.get(role, role)), Pick()
        spec = parse(os.fspath(given))
        if not spec.path:
            base = self.wanted.given["pred"]
            if role == "pred" or not isinstance(base, str | os.PathLike):
                raise UsageProblem(f"{shown(str(given))} names columns of the predictions' file, but there is none.")
            spec = Spec(parse(os.fspath(base)).path, spec.columns)
        table = self.opener.table(spec.path)
        named = self.wanted.columns.get(role) or ()
        if named and spec.columns:
            raise UsageProblem(
                f"Columns of the {CALLED[role]} are named twice: {spec} and --{role}.",
                kind="contradiction",
                options=(role,),
            )
        return table, self._columns(role, table, tuple(named) or spec.columns)

    def _columns(self, role: str, table: Table, patterns: tuple[str, ...]) -> Pick:
        if patterns:
            if not table.columns:
                raise UsageProblem(
                    f"{table.name} is an array without column names.",
                    f"Leave out --{role}.",
                    kind="missing_column",
                    file=table.name,
                    options=(role,),
                )
            columns = match(patterns, table.columns, table.name)
            if role == "pred":
                self.globbed = columns
                if len(patterns) == 1 and patterns[0].count("*") == 1:
                    self.globbed = glob_classes(patterns[0], columns)
                columns = self._in_class_order(columns)
            return Pick(columns, ragged=role == "label" and self._ragged)
        keys = self.wanted.join.names if self.wanted.join else ()
        others = tuple(name for name in table.columns if name not in keys)
        if len(others) <= 1:
            return Pick(others or table.columns, ragged=role == "label" and self._ragged)
        column = recognised(others, _USUAL.get(role, (role,)))
        if column is None:
            few = ", ".join(shown(name) for name in others[:12])
            option = f"--{role} COLUMN" if role in _USUAL else "PATH::COLUMN"
            raise UsageProblem(
                f"Which column of {table.name} holds the {CALLED.get(role, role)}? It has: {few}.",
                f"Name it with {option}.",
                kind="missing_option",
                file=table.name,
                options=(role,),
                fix=option,
            )
        self.notes.append(f"{CALLED.get(role, role)}: column {shown(column)} of {table.name}.")
        return Pick((column,), ragged=role == "label" and self._ragged)

    def _in_class_order(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        """Columns named after the classes stand in the order of --classes."""
        classes = tuple(self.wanted.classes)
        for names in (self.globbed, columns):
            if classes and sorted(names) == sorted(classes):
                by_name = dict(zip(names, columns, strict=True))
                self.globbed = classes
                return tuple(by_name[name] for name in classes)
        return columns

    def label(self, pred: Picked, loss: Loss) -> Picked | None:
        self._ragged = not callable(loss.label) and "sequence" in loss.label
        given = self.wanted.given.get("label")
        if given is None:
            given = self._label_beside(pred)
            if given is None:
                return None
        table, pick = self.pick("label", given)
        is_text = table.describe(replace(pick, classes=())).dtype == "text"
        if loss.label == ("values",) and not self.wanted.classes:  # reading them names the cell that is no number
            return table, pick
        return table, replace(pick, classes=self._class_names(pred, table)) if is_text else pick

    def _label_beside(self, pred: Picked) -> str | None:
        """Labels in the predictions' own file: named by --label, or by a usual name."""
        base = self.wanted.given["pred"]
        if not isinstance(base, str | os.PathLike) or not pred[0].columns:
            if self.wanted.columns.get("label"):
                raise UsageProblem(
                    "--label names a column, but there is no file with columns.",
                    "Give a labels file.",
                    kind="missing_labels",
                    options=("label",),
                )
            return None
        if self.wanted.columns.get("label"):
            return parse(os.fspath(base)).path
        return parse(os.fspath(base)).path if recognised(pred[0].columns, LABEL_NAMES) else None

    def _class_names(self, pred: Picked, table: Table) -> tuple[str, ...]:
        names = tuple(self.wanted.classes) or self.globbed
        if len(names) < 2:
            raise UsageProblem(
                f"The labels in {table.name} are text, and the predictions' columns name no classes.",
                "Give the order of the classes with --classes a,b,c.",
                kind="no_classes",
                file=table.name,
                options=("classes",),
                fix="--classes",
            )
        return names

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
