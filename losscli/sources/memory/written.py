"""Texts in memory as the numbers, or the lists of numbers, that they would be in a CSV file."""

from __future__ import annotations

import re
from typing import Any

from ...core.arrays.inputs import Ragged
from ...core.errors import DataProblem
from ...core.scratch import Array
from ..formats.arrow_to_numpy import BadCell
from ..formats.csv.csv_dialect import NULL_TEXTS, is_number
from ..formats.object_text import vector
from .objects import Values

_PADDED = re.compile(r"\s*[+-]?0\d")  # 007 is a name


def read_texts(values: Array | Ragged, missing: Array | None, classes: tuple[str, ...], name: str) -> Values:
    """Texts as numbers or lists of them, if the first that is there is one and no class; other values as they are."""
    first = _first(values)
    if first is None or (classes and first in classes) or not (is_number(first) or vector(first) is not None):
        return values, missing
    import pyarrow as pa

    from ..formats.text_numbers import written_lists, written_numbers
    from .arrow_values import side_by_side

    assert not isinstance(values, Ragged)
    texts = pa.array(values.tolist(), mask=missing)
    try:
        return written_numbers(texts, name) if is_number(first) else side_by_side(*written_lists(texts, name), name)
    except BadCell as bad:
        raise DataProblem(f"{name}: row {bad.row} (from 0) {bad.what}.", bad.hint, row=bad.row) from None


def of_series(given: Any, values: Array, missing: Array | None, classes: tuple[str, ...], name: str) -> Values:
    """The same of a Series of texts or an array of Python's objects, unless they are names, such as 007.

    Arrays and lists of texts alone are texts.
    """
    kind = getattr(getattr(given, "dtype", None), "kind", "")
    if isinstance(given, list | tuple) or kind in ("U", "S") or _PADDED.match(_first(values) or ""):
        return values, missing
    return read_texts(values, missing, classes, name)


def _first(values: Array | Ragged) -> str | None:
    """The first text that is there; None of what is no column of texts."""
    if isinstance(values, Ragged) or values.dtype.kind not in "US" or values.ndim != 1 or not len(values):
        return None
    first = next((text for text in values.tolist() if text not in NULL_TEXTS), "")
    return first.decode("utf-8", "surrogateescape") if isinstance(first, bytes) else first
