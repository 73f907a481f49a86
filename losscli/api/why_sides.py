"""The difference of two data sets, each with rows of its own, split by groups: their own change, and that of mix."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ..core.binding.bound_loss import BoundLoss
from ..core.errors import DataProblem, LossCliError, UsageProblem
from ..core.notes import Note, named
from ..core.record import record, replace
from ..core.sums.exact import ratio
from ..core.sums.reduction import Reduction
from ..core.sums.state import State
from ..engine.groups import GroupSums
from ..engine.run import run
from ..report.decomposition import CONVENTION, SYMMETRIC, Decomposition, GroupPart, Rest
from ..report.model import Input, Result
from ..sources.columns.candidates import CLUSTER
from ..sources.grouping.group_keys import GroupKeys, Key
from ..sources.grouping.group_names import key_values, order_of
from ..stats.comparison.judgement import Estimate, Judgement, apart
from ..stats.comparison.multiplicity import adjusted
from ..stats.comparison.paired import role
from ..stats.comparison.paired_test import TestOutcome
from ..stats.comparison.verdict import Margin
from ..stats.decomposition import GroupTotal, Whole
from ..stats.effective import Effective
from ..stats.effective_of_run import kish_of
from ..stats.uncertainty import value_and_error
from .compare_results import names_of_sides
from .evaluation import assembled, settings_of
from .requests.binding import bound_of
from .requests.input_files import InputHashes, inputs_of
from .requests.request import Options, Request
from .results import notes_of, summarise
from .why_request import WhyRequest, ordered, refuse_no_sum

_Keys = tuple[Key, ...]


@record
class Side:
    """One data set: its own result, the exact sums of its groups, and how they are named."""

    bound: BoundLoss
    result: Result
    name: str
    keys: dict[_Keys, int]
    sums: GroupSums
    columns: tuple[str, ...]
    bins: tuple[Any, ...]
    inputs: list[Input]
    notes: list[str]

    def state(self, key: _Keys) -> State | None:
        """The State of a group; None where it is not there."""
        return self.sums.state(self.keys[key]) if key in self.keys else None

    def total(self) -> GroupTotal:
        """The exact sums of all groups."""
        states = [self.sums.state(number) for number in self.keys.values()]
        parts = [total_of(state, self.bound.reduction) for state in states]
        return GroupTotal(sum(each.total for each in parts), sum(each.mass for each in parts))


def total_of(state: State, reduction: Reduction) -> GroupTotal:
    """The sum of a group and its mass; a sum that is not finite has no parts."""
    if any(state.special):
        raise DataProblem(
            "A row has a loss that is infinite or NaN, so the difference has no parts.",
            "losscli compute names the first such row; --where or --nan omit leaves rows out.", kind="not_finite",
        )  # fmt: skip
    return GroupTotal(state.totals[0], reduction.divisor(state))


def of_other_rows(asked: WhyRequest) -> Decomposition:
    """The decomposition of two data sets."""
    request, own = asked.request, asked.own
    options = _checked(request, own)
    common = {name: each for name, each in request.files.items() if name not in (role(1), CLUSTER)}
    labels = own.get("label", common.get("label"))
    theirs = {"pred": request.files[role(1)], "label": labels, "weight": own.get("weight")}
    before = _side(replace(request, files=common, options=options), "base")
    now = _side(replace(request, files=theirs, options=options), "candidate")
    if before.result.signature != now.result.signature:
        raise UsageProblem(
            f"The two sides are computed otherwise: {before.result.signature} and {now.result.signature}.",
            "Give both data of the same kind and shape.", kind="contradiction",
        )  # fmt: skip
    return _decomposed(asked, options, before, now)


def _checked(request: Request, own: Mapping[str, Any]) -> Options:
    """The options, where each side has rows of its own."""
    (requested,) = request.losses
    options = requested.options(request.options)
    if any(isinstance(each, tuple) for each in options.by):
        raise UsageProblem(
            "An array says the groups of the base's rows alone, and the candidate has rows of its own.",
            "Name columns that both sides have, of tables or files.", kind="contradiction", options=("by",),
        )  # fmt: skip
    if request.files.get("weight") is not None and "weight" not in own:
        raise UsageProblem(
            "The base has weights, and the candidate with rows of its own has none.",
            "Give --cand-weights FILE, or name a column that both have with --weight COLUMN.", kind="missing_option",
            options=("cand-weights",),
        )  # fmt: skip
    for name in ("mask", CLUSTER):
        if request.files.get(name) is not None:
            raise UsageProblem(
                f"--{name} belongs to the base's rows, and the candidate has rows of its own.",
                f"Leave out --{name}.", kind="contradiction", options=(name,),
            )  # fmt: skip
    if options.keep:
        raise UsageProblem(
            "--keep is about rows that moved, and the sides have other rows.", "Leave out --keep.",
            kind="contradiction", options=("keep",),
        )  # fmt: skip
    return options.changed(worst=0, keep=())


def _side(request: Request, name: str) -> Side:
    """One data set, read once."""
    (requested,) = request.losses
    loss, options = requested.spec.loss, request.options
    assembly = assembled(loss, *request.inputs(requested.spec), options)
    try:
        bound = bound_of(loss, assembly, assembly.params, options)
        refuse_no_sum(bound)
        _refuse_sums(bound)
        settings = settings_of(bound, options)
        spread = not (bound.one_row or bound.dependent or bound.batched)
        keys = GroupKeys(assembly.group_columns, assembly.frame)
        sums = GroupSums(keys, spread=spread, most_bytes=settings.max_memory)
        hashes = InputHashes(assembly.tables) if request.hash_inputs else None
        outcome = run(bound, assembly.frame, replace(settings, groups=sums))
        present = {keys.key(number): number for number, rows in enumerate(sums.states.rows[: len(keys)]) if rows}
        result = summarise(outcome, "weight" in assembly.frame.roles)
        result = replace(result, counts={**result.counts, **assembly.left_out}, alias=requested.spec.alias)
        (title,) = names_of_sides(assembly.frame)
        title = name if title == "base" else title
        said: list[str] = [
            named(note, "model", title) for note in (*assembly.notes, *notes_of(outcome, assembly.frame))
        ]
        inputs = inputs_of(assembly, outcome.read, hashes.by_path() if hashes else {})
        columns, bins = zip(*((column.name, column.bins) for column in assembly.group_columns), strict=True)
        return Side(outcome.bound, result, title, present, sums, columns, bins, inputs, said)
    finally:
        assembly.close()


def _refuse_sums(bound: BoundLoss) -> None:
    """A sum over more rows is larger, whatever these lose; shares are of a mean."""
    if bound.reduction.name != "mean":
        said = "mean" in bound.loss.reductions
        raise UsageProblem(
            f"{bound.loss.name} is a {bound.reduction.name} over rows here, and sides with other rows are compared by "
            "means.",
            "Leave out --reduction." if said else "Take a loss that is a mean over rows, such as mae or mse.",
            kind="contradiction", options=("reduction" if said else "loss",),
        )  # fmt: skip


def _decomposed(asked: WhyRequest, options: Options, before: Side, now: Side) -> Decomposition:
    whole = Whole(before.total(), now.total())
    keys = list(dict.fromkeys([*before.keys, *now.keys]))
    keys = [keys[at] for at in order_of(keys)]
    names = key_values(keys, before.bins)
    judged = [_group(key, before, now, whole, options.confidence) for key in keys]
    least = options.min_n or 1
    large = [at for at, (part, _) in enumerate(judged) if sum(part.n) >= least]
    small = [part for part, _ in judged if sum(part.n) < least]
    p_values = [judged[at][1].outcome.p_value if judged[at][1] else None for at in large]  # type: ignore[union-attr]
    parts = []
    for at, p_value in zip(large, adjusted(p_values, "holm"), strict=True):
        part, judgement = judged[at]
        verdict = None if judgement is None else judgement.verdict(p_value, options.confidence)
        by = dict(zip(before.columns, names[at], strict=True))
        parts.append(replace(part, by=by, p_adjusted=p_value, verdict=verdict))
    rest = None
    if small:
        rows = (sum(part.n[0] for part in small), sum(part.n[1] for part in small))
        own, mix = (math.fsum(getattr(part, name) for part in small) for name in ("within", "mix"))
        rest = Rest(least, len(small), rows, own, mix)
    listed: list[GroupPart | Rest] = [*parts, *([rest] if rest else [])]
    estimates = _estimate(before), _estimate(now)
    judgement = apart(*estimates, Margin(), options.confidence, min(before.result.n, now.result.n))
    outcome = judgement.outcome
    result = now.result
    notes = [*before.notes, *(note for note in now.notes if note not in before.notes), *_notes(before, now, keys)]
    return Decomposition(
        loss=result.loss, spelling=asked.request.losses[0].spec.text, alias=result.alias, signature=result.signature,
        unit=result.unit, names=(before.name, now.name), base=estimates[0].value, cand=estimates[1].value,
        difference=whole.difference, stderr=outcome.stderr, ci=_interval(outcome, options.confidence, 1.0),
        p_value=outcome.p_value, verdict=judgement.verdict(outcome.p_value, options.confidence),
        confidence=options.confidence, within=math.fsum(each.within for each in listed),
        mix=math.fsum(each.mix for each in listed), paired=False, convention=SYMMETRIC,
        convention_words=CONVENTION, by=before.columns, groups=ordered(parts, asked.sort),
        rest=rest, rows=[], adjusted_for=sum(p is not None for p in p_values), n=(before.result.n, now.result.n),
        top=options.top, counts=result.counts, inputs=[*before.inputs, *now.inputs], notes=tuple(notes),
    )  # fmt: skip


def _group(key: _Keys, before: Side, now: Side, whole: Whole, level: float) -> tuple[GroupPart, Judgement | None]:
    """A group of one side or both: what it adds, and what its rows say of its own change."""
    states = before.state(key), now.state(key)
    totals = [None if state is None else total_of(state, before.bound.reduction) for state in states]
    parts = whole.parts(totals[0], totals[1])
    masses = whole.before.mass, whole.now.mass
    shares = [0.0 if each is None or not of else ratio(each.mass, of) for each, of in zip(totals, masses, strict=True)]
    estimates = [None if state is None else _of_state(before.bound, state) for state in states]
    rows = [0 if state is None else state.rows for state in states]
    judgement = None
    outcome = TestOutcome(math.nan)
    if estimates[0] is not None and estimates[1] is not None:
        judgement = apart(estimates[0], estimates[1], Margin(), level, min(rows))
        outcome = judgement.outcome
    part = GroupPart(
        {}, (rows[0], rows[1]), (shares[0], shares[1]),
        None if estimates[0] is None else estimates[0].value, None if estimates[1] is None else estimates[1].value,
        None if judgement is None else outcome.difference, outcome.stderr, _interval(outcome, level, 1.0),
        outcome.p_value, None, None, parts.within,
        None if outcome.stderr is None else parts.share * outcome.stderr, _interval(outcome, level, parts.share),
        parts.mix,
    )  # fmt: skip
    return part, judgement


def _of_state(bound: BoundLoss, state: State) -> Estimate | None:
    """The value of a group with its error; None where nothing of it counts."""
    try:
        value, stderr = value_and_error(bound, state, state.rows)
    except LossCliError:
        return None
    return Estimate(value, stderr, _effective(bound, state) if stderr else None)


def _effective(bound: BoundLoss, state: State) -> Effective:
    reduction = bound.reduction
    by_weight = reduction.name == "mean" and reduction.denominator == "weights"
    return Effective(reduction.counted(state), None, kish_of(state), by_weight=by_weight)


def _estimate(side: Side) -> Estimate:
    """The value of all rows with its error."""
    assert side.result.value is not None
    return Estimate(side.result.value, side.result.stderr)


def _interval(outcome: TestOutcome, level: float, share: float) -> dict[str, Any] | None:
    if outcome.low is None or outcome.high is None:
        return None
    return {"level": level, "low": share * outcome.low, "high": share * outcome.high, "method": "unpaired"}


def _notes(before: Side, now: Side, keys: list[_Keys]) -> list[Note]:
    """That groups came or went, and that errors take the sides for independent."""
    notes: list[Note] = []
    for side, other, words in ((before, now, "only the base has"), (now, before, "only the candidate has")):
        alone = [key for key in keys if key in side.keys and key not in other.keys]
        if not alone:
            continue
        names = [", ".join("(missing)" if each is None else str(each) for each in name) for name in
                 key_values(alone[:5], side.bins)]  # fmt: skip
        more = f" and {len(alone) - 5:,} more" if len(alone) > 5 else ""
        text = f"{before.result.loss}: {words} {'; '.join(names)}{more}. All that they add counts as change of mix."
        notes.append(Note(text, kind="groups_differ", loss=before.result.loss))
    paths = [[each.sha256 for each in side.inputs if each.role == "labels" and each.sha256] for side in (before, now)]
    if paths[0] and paths[0] == paths[1]:
        text = (
            f"{before.result.loss}: both sides have the same labels, and their rows are taken as independent all the "
            "same, so that errors are larger than those of paired rows."
        )
        notes.append(Note(text, kind="uncertainty", loss=before.result.loss))
    return notes
