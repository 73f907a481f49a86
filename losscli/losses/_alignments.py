"""The probability of a label, summed over its alignments: the forward recursion of Graves et al. 2006, eq. 5-8.

States alternate blank, label, blank, label, ..., blank. They are two arrays with one column a sequence: row j of
`rest` is the blank after j labels, row j of `said` is the j-th label (row 0 stays 0). One time step is

    rest_j' = (rest_j + said_j) p(blank)
    said_j+1' = (said_j+1 + rest_j + said_j) p(label j + 1),  without said_j if it is the same label

Three roads walk it. `in_probs` is fast, and says of which rows it is sure. `in_logs` cannot underflow.
`remainder` sums what the label does *not* get, with no subtraction that could cancel, for losses near 0. What a
row gets depends on its own frames and labels only, to the last bit: nothing is summed in an order that block or
padding could change.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..core.scratch import Array, scratch

NEVER = -1e300  # log 0, but finite: no inf - inf
STRIDE = 16  # steps from one rescaling to the next
BITS = 850.0  # the 964 of `in_probs` less 53 to keep, 30 for the number of states and steps, and some


def cells_like(frames: Array, slot: str, absent: float) -> tuple[Array, Array]:
    """Scratch shaped like frames: flat, with a cell more for what is absent; and its (frames, classes) view."""
    cells = scratch(slot, (frames.size + 1,))
    cells[-1] = absent
    return cells, cells[:-1].reshape(frames.shape)


@dataclass(frozen=True)
class Sequences:
    """The used frames of n sequences, one after the other, and their labels as columns."""

    frames: Array  # (all frames, classes)
    steps: Array  # (n,) frames of each
    label: Array  # (longest, n); `classes` where there is no label
    size: Array  # (n,) labels of each
    blank: int

    @property
    def start(self) -> Array:
        """The first frame of each sequence."""
        return np.cumsum(self.steps) - self.steps

    def only(self, keep: Array) -> Sequences:
        """Some of the sequences."""
        if keep.all():
            return self
        frames = self.frames[np.repeat(keep, self.steps)]
        return Sequences(frames, self.steps[keep], self.label[:, keep], self.size[keep], self.blank)

    def repeats(self) -> Array:
        """Where a label equals the one before it, (longest, n)."""
        same = np.zeros(self.label.shape, dtype=bool)
        np.equal(self.label[1:], self.label[:-1], out=same[1:])
        same &= np.arange(len(same))[:, None] < self.size
        return same

    def walk(self, cells: Array) -> Iterator[tuple[Array, Array, Array | None]]:
        """For each time: the cells of the blank (n,), those of the labels (longest, n), the rows that end before."""
        classes = self.frames.shape[1]
        blank_at = self.start * classes + self.blank
        label_at = self.start * classes + self.label
        absent = self.label == classes
        label_at[absent] = len(cells) - 1
        stride = np.where(absent, 0, classes) if absent.any() else classes
        blank, label = np.empty(len(self.steps)), np.empty(self.label.shape)
        order = np.argsort(self.steps, kind="stable")
        times, first = np.unique(self.steps[order], return_index=True)
        ends = dict(zip(times.tolist(), np.split(order, first[1:]), strict=True))
        for time in range(int(self.steps.max(initial=0)) + 1):
            # a row that has ended reads on in the next row's frames; nobody looks at it again
            cells.take(blank_at, out=blank, mode="clip")
            cells.take(label_at, out=label, mode="clip")
            yield blank, label, ends.get(time)
            blank_at += classes
            label_at += stride


def in_probs(these: Sequences, probs: Array, mass: Array) -> tuple[Array, Array]:
    """-log P by the recursion on probabilities, scaled by powers of two, and whether to trust it. T ulp of P.

    `probs` are cells, `mass` is what each frame sums to. A number that underflows loses at most 2^-964 of the
    scale it is held at (2^-992 in p, times what a state may grow to in a stride), and what follows multiplies that
    by no more than the sum over three neighbouring states, frame by frame. Where these losses together stay below
    2^-53 of P the row is sure; where not (an unlikely label after many sure frames) it needs `in_logs`.
    """
    n = len(these.steps)
    start = these.start
    same = these.repeats()
    allowed = 1.0 - same if same.any() else None
    rest, said = _empty_label(these, 0.0, 1.0)
    both, into = np.empty_like(rest), np.empty(these.label.shape)
    seen = _Growth(n, start, mass)
    exponent, highest = np.zeros(n), np.zeros(n)
    found, found_exponent, sure = np.zeros(n), np.zeros(n), np.zeros(n, dtype=bool)
    for time, (blank, label, ended) in enumerate(these.walk(probs)):
        if ended is not None:
            p = rest[these.size[ended], ended] + said[these.size[ended], ended]
            found[ended], found_exponent[ended] = p, exponent[ended]
            at = exponent[ended] - seen.until(time)[ended]
            sure[ended] = np.log2(p) + at - np.maximum(highest[ended], at) >= -BITS
        if time % STRIDE == 0 and time:
            past = seen.until(time)
            np.maximum(highest, exponent - past, out=highest)
            _, shift = np.frexp(np.maximum(np.maximum.reduce(rest, axis=0), np.maximum.reduce(said, axis=0)))
            shift = np.clip(shift, -1000, 1000)
            scale = np.ldexp(1.0, -shift)
            rest *= scale
            said *= scale
            exponent += shift
            np.maximum(highest, exponent - past, out=highest)
            seen.stride(past)
        seen.step(time, blank, label)
        np.add(rest, said, out=both)
        new = both[:-1]
        if allowed is not None:
            np.multiply(said[:-1], allowed, out=into)
            into += rest[:-1]
            new = into
        said[1:] += new
        said[1:] *= label
        np.multiply(both, blank, out=rest)
    return _minus_log(found, found_exponent), sure


class _Growth:
    """The most that the frames so far can have multiplied a state's probability by, in bits."""

    def __init__(self, n: int, start: Array, mass: Array) -> None:
        self.start, self.mass = start, np.append(mass, 1.0)
        self.bits = np.zeros(n)
        self.blank, self.label = np.zeros((STRIDE, n)), np.zeros((STRIDE, n))

    def step(self, time: int, blank: Array, label: Array) -> None:
        at = time % STRIDE
        self.blank[at] = blank
        np.maximum.reduce(label, axis=0, out=self.label[at], initial=0.0)

    def until(self, time: int) -> Array:
        """At a time no later than one stride after the last `stride`."""
        ago = (time - 1) % STRIDE + 1 if time else 0
        frame = self.start + np.arange(time - ago, time)[:, None]
        three = self.blank[:ago] + 2.0 * self.label[:ago]
        most = np.minimum(three, self.mass.take(frame, mode="clip"))
        rounded = np.ceil(64.0 * np.log2(np.maximum(most, 1e-300))) / 64.0  # their sums are exact, in any order
        return np.asarray(self.bits + rounded.sum(axis=0))

    def stride(self, bits: Array) -> None:
        self.bits = bits


