"""The files that a report was computed from, as a table of a page."""

from __future__ import annotations

from typing import Any

from ..model import Input
from .markup import clean

MOST = 200  # recipes and inputs that are listed


def inputs_table(inputs: list[Input]) -> str:
    """The files, with the hashes by which they are known again."""
    if not inputs:
        return ""
    rows = "".join(_input(each) for each in inputs[:MOST])
    more = f"<p>{len(inputs) - MOST:,} more inputs are in the JSON of the report.</p>" if len(inputs) > MOST else ""
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("role", "file", "holds", "SHA-256"))
    return f'<div class="wide inputs"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>{more}'


def _input(each: Input) -> str:
    shape = " x ".join("?" if side is None else str(side) for side in each.shape)
    cells: list[Any] = [each.role, each.path or each.format, f"{each.dtype}, {shape}"]
    said = "".join(f"<td>{clean(text)}</td>" for text in cells)
    return f'<tr>{said}<td class="hash">{clean(each.sha256 or "-")}</td></tr>'
