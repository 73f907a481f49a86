"""Alarms for a file that goes together in part, or with its blocks in another order, or rolled around its end."""

from __future__ import annotations

import numpy as np

from ...core.diagnostics import WARNING, Alarm
from ...core.record import record
from ...core.scratch import Array
from ..order.block_order import blocks, index_of_blocks, reversed_blocks
from ..order.class_order import part_permuted
from ..order.forecasts import claims_are_broken, lacking, may_be_honest
from ..order.segments import AS_IS, BACKWARDS, FLIPPED, NOTHING, SHIFT, Part, Way, parts, uneven
from ..order.shift_correlation import ShiftCorrelation, bound
from ..task import Task
from .fixes import FileNames
from .pairing_checks import FEWEST, GAIN, HALF

LITTLE = 0.25  # of the slope elsewhere: a part with less goes with nothing
BY_ROWS = 4.0  # standard errors of the rows' own products, beside the bound of shift_correlation
UNRELATED = 3.0  # deviations
OUTPUTS = 8  # columns of real numbers that are predictions, rather than vectors
LISTED = 6  # blocks that a sentence names


@record
class FileParts:
    """The rows that are looked at, one after the other, and how they go with labels."""

    task: Task
    rows: Array
    correlation: ShiftCorrelation
    in_one: bool  # whether the rows are those of the whole file

    def at(self, part: Part, way: Way | None = None) -> tuple[Array, Array]:
        """Positions among the held predictions and labels of the rows of a part, as they stand or as they belong."""
        own = np.arange(part.start, part.stop)
        partners = own if way is None else way.partners(own, len(self.rows))
        return self.task.pred.at(self.rows[own]), self.task.label.at(self.rows[partners])

    def losses(self, part: Part, way: Way | None = None) -> Array:
        """The loss of each row of a part under a pairing."""
        return self.task.losses(*self.task.usable(*self.at(part, way)))

    def words(self, part: Part) -> str:
        """The rows of a part, by their numbers in the file."""
        return f"rows {self.rows[part.start]} to {self.rows[part.stop - 1]}"


@record
class Roll:
    """The alarm for rows that are all moved by so many, and whether some of them are not."""

    alarm: Alarm
    uneven: bool


def rolled(file: FileParts, about: FileNames) -> Roll | None:
    """All rows moved by so many, around the end of the file or over it."""
    correlation, count = file.correlation, len(file.rows)
    peak = correlation.peak()
    if peak is None or not peak.shift or correlation.whole[0] / count > HALF * peak.size:
        return None
    shift, inside = peak.shift, Part(max(0, -peak.shift), min(count, count - peak.shift), Way(SHIFT, peak.shift))
    products = correlation.products((np.arange(count) + shift) % count)
    wrapped = np.delete(products, np.arange(inside.start, inside.stop))
    around = len(wrapped) and wrapped.mean() * np.sqrt(len(wrapped)) >= UNRELATED * correlation.deviation
    whole = Part(0, count, Way(SHIFT, shift)) if around else inside
    if not _by_rows(products[whole.start : whole.stop]) or may_be_honest(
        file.task, *file.at(whole), file.at(whole, whole.way)[1]
    ):
        return None
    before, after = file.losses(whole), file.losses(whole, whole.way)
    if not after.mean() < (1.0 - GAIN) * before.mean():
        return None
    way = "up" if shift > 0 else "down"
    words = f"with labels moved {way} by {abs(shift)} rows" + (", and around the end," if around else "")
    evidence = _compared(file.task, before, words, after)
    evidence += f" That is {peak.deviations:.0f} deviations of all other shifts."
    if uneven(correlation, Way(SHIFT, shift)):
        return Roll(Alarm("labels-shifted", WARNING, f"{evidence} Some rows belong elsewhere.", _joined(about)), True)
    if around:
        fix = about.rows(label=f"np.roll({{}}, {-shift}, axis=0)")
        return Roll(Alarm("rows-rolled", WARNING, evidence, fix), False)
    cut, rest = (f"{{}}[{abs(shift)}:]", f"{{}}[:-{abs(shift)}]")
    fix = about.rows(label=cut, pred=rest) if shift > 0 else about.rows(label=rest, pred=cut)
    return Roll(Alarm("labels-shifted", WARNING, evidence, fix), False)


def _by_rows(products: Array) -> bool:
    return bool(products.mean() * np.sqrt(len(products)) >= BY_ROWS * max(float(products.std()), 1e-300))


def _compared(task: Task, before: Array, words: str, after: Array) -> str:
    measure = task.measure[0].upper() + task.measure[1:]
    return f"{measure} {before.mean():.4g}; {words} {after.mean():.4g}, on {len(after)} rows."


