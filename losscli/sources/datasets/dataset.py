"""Several files as one table: those of a folder or a glob, in the natural order of their names, one after the other.

Blocks are cut at absolute rows of the whole, so how the rows are spread over files does not change a bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any

import numpy as np

from ...core.arrays.inputs import Ragged, Shape, show_shape
from ...core.errors import UNEVEN_LISTS, DataProblem, UsageProblem
from ...core.record import replace
from ...core.safe_text import shown
from ...core.scratch import Array
from ..blocks import Chunk, recut
from ..file_spec import match
from ..formats.detection import format_by_name
from ..table import Block, Field, Load, Pick, Table
from ..work_done import WORK
from .file_listing import Member, Value

_OPEN = 64  # tables kept open between looks at them
_TEXT = ("csv", "tsv")  # which may stand side by side: each file has a delimiter of its own
_NOTES = 3  # what files say of themselves; that the first few say it is enough


class Dataset:
    """Files of one format whose columns agree. Names of folders (`fold=3`) are columns where the files have none such.

    `opens` opens a member; `path` is what the user named; `empty` are the paths of members without a byte, which are
    passed over. `files` are the names of all of them, in their order, and `empty_files` counts those without rows.
    """

    repeatable = True
    counted = False  # whether the names of the columns are only their numbers

    def __init__(
        self,
        path: str | None,
        name: str,
        members: Sequence[Member],
        opens: Callable[[Member], Table],
        empty: frozenset[str] = frozenset(),
    ) -> None:
        self.path, self.name = path, name
        self._members, self._opens = [member for member in members if member.path not in empty], opens
        self.files = tuple("/".join(member.relative) for member in members)
        self.empty_files = 0
        if not self._members:
            raise DataProblem(f"{name} has no rows.", "All its files are empty.", kind="no_rows", file=name)
        self._held: dict[int, Table] = {}
        self._fields: dict[Pick, Field] = {}
        self.notes: list[str] = []
        self.rows: int | None = 0
        self.columns: tuple[str, ...] = ()
        self._inner: tuple[str, ...] = ()  # the files' own columns
        self.format = ""
        try:
            self._look()
        except BaseException:
            self.close()
            raise

    def _look(self) -> None:
        without_rows: list[str] = []
        for number, member in self._opened():
            table = self._table(number)
            if not number:
                self.format, self._inner = table.format, table.columns
                self.counted = getattr(table, "counted", False)
            self._compare(table)
            self.notes += list(getattr(table, "notes", ()))[: _NOTES - len(self.notes)]
            self.rows = None if self.rows is None or table.rows is None else self.rows + table.rows
            without_rows += ["/".join(member.relative)] if table.rows == 0 else []
            self._let_go(number)
        named = tuple(key for key in self._members[0].values if key not in self._inner)
        if self._inner or not named:
            self.columns = self._inner + named if named else self._inner
        self._count_empty(without_rows)

    def _opened(self) -> Iterator[tuple[int, Member]]:
        """The members as they are opened one by one; one that turns out to unpack to nothing is left out."""
        number = 0
        while number < len(self._members):
            try:
                self._table(number)
            except DataProblem as problem:
                if problem.kind != "empty_file" or len(self._members) == 1:
                    raise
                del self._members[number]
                continue
            yield number, self._members[number]
            number += 1

    def _count_empty(self, without_rows: list[str]) -> None:
        read = {"/".join(member.relative) for member in self._members}.difference(without_rows)
        empty = [name for name in self.files if name not in read]
        self.empty_files = len(empty)
        if empty and read:
            are = "1 file is empty and is" if len(empty) == 1 else f"{len(empty)} files are empty and are"
            few = ", ".join(map(shown, empty[:_NOTES])) + (", ..." if len(empty) > _NOTES else "")
            self.notes.append(f"{self.name}: {are} passed over ({few}).")

    def _compare(self, table: Table) -> None:
        first = shown(self._members[0].path)
        if table.format != self.format and {table.format, self.format} != set(_TEXT):
            text = f"{table.name} is {table.format} and {first} is {self.format}."
            raise DataProblem(text, "The files of a data set have one format.")
        if set(table.columns) != set(self._inner):
            odd = sorted(set(table.columns) ^ set(self._inner))[0]
            having, lacking = (table.name, first) if odd in table.columns else (first, table.name)
            text = f"{having} has a column {shown(odd)}, and {lacking} has none."
            raise DataProblem(text, "The files of a data set have the same columns.")

    @property
    def members(self) -> Sequence[Member]:
        """The files, in the order of their rows."""
        return self._members

    def _table(self, number: int) -> Table:
        return self._held.get(number) or self._held.setdefault(number, self._opens(self._members[number]))

    def _let_go(self, number: int) -> None:
        if len(self._held) > _OPEN:
            self._held.pop(number).close()

    def describe(self, pick: Pick) -> Field:
        """The files' common shape and dtype, the rows of all of them."""
        inner, outer = self._split(pick)
        field = self._field(inner) if inner is not None else Field((self.rows,), "")
        if not outer:
            return field
        dtypes = {"text" if self._is_text(name) else "int64" for name in outer} | ({field.dtype} if inner else set())
        lists = inner is not None and len(inner.columns) == 1 and len(field.shape) > 1
        if lists or ("text" in dtypes and len(dtypes) > 1):
            text = f"{self.name}: column {shown(outer[0])} does not go side by side with others."
            raise UsageProblem(text, "Take texts, or columns of numbers.")
        width = len(pick.columns or self.columns)
        dtype = "text" if "text" in dtypes else str(np.result_type(*dtypes))
        return Field(field.shape[:1] if width == 1 else (field.shape[0], width), dtype)

    def _split(self, pick: Pick) -> tuple[Pick | None, tuple[str, ...]]:
        """What is picked of the files, and of the names of folders."""
        if not self.columns:
            return pick, ()
        names = pick.columns or self.columns
        if unknown := [name for name in names if name not in self.columns]:
            match(unknown, self.columns, self.name)
        outer = tuple(name for name in names if name not in self._inner) if self.columns else ()
        inner = tuple(name for name in names if name in self._inner)
        return (replace(pick, columns=inner) if inner or not outer else None), outer

    def _is_text(self, name: str) -> bool:
        return any(isinstance(member.values[name], str) for member in self._members)

    def is_text(self, column: str) -> bool:
        """Whether a column holds text."""
        return self.describe(Pick((column,))).dtype == "text"

    def decimal_of(self, column: str) -> str | None:
        """The decimal sign of a column of numbers in text files; None where there are no such, or several signs."""
        signs: set[str | None] = set()
        for number in range(len(self._members)) if column in self._inner else ():
            table = self._table(number)
            signs.add(table.decimal_of(column) if hasattr(table, "decimal_of") else None)
            self._let_go(number)
        return signs.pop() if len(signs) == 1 else None

    def _field(self, pick: Pick) -> Field:
        """The pick in every file; one without rows is as the others."""
        if pick not in self._fields:
            rows: int | None = 0
            first: tuple[Member, Field] | None = None
            for number, member in enumerate(self._members):
                table = self._table(number)
                if table.rows != 0 or (number == len(self._members) - 1 and first is None):
                    field = table.describe(pick)
                    rows = None if rows is None or field.shape[0] is None else rows + field.shape[0]
                    first = first or (member, field)
                    _agree(pick, *first, member, field)
                self._let_go(number)
            assert first is not None
            self._fields[pick] = Field((rows, *first[1].shape[1:]), first[1].dtype)
        return self._fields[pick]

    def blocks(self, picks: Mapping[str, Pick], size: int) -> Iterator[Load]:
        """Blocks of `size` rows. Problems of the picks are raised at once, those of rows as they are read."""
        split = {role: self._split(pick) for role, pick in picks.items()}
        inner = {role: pick for role, (pick, _) in split.items() if pick is not None}
        for pick in inner.values():
            self._field(pick)
        if self.rows == 0:
            raise DataProblem(f"{self.name} has no rows.", kind="no_rows", file=self.name)
        for role, (_, outer) in split.items():
            texts = [name for name in outer if self._is_text(name)]
            if texts and not picks[role].classes and not picks[role].text:
                text = f"{self.name}: column {shown(texts[0])} holds text."
                raise DataProblem(text, "--classes a,b,c gives the order of the classes.", options=("classes",))
        return recut(self._chunks(picks, inner, size), size)

    def _chunks(self, picks: Mapping[str, Pick], inner: Mapping[str, Pick], size: int) -> Iterator[Chunk]:
        total = 0
        for member in self._members:
            WORK.file(shown(member.path), member.path, 0)
        for member in self._members:
            with closing(self._opens(member)) as table:
                if table.rows == 0:
                    continue
                for block in self._blocks_of(table, inner, size):
                    rows = block if isinstance(block, int) else len(next(iter(block.arrays.values())))
                    yield self._chunk(member, picks, None if isinstance(block, int) else block, rows)
                    total += rows
            WORK.file(shown(member.path), member.path, 1)
        self.rows = total

    def _blocks_of(self, table: Table, inner: Mapping[str, Pick], size: int) -> Iterator[Block | int]:
        """The blocks of a file; only their rows where nothing is picked of it."""
        if inner:
            for load in table.blocks(inner, size):
                yield load()
            return
        if table.rows is None:
            text = f"{self.name}: nothing is read of the files themselves, whose rows are not known."
            raise UsageProblem(text, "Pick one of their columns too.")
        for start in range(0, table.rows, size):
            yield min(size, table.rows - start)

    def _chunk(self, member: Member, picks: Mapping[str, Pick], block: Block | None, rows: int) -> Chunk:
        parts: dict[str, Any] = {}
        missing: dict[str, Array] = {}
        for role, pick in picks.items():
            inner, outer = self._split(pick)
            if block is not None and inner is not None:
                # arrays of an NPY file are the thread's scratch memory
                array = block.arrays[role]
                parts[role] = np.array(array) if self.format == "npy" and not isinstance(array, Ragged) else array
                if role in block.missing:
                    missing[role] = block.missing[role]
            if outer:
                parts[role] = self._beside(member, pick, inner, parts.get(role), rows)
                if any(member.values[name] is None for name in outer):
                    missing[role] = np.ones(rows, dtype=bool)
        return Chunk(rows, parts, missing)

    def _beside(self, member: Member, pick: Pick, inner: Pick | None, array: Any, rows: int) -> Any:
        """The columns of a pick, some or all of which folders name, as they were ordered."""
        own = iter(range(len(inner.columns))) if inner is not None else iter(())
        columns = []
        for name in pick.columns or self.columns:
            if name in self._inner:
                columns.append(array if array.ndim == 1 else array[:, next(own)])
            else:
                columns.append(self._constant(member.values[name], self._is_text(name), pick, rows, name))
        return columns[0] if len(columns) == 1 else tuple(columns)

    def _constant(self, value: Value, text: bool, pick: Pick, rows: int, name: str) -> Array:
        if not text:
            return np.full(rows, value or 0, dtype=np.int64)
        if pick.text:
            return np.full(rows, value or "")
        if value is not None and value not in pick.classes:
            said = f"{self.name}: column {shown(name)} holds {shown(str(value))!r}, which is none of the classes."
            raise DataProblem(said, "--classes lists every class, in order.", options=("classes",))
        return np.full(rows, 0 if value is None else pick.classes.index(str(value)), dtype=np.int64)

    def close(self) -> None:
        """Let go of the files."""
        while self._held:
            self._held.popitem()[1].close()


