"""Keys of groups as reports have them, and the order in which they stand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ...core.safe_text import shown
from .bins import Bins
from .group_keys import Key

_DIGITS = re.compile(r"([0-9]+)")


def key_values(keys: Sequence[tuple[Key, ...]], bins: Sequence[Bins | None]) -> list[tuple[Any, ...]]:
    """The keys as JSON has them: bins by their ends, a column that has any text as text, what is missing as None."""
    columns = [list(column) for column in zip(*keys, strict=True)]
    return list(zip(*(_values(c, b) for c, b in zip(columns, bins, strict=True)), strict=True)) if keys else []


def _values(column: list[Any], bins: Bins | None) -> list[Any]:
    if bins is not None:
        return [None if key is None else bins.name(key) for key in column]
    if any(isinstance(key, str) for key in column):
        return [None if key is None else shown(key if isinstance(key, str) else str(key)) for key in column]
    return [repr(key) if isinstance(key, float) and key - key != 0.0 else key for key in column]


def order_of(keys: Sequence[tuple[Key, ...]]) -> list[int]:
    """The places of the keys in order: numbers by size, also those within texts, and what is missing last."""
    if keys and len(keys[0]) == 1 and not any(isinstance(key, str) for (key,) in keys):
        numbers: Any = [key for (key,) in keys]
        missing = [i for i, key in enumerate(numbers) if key is None]
        present = [i for i, key in enumerate(numbers) if key is not None]
        return sorted(present, key=numbers.__getitem__) + missing
    kinds = [any(isinstance(key, str) for key in column) for column in zip(*keys, strict=True)]
    return sorted(range(len(keys)), key=lambda i: [_rank(key, text) for key, text in zip(keys[i], kinds, strict=True)])


def _rank(key: Key, text: bool) -> tuple[Any, ...]:
    if key is None:
        return (2,)
    if not text:
        return (1, float(key) if not isinstance(key, int) else key)
    parts = _DIGITS.split(str(key))
    return (1, [(int(p), "") if i % 2 else (-1, p) for i, p in enumerate(parts)], str(key))
