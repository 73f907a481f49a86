"""Chunks of any length, as a file comes apart, cut into blocks of one size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

import numpy as np

from ..core.arrays.ragged import Ragged
from ..core.record import field, record
from ..core.scratch import Array
from .table import Block, Load

Part = Array | Ragged | tuple[Array, ...]  # a tuple: the columns of an (n, k) array, side by side

_STEP = 4096  # rows interleaved at a time, so that the rows being written stay in the cache


@record
class Chunk:
    """A run of rows as the file came apart; the roles' parts all have `rows` rows."""

    rows: int
    parts: dict[str, Part]
    missing: dict[str, Array] = field(default_factory=dict)


def recut(chunks: Iterable[Chunk], size: int) -> Iterator[Load]:
    """Blocks of exactly `size` rows (the last may be shorter); no more is held than a block and a chunk.

    Pieces are joined in fresh arrays by the thread that calls; a single piece is a view, not to be written to.
    """
    waiting: list[Chunk] = []
    held = 0
    for chunk in chunks:
        start = 0
        while held + chunk.rows - start >= size:
            stop = start + size - held
            yield partial(_block, [*waiting, _cut(chunk, start, stop)])
            waiting, held, start = [], 0, stop
        if start < chunk.rows:
            waiting.append(_cut(chunk, start, chunk.rows))
            held += chunk.rows - start
    if waiting:
        yield partial(_block, waiting)


def _cut(chunk: Chunk, start: int, stop: int) -> Chunk:
    if start == 0 and stop == chunk.rows:
        return chunk
    window = slice(start, stop)
    parts = {
        role: tuple(column[window] for column in part) if isinstance(part, tuple) else part[window]
        for role, part in chunk.parts.items()
    }
    return Chunk(stop - start, parts, {role: mask[window] for role, mask in chunk.missing.items()})


def _block(pieces: list[Chunk]) -> Block:
    arrays = {role: _joined([piece.parts[role] for piece in pieces]) for role in pieces[0].parts}
    missing: dict[str, Array] = {}
    for role in dict.fromkeys(role for piece in pieces for role in piece.missing):
        mask = _joined_masks([piece.missing.get(role) for piece in pieces], [piece.rows for piece in pieces])
        if mask.any():
            missing[role] = mask
    return Block(arrays, missing)


def _joined_masks(masks: list[Array | None], rows: list[int]) -> Array:
    """Masks of several runs as one: of cells, if one of them is; None has nothing missing."""
    inner = max((mask.shape[1:] for mask in masks if mask is not None), key=len)
    whole = np.zeros((sum(rows), *inner), dtype=bool)
    start = 0
    for mask, count in zip(masks, rows, strict=True):
        if mask is not None:
            whole[start : start + count] = mask.reshape(*mask.shape, *[1] * (whole.ndim - mask.ndim))
        start += count
    return whole


def _joined(pieces: list[Any]) -> Array | Ragged:
    first = pieces[0]
    if isinstance(first, tuple):
        return _interleaved(pieces)
    if not isinstance(first, Ragged):
        return np.asarray(first) if len(pieces) == 1 else np.concatenate(pieces)
    return Ragged.joined(pieces)


def _interleaved(pieces: list[tuple[Array, ...]]) -> Array:
    rows, dtype = sum(len(piece[0]) for piece in pieces), np.result_type(*pieces[0])
    out = np.empty((rows, len(pieces[0])), dtype=dtype)
    at = 0
    for piece in pieces:
        for start in range(0, len(piece[0]), _STEP):
            target = out[at : at + min(_STEP, len(piece[0]) - start)]
            for index, column in enumerate(piece):
                target[:, index] = column[start : start + _STEP]
            at += len(target)
    return out
