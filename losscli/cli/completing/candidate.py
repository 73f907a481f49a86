"""A completion, as the scripts of the shells are told of it."""

from __future__ import annotations

from ...core.record import record


@record
class Candidate:
    """A completion. `kind` is plain, open (more may follow without a space), or file or dir.

    Files and folders are the shell's to know; `value` is then what stands before their name in the word.
    """

    value: str
    kind: str = "plain"
    help: str = ""


FILE, DIR = Candidate("", "file"), Candidate("", "dir")
