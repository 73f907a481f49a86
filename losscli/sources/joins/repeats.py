"""Keys that a table has several times: the first row of each, and whether the others are the same."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import closing
from typing import Any

import numpy as np

from ...core.arrays.inputs import Ragged
from ...core.errors import DataProblem
from ...core.scratch import Array
from ..table import Block, Pick
from .bitmap import Bitmap
from .key_forms import KeyForm
from .keys import KeyColumns, file_row
from .matching import PARTS, Collision, in_buckets
from .places import Places
from .ragged import as_arrow, taken
from .row_codec import ROW, RowCodec
from .spill import BUCKETS, Buckets, Budget

_READ = 1 << 14  # rows read at a time
_OWN = "own row"  # beside the roles of a block: the row itself


def first_rows(columns: KeyColumns, forms: list[KeyForm], budget: Budget, same: Mapping[str, Pick] | None) -> Bitmap:
    """The rows whose key did not come before.

    With `same`, rows of one key that differ in one of these picks are a DataProblem that names key and rows.
    """
    seed = 0
    while True:
        stores = len(budget.stores)
        try:
            return _first_rows(columns, forms, budget, same, seed)
        except Collision:
            seed = int.from_bytes(os.urandom(8), "little")
        finally:
            for store in budget.stores[stores:]:
                store.close()


def _first_rows(
    columns: KeyColumns, forms: list[KeyForm], budget: Budget, same: Mapping[str, Pick] | None, seed: int
) -> Bitmap:
    side = in_buckets(columns, forms, seed, budget)
    marks = np.ones(side.rows, dtype=bool)
    places = Places.of(side.rows, budget)
    for number in range(PARTS):
        records, keys = side.bucket(number)
        if not len(records):
            continue
        order = np.lexsort((records["row"], records["code"]))
        codes, rows = records["code"][order], records["row"][order]
        new = np.append(True, codes[1:] != codes[:-1])
        if new.all():
            continue
        again = np.flatnonzero(~new)
        if keys is not None and not keys.taken(order[again]).equals(keys.taken(order[again - 1])):
            raise Collision
        marks[rows[again]] = False
        firsts = rows[np.flatnonzero(new)][np.cumsum(new) - 1]
        grouped = ~new | np.append(~new[1:], False)
        places.add(rows[grouped], firsts[grouped])
    side.store.close()
    if same is not None:
        _refuse_unlike(columns, places, same, budget)
    return Bitmap(marks)


def _refuse_unlike(columns: KeyColumns, places: Places, picks: Mapping[str, Pick], budget: Budget) -> None:
    """Rows that share a key must be equal in what is used of them."""
    span = max(_READ, -(-places.rows // (BUCKETS - 1)))
    with closing(Buckets(budget)) as store:
        codec, start = None, 0
        for load in columns.table.blocks(picks, _READ):
            block = load()
            rows = np.arange(start, start + len(block))
            block = Block({**block.arrays, _OWN: rows}, block.missing)
            codec = codec or RowCodec(block)
            to = places.part(start, start + len(block))
            chosen = to >= 0
            start += len(block)
            if chosen.any():
                records, texts = codec.packed(block, to[chosen], chosen)
                store.add(records[ROW] // span, records, texts)
        for number in range(-(-places.rows // span)):
            if (contents := store.bucket(number)) is not None:
                _compare(columns, *contents)


def _compare(columns: KeyColumns, records: Array, texts: tuple[Ragged, ...]) -> None:
    order = np.argsort(records[ROW], kind="stable")  # the first of each key first: rows came in their order
    records = records[order]
    new = np.append(True, records[ROW][1:] != records[ROW][:-1])
    firsts = np.flatnonzero(new)[np.cumsum(new) - 1]
    unlike = np.zeros(len(records), dtype=bool)
    for name in records.dtype.names or ():
        if name not in (ROW, f"value {_OWN}"):
            unlike |= _differ(records[name], records[name][firsts])
    for text in texts:
        unlike |= _texts_differ(taken(text, order), taken(text, order[firsts]))
    if unlike.any():
        at = int(np.argmax(unlike))
        own = int(records[f"value {_OWN}"][at]), int(records[ROW][at])
        rows = [file_row(columns.table, row) for row in own]
        name = columns.table.name
        raise DataProblem(
            f"{name} has the {', '.join(columns.names)} {columns.at(own[1])} in rows {rows[1]} and {rows[0]} (from 0), "
            "and they are not the same.",
            "--on-duplicate first takes the first of them.",
            kind="duplicate_key",
            file=name,
            row=rows[0],
            options=("on-duplicate",),
            fix="--on-duplicate first",
        )


def _differ(a: Array, b: Array) -> Array:
    """Where rows differ; NaN is the same as NaN."""
    differ = a != b
    if a.dtype.kind == "f":
        differ &= ~((a != a) & (b != b))
    rows: Array = differ.reshape(len(a), -1).any(axis=1)
    return rows


def _texts_differ(a: Ragged, b: Ragged) -> Array:
    import pyarrow.compute as pc

    unlike: Any = pc.not_equal(as_arrow(a), as_arrow(b)).cast("uint8")
    values: Array = np.frombuffer(unlike.buffers()[1], np.uint8, len(unlike), unlike.offset).view(bool)
    return values
