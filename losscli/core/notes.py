"""Notes: sentences that a reader should know, each with what it is about as data."""

from __future__ import annotations

from typing import Any

FIELDS = ("kind", "role", "file", "column", "loss", "model", "dataset")

# kinds of notes that say what was done, where nothing speaks against it
INFORMATION = frozenset({"column_chosen", "columns_ordered", "columns_paired", "history", "levels_by_name", "paired"})


class Note(str):
    """A sentence, and what it is about; a field is empty where it says nothing. As a text it is the sentence.

    kind     a short word for what was noticed: probs_as_logits, ids_differ, column_chosen, ...
    role     the role of the data: pred, label, ...
    file     the file or table, as messages call it
    column   the column, by its name
    loss     the loss that it was noticed for
    model    the predictions that it is about, where a run has those of several models
    dataset  the data set that it is about, where a run has several
    """

    kind: str
    role: str
    file: str
    column: str
    loss: str
    model: str
    dataset: str

    def __new__(cls, text: str, **about: str) -> Note:
        note = super().__new__(cls, text)
        for name in FIELDS:
            setattr(note, name, about.pop(name, ""))
        if about:
            raise TypeError(f"a note has no field {next(iter(about))!r}")
        return note

    @property
    def about(self) -> dict[str, str]:
        """What it is about, as data."""
        return {name: getattr(self, name) for name in FIELDS}

    def __reduce__(self) -> tuple[Any, ...]:
        return _made, (str(self), self.about)


def _made(text: str, about: dict[str, str]) -> Note:
    return Note(text, **about)


def about(note: str, **more: str) -> Note:
    """The note with more of what it is about."""
    known = note.about if isinstance(note, Note) else {}
    return Note(str(note), **{**known, **more})


def named(note: str, field: str, name: str) -> Note:
    """The note of one of several models or data sets, whose name starts the sentence."""
    return about(f"{name}: {note}", **{**(note.about if isinstance(note, Note) else {}), field: name})
