"""What the user named, and the columns that are taken for it: each file is opened once."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...core.arrays.inputs import Ragged
from ...core.arrays.pairing import Join
from ...core.errors import UsageProblem
from ...core.loss import Loss
from ...core.notes import Note
from ...core.record import field, record, replace
from ...core.safe_text import shown
from ..file_spec import LABEL_NAMES, PRED_NAMES, USUAL_NAMES, Spec, match, parse, usual_columns, without_index
from ..frame import Picked
from ..open import ReadOptions, open_table
from ..table import Pick, Table
from .name_matching import NameMatcher
from .recognition import CALLED, Need, likeliest, usual_column

if TYPE_CHECKING:
    from ..row_filter.conditions import Condition

Opens = Callable[[str, ReadOptions], Table]


@record
class InputRequest:
    """What the user named: `given` maps roles to SPECs or arrays, `columns` maps pred, label, weight to columns."""

    given: Mapping[str, Any]
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    classes: Sequence[str] = ()
    text: ReadOptions = ReadOptions()
    join: Join | None = None  # None: rows are paired by position
    where: Sequence[Condition] = ()  # which rows count
    by: Sequence[Any] = ()  # the columns by which rows are grouped, or pairs of a name and an array
    numbers_by: bool = False  # whether columns of numbers are read as numbers for that, and not as they are written
    keep: Sequence[Any] | None = None  # columns beside the losses of rows, and the key's; None: nobody looks at rows
    uneven: bool = False  # whether lists differ in length, further on than files are looked at
    opens: Opens = open_table  # a batch keeps what several data sets share


class TableOpener:
    """Tables by path, each opened once, so that one file serves several roles in one reading."""

    def __init__(self, text: ReadOptions, opens: Opens) -> None:
        self.tables: dict[str, Table] = {}
        self._frames: dict[int, tuple[Any, Any]] = {}  # what was given, so that it lasts, and its columns
        self.text, self.opens = text, opens

    def table(self, path: str) -> Table:
        key = path if path == "-" else os.path.abspath(path)
        if key not in self.tables:
            self.tables[key] = self.opens(path, self.text)
        return self.tables[key]

    def opened(self, file: Any, called: str) -> Table:
        """The table in an open file, which is read once."""
        from ..memory.file_object import open_file_object

        key = f"open file {id(file)}"
        if key not in self.tables:
            self.tables[key] = open_file_object(file, called, self.text)
        return self.tables[key]

    def frame(self, given: Any, called: str) -> Table:
        """What has named columns in memory, as a role calls it; of a stream of rows the columns are read once."""
        from ..memory.frames import named_data
        from ..memory.named_columns import NamedColumns

        if id(given) not in self._frames:
            self._frames[id(given)] = given, named_data(given, called)
        return NamedColumns(self._frames[id(given)][1], called)


class ColumnChooser:
    """Chooses the columns of each role; `matcher` puts them in order by their names."""

    def __init__(self, opener: TableOpener, wanted: InputRequest, notes: list[str], need: Need | None = None) -> None:
        self.opener, self.wanted, self.notes = opener, wanted, notes
        self.need = need or Need()
        self.matcher = NameMatcher(tuple(wanted.classes), self.need, notes)
        self._ragged = False  # whether labels are rows of differing length

    def pick(self, role: str, given: Any) -> Picked:
        """The table of a role, and its columns there."""
        self.matcher.names.pop(role, None)
        named = tuple(self.wanted.columns.get(role) or ())
        if _is_open_file(given):
            table = self.opener.opened(given, CALLED.get(role, role))
            return table, self._columns(role, table, named)
        if not isinstance(given, str | os.PathLike):
            return self._in_memory(role, given, named)
        spec = parse(os.fspath(given))
        if not spec.path:
            base = self.wanted.given["pred"]
            if role != "pred" and _is_open_file(base):
                table = self.opener.opened(base, CALLED["pred"])
                return table, self._columns(role, table, named or spec.columns)
            if role != "pred" and _is_frame(base):
                return self._in_memory(role, base, spec.columns)
            if role == "pred" or not isinstance(base, str | os.PathLike):
                raise UsageProblem(f"{shown(str(given))} names columns of the predictions' file, but there is none.")
            spec = Spec(parse(os.fspath(base)).path, spec.columns)
        table = self.opener.table(spec.path)
        if getattr(table, "counted", False):
            from .unnamed_columns import settle_numbers

            settle_numbers(table, spec.path, self.wanted.given, self.wanted.columns)
        if named and spec.columns:
            raise UsageProblem(
                f"Columns of the {CALLED[role]} are named twice: {spec} and --{role}.",
                kind="contradiction",
                options=(role,),
            )
        return table, self._columns(role, table, named or spec.columns)

    def _in_memory(self, role: str, given: Any, named: tuple[str, ...]) -> Picked:
        """Data in memory. Of what has named columns they are chosen as of a file, where names say which are meant.

        A DataFrame of nothing else, such as one column a class, is all its columns.
        """
        from ..memory.array_like import array_of, uneven
        from ..memory.frames import has_columns
        from ..memory.whole_array import refuse_stacked, table_of

        called = CALLED.get(role, role)
        if has_columns(given):
            refuse_stacked(called, stack=self.wanted.text.stack)
            frame = self.opener.frame(given, called)
            if named or self._as_of_a_file(role, given, frame.columns):
                return frame, self._columns(role, frame, named)
            pick = Pick(ragged=role == "label" and self._ragged)
            return frame, self.matcher.named(role, frame, pick, ()) if len(frame.columns) > 1 else pick
        own = getattr(given, "name", None)
        if named and isinstance(own, str) and own:  # a Series has one column, with its name
            match(named, (own,), called)
            named = ()
        values, missing = array_of(given, called)
        if not isinstance(values, Ragged) and values.dtype.kind in "US":
            from ..memory.written import of_series

            values, missing = of_series(given, values, missing, self._class_words(), called)
        along = role in ("pred", "label", "mask", "weight") or role.startswith("candidate ")
        if isinstance(values, Ragged) and values is not given and self.need.kind and not along:
            raise uneven(values, called)
        table = table_of(given, values, missing, called, stack=self.wanted.text.stack)
        return table, self._columns(role, table, named) if named else Pick()

    def _as_of_a_file(self, role: str, given: Any, columns: tuple[str, ...]) -> bool:
        """Whether columns of a table in memory are to be chosen, where none are named."""
        if self.wanted.join is not None or self.wanted.where or self._holds_labels(role, columns):
            return True
        if len(columns) < 2:
            return False
        from ..memory.frames import meant_by_name

        return meant_by_name(columns) or (role != "pred" and given is self.wanted.given["pred"])

    def _holds_labels(self, role: str, columns: tuple[str, ...]) -> bool:
        """Whether a table in memory is to serve as labels too: none are given, and it has columns of both."""
        if self.wanted.given.get("label") is not None:
            return False
        both = usual_columns(columns, LABEL_NAMES) and usual_columns(columns, PRED_NAMES)
        return role == "label" or bool(self.wanted.columns.get("label") or (both and self.need.kind))

    def _columns(self, role: str, table: Table, patterns: tuple[str, ...]) -> Pick:
        ragged = self.wanted.uneven or (role == "label" and self._ragged)
        if patterns:
            if not table.columns:
                from .array_columns import counted_columns

                return Pick(counted_columns(patterns, table, f"--{role}"), ragged=ragged)
            pick = Pick(match(patterns, table.columns, table.name), ragged=ragged)
            return self.matcher.named(role, table, pick, patterns)
        keys = self.wanted.join.names if self.wanted.join else ()
        others = tuple(name for name in table.columns if name not in keys)
        data = without_index(others)
        if len(data) <= 1:
            return Pick(data or table.columns, ragged=ragged)
        if role == "pred" and getattr(table, "counted", False) and self.wanted.given.get("label") is not None:
            return Pick(others)  # a file of nothing but predictions, such as a classifier's tool writes
        used = {name for other, names in self.wanted.columns.items() if other != role for name in names}
        column, depends = usual_column(table, role, tuple(n for n in others if n not in used), self.need)
        self.matcher.depends_on_loss |= depends
        if column is None:
            column = shlex.quote(shown(likeliest(table, role, others, self.need)))
            option = f"--{role} {column}" if role in USUAL_NAMES else f"{table.name}::{column}"
            raise UsageProblem(
                f"Which column of {table.name} holds the {CALLED.get(role, role)}? It has: "
                f"{', '.join(map(shown, others[:12]))}.",
                f"Name it, such as {option}.",
                kind="missing_option",
                file=table.name,
                options=(role,),
                fix=option,
            )
        text = f"{CALLED.get(role, role)}: column {shown(column)} of {table.name}."
        self.notes.append(Note(text, kind="column_chosen", role=role, file=table.name, column=column))
        return Pick((column,), ragged=ragged)

    def with_labels(self, pred: Picked, loss: Loss) -> tuple[Picked, Picked | None]:
        """Predictions and labels, their columns matched by name."""
        self._ragged = not callable(loss.label) and "sequence" in loss.label
        given = self.wanted.given.get("label")
        if given is None:
            given = self._label_beside(pred)
            if given is None:
                table, pick = pred
                return (table, replace(pick, gaps=True)) if loss.adds_lists else pred, None
        table, pick = self.pick("label", given)
        field = table.describe(replace(pick, classes=()))
        if len(pick.columns or table.columns) == 1 < len(field.shape) and (words := self._class_words()):
            as_words = table.describe(replace(pick, classes=words))  # a class may be called [18, 25]
            field = as_words if as_words.dtype == "text" else field
        if field.dtype == "text":
            worded = loss.label != ("values",) or self.wanted.classes  # else reading names the cell that is no number
            return pred, (table, replace(pick, classes=self.matcher.text_classes(table, pick)) if worded else pick)
        if len(field.shape) > 1 and field.shape[1] != 1:
            return pred, self.matcher.paired("label", (table, pick))
        if self._ragged:
            return pred, (table, pick)
        return self.matcher.numbers(pred, (table, pick), field)

    def _class_words(self) -> tuple[str, ...]:
        """What classes may be called: as --classes says, or as the predictions' columns are named."""
        named = self.matcher.names.get("pred")
        return (*self.wanted.classes, *(word for reading in (named.readings if named else ()) for word in reading))

    def _label_beside(self, pred: Picked) -> Any:
        """Labels in the predictions' own table: named by --label, or by a usual name."""
        base, named = self.wanted.given["pred"], self.wanted.columns.get("label")
        in_file = isinstance(base, str | os.PathLike)
        if not (in_file or _is_open_file(base) or _is_frame(base)) or not pred[0].columns:
            if named:
                problem = "--label names a column, but there is no file with columns."
                raise UsageProblem(problem, "Give a labels file.", kind="missing_labels", options=("label",))
            return None
        usual = usual_columns(pred[0].columns, LABEL_NAMES)
        needed = self.need.forms and "none" not in self.need.forms
        if "none" in self.need.forms:
            from .optional_labels import goes_without_labels  # few losses do

            if goes_without_labels(self.need.forms, named, pred[0].columns, usual):
                return None
        if not named and len(usual) != 1 and not (usual and needed):
            return None
        if not named and {"none", "index"} <= {*self.need.forms} and len(pred[0].describe(pred[1]).shape) == 1:
            return None  # log-probabilities of what was there go without labels, and class numbers do not fit them
        return parse(os.fspath(base)).path if in_file else base

    def weight(self, roles: Mapping[str, Picked]) -> Picked | None:
        given, named = self.wanted.given.get("weight"), self.wanted.columns.get("weight")
        of = getattr(given, "format", "")
        if given is not None and of in ("number", "broadcast"):
            return (given if of == "number" else given.beside(*roles["pred"])), Pick()
        if given is not None:
            return self.column_or_file("weight", given, roles)
        if not named:
            return None
        for role in ("pred", "label"):
            table = roles[role][0] if role in roles else None
            if table is not None and set(named) <= set(table.columns):
                return table, self._columns("weight", table, tuple(named))
        return roles["pred"][0], self._columns("weight", roles["pred"][0], tuple(named))

    def column_or_file(self, role: str, given: Any, roles: Mapping[str, Picked]) -> Picked:
        """The table and columns of an option that names a file, or a column of the predictions' or labels' file."""
        from .column_or_file import as_spec

        option = "weights" if role == "weight" else role.replace("_", "-")
        return self.pick(role, as_spec(option, given, roles, self.wanted.given["pred"]))

    def candidate(self, given: Any, base: Picked) -> Picked:
        """Another model's predictions, chosen as the base's are, its columns in the order of the base's names."""
        ours = self.matcher.names.get("pred")
        table, pick = self.pick("pred", given)
        pick = self.matcher.beside_base(table, pick, base[0], ours)
        return table, replace(pick, row_axis=base[1].row_axis)


def _is_open_file(given: Any) -> bool:
    if given is None or isinstance(given, str | os.PathLike):
        return False
    from ..memory.array_like import is_file_object

    return is_file_object(given)


def _is_frame(given: Any) -> bool:
    """Whether data in memory have columns with names."""
    if given is None or isinstance(given, str | os.PathLike):
        return False
    from ..memory.frames import has_columns

    return has_columns(given)
