"""`losscli gate`: a report held to rules, beside a baseline where there is one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ..core import registry
from ..core.errors import UsageProblem
from ..core.notes import Note, named
from ..core.record import field, record, replace
from ..core.safe_text import shown
from ..report import read_back
from ..report.lines.shown_digits import number
from ..report.lines.verdict_sentence import margin_words
from ..report.model import Check, Input, Report, Result
from ..stats.comparison.multiplicity import adjusted
from ..stats.comparison.verdict import Margin
from . import documents
from .baseline.comparison import BesideBaseline, Side, beside_baseline
from .baseline.group_checks import beside_groups, each_group, inconclusive_groups, new_groups, of_group, other_grouping
from .baseline.inputs import inputs_of
from .baseline.results_beside import Beside, beside, lost

_Document = str | dict[str, Any]  # the path of a report, or what it holds


@record
class Rules:
    """What a report is held to. A rule names a loss, or DATASET/LOSS; without a margin of its own a loss has the common
    one. `informational` losses are told and never fail. All of `maxima` hold, also several of one loss. `max_rise` and
    `max_rises` are the plain rule on the two values, whatever the rows can tell.
    """

    maxima: Sequence[tuple[str, float]] | Mapping[str, float] = ()
    margin: Margin = field(default_factory=Margin)
    margins: Mapping[str, Margin] = field(default_factory=dict)
    confidence: float = 0.95
    adjust: str = "holm"
    informational: frozenset[str] = frozenset()
    max_rise: Margin | None = None
    max_rises: Mapping[str, Margin] = field(default_factory=dict)
    by: bool = False  # whether every group is held too, by all of the rules

    @property
    def limits(self) -> list[tuple[str, float]]:
        """Every limit with the name of its loss."""
        return list(self.maxima.items() if isinstance(self.maxima, Mapping) else self.maxima)

    def margin_of(self, result: Result) -> Margin:
        """The margin of a result."""
        return next((margin for name, margin in self.margins.items() if is_of(result, name)), self.margin)

    def rise_of(self, result: Result) -> Margin | None:
        """The rise that a result may have at most, if there is such a rule."""
        return next((rise for name, rise in self.max_rises.items() if is_of(result, name)), self.max_rise)


def at_most(result: Result, limit: float) -> Check:
    """That a value is no higher than a limit. What is no number is not."""
    value = math.nan if result.value is None else result.value
    if result.error:
        return Check(f"{result.loss} <= {limit:g}", False, limit, None, result.error)
    passed = value <= limit
    message = f"{number(value)} is {'at most' if passed else 'above'} {limit:g}"
    if math.isnan(value):
        message = "there is no value" if result.value is None else "the value is nan"
    return Check(f"{result.loss} <= {limit:g}", passed, limit, value, message)


def gate(path: _Document, baseline: _Document | None, rules: Rules, on_no_baseline: str = "fail") -> Report:
    """The report with its checks. A comparison that cannot be made fails and says why.

    `on_no_baseline` is "pass" where a baseline that is not there yet is a note instead of a UsageProblem.
    """
    document = documents.read_results(path, "gate")
    now = _Read.of(document, path)
    held = [_held(result, rules) for result in now.results]
    notes = list(now.warnings)
    if baseline is not None:
        earlier_document = _read_baseline(baseline, on_no_baseline)
        if earlier_document is None:
            notes.append(f"There is no baseline {_called(baseline)} yet, so the report was compared with none.")
        else:
            before = _Read.of(earlier_document, baseline)
            held, doubts = _beside(held, now, before, rules)
            earlier = [note for note in before.warnings if note not in notes]
            notes += [named(note, "model", _called(baseline)) for note in earlier] + doubts
    if rules.by and not any(result.groups for result in held):
        raise UsageProblem(
            "--by holds the groups of a report, and this one has none.",
            "Compute it with --by COLUMN, such as --by region.", kind="missing_option", options=("by",),
        )  # fmt: skip
    report = Report("gate", _named(held, rules), now.inputs, notes, request=document.get("request") or {})
    _refuse_strangers(report, rules)
    return report


def _refuse_strangers(report: Report, rules: Rules) -> None:
    """A margin or a rise of a loss that the report has not would hold for nothing."""
    for option, named_ones in (("margin", rules.margins), ("max-rise", rules.max_rises)):
        for name in named_ones:
            if not any(is_of(result, name) for result in report.results):
                raise UsageProblem(
                    f"--{option} {name}=... is of a loss that the report has not.", "Leave it out.", options=(option,)
                )


_STOPS = "--on-inconclusive fail or --max-rise"


def notes_of_inconclusive(report: Report, *, fails: bool, stops: str = _STOPS) -> list[str]:
    """What to say of checks that the rows cannot decide: loudly where the loss rose by more than the margin.

    `stops` is what to type for that to be a failure.
    """
    notes = []
    for result in report.results:
        for check in result.gates:
            if check.passed is not None or check.group is not None:
                continue
            about = f"{result.dataset} {result.loss}" if result.dataset else result.loss
            why = "the rows are too few to tell whether that is chance"
            if fails or check.value is None or check.limit is None or check.value <= check.limit:
                notes.append(f"{about}: {check.name} is inconclusive, since {why}.")
            else:
                notes.append(
                    f"WARNING: {about} is above the baseline by more than the margin ({number(check.value)} now, "
                    f"{number(check.limit)} would be within it) and passes all the same: it is inconclusive, "
                    f"since {why}. {stops} would stop it."
                )
        notes += inconclusive_groups(result, stops, fails=fails)
    return notes


def _called(document: _Document) -> str:
    return "the baseline" if isinstance(document, dict) else shown(document)


def _read_baseline(path: _Document, on_no_baseline: str) -> dict[str, Any] | None:
    """The baseline's document; None where there is no such file and that may be. A file that is no report never may."""
    try:
        return documents.read_results(path, "gate")
    except UsageProblem as problem:
        if problem.kind != "missing_file":
            raise
        if on_no_baseline == "pass":
            return None
        hint = "In a first run, which has no baseline yet, say --on-no-baseline pass."
        raise UsageProblem(
            problem.message,
            hint,
            kind=problem.kind,
            file=problem.file,
            options=("baseline", "on-no-baseline"),
            fix="--on-no-baseline pass",
        ) from None


