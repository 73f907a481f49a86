"""Which row of one table has the key of which row of another. Only keys are read here.

Two tables in ascending order are merged as they are read. Otherwise the keys of both are put into buckets by a number
made of each key, and matched bucket by bucket. Equal numbers are looked up in the keys themselves; where two keys
share a number after all, everything starts again with other numbers.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import numpy as np

from ...core.arrays.inputs import Ragged
from ...core.errors import DataProblem
from ...core.record import mutable
from ...core.scratch import Array
from .bitmap import Bitmap
from .key_forms import KeyForm, Wider
from .keys import KeyColumns, Keys, file_row, first_forms
from .places import Places
from .spill import Buckets, Budget

PARTS = 256  # buckets of keys


class Collision(Exception):
    """Two keys share a number."""


class RepeatedKey(DataProblem):
    """A key that a table has twice, in the forms in which it does."""

    def __init__(self, columns: KeyColumns, forms: list[KeyForm], again: int, before: int) -> None:
        name, what = columns.table.name, ", ".join(columns.names)
        rows = file_row(columns.table, before), file_row(columns.table, again)
        super().__init__(
            f"{name} has the {what} {columns.at(again)} in rows {rows[0]} and {rows[1]} (from 0).",
            "A join needs each key once: --on-duplicate same counts equal rows once, first takes the first of them.",
            kind="duplicate_key",
            file=name,
            row=rows[1],
            options=("on-duplicate",),
            fix="--on-duplicate same",
        )
        self.columns, self.forms = columns, forms


class _Unsorted(Exception):
    """The keys of a table do not ascend."""


@mutable
class Matched:
    """Which rows of each table have a match. Without `places` they match in the order in which they stand."""

    left: Bitmap
    right: Bitmap
    places: Places | None = None

    def close(self) -> None:
        """Let go of the places."""
        if self.places is not None:
            self.places.buckets.close()


def match_rows(left: KeyColumns, right: KeyColumns, budget: Budget) -> Matched:
    """The match of two tables. A key that a table has twice is a DataProblem."""
    forms = first_forms(left, right)
    seed = 0
    while True:
        try:
            return _match_ascending(left, right, forms, seed) or _match_in_buckets(left, right, forms, seed, budget)
        except Wider as wider:
            forms[wider.column] = forms[wider.column].wider(wider.column)
        except Collision:
            seed = int.from_bytes(os.urandom(8), "little")


class _Ascending:
    """The keys of a table as they come, which must ascend."""

    def __init__(self, runs: Iterator[Keys]) -> None:
        self._runs = runs
        self._last: Keys | None = None
        self.waiting: Keys | None = None
        self.marks = Bitmap()

    def filled(self) -> bool:
        """Whether keys are waiting, the next run if need be."""
        while self.waiting is None or not len(self.waiting):
            keys = next(self._runs, None)
            if keys is None:
                self.waiting = None
                return False
            if not keys.ascending(self._last):
                raise _Unsorted
            if len(keys):
                self._last = keys.cut(len(keys) - 1, len(keys))
            self.waiting = keys
        return True

    @property
    def last(self) -> Keys:
        """The last of the keys that wait."""
        assert self._last is not None
        return self._last

    def up_to(self, bound: Keys) -> Keys:
        """The waiting keys up to this one."""
        assert self.waiting is not None
        if bound is self.last:
            return self.waiting
        many = bound.taken(np.zeros(len(self.waiting), dtype=np.int64))
        return self.waiting.cut(0, len(self.waiting) - int(np.count_nonzero(many.before(self.waiting))))

    def done(self, marks: Array) -> None:
        """The first of the waiting keys are done with; whether they had a match."""
        assert self.waiting is not None
        self.marks.append(marks)
        self.waiting = self.waiting.cut(len(marks), len(self.waiting))

    def drain(self) -> None:
        """The keys that are left have no match; they must ascend all the same."""
        while self.filled():
            assert self.waiting is not None
            self.done(np.zeros(len(self.waiting), dtype=bool))


def _match_ascending(left: KeyColumns, right: KeyColumns, forms: list[KeyForm], seed: int) -> Matched | None:
    """The match of two tables that both ascend, holding a run of each; None if one does not."""
    with closing(left.runs(forms)) as one, closing(right.runs(forms)) as two:
        a, b = _Ascending(one), _Ascending(two)
        try:
            while a.filled() and b.filled():
                bound = b.last if b.last.before(a.last).all() else a.last
                keys, others = a.up_to(bound), b.up_to(bound)
                marks, other_marks = np.zeros(len(keys), dtype=bool), np.zeros(len(others), dtype=bool)
                if keys.equals(others):
                    marks[:] = other_marks[:] = True
                elif len(keys) and len(others):
                    i, j = _equal_pairs(keys.codes(seed), others.codes(seed))
                    _verify(keys, others, i, j)
                    marks[i] = other_marks[j] = True
                a.done(marks)
                b.done(other_marks)
            a.drain()
            b.drain()
        except _Unsorted:
            return None
    return Matched(a.marks, b.marks)


def _equal_pairs(a: Array, b: Array) -> tuple[Array, Array]:
    """The indices of equal numbers; each has no number twice."""
    order, other = np.argsort(a), np.argsort(b)
    ranked, others = a[order], b[other]
    at = np.searchsorted(others, ranked)
    at[at == len(others)] = 0
    hit = others[at] == ranked
    return order[hit], other[at[hit]]


def _verify(keys: Keys, others: Keys, i: Array, j: Array) -> None:
    if not keys.exact and not keys.taken(i).equals(others.taken(j)):
        raise Collision


@mutable
class KeySide:
    """The keys of a table in buckets."""

    columns: KeyColumns
    store: Buckets
    rows: int = 0
    twice: tuple[int, int] | None = None  # the first row whose key stood before, and where

    def bucket(self, number: int) -> tuple[Array, Keys | None]:
        """A bucket's records, and its keys where the records do not say all."""
        contents = self.store.bucket(number)
        if contents is None:
            return np.empty(0, dtype=_record(())), None
        records, texts = contents
        names = [name for name in records.dtype.names or () if name not in ("code", "row")]
        if not names and not texts:
            return records, None
        rest = iter(texts)
        places = sorted([int(name) for name in names])
        parts = [records[str(i)] if i in places else next(rest) for i in range(len(places) + len(texts))]
        return records, Keys(tuple(parts))

    def seek_twins(self, records: Array, keys: Keys | None) -> None:
        """Look for a key that stands here twice, and remember the first."""
        ranked = np.sort(records["code"])
        if not (ranked[1:] == ranked[:-1]).any():
            return
        order = np.lexsort((records["row"], records["code"]))
        ranked, rows = records["code"][order], records["row"][order]
        again = np.flatnonzero(ranked[1:] == ranked[:-1]) + 1
        if keys is not None and not keys.taken(order[again]).equals(keys.taken(order[again - 1])):
            raise Collision
        first = again[np.argmin(rows[again])]
        twins = int(rows[first]), int(rows[first - 1])
        if self.twice is None or twins < self.twice:
            self.twice = twins

    def refuse_twins(self, forms: list[KeyForm]) -> None:
        """A key that stands in two rows is a DataProblem."""
        if self.twice is None:
            return
        again, before = self.twice
        raise RepeatedKey(self.columns, forms, again, before)


