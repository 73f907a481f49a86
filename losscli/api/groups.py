"""The groups of a result: asked for by --by, listed in order, and made into one value by --macro."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from ..core.binding.bound_loss import BoundLoss
from ..core.errors import DataProblem, UsageProblem
from ..core.notes import Note
from ..core.record import record, replace
from ..core.sums.one_term import OneTermSums
from ..engine.groups import GroupSums, every_row
from ..engine.outcome import Outcome
from ..engine.run import Settings
from ..report.model import Result
from ..sources.assembly import Assembly
from ..sources.grouping.bins import Bins
from ..sources.grouping.group_keys import GroupKeys, Key
from ..sources.grouping.group_names import key_values, order_of
from ..stats.group_estimates import GroupEstimate, GroupEstimator, macro, note_on_few
from ..stats.row_sample import kept_of
from ..stats.uncertainty import IntervalRequest
from .options.output_options import GROUP_ORDERS

NEEDS_BY = ("macro", "min_n", "sort", "top")


def names_of(by: Sequence[Any]) -> list[str]:
    """What --by names, as a report says it."""
    return [str(each[0]) if isinstance(each, tuple) else str(each) for each in by]


@record
class Grouping:
    """What is asked of groups: the columns as they were written, how they are listed, and whether their mean is asked.

    `top` is for tables alone; JSON and CSV list all groups of at least `min_n` rows.
    """

    by: tuple[Any, ...]
    macro: bool = False
    min_n: int = 1
    sort: str = GROUP_ORDERS[0]
    top: int | None = None

    @classmethod
    def of(cls, options: Any) -> Grouping | None:
        """What the options of a command say; None without --by, which the others need."""
        if not options.by:
            for name in NEEDS_BY:
                if getattr(options, name):
                    raise UsageProblem(
                        f"--{name.replace('_', '-')} is about groups, and there are none.",
                        "Name the columns of the groups, such as --by region.",
                        kind="missing_option", options=("by", name),
                    )  # fmt: skip
            return None
        if options.reduction == "none":
            raise UsageProblem(
                "--by makes a value a group, and --reduction none one a row.", "Leave one out.",
                kind="contradiction", options=("by", "reduction"),
            )  # fmt: skip
        return cls(options.by, options.macro, options.min_n or 1, options.sort or GROUP_ORDERS[0], options.top)

    @property
    def names(self) -> list[str]:
        """What --by names."""
        return names_of(self.by)

    @property
    def macro_of(self) -> tuple[str, ...]:
        """The columns over whose groups a value is the mean; none where it is that of all rows."""
        return tuple(self.names) if self.macro else ()

    def watching(self, settings: Settings, assembly: Assembly, bound: BoundLoss, interval: IntervalRequest) -> Settings:
        """The settings of a run that adds up every group."""
        if bound.reduction.name == "none":
            raise UsageProblem(
                "--by makes a value a group, and this reduction one a row.", "Leave out --by.",
                kind="contradiction", options=("by", "reduction"),
            )  # fmt: skip
        keys = GroupKeys(assembly.group_columns, assembly.frame)
        spread = not (bound.one_row or bound.dependent or bound.batched)
        recording = None
        if interval.recorder is not None:
            recording = every_row
        elif spread and interval.level is not None:
            recording = kept_of
        sums = GroupSums(keys, spread=spread, most_bytes=settings.max_memory, recording=recording)
        return replace(settings, groups=sums)

    def grouped(
        self, result: Result, outcome: Outcome, assembly: Assembly, interval: IntervalRequest, *, states: bool = False
    ) -> tuple[Result, list[str]]:
        """The result with its groups, and what to say of them; with the `states` of groups, if it is a shard."""
        sums = outcome.groups
        assert sums is not None
        whole = (
            0 if any(outcome.state.special) else sums.states.whole_total(0)
        )  # of what is not finite there are no shares
        one_term = partial(OneTermSums.of, sums.states)
        estimator = GroupEstimator(outcome.bound, sums.state, whole, interval, one_term)
        if (recorded := sums.recorded()) is not None:
            estimator = estimator.with_sample(recorded) if interval.recorder is None else estimator.with_rows(recorded)
        rows = sums.states.rows[: len(sums.keys)].tolist()
        present = [group for group, count in enumerate(rows) if count > 0]
        listing = Listing(
            [sums.keys.key(group) for group in present],
            tuple(column.name for column in assembly.group_columns),
            tuple(column.bins for column in assembly.group_columns),
            [rows[group] for group in present],
            lambda place: estimator(present[place]),
            (lambda place: sums.state(present[place]).to_dict()) if states else None,
            lambda order: sums.listed.extend(present[place] for place in order),
        )
        result, notes = self.listed(result, listing, outcome.bound, interval.level)
        return result, [*notes, *_rounded_groups(result.loss, sums.rounded)]

    def listed(
        self, result: Result, listing: Listing, bound: BoundLoss, level: float | None
    ) -> tuple[Result, list[str]]:
        """The result with these groups."""
        places = order_of(listing.keys)
        least = 1 if listing.state is not None else self.min_n  # small in a shard may be large in the whole
        kept = [place for place in places if listing.rows[place] >= least]
        estimates = {place: listing.estimate(place) for place in kept}
        kept.sort(key=lambda place: _rank(self.sort, estimates[place]))
        if listing.ordered is not None:
            listing.ordered(kept)
        names = dict(zip(kept, key_values([listing.keys[place] for place in kept], listing.bins), strict=True))
        groups = []
        for place in kept:
            group = {"by": dict(zip(listing.columns, names[place], strict=True)), **vars_of(estimates[place])}
            if listing.state is not None:
                group["state"] = listing.state(place)
            groups.append(group)
        small = [place for place in places if listing.rows[place] < least]
        about: dict[str, Any] = {"by": self.names, "groups": len(places), "macro": None}
        notes: list[str] = []
        if small:
            about["left_out"] = {
                "min_n": self.min_n, "groups": len(small), "rows": sum(listing.rows[place] for place in small)
            }  # fmt: skip
            notes.append(left_out_note(result.loss, about["left_out"], macro=self.macro))
        named = [(", ".join(map(str, names[place])), estimates[place]) for place in kept]
        notes += note_on_few(result.loss, named)
        result = replace(result, groups=groups, grouping=about, top=self.top)
        return self._macro(result, estimates, bound, level, notes) if self.macro else (result, notes)

    def _macro(
        self,
        result: Result,
        estimates: dict[int, GroupEstimate],
        bound: BoundLoss,
        level: float | None,
        notes: list[str],
    ) -> tuple[Result, list[str]]:
        """The result whose value is the mean of the groups' values."""
        values = [each.value for each in estimates.values() if each.value is not None]
        if not values:
            raise DataProblem(
                "--macro: no group has a value.", "All are smaller than --min-n, or nothing in them counts.",
                kind="no_rows_left", options=("macro", "min-n"),
            )  # fmt: skip
        if without := len(estimates) - len(values):
            notes.append(f"{result.loss}: {without} groups have no value, since nothing in them counts; the mean is "
                         f"that of the other {len(values)}.")  # fmt: skip
        mean = macro(values, level, nonnegative=bound.nonnegative)
        rows = result.value
        about = {"groups": mean.groups, "value_of_all_rows": rows, "stderr_of_all_rows": result.stderr}
        changed = {"value": mean.value, "stderr": mean.stderr, "ci": mean.ci, "effective": None}
        return replace(result, grouping={**(result.grouping or {}), "macro": about}, **changed), notes


