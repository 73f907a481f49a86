"""The probability of a label, summed over its alignments: the forward recursion of Graves et al. 2006, eq. 5-8.

States alternate blank, label, blank, label, ..., blank. They are two arrays with one column a sequence: row j of
`in_blank` is the blank after j labels, row j of `in_label` is the j-th label (row 0 stays 0). One time step is

    blank_j' = (blank_j + label_j) p(blank)
    label_j+1' = (label_j+1 + blank_j + label_j) p(label j + 1),  without label_j if it is the same label

Three functions run it. `in_probs` is fast, and says of which rows it is sure. `in_logs` cannot underflow.
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


def in_probs(sequences: Sequences, probs: Array, mass: Array) -> tuple[Array, Array]:
    """-log P by the recursion on probabilities, scaled by powers of two, and whether to trust it. T ulp of P.

    `probs` are cells, `mass` is what each frame sums to. Each label's two states have a scale of their own, see
    `_Scales`: on the way to an unlikely label, one state is easily 2^-2000 of another, and matters all the same.
    """
    n = len(sequences.steps)
    repeats = sequences.repeats()
    allowed = 1.0 - repeats if repeats.any() else None
    in_blank, in_label = _empty_label(sequences, 0.0, 1.0)
    both, into = np.empty_like(in_blank), np.empty(sequences.label.shape)
    blank_before, label_before, both_before, label_now = in_blank[:-1], in_label[:-1], both[:-1], in_label[1:]
    scales = _Scales(sequences, repeats, mass)
    total, total_exponent, sure = np.zeros(n), np.zeros(n), np.zeros(n, dtype=bool)
    for time, (blank, label, ended) in enumerate(sequences.walk(probs)):
        if ended is not None:
            last = sequences.size[ended]
            p = in_blank[last, ended] + in_label[last, ended]
            total[ended], total_exponent[ended] = p, scales.exponent[last, ended]
            sure[ended] = scales.sure(ended, p)
        if time % STRIDE == 0 and time:
            scales.renew(time, in_blank, in_label)
        np.add(in_blank, in_label, out=both)
        if allowed is None:
            np.multiply(both_before, scales.ratio, out=into)
        else:
            np.multiply(label_before, allowed, out=into)
            np.add(into, blank_before, out=into)
            np.multiply(into, scales.ratio, out=into)
        np.add(label_now, into, out=label_now)
        np.multiply(label_now, label, out=label_now)
        np.multiply(both, blank, out=in_blank)
    return _minus_log(total, total_exponent), sure


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

    def __init__(self, sequences: Sequences, repeats: Array, mass: Array) -> None:
        n, self.size = len(sequences.steps), sequences.size
        row = np.repeat(np.arange(n), sequences.steps)
        self.growth = np.bincount(row, np.log2(np.maximum(mass, 1.0)), n)
        self.held = np.ones(n, dtype=bool)
        self.exponent = np.zeros((len(sequences.label) + 1, n), dtype=np.intc)
        self.ratio = np.ones(sequences.label.shape)
        self.fall = SLOPE * np.arange(len(self.exponent), dtype=np.intc)[:, None]
        # after how many frames a state can have been reached: a repeat needs a blank before it
        reached = np.arange(1, len(self.fall))[:, None] + np.cumsum(repeats, axis=0)
        reached[sequences.label == sequences.frames.shape[1]] = FAR
        self.label_from = np.concatenate((np.full((1, n), FAR), reached))
        self.blank_from = np.concatenate((np.zeros((1, n), dtype=np.int64), reached + 1))

    def renew(self, time: int, in_blank: Array, in_label: Array) -> None:
        """See what the states have kept, then scale them anew."""
        low = (in_label < LOW) & (self.label_from <= time)
        low |= (in_blank < LOW) & (self.blank_from <= time)
        self.held &= ~np.logical_or.reduce(low, axis=0)
        highest = np.maximum(in_blank, in_label)
        _, exponent = np.frexp(highest)
        exponent += self.exponent
        np.putmask(exponent, highest == 0.0, -FAR)
        exponent += self.fall
        np.maximum.accumulate(exponent, axis=0, out=exponent)
        exponent -= self.fall
        np.maximum(exponent, -FAR, out=exponent)  # no wrapping round after millions of frames
        shift = np.subtract(self.exponent, exponent, out=self.exponent)
        np.ldexp(in_blank, shift, out=in_blank)
        np.ldexp(in_label, shift, out=in_label)
        self.exponent = exponent
        np.ldexp(1.0, exponent[:-1] - exponent[1:], out=self.ratio)

    def sure(self, rows: Array, p: Array) -> Array:
        """Whether rows that end here, with p of the scale of their last label, have lost nothing that matters."""
        total = np.log2(p) + self.exponent[self.size[rows], rows]
        return np.asarray(self.held[rows] & (p >= LOW) | (total >= self.growth[rows] - BITS))


def _empty_label(sequences: Sequences, nothing: float, one: float) -> tuple[Array, Array]:
    """The states before the first frame: no label yet."""
    shape = (len(sequences.label) + 1, len(sequences.steps))
    in_blank, in_label = np.full(shape, nothing), np.full(shape, nothing)
    in_blank[0] = one
    return in_blank, in_label


def _minus_log(p: Array, exponent: Array) -> Array:
    """-log(p 2^exponent), without cancellation where that is near 1."""
    part, shift = np.frexp(p)
    low = part < np.sqrt(0.5)
    part = np.where(low, 2.0 * part, part)
    return np.asarray(-np.log(part) - (exponent + shift - low) * np.log(2.0) + 0.0)


def in_logs(sequences: Sequences, logs: Array) -> Array:
    """-log P by the recursion on logarithms, inf for P = 0. T ulp of the largest logarithm on the way."""
    cells, view = cells_like(sequences.frames, "ctc logs", NEVER)
    np.maximum(logs, NEVER, out=view)
    same = sequences.repeats()
    barrier = np.where(same, NEVER, 0.0) if same.any() else None
    in_blank, in_label = _empty_label(sequences, NEVER, 0.0)
    both, into, room = np.empty_like(in_blank), np.empty(sequences.label.shape), np.empty_like(in_blank)
    log_probs = np.empty(len(sequences.steps))
    for blank, label, ended in sequences.walk(cells):
        if ended is not None:
            last = in_blank[sequences.size[ended], ended], in_label[sequences.size[ended], ended]
            log_probs[ended] = _log_sum(*last, np.empty(len(ended)), np.empty(len(ended)))
        _log_sum(in_blank, in_label, both, room)
        new = both[:-1]
        if barrier is not None:
            np.add(in_label[:-1], barrier, out=into)
            new = _log_sum(in_blank[:-1], into, into, room[:-1])
        _log_sum(in_label[1:], new, in_label[1:], room[1:])
        in_label[1:] += label
        np.add(both, blank, out=in_blank)
    return np.where(log_probs < NEVER / 10, np.inf, -log_probs + 0.0)


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


def remainder(sequences: Sequences, probs: Array) -> Array:
    """1 - P: what leaves the label's states at each step, and what ends in an earlier one. T ulp of itself.

    From a state at most three classes lead on. The sum of the others is taken as: all but the frame's three
    likeliest, less those of the allowed that are not among the three, plus those of the three that are not allowed.
    There are at least as many of the latter, each at least as likely: the subtraction cannot cancel.
    """
    frames, classes = sequences.frames.shape
    cells, all_probs = cells_like(sequences.frames, "ctc part", 0.0)
    np.copyto(all_probs, probs)
    others, view = cells_like(sequences.frames, "ctc others", 0.0)
    np.copyto(view, probs)
    tops = []
    for _ in range(min(3, classes)):
        top = view.argmax(axis=1)
        p = view[np.arange(frames), top]
        view[np.arange(frames), top] = 0.0
        tops.append((top, np.where(top == sequences.blank, 0.0, p)))
    beside = np.add.reduce(view, axis=1) - view[:, sequences.blank]
    following = np.concatenate((sequences.label, np.full((1, len(sequences.steps)), classes)))
    differs = 1.0 - sequences.repeats()
    in_blank, in_label = _empty_label(sequences, 0.0, 1.0)
    lost, loose = np.zeros_like(in_blank), np.zeros_like(in_blank)
    both, more, away = np.empty_like(in_blank), np.empty_like(in_blank), np.empty(in_blank.shape, dtype=bool)
    from_blank, from_label, into = np.empty_like(in_blank), np.zeros_like(in_blank), np.empty(sequences.label.shape)
    remainders = np.empty(len(sequences.steps))
    longest = int(sequences.steps.max())
    steps = zip(sequences.walk(cells), sequences.walk(others), strict=True)
    for time, ((blank, label, ended), (_, other, _)) in enumerate(steps):
        if ended is not None:
            early = np.arange(len(in_blank))[:, None] < sequences.size[ended]
            parts = lost[:, ended] + np.where(early, in_blank[:, ended] + in_label[:, ended], 0.0)
            remainders[ended] = np.add.accumulate(parts, axis=0)[-1]  # one after the other, whatever the shape
        if time == longest:
            break
        frame = sequences.start + time
        loose[:-1] = other
        spare = beside.take(frame, mode="clip")
        np.subtract(spare, loose, out=from_blank)
        loose[:-1] *= differs
        np.subtract(spare, other, out=from_label[1:])
        from_label[1:] -= loose[1:]
        for top, p in tops:
            np.not_equal(following, top.take(frame, mode="clip"), out=away)
            np.multiply(away, p.take(frame, mode="clip"), out=more)
            from_blank += more
            from_label[1:] += np.multiply(more[1:], away[:-1], out=into)
        lost += np.multiply(in_blank, from_blank, out=from_blank)
        lost[1:] += np.multiply(in_label[1:], from_label[1:], out=into)
        np.add(in_blank, in_label, out=both)
        np.multiply(in_label[:-1], differs, out=into)
        into += in_blank[:-1]
        in_label[1:] += into
        in_label[1:] *= label
        np.multiply(both, blank, out=in_blank)
    return remainders
