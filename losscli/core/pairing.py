"""How rows of several files are paired by key: what was asked for, and how many had a counterpart."""

from __future__ import annotations

from typing import Any

from .errors import UsageProblem
from .record import record
from .safe_text import shown

ON_MISSING = ("error", "drop")
MEMORY = 256 << 20  # bytes for keys and rows that wait, unless --max-memory says otherwise


@record
class Join:
    """How to pair: the key's columns, and what of a row whose key another file lacks."""

    by: tuple[str, ...]
    on_missing: str = "error"
    memory: int = MEMORY

    @classmethod
    def of(cls, by: tuple[str, ...], on_missing: str | None, max_memory: int | None) -> Join | None:
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
            return None
        if len(set(by)) < len(by):
            raise UsageProblem(
                f"--join names {shown(next(n for n in by if by.count(n) > 1))} twice.",
                kind="bad_option",
                options=("join",),
            )
        return cls(by, on_missing or "error", MEMORY if max_memory is None else max_memory // 2)


@record
class Pairing:
    """The key's columns, and counts: `left` is the predictions' file, `right` any other."""

    by: tuple[str, ...]
    on_missing: str
    matched: int
    left_only: int
    right_only: int

    def __str__(self) -> str:
        only = f"{self.left_only} only in the predictions' file, {self.right_only} only elsewhere"
        return f"by {', '.join(map(shown, self.by))}: {self.matched} matched, {only}"

    def to_dict(self) -> dict[str, Any]:
        """The pairing as it stands in a report."""
        return {
            "by": [shown(name) for name in self.by],
            "on_missing": self.on_missing,
            "matched": self.matched,
            "left_only": self.left_only,
            "right_only": self.right_only,
        }