@record
class Listing:
    """Groups to be listed: their keys and rows, what is known of each, and the State of each where it is asked for.

    `ordered` is told their places in the order in which they are listed.
    """

    keys: list[tuple[Key, ...]]
    columns: tuple[str, ...]
    bins: tuple[Bins | None, ...]
    rows: list[int]
    estimate: Callable[[int], GroupEstimate]
    state: Callable[[int], dict[str, Any]] | None = None
    ordered: Callable[[list[int]], None] | None = None


def vars_of(estimate: GroupEstimate) -> dict[str, Any]:
    """An estimate as a result holds it."""
    return {
        "value": estimate.value, "n": estimate.n, "weight_sum": estimate.weight_sum, "stderr": estimate.stderr,
        "ci": estimate.ci, "share": estimate.share,
    }  # fmt: skip


def _rank(sort: str, estimate: GroupEstimate) -> Any:
    """Where a group stands: of values, rows and shares the largest first, what has none last."""
    if sort == "name":
        return 0
    value = getattr(estimate, sort)
    return (1, 0.0) if value is None else (0, -math.inf) if math.isnan(value) else (0, -value)


def _rounded_groups(loss: str, count: int) -> list[str]:
    """That quantiles of groups are of more different values than are kept."""
    if not count:
        return []
    from ..core.sums.ordered_values import MOST

    groups = "1 group has" if count == 1 else f"{count:,} groups have"
    return [
        Note(
            f"{loss}: {groups} more than {MOST} different values, so their quantiles were rounded in the last digits.",
            kind="rounded", loss=loss,
        )
    ]  # fmt: skip


def left_out_note(loss: str, left: dict[str, int], *, macro: bool) -> Note:
    """That groups are smaller than `min_n`, and so not listed."""
    what = "listed, and none of the mean" if macro else "listed"
    are = "1 group has" if left["groups"] == 1 else f"{left['groups']:,} groups have"
    return Note(
        f"{loss}: {are} fewer than {left['min_n']} rows ({left['rows']:,} in all) and "
        f"{'is' if left['groups'] == 1 else 'are'} not {what}.",
        kind="small_groups", loss=loss,
    )  # fmt: skip