def _empty_label(these: Sequences, nothing: float, one: float) -> tuple[Array, Array]:
    """The states before the first frame: nothing said."""
    shape = (len(these.label) + 1, len(these.steps))
    rest, said = np.full(shape, nothing), np.full(shape, nothing)
    rest[0] = one
    return rest, said


def _minus_log(p: Array, exponent: Array) -> Array:
    """-log(p 2^exponent), without cancellation where that is near 1."""
    part, shift = np.frexp(p)
    low = part < np.sqrt(0.5)
    part = np.where(low, 2.0 * part, part)
    return np.asarray(-np.log(part) - (exponent + shift - low) * np.log(2.0) + 0.0)


def in_logs(these: Sequences, logs: Array) -> Array:
    """-log P by the recursion on logarithms, inf for P = 0. T ulp of the largest logarithm on the way."""
    cells, view = cells_like(these.frames, "ctc logs", NEVER)
    np.maximum(logs, NEVER, out=view)
    same = these.repeats()
    barrier = np.where(same, NEVER, 0.0) if same.any() else None
    rest, said = _empty_label(these, NEVER, 0.0)
    both, into, room = np.empty_like(rest), np.empty(these.label.shape), np.empty_like(rest)
    found = np.empty(len(these.steps))
    for blank, label, ended in these.walk(cells):
        if ended is not None:
            last = rest[these.size[ended], ended], said[these.size[ended], ended]
            found[ended] = _log_sum(*last, np.empty(len(ended)), np.empty(len(ended)))
        _log_sum(rest, said, both, room)
        new = both[:-1]
        if barrier is not None:
            np.add(said[:-1], barrier, out=into)
            new = _log_sum(rest[:-1], into, into, room[:-1])
        _log_sum(said[1:], new, said[1:], room[1:])
        said[1:] += label
        np.add(both, blank, out=rest)
    return np.where(found < NEVER / 10, np.inf, -found + 0.0)


