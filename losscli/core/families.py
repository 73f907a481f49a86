"""The families of losses, in the order in which lists and pages show them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

FAMILIES = (  # what most people come for stands first
    "regression",
    "binary and multi-label",
    "multiclass",
    "segmentation",
    "relative errors",
    "explained variation",
    "forecasting",
    "quantiles and expectiles",
    "scoring rules",
    "divergences",
    "likelihoods and deviances",
    "calibration and decisions",
    "language models",
    "sequences",
    "embeddings and faces",
    "ranking",
    "vectors",
    "survival",
)


class InFamily(Protocol):
    """What says of which family it is."""

    @property
    def family(self) -> str:
        """Its family, or nothing."""
        ...


Each = TypeVar("Each", bound=InFamily)


def by_family(losses: Iterable[Each]) -> dict[str, list[Each]]:
    """The losses of each family, in the order of `FAMILIES`; those of plugins that are not there come last."""
    grouped: dict[str, list[Each]] = {name: [] for name in FAMILIES}
    for loss in losses:
        grouped.setdefault(loss.family or "other", []).append(loss)
    return {name: members for name, members in grouped.items() if members}
