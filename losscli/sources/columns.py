"""From what the user named to aligned roles: opens each file once, chooses columns, reads small roles whole."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..core.errors import UsageProblem
from ..core.inputs import Ragged
from ..core.loss import Loss
from ..core.pairing import Join, Pairing
from ..core.record import field, mutable, record, replace
from ..core.safe_text import shown
from .arrays import ArrayTable
from .candidates import CANDIDATE, rivals
from .dataframes import NamedColumns, as_array
from .file_spec import LABEL_NAMES, PRED_NAMES, Spec, glob_classes, match, parse, recognised
from .frame import Frame, Picked, flat_sequences, read_whole
from .open import ReadOptions, open_table
from .table import Pick, Table

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
    opens: Opens = open_table  # a batch keeps what several data sets share


@mutable
class Assembly:
    """Roles ready to run: those with rows as a frame, those read whole as arrays, parameters read from files."""

    frame: Frame
    whole: dict[str, Any]
    params: dict[str, Any]
    inputs: dict[str, Picked]
    notes: list[str]
    tables: list[Table]
    pairing: Pairing | None = None  # of rows paired by key

    def close(self) -> None:
        for table in self.tables:
            table.close()


class _Opener:
    """Tables by path, each opened once, so that one file serves several roles in one reading."""

    def __init__(self, text: ReadOptions, opens: Opens) -> None:
        self.tables: dict[str, Table] = {}
        self.text, self.opens = text, opens

    def table(self, path: str) -> Table:
        key = path if path == "-" else os.path.abspath(path)
        if key not in self.tables:
            self.tables[key] = self.opens(path, self.text)
        return self.tables[key]


def assemble(loss: Loss, wanted: InputRequest, params: Mapping[str, Any], kind: str) -> Assembly:
    """Open and choose everything a loss is given. Wrong names are UsageProblems, wrong files DataProblems."""
    opener = _Opener(wanted.text, wanted.opens)
    try:
        return _assemble(opener, loss, wanted, params, kind)
    except BaseException:
        for table in opener.tables.values():
            table.close()
        raise


def _assemble(opener: _Opener, loss: Loss, wanted: InputRequest, params: Mapping[str, Any], kind: str) -> Assembly:
    notes: list[str] = []
    if twice := [name for name, count in Counter(wanted.classes).items() if count > 1]:
        raise UsageProblem(f"--classes names {shown(twice[0])} twice.", options=("classes",))
    chosen = _Chooser(opener, wanted, notes)
    roles: dict[str, Picked] = {"pred": chosen.pick("pred", wanted.given["pred"])}
    layout = params.get("layout")
    if isinstance(layout, str) and "n" in layout:
        roles["pred"] = (roles["pred"][0], replace(roles["pred"][1], row_axis=layout.index("n")))
    label = chosen.label(roles["pred"], loss)
    if label is not None:
        roles["label"] = label
    weight = chosen.weight(roles)
    if weight is not None:
        roles["weight"] = weight
    roles |= rivals(chosen, roles)
    whole: dict[str, Any] = {}
    inputs = dict(roles)
    for role in loss.roles:
        given = wanted.given.get(role.name)
        if given is None:
            continue
        picked = chosen.pick(role.name, given)
        inputs[role.name] = picked
        if role.rows:
            roles[role.name] = picked
        else:
            whole[role.name] = read_whole(*picked)
    if "label" in roles and "label_lengths" in roles and _is_flat(roles["label"]):
        roles["label"] = flat_sequences(roles["label"], roles["label_lengths"])
    read = {name: _class_values(opener, loss, name, value) for name, value in params.items()}
    models = {role for role in roles if role.startswith(("pred", CANDIDATE))}
    vectors = {*models, *(role.name for role in loss.roles)} if kind == "embeddings" else set()
    for table in opener.tables.values():
        notes.extend(note for note in getattr(table, "notes", ()) if note not in notes)
    tables = list(opener.tables.values())
    if wanted.join is None:
        if len({table.path for table, _ in roles.values() if table.columns}) > 1:
            from .joins.position_check import key_mismatches

            notes.extend(mismatch.note for mismatch in key_mismatches(roles))
        return Assembly(Frame(roles, frozenset(vectors)), whole, read, inputs, notes, tables)
    from .joins.join import joined

    frame, arranged = joined(roles, frozenset(vectors), wanted.join)
    notes.append(f"Paired {frame.pairing}.")
    return Assembly(frame, whole, read, inputs, notes, [*tables, *arranged], frame.pairing)


def _is_flat(picked: Picked) -> bool:
    table, pick = picked
    if isinstance(table, ArrayTable) and isinstance(table.array, Ragged):
        return False
    return len(table.describe(pick).shape) == 1


def class_values(loss: Loss, params: Mapping[str, Any], wanted: InputRequest) -> dict[str, Any]:
    """The parameters, those read that name files; for a loss that shares the roles assembled for another."""
    opener = _Opener(wanted.text, wanted.opens)
    try:
        return {name: _class_values(opener, loss, name, value) for name, value in params.items()}
    finally:
        for table in opener.tables.values():
            table.close()


def _class_values(opener: _Opener, loss: Loss, name: str, value: Any) -> Any:
    """A parameter with one value a class may name a file of them."""
    param = next((p for p in loss.params if p.name == name), None)
    if param is None or not param.per or not isinstance(value, str):
        return value
    spec = parse(value)
    try:
        table = opener.table(spec.path)
    except UsageProblem:
        return param.parse(value)  # neither a file nor numbers: the parameter's own sentence
    columns = match(spec.columns, table.columns, table.name) if spec.columns else table.columns[:1]
    values = np.asarray(read_whole(table, Pick(columns)))
    return tuple(values.astype(float).ravel().tolist())


class _Chooser:
    """Chooses the columns of each role."""

    def __init__(self, opener: _Opener, wanted: InputRequest, notes: list[str]) -> None:
        self.opener, self.wanted, self.notes = opener, wanted, notes
        self.globbed: tuple[str, ...] = ()
        self._ragged = False  # whether labels are rows of differing length

    def pick(self, role: str, given: Any) -> Picked:
        if self.wanted.join is not None and NamedColumns.fits(given):
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
        keys = self.wanted.join.by if self.wanted.join else ()
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
