"""Keys of rows: the columns that hold them, read in runs, each brought into the form in which the files compare."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any, cast

import numpy as np

from ...core.arrays.inputs import Ragged
from ...core.errors import DataProblem, UsageProblem
from ...core.record import record
from ...core.safe_text import shown
from ...core.scratch import Array
from ..file_spec import match
from ..table import Pick, Table
from ..work_done import WORK
from .key_forms import TIME, ZONE_HINT, BadKey, KeyForm, Part, first_form, in_form, key_word
from .ragged import before, equal, from_strings, taken

ROWS = 1 << 16  # keys read at a time
MOST_BYTES = 1 << 16  # of one key
_WORDS = np.array([(1 << 8 * size) - 1 for size in range(8)] + [(1 << 64) - 1], dtype=np.uint64)


@record
class Keys:
    """The keys of a run of rows, a part for each column: numbers as uint64 in their order, or text as bytes."""

    parts: tuple[Part, ...]

    def __len__(self) -> int:
        return len(self.parts[0])

    @property
    def exact(self) -> bool:
        """Whether equal codes are equal keys."""
        return len(self.parts) == 1 and not isinstance(self.parts[0], Ragged)

    def taken(self, index: Array) -> Keys:
        """The keys at these indices."""
        return Keys(tuple(taken(p, index) if isinstance(p, Ragged) else p[index] for p in self.parts))

    def cut(self, start: int, stop: int) -> Keys:
        """A run of the keys."""
        return Keys(tuple(part[start:stop] for part in self.parts))

    def codes(self, seed: int) -> Array:
        """A number for each key, evenly spread: the same for equal keys, and seldom the same for others."""
        codes = np.full(len(self), seed, dtype=np.uint64)
        for part in self.parts:
            codes = _mixed(codes ^ (_hashed(part) if isinstance(part, Ragged) else part))
        return codes

    def equals(self, other: Keys) -> bool:
        """Whether all keys are the same, row by row."""
        return all(map(_equal_parts, self.parts, other.parts))

    def before(self, other: Keys) -> Array:
        """Where a key comes before its neighbour among the others; the first column counts most."""
        less = _less(self.parts[-1], other.parts[-1])
        for a, b in zip(self.parts[-2::-1], other.parts[-2::-1], strict=True):
            less = _less(a, b) | (~_less(b, a) & less)
        return less

    def ascending(self, last: Keys | None) -> bool:
        """Whether every key comes before the next, and the last one of the run before too."""
        if last is not None and len(self) and not last.before(self.cut(0, 1)).all():
            return False
        return bool(self.cut(0, len(self) - 1).before(self.cut(1, len(self))).all()) if len(self) > 1 else True


def _equal_parts(a: Part, b: Part) -> bool:
    if isinstance(a, Ragged) and isinstance(b, Ragged):
        return equal(a, b)
    return np.array_equal(cast(Array, a), cast(Array, b))


def _less(a: Part, b: Part) -> Array:
    if isinstance(a, Ragged) and isinstance(b, Ragged):
        return before(a, b)
    return np.less(cast(Array, a), cast(Array, b))


def _mixed(values: Array) -> Array:
    """Numbers spread over all 64 bits (splitmix64), no two becoming one."""
    values = values ^ (values >> np.uint64(30))
    values *= np.uint64(0xBF58476D1CE4E5B9)
    values ^= values >> np.uint64(27)
    values *= np.uint64(0x94D049BB133111EB)
    values ^= values >> np.uint64(31)
    return values


def _hashed(texts: Ragged) -> Array:
    """A number for each text, from its bytes eight at a time."""
    sizes, starts = np.diff(texts.offsets), texts.offsets[:-1]
    data = np.append(texts.values, np.zeros(8, dtype=np.uint8))
    words: Array = np.ndarray((len(data) - 7,), "<u8", data, strides=(1,))
    hashes = _mixed(sizes.astype(np.uint64))
    for at in range(0, int(sizes.max(initial=0)), 8):
        rows = np.flatnonzero(sizes > at)
        word = words[starts[rows] + at] & _WORDS[np.minimum(sizes[rows] - at, 8)]
        hashes[rows] = _mixed(hashes[rows] ^ word)
    return hashes


class KeyColumns:
    """The key of a table: one column, or several that form a tuple."""

    def __init__(self, table: Table, names: tuple[str, ...]) -> None:
        if not table.columns:
            raise UsageProblem(
                f"{table.name} is an array without column names, so it has no key {_listed(names)}.",
                "--join takes files with named columns: CSV, TSV, Parquet, or members of an NPZ file.",
                kind="missing_column",
                file=table.name,
                options=("join",),
            )
        for name in names:
            if name not in table.columns:
                match((name,), table.columns, table.name)
                raise UsageProblem(
                    f"{table.name} has no column {shown(name)}.",
                    "A key is a name, not a glob.",
                    kind="missing_column",
                    file=table.name,
                    column=name,
                    options=("join",),
                )
        self.table, self.names = table, names
        self.types: list[str] = []
        self.picks = {f"key {name}": Pick((name,), text=True) for name in names}
        for name, pick in zip(names, self.picks.values(), strict=True):
            self._check(name, pick)

    def _check(self, name: str, pick: Pick) -> None:
        field = self.table.describe(pick)
        where = f"{self.table.name} column {shown(name)}"
        if len(field.shape) > 1:
            raise DataProblem(f"{where} has {len(field.shape)} dimensions; a key is one value a row.")
        if field.dtype not in ("text", "bool") and not field.dtype.startswith(("int", "uint", "float", TIME)):
            raise DataProblem(f"{where} holds {field.dtype}; keys are text, whole numbers or times.")
        self.types.append(field.dtype)

    def column(self, number: int) -> str:
        """A column of the key, as messages call it."""
        return f"{self.table.name} column {shown(self.names[number])}"

    def runs(self, forms: list[KeyForm]) -> Generator[Keys, None, None]:
        """The keys in order. A row without a key is a DataProblem; a key that does not fit its form is Wider."""
        start, rows = 0, self.table.describe(next(iter(self.picks.values()))).shape[0]
        for load in self.table.blocks(self.picks, ROWS):
            block = load()
            parts = []
            for column, role in enumerate(self.picks):
                part = self._part(block.arrays[role], column)
                self._refuse_none(part, block.missing.get(role), column, start)
                try:
                    parts.append(in_form(part, forms[column], column))
                except BadKey as bad:
                    raise self._bad(bad, column, start) from None
            if len({len(part) for part in parts}) > 1:
                raise DataProblem(f"{self.table.name}: the keys {_listed(self.names)} are not equally many.")
            yield Keys(tuple(parts))
            start += len(parts[0])
            WORK.at(start, rows, "keys")

    def _bad(self, bad: BadKey, column: int, start: int) -> DataProblem:
        row = file_row(self.table, start + bad.index)
        place = f"{self.column(column)}, row {row} (from 0)"
        name = self.names[column]
        return DataProblem(f"{place} {bad.what}.", bad.hint, kind="bad_key", file=self.table.name, column=name, row=row)

    def _part(self, array: Any, column: int) -> Part:
        if not isinstance(array, Ragged) and array.dtype.kind in "US":
            texts = from_strings(array)
            if texts is None:
                raise DataProblem(f"{self.table.name} column {shown(self.names[column])} holds what is not text.")
            return texts
        return array if isinstance(array, Ragged) else np.asarray(array)

    def _refuse_none(self, part: Part, missing: Array | None, column: int, start: int) -> None:
        where = f"{self.table.name}: column {shown(self.names[column])}, row"
        if isinstance(part, Ragged):
            sizes = np.diff(part.offsets)
            if sizes.max(initial=0) > MOST_BYTES:
                row = file_row(self.table, start + int(np.argmax(sizes)))
                raise DataProblem(f"{where} {row} (from 0) is a key of {sizes.max()} bytes; {MOST_BYTES} are allowed.")
            missing = sizes == 0 if missing is None else missing | (sizes == 0)
        elif part.dtype.kind in "fM":
            none = np.isnat(part) if part.dtype.kind == "M" else np.isnan(part)
            missing = none if missing is None else missing | none
        if missing is not None and missing.any():
            row = file_row(self.table, start + int(np.argmax(missing)))
            raise DataProblem(f"{where} {row} (from 0) is empty.", "A row without a key cannot be joined.")

    def codes(self) -> Array:
        """A number for each row's key, evenly spread: the same for equal keys, of whatever type of whole numbers."""
        runs = []
        for parts in self.parts():
            whole = [part if isinstance(part, Ragged) else part.astype(np.int64).view(np.uint64) for part in parts]
            runs.append(Keys(tuple(whole)).codes(0))
        return np.concatenate([np.zeros(0, dtype=np.uint64), *runs])

    def parts(self) -> Iterator[list[Part]]:
        """The keys as the file has them, a part for each column, run by run."""
        for load in self.table.blocks(self.picks, ROWS):
            block = load()
            yield [self._part(block.arrays[role], column) for column, role in enumerate(self.picks)]

    def at(self, row: int) -> str:
        """The key of a row as text, for messages; the table is read up to there."""
        start = 0
        for parts in self.parts():
            if row < start + len(parts[0]):
                return ", ".join(key_word(part, row - start) for part in parts)
            start += len(parts[0])
        return "?"


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(map(shown, names))


def file_row(table: Table, row: int) -> int:
    """The row of the file that a row of a table is, where the table is a view of some of the file's rows."""
    place = getattr(table, "place", None)
    return int(place(row)) if place else row


def first_forms(left: KeyColumns, right: KeyColumns) -> list[KeyForm]:
    """What the columns of two keys are tried as first. Columns whose keys cannot be compared are a DataProblem."""
    forms = []
    for number, types in enumerate(zip(left.types, right.types, strict=True)):
        form = first_form(types, (left.column(number), right.column(number)))
        if isinstance(form, str):
            hint = ZONE_HINT if "zone" in form else "Save both keys as the same type."
            raise DataProblem(f"{form}.", hint, kind="unlike_keys", file=left.table.name, column=left.names[number])
        forms.append(form)
    return forms