def _log_sum(a: Array, b: Array, out: Array, room: Array) -> Array:
    """log(exp a + exp b), both finite. At most 2 ulp of the larger of |max| and 1."""
    np.subtract(a, b, out=room)
    np.abs(room, out=room)
    np.negative(room, out=room)
    np.exp(room, out=room)
    np.log1p(room, out=room)
    np.maximum(a, b, out=out)
    out += room
    return out


def remainder(these: Sequences, probs: Array) -> Array:
    """1 - P: what leaves the label's states at each step, and what ends in an earlier one. T ulp of itself.

    From a state at most three classes lead on. The sum of the others is taken as: all but the frame's three
    likeliest, less those of the allowed that are not among the three, plus those of the three that are not allowed.
    There are at least as many of the latter, each at least as likely: the subtraction cannot cancel.
    """
    frames, classes = these.frames.shape
    cells, all_probs = cells_like(these.frames, "ctc part", 0.0)
    np.copyto(all_probs, probs)
    others, view = cells_like(these.frames, "ctc others", 0.0)
    np.copyto(view, probs)
    tops = []
    for _ in range(min(3, classes)):
        top = view.argmax(axis=1)
        p = view[np.arange(frames), top]
        view[np.arange(frames), top] = 0.0
        tops.append((top, np.where(top == these.blank, 0.0, p)))
    beside = np.add.reduce(view, axis=1) - view[:, these.blank]
    following = np.concatenate((these.label, np.full((1, len(these.steps)), classes)))
    differs = 1.0 - these.repeats()
    rest, said = _empty_label(these, 0.0, 1.0)
    lost, loose = np.zeros_like(rest), np.zeros_like(rest)
    both, more, away = np.empty_like(rest), np.empty_like(rest), np.empty(rest.shape, dtype=bool)
    from_rest, from_said, into = np.empty_like(rest), np.zeros_like(rest), np.empty(these.label.shape)
    found = np.empty(len(these.steps))
    longest = int(these.steps.max())
    steps = zip(these.walk(cells), these.walk(others), strict=True)
    for time, ((blank, label, ended), (_, other, _)) in enumerate(steps):
        if ended is not None:
            early = np.arange(len(rest))[:, None] < these.size[ended]
            parts = lost[:, ended] + np.where(early, rest[:, ended] + said[:, ended], 0.0)
            found[ended] = np.add.accumulate(parts, axis=0)[-1]  # one after the other, whatever the shape
        if time == longest:
            break
        frame = these.start + time
        loose[:-1] = other
        spare = beside.take(frame, mode="clip")
        np.subtract(spare, loose, out=from_rest)
        loose[:-1] *= differs
        np.subtract(spare, other, out=from_said[1:])
        from_said[1:] -= loose[1:]
        for top, p in tops:
            np.not_equal(following, top.take(frame, mode="clip"), out=away)
            np.multiply(away, p.take(frame, mode="clip"), out=more)
            from_rest += more
            from_said[1:] += np.multiply(more[1:], away[:-1], out=into)
        lost += np.multiply(rest, from_rest, out=from_rest)
        lost[1:] += np.multiply(said[1:], from_said[1:], out=into)
        np.add(rest, said, out=both)
        np.multiply(said[:-1], differs, out=into)
        into += rest[:-1]
        said[1:] += into
        said[1:] *= label
        np.multiply(both, blank, out=rest)
    return found
