"""What `--per-sample` keeps of a run: the terms of every row, and which row of the labels' file it is."""

from __future__ import annotations

import numpy as np

from ...core.binding.bound_loss import BoundLoss
from ...core.record import record, replace
from ...engine.run import Outcome, Settings
from ...report.writing.row_files import RowTerms
from ...sources.assembly import Assembly
from ...sources.row_places import file_rows, row_keys
from ...stats.influence_rows import RowRecorder
from ...stats.uncertainty import IntervalRequest


@record
class RowRecording:
    """The recorder of a run whose rows are to be written; an interval that looks at rows has one already."""

    recorder: RowRecorder

    @classmethod
    def of(cls, interval: IntervalRequest, bound: BoundLoss) -> RowRecording:
        """That of the interval, or one of its own."""
        return cls(interval.recorder or RowRecorder(1, everything=True, most=0, repeats=bound.counts_repeats))

    def watching(self, settings: Settings) -> Settings:
        """The settings of a run that shows its rows."""
        return replace(settings, observer=self.recorder, observer_bytes=self.recorder.each)

    def rows(self, outcome: Outcome, assembly: Assembly) -> RowTerms:
        """The rows of the run, while its files are open."""
        units = self.recorder.units()
        clustered = "cluster" in assembly.frame.roles
        places = file_rows(assembly.frame, units.first)
        repeats = units.rows if outcome.bound.counts_repeats else None
        terms = units.terms if outcome.bound.finish() is not None else units.terms[:, :1]
        return RowTerms(
            terms,
            None if bool(np.all(units.mass == 1.0)) else units.mass,
            places,
            self.recorder.clusters() if clustered else None,
            outcome.counts["ignored"] if repeats is None else int(repeats.sum()) - outcome.state.rows,
            row_keys(assembly.frame, places),
            repeats,
        )
