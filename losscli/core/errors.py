"""What can go wrong, as three kinds of sentence; each kind owns its exit code."""

from __future__ import annotations


class LossCliError(Exception):
    """A problem the user can mend: one sentence that says what and where, and a hint what to type next."""

    exit_code = 70

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}" if self.hint else self.message


class UsageProblem(LossCliError):
    """The request is wrong: an unknown loss, a parameter outside its domain, roles that do not fit."""

    exit_code = 2


class DataProblem(LossCliError):
    """The data are wrong: unreadable, mismatched, outside their domain."""

    exit_code = 3


class GateFailed(LossCliError):
    """A finding: the number is worse than the gate allows."""

    exit_code = 1


class BadValue(Exception):
    """A value in a block contradicts its kind. Raised where only the block is known; the engine adds file and row."""

    def __init__(self, role: str, index: int, message: str, hint: str = "", column: int | None = None) -> None:
        super().__init__(message)
        self.role = role
        self.index = index
        self.column = column  # of a role with several
        self.message = message
        self.hint = hint
