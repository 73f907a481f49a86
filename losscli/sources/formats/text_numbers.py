"""Numbers that are written as text: in columns of Parquet and Arrow, and as Windows writes what is not a number.

As in `arrow_to_numpy`, pyarrow is imported in the functions that need more of it than arrays bring.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

_NAN = r"(?i)^[+-]?(?:1[.,]#(?:IND|QNAN|SNAN)0*|nan\((?:s?nan|ind)\))$"
_INF = r"(?i)^([+-]?)1[.,]#INF0*$"


def windows_numbers(array: Any, blank: Collection[str], decimal: str = ".") -> Any:
    """A column of text as float64, `blank` texts as nulls; pyarrow's own error where a cell is no number."""
    import pyarrow as pa
    from pyarrow import compute

    text = compute.ascii_trim(array, " \t")
    text = compute.if_else(compute.is_in(text, pa.array(list(blank))), pa.scalar(None, text.type), text)
    text = compute.replace_substring_regex(text, _NAN, "nan")
    text = compute.replace_substring_regex(text, _INF, r"\1inf")
    if decimal != ".":
        text = compute.replace_substring(text, decimal, ".")
    return text.cast("double")