def partly(file: FileParts, about: FileNames) -> Alarm | None:
    """What a profile along the file shows."""
    binary = file.task.name in ("binary", "multilabel")
    sequence, slope = parts(file.correlation, flips=binary, moves=file.in_one)
    if len(sequence) == 1 and sequence[0].way.name in (AS_IS, NOTHING, FLIPPED):
        return _classes(file, about)
    kept = _merged(
        [
            part if part.way.name == AS_IS or _certain(file, part, slope) else Part(part.start, part.stop, Way(AS_IS))
            for part in _long(sequence)
        ]
    )
    names = {part.way.name for part in kept}
    if names <= {AS_IS}:
        return _classes(file, about)
    if SHIFT in names:
        return _moved(file, kept, about)
    if BACKWARDS in names:
        return _backwards(file, kept, about)
    return _flipped(file, kept, about) if FLIPPED in names else _unpaired(file, kept, about)


def _long(sequence: list[Part]) -> list[Part]:
    """The parts of some rows at least; shorter ones are what chance makes at the ends of longer ones.

    But for rows that belong together beside rows that do not: these few would hide that.
    """
    kept: list[Part] = []
    ways = [AS_IS, *(part.way.name for part in sequence), AS_IS]
    for at, part in enumerate(sequence):
        beside = part.way.name == AS_IS and SHIFT not in (ways[at], ways[at + 2])
        if part.stop - part.start >= FEWEST or len(sequence) == 1 or beside:
            kept.append(Part(kept[-1].stop if kept else 0, part.stop, part.way))
        elif kept:
            kept[-1] = Part(kept[-1].start, part.stop, kept[-1].way)
    return kept


def _merged(sequence: list[Part]) -> list[Part]:
    merged: list[Part] = []
    for part in sequence:
        if merged and merged[-1].way == part.way:
            part = Part(merged.pop().start, part.stop, part.way)
        merged.append(part)
    return merged


def _certain(file: FileParts, part: Part, slope: float) -> bool:
    """Whether a part that seems to belong elsewhere, or nowhere, cannot be as it should."""
    task, correlation = file.task, file.correlation
    now = correlation.products(np.arange(correlation.count))[part.start : part.stop]
    deviations = float(now.sum()) / (correlation.deviation * float(np.sqrt(len(now) * correlation.serial)))
    if part.way.name == NOTHING:
        return _goes_with_nothing(file, part, slope) and abs(deviations) < UNRELATED
    if part.way.name == FLIPPED:
        return deviations < -BY_ROWS
    own = np.arange(part.start, part.stop)
    moved = correlation.products(part.way.partners(np.arange(correlation.count), correlation.count))[own]
    if not _by_rows(moved) or now.mean() > HALF * moved.mean():
        return False
    pi, yi = file.at(part)
    before, after = file.losses(part), file.losses(part, part.way)
    return not may_be_honest(task, pi, yi, file.at(part, part.way)[1]) and bool(after.mean() < before.mean())


def _goes_with_nothing(file: FileParts, part: Part, slope: float) -> bool:
    """Whether predictions vary here as elsewhere, claim to know the labels, and do not, beside their own means."""
    own = slice(part.start, part.stop)
    left, right = (rows[own] - rows[own].mean(axis=0) for rows in (file.correlation.left, file.correlation.right))
    claimed = slope * float((left * left).sum())
    beyond = bound(2.0 * len(file.rows))  # of so many parts it is the one that lacks most
    if LITTLE * claimed < float((left * right).sum()) or lacking(left, right, slope) < beyond:
        return False
    return claims_are_broken(file.task, *file.task.usable(*file.at(part)), beyond=beyond)


def _joined(about: FileNames) -> str:
    return f"Pair rows by their ids: {about.join_command}"


def _all_losses(file: FileParts, sequence: list[Part]) -> tuple[Array, Array]:
    whole = Part(0, len(file.rows), Way(AS_IS))
    return file.losses(whole), np.concatenate([file.losses(part, part.way) for part in sequence])


def _moved(file: FileParts, kept: list[Part], about: FileNames) -> Alarm:
    """Blocks of rows in another order, or parts that are shifted."""
    count = len(file.rows)
    ordered = blocks(kept, file.correlation)
    if ordered is not None:
        before, after = _all_losses(file, [part for part, _ in ordered])
        few = [f"{part.start}-{part.stop - 1} with {at}-{at + part.stop - part.start - 1}" for part, at in ordered]
        more = ", ..." if len(few) > LISTED else ""
        evidence = _compared(file.task, before, f"with {len(few)} blocks of labels in another order", after)
        evidence += f" Rows of the predictions go with these of the labels (from 0): {', '.join(few[:LISTED])}{more}."
        return Alarm("blocks-moved", WARNING, evidence, about.rows(label=index_of_blocks(ordered)))
    moved = [part for part in kept if part.way.name in (SHIFT, BACKWARDS)]
    largest = max(moved, key=lambda part: part.stop - part.start)
    before, after = file.losses(largest), file.losses(largest, largest.way)
    to = int(largest.way.partners(np.array([largest.start]), count)[0])
    words = f"with labels from row {to} on" + (", backwards," if largest.way.name == BACKWARDS else "")
    evidence = f"About {file.words(largest)} (from 0) of {about.pred} go with other labels than theirs. "
    evidence += _compared(file.task, before, words, after)
    if len(moved) > 1:
        evidence += " So do others." if len(moved) > 2 else " So does another part."
    return Alarm("labels-shifted", WARNING, evidence, _joined(about))


