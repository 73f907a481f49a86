"""A hostile input: what to put where, what to ask, and what must be said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

Maker = bytes | Callable[[Path], object]  # the bytes of a file, or what makes it at its path

LABELS = "y.npy"  # eight labels that nothing is wrong with


@dataclass(frozen=True)
class Case:
    """One run over hostile files. `words` must all be in the one sentence on stderr (or in stdout, for exit code 0)."""

    name: str
    files: Mapping[str, Maker]
    arguments: tuple[str, ...]
    code: int = 3
    words: tuple[str, ...] = ()
    stdin: str | None = None
    after: Callable[[Path], None] = field(default=lambda folder: None)

    def write(self, folder: Path) -> list[str]:
        """Make the files, and the arguments that name them: {} is the folder."""
        np.save(folder / LABELS, np.arange(8.0))
        for name, made in self.files.items():
            if callable(made):
                made(folder / name)
            else:
                (folder / name).write_bytes(made)
        return list(self.arguments)


def mse(name: str, *options: str) -> tuple[str, ...]:
    """The squared error of a table's own columns, or of an array and the labels."""
    if name.endswith((".npy", ".npz")):
        return ("compute", "mse", f"{name}::x" if name.endswith("z") else name, LABELS, *options)
    return ("compute", "mse", name, *options)


def one(name: str, file: str, made: Maker, *words: str, code: int = 3, options: tuple[str, ...] = ()) -> Case:
    """A case of one file."""
    return Case(name, {file: made}, mse(file, *options), code, words)


def cut(data: bytes, pieces: int) -> list[Any]:
    """Where to cut a file short: evenly, and about its two ends."""
    size = len(data)
    places = {0, 1, 3, 4, 8, size - 1, size - 4, size - 8, *(size * i // pieces for i in range(1, pieces))}
    return sorted(place for place in places if 0 <= place < size)