def _record(columns: tuple[int, ...]) -> np.dtype[Any]:
    return np.dtype([("code", np.uint64), ("row", np.int64), *((str(i), np.uint64) for i in columns)])


def in_buckets(columns: KeyColumns, forms: list[KeyForm], seed: int, budget: Budget) -> KeySide:
    """All keys of a table, with their rows."""
    side = KeySide(columns, Buckets(budget))
    for keys in columns.runs(forms):
        numeric = () if keys.exact else tuple(i for i, p in enumerate(keys.parts) if not isinstance(p, Ragged))
        records = np.empty(len(keys), dtype=_record(numeric))
        records["code"] = keys.codes(seed)
        records["row"] = np.arange(side.rows, side.rows + len(keys))
        for i in numeric:
            records[str(i)] = keys.parts[i]
        texts = [part for part in keys.parts if isinstance(part, Ragged)]
        side.store.add(records["code"] >> np.uint64(56), records, texts)
        side.rows += len(keys)
    return side


def _match_in_buckets(left: KeyColumns, right: KeyColumns, forms: list[KeyForm], seed: int, budget: Budget) -> Matched:
    """The match of two tables in any order."""
    stores = len(budget.stores)
    try:
        a = in_buckets(left, forms, seed, budget)
        b = in_buckets(right, forms, seed, budget)
        places = Places.of(b.rows, budget)
        marks = np.zeros(a.rows, dtype=bool)
        for number in range(PARTS):
            (records, keys), (others, other_keys) = a.bucket(number), b.bucket(number)
            a.seek_twins(records, keys)
            b.seek_twins(others, other_keys)
            if a.twice or b.twice or not len(records) or not len(others):
                continue
            i, j = _equal_pairs(records["code"], others["code"])
            if keys is not None and other_keys is not None:
                _verify(keys, other_keys, i, j)
            marks[records["row"][i]] = True
            places.add(others["row"][j], records["row"][i])
        a.refuse_twins(forms)
        b.refuse_twins(forms)
    except BaseException:
        for store in budget.stores[stores:]:
            store.close()
        raise
    a.store.close()
    b.store.close()
    return _as_matched(Bitmap(marks), places)


def _as_matched(left: Bitmap, places: Places) -> Matched:
    """The places are needed only if they do not ascend."""
    right, ascending, last = Bitmap(), True, -1
    for to in places.parts():
        right.append(to >= 0)
        to = to[to >= 0]
        ascending = ascending and bool((to[1:] > to[:-1]).all() and (not len(to) or to[0] > last))
        last = int(to[-1]) if len(to) else last
    if not ascending:
        return Matched(left, right, places)
    places.buckets.close()
    return Matched(left, right)
