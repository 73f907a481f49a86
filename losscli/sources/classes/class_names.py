"""Text labels become class numbers by name: in the order of the classes given, never sorted."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from ...core.errors import DataProblem
from ...core.record import record
from ...core.safe_text import shown


@record
class NumberedClasses:
    """Classes whose names are numbers, in order, beside labels that are numbers: the label 3 is the class named 3.

    `numbers` has None for a name that is a word. `passed` is a label that stands for no class and stays as it is, and
    `fix` is what to type where labels are something else.
    """

    numbers: tuple[int | None, ...]
    names: tuple[str, ...]
    fix: str = ""
    passed: int | None = None


def relabelled(labels: Any, by: NumberedClasses, missing: Any = None) -> tuple[Any, int | None]:
    """A block of labels as class numbers from 0; and the first row with a number that no class has, or None.

    What is no whole number stays as it is, and so do negative numbers that are no class: they are refused, or left
    out, where labels are checked.
    """
    import numpy as np

    numbers = labels.astype(np.int64) if labels.dtype.kind == "b" else labels
    places = [place for place, number in enumerate(by.numbers) if number is not None]
    known = np.array([by.numbers[place] for place in places], dtype=np.int64)
    order = np.argsort(known)
    at = order[np.searchsorted(known, numbers, sorter=order).clip(max=len(known) - 1)]
    same = known[at] == numbers
    strange = ~same & (numbers >= 0) & (np.floor(numbers) == numbers)
    if by.passed is not None:
        strange &= numbers != by.passed
    if missing is not None:
        strange &= ~missing.reshape(missing.shape + (1,) * (strange.ndim - missing.ndim))
    if strange.any():
        return labels, int(np.argwhere(strange)[0][0])
    return np.where(same, np.array(places, dtype=np.int64)[at], numbers), None


def unknown_number(label: Any, by: NumberedClasses, where: str, place: str) -> DataProblem:
    """The sentence for a label that is a number and none of the classes."""
    few = ", ".join(shown(name) for name in by.names[:12]) + (", ..." if len(by.names) > 12 else "")
    hint = f"Say {by.fix} if labels count the columns from 0." if by.fix else "--classes lists every class, in order."
    return DataProblem(
        f"{where} has the label {int(label)} in {place}, which is none of the classes {few}.",
        hint,
        kind="not_a_class",
        options=("classes",),
        fix=by.fix or "--classes",
    )


def unknown_class(text: str, classes: Sequence[str], table: str, row: int) -> DataProblem:
    """The sentence for a label that is none of the classes."""
    few = ", ".join(shown(name) for name in classes[:12]) + (", ..." if len(classes) > 12 else "")
    return DataProblem(
        f"{table} has the label {shown(text)!r} in row {row} (from 0), which is none of the classes {few}.",
        "Name them in order with --classes.",
        kind="not_a_class",
        file=table,
        row=int(row),
        options=("classes",),
        fix="--classes",
    )


def numbered(labels: Any, classes: Sequence[str], table: str, start: int) -> Any:
    """Class numbers of a block of text labels; other arrays pass as they are."""
    if getattr(labels, "dtype", None) is None or labels.dtype.kind not in "US":
        return labels
    import numpy as np

    if not classes:
        raise DataProblem(
            f"{table} holds text.",
            "Give the order of the classes with --classes a,b,c.",
            kind="no_classes",
            file=table,
            options=("classes",),
            fix="--classes",
        )
    if not labels.size:
        return np.zeros(labels.shape, dtype=np.int64)
    width = labels[:1].size  # labels a row
    texts = _texts(np.ascontiguousarray(labels).ravel(), table, start, width)
    order = {name: number for number, name in enumerate(classes)}
    codes = np.array([order.get(text, -1) for text in texts], dtype=np.int64)
    if (codes < 0).any():
        at = int(np.argmax(codes < 0))
        raise unknown_class(texts[at], classes, table, start + at // width)
    return codes.reshape(labels.shape)


def _texts(labels: Any, table: str, start: int, width: int) -> list[str]:
    """The labels as Python texts. NumPy would make one of any four bytes, and some of those break the interpreter."""
    if labels.dtype.kind == "S":
        return [text.decode("utf-8", "surrogateescape") for text in labels.tolist()]
    wrong = labels.view(labels.dtype.byteorder + "u4").reshape(len(labels), -1) > sys.maxunicode
    if wrong.any():
        row = start + int(wrong.any(axis=1).argmax()) // width
        raise DataProblem(f"{table} has a label in row {row} (from 0) that is not text.", "The file is damaged.")
    texts: list[str] = labels.tolist()
    return texts