def _agree(pick: Pick, model: Member, expected: Field, member: Member, actual: Field) -> None:
    if (actual.dtype, actual.shape[1:]) != (expected.dtype, expected.shape[1:]):
        names = f" column {', '.join(map(shown, pick.columns))}" if pick.columns else ""
        words = f"{_field_words(actual)}, and {shown(model.path)} {_field_words(expected)}"
        text = f"{shown(member.path)}{names} holds {words}."
        kind = UNEVEN_LISTS if len(pick.columns) == 1 and min(len(actual.shape), len(expected.shape)) > 1 else ""
        raise DataProblem(text, "The files of a data set agree in their columns.", kind=kind)


def _field_words(field: Field) -> str:
    shape: Shape = field.shape[1:]
    return f"{field.dtype} of shape {show_shape(shape)} a row" if shape else field.dtype


def refuse_strangers(members: Sequence[Member], name: str) -> None:
    """Refuse files without a format beside others, or of several, before any is opened; of none, content decides."""
    named = [(member, format_by_name(member.path)) for member in (members if len(members) > 1 else ())]
    first: str | None = None
    for member, detected in named if any(detected for _, detected in named) else ():
        if detected is None:
            text = f"{name} holds {shown(member.relative[-1])}, whose name tells no format."
            raise UsageProblem(text, "Name the files of one format, as in 'FOLDER/*.parquet'.")
        if detected.name != (first := first or detected.name):
            text = f"{name} holds both {first} and {detected.name} files."
            raise UsageProblem(text, f"Name those of one format, as in 'FOLDER/*.{detected.name}'.")
