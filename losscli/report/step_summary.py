"""GitHub's summary of a step: a file that the steps' programs add to, so it is appended to and never replaced."""

from __future__ import annotations

import os

from ..core.errors import UsageProblem

VARIABLE = "GITHUB_STEP_SUMMARY"


def current() -> str:
    """The path of this step's summary; empty outside GitHub Actions."""
    return os.environ.get(VARIABLE, "")


class StepSummary:
    """The file opened for adding. `room` says how much may still be added of `limit` bytes."""

    def __init__(self, path: str) -> None:
        self.path = path
        try:
            self._handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
        except OSError as problem:
            raise self._problem(problem) from None

    def room(self, limit: int) -> int:
        """What the programs that wrote before left."""
        return limit - os.fstat(self._handle).st_size

    def write(self, text: str) -> None:
        """Add the text."""
        rest = text.encode("utf-8", "replace")
        try:
            while rest:
                rest = rest[os.write(self._handle, rest) :]
        except OSError as problem:
            raise self._problem(problem) from None
        finally:
            self.discard()

    def discard(self) -> None:
        """Add nothing more."""
        handle, self._handle = self._handle, -1
        if handle >= 0:  # a number that is closed may be another file's by now
            os.close(handle)

    def _problem(self, problem: OSError) -> UsageProblem:
        return UsageProblem(f"{self.path} cannot be written: {(problem.strerror or str(problem)).lower()}.")
