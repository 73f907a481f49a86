"""Numbers, lists, arrays and tensors as print() writes them: `[0.1 0.9]`, `tensor(0.9)`, `np.float64(0.5)`.

A cell is read where it can mean one thing alone. What was shortened, several rows in one cell, and a list whose commas
may be decimal signs are not.
"""

from __future__ import annotations

import re

import numpy as np

from ...core.arrays.ragged import Ragged, row_offsets
from ...core.safe_text import shown
from ...core.scratch import Array

NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?(?i:nan|inf|infinity)"
_WRITERS = r"(?:tensor|Tensor|EagerTensor|array|Array|DeviceArray|DenseVector|list|tuple|u?int\d+|b?float\d+|Decimal)"
_CALLED = r"(?:[A-Za-z_]\w*\.)*" + _WRITERS
_SETTINGS = r"(?:,\s*\w+=.*)?"  # device='cuda:0', dtype=float32, grad_fn=<MulBackward0>
SCALAR = rf"^{_CALLED}\(\s*['\"]?({NUMBER})['\"]?\s*{_SETTINGS}\)$"  # also of RE2, which pyarrow has
TF_SCALAR = rf"^<tf\.Tensor:.*numpy=({NUMBER})>$"
_SCALARS = (re.compile(SCALAR, re.DOTALL), re.compile(TF_SCALAR, re.DOTALL))
_TF_TENSOR = re.compile(r"<tf\.Tensor:.*?numpy=(.*)>", re.DOTALL)
_WRAPPED = re.compile(rf"{_CALLED}\((\s*[\[(].*?[\])])\s*{_SETTINGS},?\s*\)", re.DOTALL)
_INNER = re.compile(rf"{_CALLED}\(\s*({NUMBER})\s*(?:,\s*\w+=[^()\[\]]*)?\)")
_LIST = re.compile(r"[\[(](.*)[\])]", re.DOTALL)
_NUMBER = re.compile(NUMBER)
_PLAIN = r"[+-]?(?:\d+\.\d*|\.\d+|\d+)(?:[eE][+-]?\d+)?"
_SEVERAL = re.compile(rf"\{{?{_PLAIN}(?:(?:\s*[;|]\s*|\s+|\s*,\s*(?=\S*\.)){_PLAIN})+\}}?")


def scalar(cell: str) -> str | None:
    """The number, as it is written, of a cell such as tensor(0.9); None for any other cell."""
    bare = cell.strip()
    return next((match[1] for match in (pattern.match(bare) for pattern in _SCALARS) if match), None)


def _inside(cell: str) -> str | None:
    """What stands between the outermost brackets of a list; None of what is no list."""
    bare = cell.strip()
    if tensor := _TF_TENSOR.fullmatch(bare):
        bare = tensor[1].strip()
    if wrapped := _WRAPPED.fullmatch(bare):
        bare = wrapped[1].strip()
    match = _LIST.fullmatch(bare)
    if match is None or (bare[0] == "[") != (bare[-1] == "]"):
        return None
    inside = _INNER.sub(r"\1", match[1]).strip()
    while inside[:1] == "[" and inside[-1:] == "]" and inside.count("[") == 1:  # an array of one row
        inside = inside[1:-1].strip()
    if bare[0] == "(" and "," not in inside:
        return None  # (0.5) is how some write -0.5
    return inside


def vector(cell: str, decimal: str = ".") -> list[float] | None:
    """The numbers of a cell that is a list, an array or a tensor of them; None for any other cell."""
    if not cell or (cell[0] not in "[( \t" and "[" not in cell):
        return None
    inside = _inside(cell)
    if inside is None or "[" in inside:
        return None
    if "," in inside:
        if decimal == "," and not re.search(r",\s", inside):
            return None
        words = [word.strip() for word in inside.removesuffix(",").split(",")]
    else:
        words = inside.split()
    if not all(map(_NUMBER.fullmatch, words)):
        return None
    return [float(word) for word in words]


def hint(cell: str) -> str:
    """What to do about a list, an array or a tensor where it is not read; empty for other cells."""
    inside = _inside(cell)
    if inside is None and _SEVERAL.fullmatch(cell.strip()):
        return "It holds several numbers. Write them as a list, as JSON does: [0.1, 0.9]."
    if inside is None or not re.search(r"\d", inside):
        return ""
    if vector(cell) is not None:
        return "It is a list written as text, and rows before it hold one number each."
    if "..." in inside or "\u2026" in inside:
        return (
            "It is an array that was shortened as it was printed, so that numbers are lost. Write it again with "
            "array.tolist()."
        )
    if "[" in inside:
        return "It is an array of several rows written as text. Write each row of it in a row of the file."
    if not re.search(r"[^][(),;.\deE+\-\s]", inside):
        return "It is a list written as text that can be read in two ways. Write it as JSON does: [0.1, 0.9]."
    return ""


def vectors(cells: list[str | None], blank: tuple[str, ...], decimal: str = ".") -> tuple[Ragged, Array | None]:
    """Cells as rows of numbers, those in `blank` empty, and the mask of these. An IndexError holds the bad row."""
    rows: list[list[float]] = []
    missing = np.zeros(len(cells), dtype=bool)
    for row, cell in enumerate(cells):
        if cell is None or cell.strip() in blank:
            missing[row] = True
            rows.append([])
            continue
        numbers = vector(cell, decimal)
        if numbers is None:
            raise IndexError(row)
        rows.append(numbers)
    values = np.array([number for numbers in rows for number in numbers], dtype=np.float64)
    offsets = row_offsets(np.array([len(numbers) for numbers in rows], dtype=np.int64))
    return Ragged(values, offsets), missing if missing.any() else None


def fault(cell: str) -> tuple[str, str]:
    """What is said of a cell that should be a list, and the hint."""
    more = hint(cell) or "Every row of the column holds a list of numbers, such as [0.1, 0.9]."
    return f"holds '{shown(cell, 60)}', which is not a list of numbers", more
