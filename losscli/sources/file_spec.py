"""SPECs: `PATH`, `PATH::COLUMNS`, `::COLUMNS`, `-`; and the choice of columns that they and options make."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable

from ..core.did_you_mean import nearest
from ..core.errors import UsageProblem
from ..core.record import record
from ..core.safe_text import shown

PRED_NAMES = ("pred", "prediction", "y_pred", "score", "logit", "logits", "prob", "probs")
LABEL_NAMES = ("label", "target", "y_true", "y")


@record
class Spec:
    """Where a role's data are: a path ('' is the predictions' own file), and names or globs of columns."""

    path: str
    columns: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.path + ("::" + ",".join(self.columns) if self.columns else "")


def parse(text: str) -> Spec:
    """A SPEC as typed."""
    if not text:
        raise UsageProblem("An empty text stands where a file should.", "Is a shell variable unset?")
    path, mark, columns = text.partition("::")
    names = split(columns) if mark else ()
    if mark and not names:
        raise UsageProblem(f"{shown(text)} names no columns after '::'.", "Write PATH::COLUMN.")
    return Spec(path, names)


def split(text: str) -> tuple[str, ...]:
    """Names between commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def match(patterns: Iterable[str], columns: tuple[str, ...], table: str) -> tuple[str, ...]:
    """The columns that names or globs mean: each pattern in turn, a glob's columns in file order."""
    matched: list[str] = []
    for pattern in patterns:
        if pattern in columns:
            hits = [pattern]
        elif any(sign in pattern for sign in "*?["):
            hits = [name for name in columns if fnmatch.fnmatchcase(name, pattern)]
        else:
            hits = []
        if not hits:
            raise UsageProblem(
                f"{table} has no column {shown(pattern)}.",
                _offer(pattern, columns),
                kind="missing_column",
                file=table,
                column=pattern,
            )
        matched.extend(name for name in hits if name not in matched)
    return tuple(matched)


def _offer(pattern: str, columns: tuple[str, ...]) -> str:
    near = nearest(pattern, columns)
    if near:
        return shown(near)
    few = ", ".join(shown(name) for name in columns[:12])
    return f"It has: {few}{', ...' if len(columns) > 12 else ''}."


def recognised(columns: tuple[str, ...], names: tuple[str, ...]) -> str | None:
    """The one column with a usual name for its role, if there is exactly one."""
    hits = [name for name in columns if name.lower() in names]
    return hits[0] if len(hits) == 1 else None


def glob_classes(pattern: str, columns: tuple[str, ...]) -> tuple[str, ...]:
    """Class names: what the one '*' of a glob stood for in each column."""
    before, _, after = pattern.partition("*")
    return tuple(name[len(before) : len(name) - len(after)] for name in columns)
