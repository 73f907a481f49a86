"""Whether two sets of predictions are one: a model compared with itself is never worse, and somebody should notice."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from ...core.notes import Note
from ..assembly import Assembly
from ..columns.candidates import CANDIDATE
from ..frame import Picked
from .file_listing import sha256_of


class TwinSides:
    """Predictions of a comparison that are there twice: the same columns of one file, equal files, or equal arrays.

    `of_base` are the roles of the candidates that are the base's; `notes` say of all twins that they are some.
    """

    def __init__(self, assembly: Assembly) -> None:
        sides = [(name, assembly.inputs[name]) for name in assembly.inputs if name.startswith(("pred", CANDIDATE))]
        self.of_base: set[str] = set()
        self.notes: list[str] = []
        hashes: dict[str, str] = {}
        for at, (name, ours) in enumerate(sides):
            for other, theirs in sides[:at]:
                if why := _same(theirs, ours, hashes):
                    self.notes.append(Note(f"{why} Were the files of two models meant?", kind="same_predictions"))
                    if other == "pred":
                        self.of_base.add(name)
                    break


def _same(ours: Picked, theirs: Picked, hashes: dict[str, str]) -> str:
    (one, pick), (other, others) = ours, theirs
    if pick.columns != others.columns:
        return ""
    if one.path is None or other.path is None:
        a, b = getattr(one, "array", None), getattr(other, "array", None)
        if one is other or (isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and _equal(a, b)):
            return "Two of the models are the same predictions."
        return ""
    if os.path.realpath(one.path) == os.path.realpath(other.path):
        return f"{one.name} is there twice, so that a model is compared with itself."
    if (
        os.path.isfile(one.path)
        and os.path.isfile(other.path)
        and os.path.getsize(one.path) == os.path.getsize(other.path)
    ):
        for path in (one.path, other.path):
            if path not in hashes:
                hashes[path] = sha256_of(path)
        if hashes[one.path] == hashes[other.path]:
            return f"{one.name} and {other.name} have the same content (SHA-256 {hashes[one.path][:12]}...)."
    return ""


def _equal(a: Any, b: Any) -> bool:
    return a is b or (a.shape == b.shape and a.dtype == b.dtype and bool(np.array_equal(a, b)))