def _held(result: Result, rules: Rules) -> Result:
    limits = [limit for name, limit in rules.limits if is_of(result, name)]
    checks = [at_most(result, limit) for limit in limits]
    if rules.by:
        checks += [
            of_group(at_most(alone, limit), result.loss, label, group)
            for label, group, alone in each_group(result)
            for limit in limits
        ]
    return replace(result, gates=_informed([*result.gates, *checks], result, rules))


def is_of(result: Result, name: str) -> bool:
    """Whether a rule's name means this result: the loss's name or alias, or a data set's name before a slash."""
    dataset, loss = registry.of_data_set(name)
    return loss.name == result.loss and dataset in ("", result.dataset)


def _informed(checks: list[Check], result: Result, rules: Rules) -> list[Check]:
    informational = any(is_of(result, name) for name in rules.informational)
    return [replace(check, informational=check.informational or informational) for check in checks]


def _named(results: list[Result], rules: Rules) -> list[Result]:
    """A rule for a loss that the report lacks is a failure of its own."""
    named = dict.fromkeys(name for name, _ in rules.limits)
    missing = [name for name in named if not any(is_of(result, name) for result in results)]
    return results + [_absent(name, "the report has no such loss") for name in missing]


def _absent(name: str, message: str) -> Result:
    check = Check(name, False, None, None, message)
    counts = {"dropped": 0, "nan": 0}
    return Result(name, None, 0, 0.0, "mean", None, "", None, {}, "", error=message, gates=[check], counts=counts)


@record
class _Read:
    """A report that was read: its results, inputs and warnings, and the folder in which it lies."""

    results: list[Result]
    inputs: list[Input]
    warnings: list[Any]
    folder: str

    @classmethod
    def of(cls, document: dict[str, Any], path: _Document) -> _Read:
        """The report of a document."""
        results = [read_back.result(each) for each in document["results"]]
        inputs = [read_back.input(each) for each in document["inputs"]]
        return cls(results, inputs, read_back.warnings(document), documents.folder_of(path))

    def side(self, result: Result) -> Side:
        """A result with its own inputs."""
        return Side(result, inputs_of(result, self.inputs)[1], self.folder)


