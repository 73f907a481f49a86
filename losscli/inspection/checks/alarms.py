"""The preflight: what is wrong with predictions and labels, found by their loss under candidate repairs.

Every alarm is beyond doubt by a test of its own; a sound but weak model is silent, since no repair helps it either.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import numpy as np

from ...core.diagnostics import ERROR, WARNING, Alarm
from ...core.record import field, record
from ...core.scratch import Array
from ...sources.classes.class_columns import order_of_numbers
from ...sources.columns.column_names import names_of
from ..held_rows import HeldRows
from ..order.class_order import ClassPermutation, counted_from, permuted
from ..order.segments import SHIFT, Way, uneven
from ..order.shift_correlation import ShiftCorrelation
from ..task import Task, swapped, task_of
from .baseline_checks import flipped, scaled, worse_than_constant
from .fixes import FileNames
from .kind_checks import kind_alarms, label_alarms
from .pairing_checks import FEWEST, BetterPairing, PairingTrial, better_pairing, strength
from .part_checks import FileParts, partly, rolled

FEW = 8  # rows; fewer say nothing


@record
class InspectedData:
    """What is looked at: the rows held of both, how many there are, and those of the predictions to look at."""

    pred: HeldRows
    label: HeldRows | None
    preds: int
    labels: int
    rows: Array


@record
class Preflight:
    """The alarms, notes on what is odd but sound, and what the rows were taken for, with a pairing that is better."""

    alarms: list[Alarm] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    task: Task | None = None  # None where rows are not side by side
    repair: PairingTrial | None = None


def preflight(data: InspectedData, about: FileNames) -> Preflight:
    """What is wrong with the data, or with how they were declared."""
    with np.errstate(all="ignore"):
        checks = _Checks(data, about)
        raised, notes = checks.all()
    return Preflight(raised, notes, checks.task, checks.repair)


class _Checks:
    def __init__(self, data: InspectedData, about: FileNames) -> None:
        self.data, self.about = data, about
        self.alarms: list[Alarm] = []
        self.notes: list[str] = []
        self.task: Task | None = None
        self.repair: PairingTrial | None = None

    def all(self) -> tuple[list[Alarm], list[str]]:
        """Each kind of trouble in turn; what explains all hides what follows from it."""
        data, about = self.data, self.about
        self.alarms += header_rows(data, about)
        if data.label is not None and (why := swapped((data.pred, data.label), about.kind, about.forms)):
            evidence = f"{why[0].upper()}{why[1:]}: {about.pred} and {about.label} look exchanged."
            self.alarms.append(Alarm("swapped-files", ERROR, evidence, "Give them the other way round."))
            return self.alarms, self.notes
        task = self._task()
        if data.label is not None and data.preds != data.labels:
            self.alarms.append(unequal(data, about, task))
            return self.alarms, self.notes
        self.alarms += kind_alarms(about, data.pred, data.label, task)
        self.alarms += constant(data, about)
        if data.label is not None:
            self.alarms += label_alarms(about, data.pred, data.label)
            self.alarms += doubled(data, about)
        if task is not None:
            self.task = task
            self._pairs(task)
        return self.alarms, self.notes

    def _task(self) -> Task | None:
        if self.data.label is None:
            return None
        forms = self.about.forms
        return task_of(self.data.pred, self.data.label, self.about.kind, forms == ("values",))

    def _pairs(self, task: Task) -> None:
        data, about = self.data, self.about
        if task.name == "multiclass" and (alarm := from_one(task, data, about)) is not None:
            self.alarms.append(alarm)
            return
        repair = better_pairing(task, data.rows, data.preds, data.labels)
        if repair is not None:
            self.repair = repair.trial
            shift = 0 if repair.since else repair.trial.shift
            alarm = partly_paired(task, data, about, shift) if shift else None
            self.alarms.append(alarm or mispaired(task, repair, about, data.preds))
            return
        if task.name == "multiclass" and (moved := permuted(task, data.rows)) is not None:
            self.alarms.append(class_order(moved, about))
            return
        if task.fitted:
            return
        if (alarm := partly_paired(task, data, about)) is not None:
            self.alarms.append(alarm)
            return
        explained = [*flipped(about, task, data.rows), *scaled(about, task, data.rows)]
        self.alarms += explained
        certain = {"constant-predictions", "labels-signs"}
        if explained or any(each.id in certain or "-as-" in each.id or "double" in each.id for each in self.alarms):
            return
        for each in worse_than_constant(about, task, data.rows):
            if isinstance(each, Alarm):
                self.alarms.append(each)
            else:
                self.notes.append(each)


def partly_paired(task: Task, data: InspectedData, about: FileNames, shift: int = 0) -> Alarm | None:
    """Rows that are rolled, or belong together in part, or in another order of blocks.

    A shift that is known to help is not enough where it helps in a part only.
    """
    if task.signless or task.fitted or data.label is None:
        return None
    whole = all(len(held.rows) == count for held, count in ((data.pred, data.preds), (data.label, data.labels)))
    rows = np.arange(data.preds) if whole else data.rows
    if len(rows) < 2 * FEWEST:
        return None
    file = FileParts(task, rows, ShiftCorrelation(task, rows), whole)
    if shift and not (whole and uneven(file.correlation, Way(SHIFT, shift))):
        return None
    roll = rolled(file, about) if whole and not shift else None
    if roll is not None and not roll.uneven:
        return roll.alarm
    return partly(file, about) or (None if roll is None else roll.alarm)


def _losses(task: Task, before: float, after: float, words: str, rows: int) -> str:
    return f"{task.measure[0].upper()}{task.measure[1:]} {before:.4g}; {words} {after:.4g}, on {rows} rows."


def mispaired(task: Task, repair: BetterPairing, about: FileNames, count: int) -> Alarm:
    """The alarm for a better pairing."""
    trial = repair.trial
    evidence = _losses(task, repair.before, repair.after, trial.words, repair.rows)
    shift = trial.shift
    if repair.since:
        gone, where = ("labels", "predictions") if shift < 0 else ("predictions", "labels")
        fix = f"Near row {repair.since} {gone} lack a row, or {where} have one too many: {about.join_command}"
    elif shift > 0:
        fix = about.rows(label=f"{{}}[{shift}:]", pred=f"{{}}[:-{shift}]")
    elif shift < 0:
        fix = about.rows(label=f"{{}}[:-{-shift}]", pred=f"{{}}[{-shift}:]")
    elif trial.workers:
        dealt = f"np.argsort(np.arange({count}) % {trial.workers}, kind='stable')"
        back = f"{{}}[np.argsort({dealt})]"
        fix = about.rows(label=back) if trial.id.startswith("labels") else about.rows(pred=back)
    elif trial.id == "rows-reversed":
        fix = about.rows(label="{}[::-1]")
    else:
        back = f"{{}}[np.argsort(sorted(range({1 if '(1,' in trial.words else 0}, {count}"
        back += " + 1), key=str))]" if "(1," in trial.words else "), key=str))]"
        fix = about.rows(label=back) if trial.id.startswith("labels") else about.rows(pred=back)
    return Alarm(trial.id, WARNING, evidence, fix)


def from_one(task: Task, data: InspectedData, about: FileNames) -> Alarm | None:
    """Labels that count classes from 1, or beside predictions with one more column in front."""
    label = task.label.values
    if label.ndim != 1 or data.label is None:
        return None
    known, width = data.label.values[data.label.usable], task.left.shape[1]
    low, high = int(known.min()), int(known.max())
    if low == 1 and high == width:
        evidence = f"The values of {about.label} go from 1 to {high}, and the {width} classes count from 0."
        return Alarm("labels-from-one", ERROR, evidence, about.rows(label="{} - 1"))
    if low == 0 and high < width - 1:
        losses, first, fix = counted_from(task, data.rows, -1), "with 1 added to labels", "{} + 1"
    elif low >= 1:
        losses, first, fix = counted_from(task, data.rows, 1), "with labels counted from 1", "{} - 1"
    else:
        return None
    if losses is None:
        return None
    evidence = _losses(task, losses[0], losses[1], first, losses[2])
    return Alarm("labels-from-one" if low >= 1 else "labels-offset", WARNING, evidence, about.rows(label=fix))


def class_order(moved: ClassPermutation, about: FileNames) -> Alarm:
    """The alarm for classes in another order, with the order that is right."""
    size = len(moved.order)
    names = about.classes or tuple(map(str, range(size)))
    few = ", ".join(
        f"{names[one]} is in column {other}" for one, other in list(zip(moved.classes, moved.columns, strict=True))[:6]
    )
    more = ", ..." if len(moved.classes) > 6 else ""
    evidence = (
        f"Cross entropy {moved.before:.4g}; with classes in another order {moved.after:.4g}, on {moved.rows} rows: "
    )
    evidence += f"{few}{more} (from 0)."
    if size > 10 and list(moved.order) == [sorted(range(size), key=str).index(each) for each in range(size)]:
        evidence += " The columns are in the order of their numbers as text."
    by_name = about.classes or order_of_numbers(names_of(about.columns, about.columns)) is not None
    if len(about.columns) == size and not by_name:
        columns = ",".join(about.columns[each] for each in moved.order)
        fix = f"{about.bare} --pred {shlex.quote(columns)}"
    else:
        fix = about.rows(pred=f"{{}}[:, {list(moved.order)}]")
    return Alarm("classes-permuted", WARNING, evidence, fix)


def unequal(data: InspectedData, about: FileNames, task: Task | None) -> Alarm:
    """Files of different length: which rows are missing, if the loss tells."""
    assert data.label is not None
    few, many = sorted((data.preds, data.labels))
    fewer = data.preds < data.labels
    short, long = (about.pred, about.label) if fewer else (about.label, about.pred)
    longer = "label" if fewer else "pred"
    evidence = f"There are {data.preds} rows in {about.pred} and {data.labels} in {about.label}."
    ahead = many - few
    rows = "row" if ahead == 1 else f"{ahead} rows"
    if task is not None:
        repair = better_pairing(task, data.rows, data.preds, data.labels)
        if repair is not None and repair.trial.shift == (ahead if fewer else -ahead):
            evidence += (
                f" Without the first {rows} of {long} the {task.measure} is {repair.after:.4g}, that of a constant "
            )
            evidence += f"{repair.before:.4g}: {short} lacks its first {rows}, as when a header is eaten that is none."
            fix = f"{about.rows(**{longer: f'{{}}[{ahead}:]'})}; or read {short} anew, with --header no."
            return Alarm("eaten-header", ERROR, evidence, fix)
        if strength(task, task.pred.at(data.rows), task.label.at(data.rows), in_order=True).strong:
            evidence += f" Rows go together from the first on: {long} ends with {rows} too many."
            return Alarm("unequal-lengths", ERROR, evidence, about.rows(**{longer: f"{{}}[:{few}]"}))
    return Alarm("unequal-lengths", ERROR, evidence, f"Pair rows by their ids: {about.join_command}")


def header_rows(data: InspectedData, about: FileNames) -> Iterator[Alarm]:
    """A first row without a value and no other: a header that was read as a row."""
    for held, name, role in ((data.pred, about.pred, "pred"), (data.label, about.label, "label")):
        if held is None or len(held.rows) < FEW or held.rows[0] != 0 or held.values.dtype.kind != "f":
            continue
        first = np.isnan(held.values[0]).all()
        if first and held.usable[1:].all():
            evidence = f"The first row of {name} is NaN and no other is, as when a header is read as a row."
            yield Alarm("header-as-row", ERROR, evidence, about.rows(**{role: "{}[1:]"}))


def constant(data: InspectedData, about: FileNames) -> Iterator[Alarm]:
    """Predictions that are the same in every row, though labels are not."""
    values = data.pred.values[data.pred.usable]
    if len(values) < FEWEST or values.dtype.kind not in "biuf" or not (values == values[:1]).all():
        return
    labels = None if data.label is None else data.label.values[data.label.usable]
    if labels is None or (labels != labels[:1]).any():
        evidence = f"Every row of {about.pred} is the same, of {len(values)} looked at."
        yield Alarm("constant-predictions", WARNING, evidence, "Write the predictions of the model, not of its start.")


def doubled(data: InspectedData, about: FileNames) -> Iterator[Alarm]:
    """The whole file twice, or every row twice in a row."""
    count = data.preds
    if data.label is None or len(data.pred.rows) != count or len(data.label.rows) != count or count < 2 * FEWEST:
        return
    both = [np.ascontiguousarray(each.values).reshape(count, -1) for each in (data.pred, data.label)]
    if count % 2 or len(np.unique(both[0], axis=0)) < count / 4 or not data.pred.usable.all():
        return
    for words, first, second, fix in (
        ("The second half of both files is the first half again", slice(0, count // 2), slice(count // 2, None),
         f"{{}}[:{count // 2}]"),
        ("Every row of both files is there twice in a row", slice(0, None, 2), slice(1, None, 2), "{}[::2]"),
    ):  # fmt: skip
        if all((each[first] == each[second]).all() for each in both):
            yield Alarm("rows-doubled", WARNING, f"{words}, {count // 2} rows.", about.rows(label=fix, pred=fix))
            return
