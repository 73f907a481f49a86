"""The standard streams, whatever state they are in: closed, full, a pipe nobody reads, an encoding of few letters."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable
from typing import TextIO

from ..core.errors import UsageProblem
from ..core.safe_text import shown

before_writing: Callable[[], None] | None = None  # takes a progress bar off the screen, where one is there


def _make_room() -> None:
    if before_writing is not None:
        before_writing()


def prepare() -> None:
    """Give closed streams a place to go, and letters that stdout's encoding lacks an escape."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - lives as long as the process
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")


def speaks_unicode() -> bool:
    """Whether stdout takes every letter."""
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"


def emit(text: str) -> None:
    """The result, on stdout."""
    _make_room()
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as problem:
        hush(sys.stdout)
        raise UsageProblem(
            f"Standard output cannot be written: {(problem.strerror or str(problem)).lower()}."
        ) from None


def say(text: str) -> None:
    """A line on stderr. One that cannot be written changes neither the result nor the exit code."""
    _make_room()
    try:
        sys.stderr.write(f"losscli: {shown(text, 2000)}\n")
        sys.stderr.flush()
    except OSError:
        hush(sys.stderr)


def directive(lines: list[str]) -> None:
    """Lines for the machine that reads stderr, such as GitHub's runner, to the letter."""
    _make_room()
    try:
        sys.stderr.write("".join(f"{line}\n" for line in lines))
        sys.stderr.flush()
    except OSError:
        hush(sys.stderr)


def hush(stream: TextIO) -> None:
    """Nobody reads on: let the interpreter's own last flush go nowhere."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
