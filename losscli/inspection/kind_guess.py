"""Which kind of numbers an array may hold: said with the reason, and never used for a value."""

from __future__ import annotations

from ..core.arrays.inputs import KINDS, Shape
from ..core.diagnostics import KindSuggestion
from ..core.record import mutable

MANY = 0.99  # of the rows: a few may be damaged


@mutable
class ValueProfile:
    """What is known of an array. Rows are those of the last axis: `known` are without NaN, `to_one` sum to one,
    the exponentials of `logs` do, and `one_hot` are a single 1 among zeros."""

    shape: Shape = ()
    low: float = 0.0
    high: float = 0.0
    whole: bool = True
    values: list[float] | None = None  # the different ones, where they are few
    known: int = 0
    to_one: int = 0
    logs: int = 0
    one_hot: int = 0

    @property
    def several(self) -> bool:
        return len(self.shape) > 1 and bool(self.known)

    def all_of(self, count: int) -> bool:
        """Whether (nearly) all rows are so."""
        return self.several and count >= MANY * self.known


def suggestions(profile: ValueProfile) -> tuple[KindSuggestion, ...]:
    """The kinds that the values suggest, the likeliest first."""
    kinds = _whole(profile) if profile.whole else []
    return tuple(kinds or _real(profile))


def _whole(profile: ValueProfile) -> list[KindSuggestion]:
    values = profile.values
    if values is None:
        return []
    if set(values) <= {0.0, 1.0}:
        if profile.all_of(profile.one_hot):
            return [KindSuggestion("one-hot", "every row is a single 1 among zeros")]
        return [KindSuggestion("labels 0/1", "only 0 and 1 occur" if len(values) > 1 else f"only {values[0]:g} occurs")]
    if set(values) <= {-1.0, 1.0}:
        return [KindSuggestion("labels -1/1", "only -1 and 1 occur" if len(values) > 1 else "only -1 occurs")]
    span = profile.high - profile.low + 1
    rows = profile.shape[0] or 0
    if profile.low in (0.0, 1.0) and len(values) > 0.8 * span and len(values) <= max(3, 0.5 * rows):
        reason = f"whole numbers from {profile.low:g} to {profile.high:g}, {len(values)} of them occur"
        return [KindSuggestion(f"class numbers from {profile.low:g}", reason)]
    return [KindSuggestion("values", f"whole numbers from {profile.low:g} to {profile.high:g}")]


def _real(profile: ValueProfile) -> list[KindSuggestion]:
    wide = profile.several
    if KINDS["probs"].holds(profile.low, profile.high):
        if wide and profile.all_of(profile.to_one):
            return [KindSuggestion("probs", "within [0, 1], and each row sums to one")]
        return [KindSuggestion("probs", "within [0, 1]" + (", but rows do not sum to one" if wide else ""))]
    if KINDS["logprobs"].holds(profile.low, profile.high) and profile.all_of(profile.logs):
        return [KindSuggestion("logprobs", "none above 0, and the exponentials of each row sum to one")]
    if wide and profile.all_of(profile.to_one):
        return [KindSuggestion("values", "each row sums to one, but some are outside [0, 1]")]
    if profile.low < 0 < profile.high:
        kinds = [KindSuggestion("logits", "both signs occur"), KindSuggestion("scores", "both signs occur")]
        if wide and profile.low >= -1.000001 and profile.high <= 1.000001:
            kinds.insert(0, KindSuggestion("cosines", "several a row, within [-1, 1]"))
        if wide:
            kinds.append(KindSuggestion("embeddings", "several a row"))
        return [*kinds, KindSuggestion("values", "real numbers")]
    if profile.low >= 0:
        return [KindSuggestion("values", "none below 0, some above 1"), KindSuggestion("distances", "none below 0")]
    return [KindSuggestion("values", "none above 0"), KindSuggestion("logprobs", "none above 0")]
