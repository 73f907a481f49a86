"""The histograms of shards, added up: what the pictures of all rows are drawn from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..core.record import record

if TYPE_CHECKING:
    from ..core.histograms.histogram_parts import HistogramParts


@record
class ShardHistograms:
    """Those of one shard, and the names of its classes; `parts` is None where it holds none to go on with."""

    parts: HistogramParts | None
    classes: tuple[str, ...] | None = None

    def to_dict(self) -> dict[str, Any]:
        """What a report shows of them."""
        shown: dict[str, Any] = {} if self.parts is None else self.parts.to_dict()
        if self.classes is not None and "confusion" in shown:
            shown["confusion"] = {**shown["confusion"], "names": list(self.classes)}
        return shown


def histograms_of(result: Mapping[str, Any]) -> ShardHistograms:
    """The histograms of a result of a shard. An error of Python's where they are damaged."""
    exact = result["state"].get("histograms")
    if exact is None:
        return ShardHistograms(None)
    from ..core.histograms.histogram_parts import HistogramParts

    names = (result.get("histograms") or {}).get("confusion", {}).get("names")
    return ShardHistograms(HistogramParts.of_exact(exact), None if names is None else tuple(map(str, names)))


def merged_histograms(loss: str, shards: Sequence[ShardHistograms]) -> tuple[ShardHistograms | None, list[str]]:
    """The histograms of all shards, None unless all have them; and what to say where only some have."""
    held = [each for each in shards if each.parts is not None]
    if not held:
        return None, []
    if len(held) < len(shards):
        return None, [
            f"{loss}: {len(held)} of {len(shards)} shards have histograms, so there are none of all rows. Compute all "
            "shards with --histograms."
        ]
    first, names = held[0], {each.classes for each in held if each.classes is not None}
    if len(names) > 1:
        return None, [f"{loss}: the shards name their classes otherwise, so there are no histograms of all rows."]
    assert first.parts is not None
    for each in held[1:]:
        assert each.parts is not None
        try:
            first.parts.absorb(each.parts)
        except ValueError:
            return None, [f"{loss}: the shards have histograms of other kinds, so there are none of all rows."]
    return ShardHistograms(first.parts, next(iter(names), None)), []
