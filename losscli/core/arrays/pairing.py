"""How rows of several files are paired by key: what was asked for, and how many had a counterpart."""

from __future__ import annotations

from typing import Any

from ..errors import UsageProblem
from ..record import record
from ..safe_text import shown

ON_MISSING = ("error", "drop")
ON_DUPLICATE = ("error", "same", "first")
MEMORY = 256 << 20  # bytes for keys and rows that wait, unless --max-memory says otherwise


@record
class Join:
    """How to pair: the key's columns, what of a row whose key another file lacks, and of one whose key came before.

    A column is a name, or NAME=OTHER: what the predictions' file calls NAME is OTHER in the files beside it.
    """

    by: tuple[str, ...]
    on_missing: str = "error"
    memory: int = MEMORY
    on_duplicate: str = "error"

    @property
    def names(self) -> frozenset[str]:
        """All names that a column of the key may have."""
        return frozenset(part for name in self.by for part in (name, *name.split("=")))

    def own(self, columns: tuple[str, ...], *, predictions: bool) -> tuple[str, ...]:
        """The key's columns as a file with these columns calls them."""
        return tuple(_own(name, columns, predictions) for name in self.by)

    @classmethod
    def of(
        cls,
        by: tuple[str, ...],
        on_missing: str | None,
        max_memory: int | None,
        on_duplicate: str = "error",
    ) -> Join | None:
        """What the user asked for; None for pairing by position."""
        if on_missing is not None and on_missing not in ON_MISSING:
            raise UsageProblem(
                f"On missing is one of {', '.join(ON_MISSING)}, got {on_missing!r}.",
                kind="bad_option",
                options=("on-missing",),
            )
        if not by:
            if on_missing is not None:
                raise UsageProblem(
                    "--on-missing is for rows paired by key.",
                    "Name the key with --join KEY.",
                    kind="missing_option",
                    options=("on-missing", "join"),
                    fix="--join KEY",
                )
            if on_duplicate != "error":
                raise UsageProblem(
                    "--on-duplicate is for rows paired by key.",
                    "Name the key with --join KEY.",
                    kind="missing_option",
                    options=("on-duplicate", "join"),
                    fix="--join KEY",
                )
            return None
        if len(set(by)) < len(by):
            raise UsageProblem(
                f"--join names {shown(next(n for n in by if by.count(n) > 1))} twice.",
                kind="bad_option",
                options=("join",),
            )
        return cls(by, on_missing or "error", MEMORY if max_memory is None else max_memory // 2, on_duplicate)


def _own(name: str, columns: tuple[str, ...], predictions: bool) -> str:
    """A column of the key as a file calls it: a name with = in it may be a column's, too."""
    here, equals, there = name.partition("=")
    if not equals or name in columns:
        return name
    order = (here, there) if predictions else (there, here)
    return next((each for each in order if each in columns), order[0])


@record
class Pairing:
    """The key's columns, and counts: `left` is the predictions' file, `right` any other."""

    by: tuple[str, ...]
    on_missing: str
    matched: int
    left_only: int
    right_only: int
    on_duplicate: str = "error"
    left_repeated: int = 0
    right_repeated: int = 0

    def __str__(self) -> str:
        only = f"{self.left_only} only in the predictions' file, {self.right_only} only elsewhere"
        again = (
            f"; repeated keys left out: {self.left_repeated} in the predictions' file, {self.right_repeated} elsewhere"
        )
        more = "" if self.on_duplicate == "error" else again
        return f"by {', '.join(map(shown, self.by))}: {self.matched} matched, {only}{more}"

    def to_dict(self) -> dict[str, Any]:
        """The pairing as it stands in a report."""
        repeated: dict[str, Any] = {
            "on_duplicate": self.on_duplicate,
            "left_repeated": self.left_repeated,
            "right_repeated": self.right_repeated,
        }
        return {
            "by": [shown(name) for name in self.by],
            "on_missing": self.on_missing,
            "matched": self.matched,
            "left_only": self.left_only,
            "right_only": self.right_only,
            **({} if self.on_duplicate == "error" else repeated),
        }
