"""Blocks of rows that stand in another order in one file: their exact ends, and the order that is right."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from ...core.scratch import Array
from .segments import AS_IS, BACKWARDS, SHIFT, Part, Way
from .shift_correlation import ShiftCorrelation

INEXACT = 0.1  # of the mean block, by which an end that was seen may miss the exact one


def blocks(sequence: list[Part], correlation: ShiftCorrelation) -> list[tuple[Part, int]] | None:
    """The parts with the row of labels where each begins, if together they take every row of labels once.

    Shifts are known to the row, ends of parts only nearly. That blocks of labels follow each other without a gap
    says where they end, or how far two ends are apart, which then stand where rows go together best.
    """
    count = correlation.count
    if not all(part.way.name in (AS_IS, SHIFT) for part in sequence):
        return None
    pieces = _unwrapped(sequence, count)
    ends = _exact_ends(pieces, correlation)
    seen = np.array([start for start, _, _ in pieces] + [count])
    if (
        ends is None
        or (np.diff(ends) <= 0).any()
        or np.abs(ends - seen).max() > max(8.0, INEXACT * count / len(pieces))
    ):
        return None
    ordered = [
        (Part(int(start), int(stop), Way(SHIFT, shift) if shift else Way(AS_IS)), int(start) + shift)
        for start, stop, (_, _, shift) in zip(ends[:-1], ends[1:], pieces, strict=True)
    ]
    taken = np.concatenate([np.arange(part.start, part.stop) + at - part.start for part, at in ordered])
    return ordered if (np.sort(taken) == np.arange(count)).all() else None


def _exact_ends(pieces: list[tuple[int, int, int]], correlation: ShiftCorrelation) -> Array | None:
    """Where the pieces begin and end, such that their labels follow each other; None where they cannot.

    End k stands `apart[k]` rows after the end that leads its group; 0 and the number of rows are known.
    """
    size, count = len(pieces), correlation.count
    shifts = [shift for _, _, shift in pieces]
    lead, apart = list(range(size + 1)), [0] * (size + 1)
    known = {0: 0, size: count}
    order = sorted(range(size), key=lambda at: pieces[at][0] + shifts[at])
    for at, value in ((order[0], -shifts[order[0]]), (order[-1] + 1, count - shifts[order[-1]])):
        if known.setdefault(at, value) != value:
            return None
    for one, other in pairwise(order):  # end one + 1 and its shift are end other and its shift
        mine, theirs, distance = lead[one + 1], lead[other], shifts[one] - shifts[other]
        distance += apart[one + 1] - apart[other]
        for at in range(size + 1):
            if lead[at] == theirs and mine != theirs:
                lead[at], apart[at] = mine, apart[at] + distance
    first = {lead[at]: value - apart[at] for at, value in known.items()}
    gained = _gains(pieces, correlation)
    ends = np.zeros(size + 1, dtype=np.int64)
    for group in set(lead):
        members = [at for at in range(size + 1) if lead[at] == group]
        start = first[group] if group in first else _best_start(members, apart, pieces, gained, count)
        ends[members] = start + np.array(apart)[members]
    return ends if all(ends[at] == value for at, value in known.items()) else None


def _reach(pieces: list[tuple[int, int, int]], count: int) -> int:
    return max(8, round(INEXACT * count / len(pieces)))


def _gains(pieces: list[tuple[int, int, int]], correlation: ShiftCorrelation) -> Array:
    """For the end before each piece but the first, what rows up to any row gain by belonging to the piece before it."""
    every = np.arange(correlation.count)
    totals = [np.cumsum(correlation.products((every + shift) % correlation.count)) for _, _, shift in pieces]
    return np.stack([np.concatenate([[0.0], one - other]) for one, other in pairwise(totals)])


def _best_start(
    members: list[int], apart: list[int], pieces: list[tuple[int, int, int]], gained: Array, count: int
) -> int:
    """The first place of a group of ends, near where they were seen, at which rows go together best."""
    seen = round(float(np.mean([pieces[at][0] - apart[at] for at in members])))
    reach = _reach(pieces, count)
    places = np.arange(seen - reach, seen + reach + 1)
    inside = np.all([(places + apart[at] > 0) & (places + apart[at] < count) for at in members], axis=0)
    if not inside.any():
        return seen
    places = places[inside]
    return int(places[np.argmax(sum(gained[at - 1][places + apart[at]] for at in members))])


def _unwrapped(sequence: list[Part], count: int) -> list[tuple[int, int, int]]:
    """(start, stop, shift) with shifts between -count and count: a part that runs over the end of labels is two."""
    pieces: list[tuple[int, int, int]] = []
    least = max(8, round(INEXACT * count / len(sequence)))  # ends are known nearly
    for part in sequence:
        offset = part.way.offset if part.way.name == SHIFT else 0
        turn = count - offset  # from here on labels begin again
        if part.start + least < turn < part.stop - least:
            pieces += [(part.start, turn, offset), (turn, part.stop, offset - count)]
        else:
            inside = 2 * turn > part.start + part.stop
            pieces.append((part.start, part.stop, offset if inside else offset - count))
    return pieces


def index_of_blocks(ordered: list[tuple[Part, int]]) -> str:
    """The labels with their blocks in the order of the predictions, as NumPy's index of `{}`."""
    slices = [f"{{0}}[{first}:{first + part.stop - part.start}]" for part, first in ordered]
    return f"np.concatenate([{', '.join(slices)}])"


def reversed_blocks(sequence: list[Part]) -> str | None:
    """The labels with blocks turned round in their places, as NumPy's index; None where a block is not in its place."""
    slices: list[str] = []
    at = 0
    for part in sequence:
        if part.way.name == AS_IS:
            continue
        if part.way.name != BACKWARDS:
            return None
        middle = part.way.offset + 1  # start + stop of a block that is turned round in its place
        start = round((middle - (part.stop - part.start)) / 2)
        stop = middle - start
        if abs(start - part.start) > max(8.0, INEXACT * (part.stop - part.start)) or start < at:
            return None
        slices += [f"{{0}}[{at}:{start}]"] if start > at else []
        slices.append(f"{{0}}[{start}:{stop}][::-1]")
        at = stop
    return f"np.concatenate([{', '.join([*slices, f'{{0}}[{at}:]'])}])"
