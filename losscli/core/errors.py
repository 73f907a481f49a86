"""What can go wrong: a sentence for the user, and the same as data for other parts. Each class has its exit code."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

UNEVEN_LISTS = "uneven_lists"  # the kind of a problem: lists of a column have one length at first, and another later


class LossCliError(Exception):
    """A problem the user can mend: one sentence that says what and where, and a hint what to type next.

    The sentence is for people. What another part needs to know of a problem stands in fields, empty where they say
    nothing, so that nobody searches a sentence:

    kind     a short word for what is wrong: no_rows, unpaired_lengths, missing_option, ...
    file     the file or table it is about, as messages call it
    column   the column, by its name
    row      the row, from 0
    options  the options or parameters it is about, as they are spelled without dashes before them: ("max-memory",)
    fix      what to type: an option, with its value where it takes one
    place    the entry of a suite or of a configuration that it was found in
    """

    exit_code = 70

    def __init__(
        self,
        message: str,
        hint: str = "",
        *,
        kind: str = "",
        file: str = "",
        column: str = "",
        row: int | None = None,
        options: Sequence[str] = (),
        fix: str = "",
        place: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.kind = kind
        self.file = file
        self.column = column
        self.row = row
        self.options = tuple(options)
        self.fix = fix
        self.place = place

    def __str__(self) -> str:
        return f"{self.message} {self.hint}" if self.hint else self.message

    @property
    def fields(self) -> dict[str, Any]:
        """What it says as data, by name."""
        names = ("kind", "file", "column", "row", "options", "fix", "place")
        return {name: getattr(self, name) for name in names}

    def concerns(self, option: str, value: object = None) -> bool:
        """Whether it is about this option, or about a column that the option's value names."""
        spelled = option.replace("_", "-")
        return spelled in (each.replace("_", "-") for each in self.options) or (value == self.column != "")

    def within(self, place: str) -> UsageProblem:
        """The same problem, said of the place that it was found in, such as an entry of a suite."""
        return UsageProblem(f"{place}: {self.message}", self.hint, **{**self.fields, "place": place})


class UsageProblem(LossCliError):
    """The request is wrong: an unknown loss, a parameter outside its domain, roles that do not fit."""

    exit_code = 2


def not_one_of(what: str, option: str, allowed: Iterable[str], given: object, more: str = "") -> UsageProblem:
    """That a word is none of those that an option takes; `what` starts the sentence and `more` ends it."""
    sentence = f"{what} must be one of {', '.join(allowed)}, got {given}.{more}"
    return UsageProblem(sentence, kind="bad_option", options=(option,))


class DataProblem(LossCliError):
    """The data are wrong: unreadable, mismatched, outside their domain."""

    exit_code = 3


class BadValue(Exception):
    """A value in a block contradicts its kind. Raised where only the block is known; the engine adds file and row."""

    def __init__(
        self,
        role: str,
        index: int,
        message: str,
        hint: str = "",
        column: int | None = None,
        *,
        options: Sequence[str] = (),
        value: float | None = None,
    ) -> None:
        super().__init__(message)
        self.role = role
        self.index = index
        self.column = column  # of a role with several
        self.message = message
        self.hint = hint
        self.options = tuple(options)  # what it is about, as in LossCliError
        self.value = value  # the value itself, where a kind or a form refused it

    def __reduce__(self) -> tuple[Any, ...]:
        given = (self.role, self.index, self.message, self.hint, self.column)
        return type(self), given, {"options": self.options, "value": self.value}

    def of_role(self, role: str) -> BadValue:
        """The same of another role, where a loss ran on the predictions of one of several models."""
        return BadValue(role, self.index, self.message, self.hint, self.column, options=self.options, value=self.value)
