"""Labels that are words, where nothing else names the classes: what they are, and what to type."""

from __future__ import annotations

import shlex

from ...core.errors import UsageProblem
from ...core.safe_text import shown
from ..columns.recognition import first_texts
from ..table import Pick, Table

_BOOLEANS = (("False", "True"), ("FALSE", "TRUE"), ("false", "true"))  # as pandas, R and JSON write them
_MISSING = ("", "NA", "N/A", "null", "NULL", "None", "#N/A", "nan", "NaN")
_MOST = 12


def words_of(table: Table, pick: Pick) -> tuple[str, ...]:
    """The different words in the first rows of labels, sorted; () where they cannot be looked at."""
    texts = first_texts(table, pick.columns[0] if pick.columns else "")
    return tuple(sorted(set(texts).difference(_MISSING)))


def booleans_in(words: tuple[str, ...]) -> tuple[str, ...]:
    """False and true as the words spell them, if they are nothing else."""
    return next((pair for pair in _BOOLEANS if words and set(words) <= set(pair)), ())


def without_classes(table: Table, pick: Pick) -> UsageProblem:
    """That labels are words, and nothing says which class each of them is."""
    words = words_of(table, pick)
    listed = ",".join(map(shown, words)) if 1 < len(words) <= _MOST and not any("," in word for word in words) else ""
    option = f"--classes {shlex.quote(listed or 'a,b,c')}"
    hint = f"Give the classes in their order, from class 0 on: {option}{', or in another order' if listed else ''}."
    return UsageProblem(
        f"The labels in {table.name} are text, and the predictions' columns name no classes.",
        hint,
        kind="no_classes",
        file=table.name,
        options=("classes",),
        fix=option,
    )
