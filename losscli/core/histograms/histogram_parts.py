"""The histograms of a run or of a shard together: added up, as a report shows them, and as exact sums to go on with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .calibration_bins import CalibrationBins
from .confusion_sums import ConfusionSums
from .loss_histogram import LossHistogram
from .residual_grid import ResidualGrid

_KINDS: dict[str, Any] = {
    "losses": LossHistogram,
    "calibration": CalibrationBins,
    "residuals": ResidualGrid,
    "confusion": ConfusionSums,
}


class HistogramParts:
    """Histograms by name; those that the loss or the data have not are left out."""

    def __init__(self, parts: Mapping[str, Any]) -> None:
        self._parts = {name: part for name, part in parts.items() if part is not None}

    def absorb(self, other: HistogramParts) -> None:
        """Add those of other rows. A ValueError where they are not of the same kinds."""
        if {name: part.kind for name, part in self._parts.items()} != {
            name: part.kind for name, part in other._parts.items()
        }:
            raise ValueError("the histograms are of other kinds")
        for name, part in self._parts.items():
            part.absorb(other._parts[name])

    def to_dict(self) -> dict[str, Any]:
        """What a report shows: the parts that hold anything."""
        return {name: part.to_dict() for name, part in self._parts.items() if part}

    def to_exact(self) -> dict[str, Any]:
        """Plain JSON values from which `of_exact` makes the same again; sums are whole numbers in hexadecimal."""
        return {name: part.to_exact() for name, part in self._parts.items()}

    @classmethod
    def of_exact(cls, data: Mapping[str, Any]) -> HistogramParts:
        """Those that `to_exact` wrote. A KeyError, a TypeError or a ValueError where they are damaged."""
        return cls({name: _KINDS[name].of_exact(held) for name, held in data.items()})
