"""The one report of a batch, from its records as they come."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..core.record import replace
from ..report.model import Input, Report, Result
from .batch import BatchRecord


class BatchReport:
    """Takes the records of a batch one by one: each input stands once in the report, and results say which are theirs.

    How data sets were read is said once where they were all read alike, and else of each result.
    """

    def __init__(self) -> None:
        self.results: list[Result] = []
        self._inputs: dict[Input, int] = {}  # with their positions in the report
        self._requests: list[Mapping[str, Any]] = []  # those that differ

    def add(self, record: BatchRecord, **changes: Any) -> None:
        """Take a record, with changes to its result."""
        report = record.report
        places = tuple(dict.fromkeys(self._inputs.setdefault(each, len(self._inputs)) for each in report.inputs))
        request = None
        if record.problem is None:
            request = report.request
            if request not in self._requests:
                self._requests.append(request)
        self.results.append(replace(record.result, inputs=places, request=request, **changes))

    def report(
        self, notes: list[str], elapsed: float, ordered: Callable[[list[Result]], list[Result]] = list
    ) -> Report:
        """The report of what was taken, its results as `ordered` puts them."""
        alike = len(self._requests) <= 1
        results = [replace(each, request=None) for each in self.results] if alike else self.results
        common = dict(self._requests[0]) if len(self._requests) == 1 else {}
        return Report("batch", ordered(results), list(self._inputs), notes, round(elapsed, 6), common)
