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

import numpy as np

from ...core.record import record
from ...core.scratch import Array, scratch

NEVER = -1e300  # log 0, but finite: no inf - inf
STRIDE = 6  # steps from one scaling to the next
SLOPE = 24  # bits that the scale of a label may be below that of the label before
LOW = 2.0**-590  # of its scale: what a state needs to have lost nothing that matters, see `_Scales`
BITS = 750.0  # P needs 2^-750 of the most it could be, or LOW
FAR = 1 << 30  # later than any step; as an exponent, that of 0


def cells_like(frames: Array, slot: str, absent: float) -> tuple[Array, Array]:
    """Scratch shaped like frames: flat, with a cell more for what is absent; and its (frames, classes) view."""
    cells = scratch(slot, (frames.size + 1,))
    cells[-1] = absent
    return cells, cells[:-1].reshape(frames.shape)


@record
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
        at = np.concatenate((np.full((1, len(self.steps)), self.blank), self.label))
        at += self.start * classes
        at[1:][self.label == classes] = len(cells)  # "clip" makes it the last: what is absent
        now = np.empty(at.shape)
        blank, label = now[0], now[1:]
        order = np.argsort(self.steps, kind="stable")
        times, first = np.unique(self.steps[order], return_index=True)
        ends = dict(zip(times.tolist(), np.split(order, first[1:]), strict=True))
        for time in range(int(self.steps.max(initial=0)) + 1):
            # a row that has ended reads on in the next row's frames; nobody looks at it again
            cells[time * classes :].take(at, out=now, mode="clip")
            yield blank, label, ends.get(time)


def in_probs(these: Sequences, probs: Array, mass: Array) -> tuple[Array, Array]:
    """-log P by the recursion on probabilities, scaled by powers of two, and whether to trust it. T ulp of P.

    `probs` are cells, `mass` is what each frame sums to. Each label's two states have a scale of their own, see
    `_Scales`: on the way to an unlikely label, one state is easily 2^-2000 of another, and matters all the same.
    """
    n = len(these.steps)
    repeats = these.repeats()
    allowed = 1.0 - repeats if repeats.any() else None
    rest, said = _empty_label(these, 0.0, 1.0)
    both, into = np.empty_like(rest), np.empty(these.label.shape)
    rest_before, said_before, both_before, said_now = rest[:-1], said[:-1], both[:-1], said[1:]
    scales = _Scales(these, repeats, mass)
    found, found_exponent, sure = np.zeros(n), np.zeros(n), np.zeros(n, dtype=bool)
    for time, (blank, label, ended) in enumerate(these.walk(probs)):
        if ended is not None:
            last = these.size[ended]
            p = rest[last, ended] + said[last, ended]
            found[ended], found_exponent[ended] = p, scales.exponent[last, ended]
            sure[ended] = scales.sure(ended, p)
        if time % STRIDE == 0 and time:
            scales.renew(time, rest, said)
        np.add(rest, said, out=both)
        if allowed is None:
            np.multiply(both_before, scales.ratio, out=into)
        else:
            np.multiply(said_before, allowed, out=into)
            np.add(into, rest_before, out=into)
            np.multiply(into, scales.ratio, out=into)
        np.add(said_now, into, out=said_now)
        np.multiply(said_now, label, out=said_now)
        np.multiply(both, blank, out=rest)
    return _minus_log(found, found_exponent), sure


class _Scales:
    """A power of two for the two states of each label, renewed each stride, and the proof that nothing is lost.

    The scale of a label is the larger of its states, or 2^-SLOPE of the scale before if that is more. So in one
    stride nothing grows beyond 2^154 of its scale: 2^(6 SLOPE) on the way from label to label, 3^6 by sums of three
    (p <= 1). Each operation then loses at most 2^(154 - 992) of the scale of the state it makes, by underflow
    (2^-992 in p, see `_probs` of CTC; 2^-1022 elsewhere), and that is at most 2^(308 - 992) of the scale of any
    state by the end of the stride. Fewer than 2^10 operations of a stride reach a state. So if each state that can
    have been reached is then at LOW or more of its scale, it has lost at most 2^-84 of itself: the row is held. A
    state that cannot have been reached is 0 and has lost nothing. Whether a low state matters, nobody asks.

    What is not held is still sure if P is far above all losses together. Measured by what the frames can have made
    of 1, a loss is at most 2^-992 (in p) or 2^(154 - 1022) (of a scale): BITS leaves 2^-53 of P and 2^60 losses.
    """

    def __init__(self, these: Sequences, repeats: Array, mass: Array) -> None:
        n, self.size = len(these.steps), these.size
        row = np.repeat(np.arange(n), these.steps)
        self.growth = np.bincount(row, np.log2(np.maximum(mass, 1.0)), n)
        self.held = np.ones(n, dtype=bool)
        self.exponent = np.zeros((len(these.label) + 1, n), dtype=np.intc)
        self.ratio = np.ones(these.label.shape)
        self.fall = SLOPE * np.arange(len(self.exponent), dtype=np.intc)[:, None]
        # after how many frames a state can have been reached: a repeat needs a blank before it
        reached = np.arange(1, len(self.fall))[:, None] + np.cumsum(repeats, axis=0)
        reached[these.label == these.frames.shape[1]] = FAR
        self.said_from = np.concatenate((np.full((1, n), FAR), reached))
        self.rest_from = np.concatenate((np.zeros((1, n), dtype=np.int64), reached + 1))

    def renew(self, time: int, rest: Array, said: Array) -> None:
        """See what the states have kept, then scale them anew."""
        low = (said < LOW) & (self.said_from <= time)
        low |= (rest < LOW) & (self.rest_from <= time)
        self.held &= ~np.logical_or.reduce(low, axis=0)
        highest = np.maximum(rest, said)
        _, exponent = np.frexp(highest)
        exponent += self.exponent
        np.putmask(exponent, highest == 0.0, -FAR)
        exponent += self.fall
        np.maximum.accumulate(exponent, axis=0, out=exponent)
        exponent -= self.fall
        np.maximum(exponent, -FAR, out=exponent)  # no wrapping round after millions of frames
        shift = np.subtract(self.exponent, exponent, out=self.exponent)
        np.ldexp(rest, shift, out=rest)
        np.ldexp(said, shift, out=said)
        self.exponent = exponent
        np.ldexp(1.0, exponent[:-1] - exponent[1:], out=self.ratio)

    def sure(self, rows: Array, p: Array) -> Array:
        """Whether rows that end here, with p of the scale of their last label, have lost nothing that matters."""
        total = np.log2(p) + self.exponent[self.size[rows], rows]
        return np.asarray(self.held[rows] & (p >= LOW) | (total >= self.growth[rows] - BITS))


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
