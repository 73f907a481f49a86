"""A report that is a few sentences and a table, whatever it is of: what all of its forms are made from."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ...core.record import field, record

if TYPE_CHECKING:
    from typing import Protocol

    from ..model import Input

    class ListedReport(Protocol):
        """What `slices` or `sweep` found."""

        @property
        def command(self) -> str:
            """The command that writes it."""

        @property
        def inputs(self) -> list[Input]:
            """The files that were read."""

        @property
        def warnings(self) -> list[str]:
            """What a reader should know."""

        @property
        def signature(self) -> str:
            """All settings of the loss in one line."""

        def to_dict(self) -> dict[str, Any]:
            """The JSON document."""


@record
class Listed:
    """The sentences, and a table below them for people; `rows` under `columns` are for programs.

    The first `texts` columns of the table are words, the others numbers.
    """

    title: str
    sentences: list[str]
    headings: tuple[str, ...]
    cells: list[tuple[str, ...]]
    columns: tuple[str, ...]
    rows: list[list[Any]]
    texts: int = 1
    spare: tuple[int, ...] = ()  # columns that a table leaves out where a terminal is too narrow for all
    closing: list[str] = field(default_factory=list)
    stands_out: list[tuple[str, str]] = field(default_factory=list)  # of a page: how grave, and a sentence


def listed(report: ListedReport) -> Listed:
    """The sentences and the table of a report."""
    made = import_module(f"..{report.command}_listing", __name__).listed(report)
    assert isinstance(made, Listed)
    return made
