"""Text labels become class numbers by name: in the order of the classes given, never sorted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core.errors import DataProblem
from .names import shown


def unknown_class(text: str, classes: Sequence[str], table: str, row: int) -> DataProblem:
    """The sentence for a label that is none of the classes."""
    few = ", ".join(shown(name) for name in classes[:12]) + (", ..." if len(classes) > 12 else "")
    return DataProblem(
        f"{table} has the label {shown(text)!r} in row {row} (from 0), which is none of the classes {few}.",
        "Name them in order with --classes.",
    )


def numbered(labels: Any, classes: Sequence[str], table: str, start: int) -> Any:
    """Class numbers of a block of text labels; other arrays pass as they are."""
    if getattr(labels, "dtype", None) is None or labels.dtype.kind not in "US":
        return labels
    import numpy as np

    if not classes:
        raise DataProblem(f"{table} holds text.", "Give the order of the classes with --classes a,b,c.")
    texts = labels.astype(str).ravel()
    order = {name: number for number, name in enumerate(classes)}
    found = np.array([order.get(text, -1) for text in texts.tolist()], dtype=np.int64)
    if (found < 0).any():
        at = int(np.argmax(found < 0))
        raise unknown_class(str(texts[at]), classes, table, start + at)
    return found.reshape(labels.shape)
