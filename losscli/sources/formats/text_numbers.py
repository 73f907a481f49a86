"""Numbers that are written as text: in columns of Parquet and Arrow, and as Windows writes what is not a number.

As in `arrow_to_numpy`, pyarrow is imported in the functions that need more of it than arrays bring.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any

import numpy as np

from ...core.arrays.ragged import Ragged
from ...core.safe_text import shown
from ...core.scratch import Array
from .arrow_to_numpy import BadCell, numbers
from .csv.csv_dialect import NULL_TEXTS, is_number, number_hint
from .object_text import SCALAR, TF_SCALAR, fault, vectors

_NAN = r"(?i)^[+-]?(?:1[.,]#(?:IND|QNAN|SNAN)0*|nan\((?:s?nan|ind)\))$"
_INF = r"(?i)^([+-]?)1[.,]#INF0*$"


def odd_numbers(array: Any, blank: Collection[str], decimal: str = ".") -> Any:
    """A column of text as float64, `blank` texts as nulls; pyarrow's own error where a cell is no number."""
    import pyarrow as pa
    from pyarrow import compute

    text = compute.ascii_trim(array, " \t")
    text = compute.if_else(compute.is_in(text, pa.array(list(blank))), pa.scalar(None, text.type), text)
    for written in (SCALAR, TF_SCALAR):  # first, as they may hold nan
        text = compute.replace_substring_regex(text, f"(?s){written}", r"\1")
    text = compute.replace_substring_regex(text, _NAN, "nan")
    text = compute.replace_substring_regex(text, _INF, r"\1inf")
    if decimal != ".":
        text = compute.replace_substring(text, decimal, ".")
    return text.cast("double")


def first_cell(array: Any) -> str | None:
    """The first text of a column that is not missing; None where there is none."""
    cells: Iterable[Any] = array
    if str(array.type).startswith("dictionary<"):  # decoding it would import pyarrow.compute
        codes, mask = numbers(array.indices)
        cells = (array.dictionary[int(code)] for code in (codes if mask is None else codes[~mask]))
    for each in cells:
        cell = each.as_py()
        text = cell.decode("utf-8", "surrogateescape") if isinstance(cell, bytes) else cell
        if text is not None and text not in NULL_TEXTS:
            return str(text)
    return None


def written_numbers(array: Any, column: str) -> tuple[Array, Array | None]:
    """A column of texts as the numbers that they would be in a CSV file, and the mask of missing ones."""
    if str(array.type).startswith("dictionary<"):
        codes, mask = numbers(array.indices)
        words, missing = _words(array.dictionary, column, lambda word: int(np.argmax(codes == word)))
        if not len(words):
            return np.full(len(codes), np.nan), np.ones(len(codes), dtype=bool)
        if missing is not None:
            mask = missing[codes] if mask is None else mask | missing[codes]
        values = words[codes]
        return (values if mask is None else np.where(mask, np.nan, values)), mask
    return _words(array, column, lambda row: row)


def _words(array: Any, column: str, row_of: Callable[[int], int]) -> tuple[Array, Array | None]:
    import pyarrow as pa

    try:
        return numbers(odd_numbers(array.cast("large_string"), NULL_TEXTS))
    except (pa.ArrowException, ValueError):
        for place, each in enumerate(array):
            cell = each.as_py()
            text = cell.decode("utf-8", "surrogateescape") if isinstance(cell, bytes) else cell
            if text is not None and text not in NULL_TEXTS and not is_number(text):
                what = f"holds '{shown(text, 60)}', which is not a number"
                raise BadCell(row_of(place), column, what, number_hint(text, dialect=False)) from None
        raise


def written_lists(array: Any, column: str, decimal: str = ".") -> tuple[Ragged, Array | None]:
    """A column of lists, arrays or tensors written as text as Ragged, a missing one being empty, and their mask."""
    if str(array.type).startswith("dictionary<"):
        array = array.dictionary_decode()
    cells = [each.decode("utf-8", "surrogateescape") if isinstance(each, bytes) else each for each in array.to_pylist()]
    try:
        return vectors(cells, NULL_TEXTS, decimal)
    except IndexError as error:
        row = int(error.args[0])
        raise BadCell(row, column, *fault(cells[row] or "")) from None