def _beside(results: list[Result], now: _Read, before: _Read, rules: Rules) -> tuple[list[Result], list[Note]]:
    """The results with their verdicts, and a failure for each that the report has lost; what to know of the errors."""
    pairs, gone = beside(results, before.results)
    compared: list[BesideBaseline | Check] = []
    for pair in pairs:
        result, name = pair.result, f"{pair.result.loss} against the baseline"
        if result.error or pair.alike is None:
            compared.append(Check(name, False, None, result.value, result.error or pair.differs))
        else:
            margin = rules.margin_of(result)
            compared.append(beside_baseline(name, before.side(pair.alike), now.side(result), margin, rules.confidence))
    values = adjusted([each.p_value if isinstance(each, BesideBaseline) else None for each in compared], rules.adjust)
    held = []
    groups = _groups(pairs, now, before, rules) if rules.by else [[]] * len(pairs)
    for pair, each, p_value, of_groups in zip(pairs, compared, values, groups, strict=True):
        checks = [each.check(p_value) if isinstance(each, BesideBaseline) else each, *_rise(pair, rules), *of_groups]
        held.append(replace(pair.result, gates=[*pair.result.gates, *_informed(checks, pair.result, rules)]))
    absent = [replace(_absent(each.loss, lost(each, results)), dataset=each.dataset) for each in gone]
    said = [note for each in compared if isinstance(each, BesideBaseline) for note in each.notes]
    doubts = [Note(note, kind="uncertainty") for note in dict.fromkeys(said) if note not in now.warnings]
    doubts += [note for each in held for note in new_groups(each)]
    return [*held, *(replace(each, gates=_informed(each.gates, each, rules)) for each in absent)], doubts


def _groups(pairs: Sequence[Beside], now: _Read, before: _Read, rules: Rules) -> list[list[Check]]:
    """Of each pair the checks of its groups; the p-values of all groups are one family."""
    compared: list[list[tuple[dict[str, Any], BesideBaseline | Check]]] = []
    for pair in pairs:
        result, earlier = pair.result, pair.alike
        if result.error or earlier is None:
            compared.append([])  # why is said of the whole
            continue
        if why := other_grouping(earlier, result):
            name = f"groups of {result.loss} against the baseline"
            compared.append([({"by": {}}, Check(name, False, None, None, why))])
            continue
        sides = before.side(earlier), now.side(result)
        compared.append(beside_groups(*sides, rules.margin_of(result), rules.confidence))
    every = [each for held in compared for _, each in held]
    values = iter(
        adjusted([each.p_value if isinstance(each, BesideBaseline) else None for each in every], rules.adjust)
    )
    checks = []
    for pair, held in zip(pairs, compared, strict=True):
        own = []
        for _, each in held:
            p_value = next(values)
            own.append(each.check(p_value) if isinstance(each, BesideBaseline) else each)
        checks.append([*own, *_group_rises(pair, rules)])
    return checks


def _group_rises(pair: Beside, rules: Rules) -> list[Check]:
    """The plain rule on the two values of each group, if there is one for this loss."""
    if pair.alike is None or rules.rise_of(pair.result) is None:
        return []
    earlier = {label: alone for label, _, alone in each_group(pair.alike)}
    return [
        of_group(check, pair.result.loss, label, group)
        for label, group, alone in each_group(pair.result)
        for check in _rise(Beside(alone, earlier.get(label), None), rules)
    ]


def _rise(pair: Beside, rules: Rules) -> list[Check]:
    """The plain rule on the two values, if there is one for this loss."""
    result, earlier = pair.result, pair.alike
    rise = rules.rise_of(result)
    if rise is None or earlier is None or earlier.value is None or result.value is None:
        return []
    name = f"{result.loss} rises by at most {margin_words(rise.absolute, rise.relative) or '0'}"
    before, now = earlier.value, result.value
    if not math.isfinite(now - before):
        return [Check(name, bool(now <= before), None, now, f"{number(before)} before, {number(now)} now")]
    limit = before + rise.limit(before)
    share = f" ({100 * (now - before) / abs(before):+.3g} %)" if before else ""
    return [Check(name, now <= limit, limit, now, f"{number(before)} before, {number(now)} now{share}")]