def _backwards(file: FileParts, kept: list[Part], about: FileNames) -> Alarm:
    back = [part for part in kept if part.way.name == BACKWARDS]
    before = np.concatenate([file.losses(part) for part in back])
    after = np.concatenate([file.losses(part, part.way) for part in back])
    evidence = f"Labels of about {', '.join(map(file.words, back[:LISTED]))} (from 0) stand backwards. "
    evidence += _compared(file.task, before, "turned round", after)
    index = reversed_blocks(_centred_ends(file, kept))
    return Alarm("block-reversed", WARNING, evidence, _joined(about) if index is None else about.rows(label=index))


def _centred_ends(file: FileParts, kept: list[Part]) -> list[Part]:
    """The parts with the ends of reversed blocks where they fit best: their middle is known, their length nearly."""
    every = np.arange(len(file.rows))
    as_is = file.correlation.products(every)
    moved: list[Part] = []
    for part in kept:
        if part.way.name == BACKWARDS:
            gain = np.concatenate(
                [[0.0], np.cumsum(file.correlation.products(part.way.partners(every, len(every))) - as_is)]
            )
            middle, half = part.way.offset + 1, (part.stop - part.start) // 2
            starts = np.arange(max(0, middle - len(every), part.start - half // 4), part.start + half // 4 + 1)
            starts = starts[(middle - starts <= len(every)) & (2 * starts < middle)]
            if len(starts):
                start = int(starts[np.argmax(gain[middle - starts] - gain[starts])])
                part = Part(start, middle - start, part.way)
        moved.append(part)
    return moved


def _flipped(file: FileParts, kept: list[Part], about: FileNames) -> Alarm:
    """Labels that are the other way round in a part of the file."""
    part = max((each for each in kept if each.way.name == FLIPPED), key=lambda each: each.stop - each.start)
    pi, yi = file.task.usable(*file.at(part))
    guess, truth = file.task.left[pi], file.task.right[yi]
    before, after = (float(np.square(guess - each).mean()) for each in (truth, 1.0 - truth))
    evidence = f"In about {file.words(part)} (from 0) predictions are for the opposite of their labels, elsewhere for "
    evidence += f"the labels themselves: mean squared error {before:.4g}; with 0 and 1 exchanged {after:.4g}, on "
    evidence += f"{len(pi)} rows."
    return Alarm("labels-flipped", WARNING, evidence, "Find out what wrote these rows, and write their labels anew.")


def _unpaired(file: FileParts, kept: list[Part], about: FileNames) -> Alarm | None:
    """A part without any relation in a file that has one."""
    nothing = [part for part in kept if part.way.name == NOTHING]
    others = [part for part in kept if part.way.name == AS_IS]
    if not others or (file.task.name == "regression" and file.task.right.shape[1] > OUTPUTS):
        return None  # vectors beside vectors may be pairs, of which some are meant to be unlike
    here, there = (np.concatenate([file.losses(part) for part in each]) for each in (nothing, others))
    _, yi = file.task.usable(*file.at(nothing[0]))
    if not here.mean() > max(float(there.mean()), float(file.task.constant(yi).mean())):
        return None
    listed = ", ".join(map(file.words, nothing[:LISTED]))
    evidence = f"In about {listed} (from 0) predictions say nothing of the labels beside them, elsewhere they do: "
    evidence += f"{file.task.measure} {here.mean():.4g} on these {len(here)} rows, {there.mean():.4g} on the others."
    return Alarm("part-unpaired", WARNING, evidence, f"Write these rows anew. {_joined(about)}")


def _classes(file: FileParts, about: FileNames) -> Alarm | None:
    """Classes that are exchanged in a part of the file."""
    if file.task.name != "multiclass" or (swap := part_permuted(file.task, file.rows)) is None:
        return None
    start, stop, moved = swap
    names = about.classes or tuple(map(str, range(file.task.right.shape[1])))
    few = ", ".join(
        f"{names[one]} is in column {other}" for one, other in list(zip(moved.classes, moved.columns, strict=True))[:6]
    )
    evidence = f"In about rows {start} to {stop - 1} (from 0) classes stand in another order than elsewhere: cross "
    evidence += f"entropy {moved.before:.4g}; exchanged {moved.after:.4g}, on {moved.rows} rows: {few} (from 0)."
    return Alarm("classes-permuted", WARNING, evidence, "Find out what wrote these rows, and write them anew.")
