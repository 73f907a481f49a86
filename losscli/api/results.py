"""From a run to a result: value, standard error, signature, what a reader should know, and what looks on at the run."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

from ..core import signature
from ..core.binding.bound_loss import BoundLoss
from ..core.notes import Note
from ..core.record import replace
from ..core.safe_text import shown
from ..core.sums.exact import UNIT, ratio
from ..core.version import __version__
from ..engine.outcome import Outcome
from ..report.model import Result
from ..sources.assembly import Assembly
from ..sources.frame import Frame
from ..stats.uncertainty import IntervalRequest, value_and_error

if TYPE_CHECKING:
    from ..engine.run import Settings
    from ..sources.columns.column_content import ContentDigest
    from .groups import Grouping
    from .requests.request import Options
    from .rows.rows_request import RowsRequest


def _value(outcome: Outcome) -> tuple[float, float | None]:
    """The value and its standard error."""
    return value_and_error(outcome.bound, outcome.state, outcome.read)


def _outputs(outcome: Outcome) -> list[dict[str, Any]]:
    """The values of the columns or classes, numbered, with their standard errors."""
    bound, state = outcome.bound, outcome.state
    if bound.outputs is None or not bound.outputs.listed:
        return []
    means, finish = bound.reduction.means(state), bound.finish_of_terms()
    values = []
    for output in range(bound.outputs.count) if bound.outputs.chosen is None else bound.outputs.chosen:
        of_one = partial(bound.outputs.value, finish, output=output)
        value = of_one(means)
        stderr = bound.reduction.stderr(state, of_one) if math.isfinite(value) else None
        values.append(
            {"output": output, "value": bound.preset.rounded(value) if bound.preset else value, "stderr": stderr}
        )
    return values


def named_parts(result: Result, assembly: Assembly) -> dict[str, Any]:
    """The outputs and the histograms of a result, by the names of their columns or classes where the files have any."""
    columns = assembly.classes or assembly.inputs["pred"][1].columns
    outputs = [
        {**each, "output": shown(str(columns[each["output"]]))} if len(columns) > each["output"] else each
        for each in result.outputs
    ]
    histograms = result.histograms
    if histograms and "confusion" in histograms and len(columns) == histograms["confusion"]["classes"]:
        named = {**histograms["confusion"], "names": [shown(str(name)) for name in columns]}
        histograms = {**histograms, "confusion": named}
    return {"outputs": outputs, "histograms": histograms}


def summarise(outcome: Outcome, weighted: bool, *, state: bool = False, macro: tuple[str, ...] = ()) -> Result:
    """The result of a run; with its `state`, if it is a shard of a larger whole.

    `macro` names the columns over whose groups the value is to be the mean.
    """
    bound = outcome.bound
    value, stderr = (None, None) if bound.reduction.name == "none" else _value(outcome)
    return Result(
        loss=bound.loss.name,
        value=value,
        n=1 if bound.one_row else outcome.state.rows,
        weight_sum=_as_float(outcome.state.weight),
        reduction=bound.reduction.name,
        denominator=bound.reduction.denominator,
        input=bound.kind.name,
        precision=bound.precision,
        label=bound.form.name if bound.form else None,
        params=dict(bound.params),
        signature=signature_of(bound, weighted, macro),
        stderr=stderr,
        unit=bound.loss.unit,
        weighted=weighted,
        weights_are=bound.weights_are,
        elements=_elements(outcome),
        outputs=_outputs(outcome),
        like=bound.preset.like if bound.preset else None,
        convention={"name": bound.preset.versioned, "floats": bound.preset.inputs} if bound.preset else None,
        call=bound.preset.call.text if bound.preset else None,
        counts={
            "dropped": outcome.counts["nan"] + outcome.counts["missing"],
            "nan": outcome.counts["nan"],
            "missing": outcome.counts["missing"],
            "ignored": outcome.counts["ignored"],
            "infinite": outcome.counts["infinite"],
        },
        rows=outcome.rows if bound.reduction.name == "none" else None,
        state=_state_of(outcome) if state else None,
        histograms=outcome.histograms.to_dict() if outcome.histograms is not None else None,
        hidden_params=frozenset(p.name for p in bound.loss.params if p.knob and bound.params[p.name] == p.default),
    )


def _state_of(outcome: Outcome) -> dict[str, Any]:
    """The exact sums of a shard, for `merge`: with those of its histograms, where these are asked for."""
    held = outcome.state.to_dict()
    return held if outcome.histograms is None else {**held, "histograms": outcome.histograms.to_exact()}


def _elements(outcome: Outcome) -> dict[str, Any] | None:
    """What was said of the elements of rows, and how many did not count; None for plain rows."""
    said = outcome.bound.elements
    left_out = outcome.counts["ignored_elements"]
    return {**said, "left_out": left_out} if said or left_out else None


def notes_of(outcome: Outcome, frame: Frame | None = None) -> list[str]:
    """What a reader should know of a run: rows that cost inf, and doubts about what was declared."""
    notes = [*infinite_rows(outcome, frame), *rounded_values(outcome), *doubts_of_run(outcome)]
    return [*notes, *notes_on_batches(outcome)] if outcome.bound.batched else notes


def notes_on_batches(outcome: Outcome) -> list[str]:
    """What a batch was, where nothing says it, and that the last one is smaller."""
    bound, rows = outcome.bound, outcome.read
    name, size = bound.loss.name, bound.batch_size
    if bound.parts is not None:  # each of its losses has batches of its own
        return []
    if bound.batch_size is None and not bound.named_batches:
        if bound.preset is not None:  # as a call takes all that it is given
            return []
        text = f"{name}: all {rows} rows were taken as one batch; --batch-size N or --batch COLUMN says otherwise."
        return [Note(text, kind="one_batch", loss=name)]
    if size is None or not rows % size:
        return []
    last = rows % size
    what = f"{last} row{'s' * (last != 1)}"
    text = f"the last batch has {what}, and the others {size}"
    if rows < size:
        text = f"there are {what}, which is less than a batch of {size}"
    return [Note(f"{name}: {text}.", kind="last_batch", loss=name)]


def rounded_values(outcome: Outcome) -> list[str]:
    """That a quantile is of so many different values that they were rounded, and what it lies between."""
    notes: list[str] = []
    name = outcome.bound.loss.name
    for reduced in outcome.state.reduced.values():
        if reduced.exact:
            continue
        from ..core.sums.ordered_values import MOST

        low, high = reduced.limits()
        share = f"the {reduced.reducer.level:g} quantile" if reduced.reducer.level != 0.5 else "the median"
        text = (
            f"{name}: there are more than {MOST} different values, and a stream or shards are read once, so {share} is "
            f"known to lie between {low:.9g} and {high:.9g}, no closer."
        )
        notes.append(Note(text, kind="rounded", loss=name))
    return notes


def infinite_rows(outcome: Outcome, frame: Frame | None) -> list[str]:
    """Why a value is infinite: how many rows are, and which is the first."""
    count = outcome.counts["infinite"]
    if not count:
        return []
    row = outcome.first_infinite or 0
    from ..report.result_parts import infinity

    which = frame.place("pred", row) if frame else f"row {row} (from 0)"
    cost = infinity(outcome.state.special)
    rows = f"{which} costs {cost}" if count == 1 else f"{count} rows cost {cost}, the first is {which}"
    name = outcome.bound.loss.name
    axes = ""
    if "layout" in outcome.bound.params:
        axes = " A label of more classes than steps costs inf: do the predictions have the axes that --layout says?"
    return [Note(f"{name}: {rows}.{axes}", kind="infinite", role="pred", loss=name)]


def doubts_of_run(outcome: Outcome) -> list[str]:
    """Doubts about what predictions and labels were declared to be, of the first rows and of the mean of all."""
    if not outcome.head:
        return []
    from ..inspection.declaration_checks import MeanOfAll, doubts, entropy

    mean, state, reduction = None, outcome.state, outcome.bound.reduction
    if entropy(outcome.bound) and state.rows and state.weight == state.rows << UNIT:
        mean = MeanOfAll(reduction.means(state)[0], reduction.stderr(state, None) or 0.0, state.rows)
    return doubts(outcome.bound, outcome.head, mean)


def _as_float(weight: int) -> float:
    return ratio(weight, 1 << UNIT)


def signature_of(bound: BoundLoss, weighted: bool, macro: tuple[str, ...] = ()) -> str:
    """The settings of what a bound loss computes; it is known before any row is read."""
    settings: dict[str, Any] = dict(sorted(bound.params.items())) if bound.parts is None else bound.parts.settings
    settings["input"] = bound.kind.name
    settings["label"] = bound.form.name if bound.form else None
    settings["reduction"] = bound.reduction.name
    settings["denominator"] = bound.reduction.denominator
    settings["weighted"] = weighted
    if bound.named_batches:
        settings["batches"] = "named"
    if bound.counts_repeats:
        settings["weights_are"] = bound.weights_are
    settings["precision"] = bound.precision
    settings |= bound.elements
    if bound.preset is not None:
        settings["like"] = bound.preset.recipe
    if macro:
        settings["macro"] = macro
    settings["losscli"] = __version__
    return signature.write(bound.loss.name, settings)


def contents_of(assembly: Assembly, *, arrays: bool = False) -> ContentDigest | None:
    """What digests the columns of roles that share a file, for it to see the blocks; None where none do.

    Arrays in memory have no hash; they are digested where they are to be compared with those of another run.
    """
    paths = [table.path for table, _ in assembly.inputs.values() if table.path]
    if len(set(paths)) == len(paths) and not (arrays and len(paths) < len(assembly.inputs)):
        return None
    from ..sources.columns.column_content import ContentDigest

    return ContentDigest.of(assembly.inputs, assembly.frame.roles, placed=assembly.pairing is None, arrays=arrays)


def concluded(
    outcome: Outcome,
    assembly: Assembly,
    options: Options,
    interval: IntervalRequest,
    *,
    alias: str = "",
    dataset: str = "",
) -> tuple[Result, list[str]]:
    """The result of a run with all that was asked for beside the value, and what to say of it."""
    grouping, asked = grouping_of(options), rows_asked_of(options)
    macro = grouping.macro_of if grouping else ()
    result = summarise(outcome, "weight" in assembly.frame.roles, state=options.partial, macro=macro)
    result = replace(result, counts={**result.counts, **assembly.left_out}, alias=alias, dataset=dataset)
    uncertainty = interval.answered(outcome.bound, outcome.state)
    result = replace(result, **named_parts(result, assembly))
    result = replace(result, pairing=assembly.pairing, **uncertainty.fields)
    said: list[str] = []
    if grouping is not None:
        result, said = grouping.grouped(result, outcome, assembly, interval, states=options.partial)
    if asked is not None:
        result, of_rows = asked.concluded(result, outcome, assembly)
        said = [*said, *of_rows]
    about_rows = () if macro else uncertainty.notes  # of a standard error that is no more shown
    return result, [*assembly.notes, *notes_of(outcome, assembly.frame), *about_rows, *said]


def grouping_of(options: Options) -> Grouping | None:
    """What is asked of groups."""
    if not options.by and not any((options.macro, options.min_n, options.sort, options.top)):
        return None
    from .groups import Grouping  # most runs have none

    return Grouping.of(options)


def watched(
    settings: Settings, options: Options, assembly: Assembly, bound: BoundLoss, interval: IntervalRequest
) -> Settings:
    """The settings of a run that adds up the groups and looks at the rows that are asked for."""
    if (grouping := grouping_of(options)) is not None:
        settings = grouping.watching(settings, assembly, bound, interval)
    asked = rows_asked_of(options)
    return settings if asked is None else asked.watching(settings, assembly, bound)


def rows_asked_of(options: Options) -> RowsRequest | None:
    """What is asked of rows one by one."""
    if not (options.worst or options.best or options.keep or options.per_sample):
        return None
    from .rows.rows_request import RowsRequest  # most runs ask for none

    return RowsRequest.of(options)
