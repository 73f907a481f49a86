"""The probability of a label sequence, summed over its alignments: the forward recursion of Graves et al., eq. 5-8.

States alternate blank, label, blank, label, ..., blank. They are kept as two arrays with one column a sequence:
row j of `rest` is the blank after j labels, row j of `said` is the j-th label (row 0 stays 0). One time step is

    rest_j' = (rest_j + said_j) p(blank),   said_j+1' = (said_j+1 + rest_j + [label differs from the last] said_j) p(label)

Three roads walk it. `in_probs` is fast; it says of which rows it is sure. `in_logs` cannot underflow. `remainder` sums
what the label does *not* get, without a subtraction that could cancel, for losses near 0. What a row gets depends on
its own frames and labels only, to the last bit: nothing is summed in an order that block or padding could change.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..core.scratch import scratch
from ._stable import Array, np

NEVER = -1e300  # log 0, but finite: no inf - inf
STRIDE = 16  # steps from one rescaling to the next
BITS = 850.0  # 1022 of float64, less 53 to keep, 30 for the number of terms, 28 for growth in a stride, and some


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

    def per_frame(self, values: Array, slot: str, absent: float) -> Array:
        """A flat copy of a (frames, classes) array with a cell more, for what is absent."""
        cells = scratch(slot, (values.size + 1,))
        np.copyto(cells[:-1].reshape(values.shape), values)
        cells[-1] = absent
        return cells

    def walk(self, cells: Array) -> Iterator[tuple[Array, Array, Array | None]]:
        """For each time: the cells of the blank (n,), those of the labels (longest, n), and the rows that end before."""
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
            np.take(cells, blank_at, out=blank, mode="clip")
            np.take(cells, label_at, out=label, mode="clip")
            yield blank, label, ends.get(time)
            blank_at += classes
            label_at += stride


def in_probs(these: Sequences, probs: Array, mass: Array) -> tuple[Array, Array]:
    """-log P by the recursion on probabilities, scaled by powers of two, and whether to trust it. About T ulp of P.

    A number that underflows loses at most 2^-994 of the scale it is held at; what follows can multiply that by no
    more than `mass`, each frame's largest sum over three classes. Where the sum of these losses stays below
    2^-53 of P, the row is sure; otherwise (an unlikely label after many sure frames) it needs `in_logs`.
    """
    n = len(these.steps)
    bound = np.ceil(64 * np.log2(np.clip(np.nan_to_num(mass, nan=1.0), 1e-300, None))) / 64  # whose sums are exact
    bound = np.concatenate(([0.0], np.cumsum(bound)))
    last = len(bound) - 1
    start = these.start
    same = these.repeats()
    allowed = None if not same.any() else 1.0 - same
    rest, said = _empty_label(these, 0.0, 1.0)
    both, into = np.empty_like(rest), np.empty(these.label.shape)
    exponent, highest = np.zeros(n), np.zeros(n)
    found, found_exponent, sure = np.zeros(n), np.zeros(n), np.zeros(n, dtype=bool)
    for time, (blank, label, ended) in enumerate(these.walk(these.per_frame(probs, "ctc cells", 0.0))):
        if ended is not None:
            p = rest[these.size[ended], ended] + said[these.size[ended], ended]
            found[ended], found_exponent[ended] = p, exponent[ended]
            at = exponent[ended] - (bound[start[ended] + time] - bound[start[ended]])
            sure[ended] = np.log2(p) + at - np.maximum(highest[ended], at) >= -BITS
        if time % STRIDE == 0 and time:
            past = bound[np.minimum(start + time, last)] - bound[start]
            np.maximum(highest, exponent - past, out=highest)
            _, shift = np.frexp(np.maximum(np.maximum.reduce(rest, axis=0), np.maximum.reduce(said, axis=0)))
            shift = np.clip(shift, -1000, 1000)
            scale = np.ldexp(1.0, -shift)
            rest *= scale
            said *= scale
            exponent += shift
            np.maximum(highest, exponent - past, out=highest)
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
    return -np.log(part) - (exponent + shift - low) * np.log(2.0) + 0.0


def in_logs(these: Sequences, logs: Array) -> Array:
    """-log P by the recursion on logarithms, inf for P = 0. About T ulp of the largest logarithm on the way."""
    np.maximum(logs, NEVER, out=logs)
    same = these.repeats()
    barrier = np.where(same, NEVER, 0.0) if same.any() else None
    rest, said = _empty_label(these, NEVER, 0.0)
    both, into = np.empty_like(rest), np.empty(these.label.shape)
    room = np.empty_like(rest)
    found = np.empty(len(these.steps))
    for blank, label, ended in these.walk(these.per_frame(logs, "ctc cells", NEVER)):
        if ended is not None:
            at = these.size[ended], ended
            found[ended] = _log_sum(rest[at], said[at], np.empty(len(ended)), np.empty(len(ended)))
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
    """1 - P: what leaves the label's states at each step, and what ends in an earlier one. About T ulp of itself.

    From a state at most three classes lead on. The others' sum is taken as: all but the frame's three likeliest,
    less those of the allowed that are not among the three, plus those of the three that are not allowed. There are at
    least as many of the latter, each at least as likely, so the subtraction cannot cancel.
    """
    others = probs.copy()
    every = np.arange(len(probs))
    tops = []
    for _ in range(min(3, probs.shape[1])):
        top = others.argmax(axis=1)
        tops.append((top, others[every, top]))
        others[every, top] = 0.0
    remains = np.append(np.add.reduce(others, axis=1), 0.0)
    likely = [(np.append(top, -1), np.append(p, 0.0)) for top, p in tops]
    following = np.concatenate((these.label, np.full((1, len(these.steps)), probs.shape[1])))
    differs = 1.0 - these.repeats()
    rest, said = _empty_label(these, 0.0, 1.0)
    lost, both, loose = np.zeros_like(rest), np.empty_like(rest), np.zeros_like(rest)
    found = np.empty(len(these.steps))
    steps = zip(
        these.walk(these.per_frame(probs, "ctc cells", 0.0)),
        these.walk(these.per_frame(others, "ctc others", 0.0)),
        strict=True,
    )
    for time, ((blank, label, ended), (blank_other, label_other, _)) in enumerate(steps):
        if ended is not None:
            early = np.arange(len(rest))[:, None] < these.size[ended]
            parts = lost[:, ended] + np.where(early, rest[:, ended] + said[:, ended], 0.0)
            found[ended] = np.add.accumulate(parts, axis=0)[-1]  # one after the other, whatever the shape
        frame = np.minimum(these.start + time, len(probs))
        loose[:-1] = label_other
        after_rest = (remains[frame] - blank_other) - loose
        after_said = np.empty_like(after_rest)
        after_said[1:] = (remains[frame] - blank_other) - label_other
        after_said[1:-1] -= label_other[1:] * differs[1:]
        np.maximum(after_rest, 0.0, out=after_rest)
        np.maximum(after_said, 0.0, out=after_said)
        for top, p in likely:
            away = following != top[frame]
            more = away * (p[frame] * (top[frame] != these.blank))
            after_rest += more
            after_said[1:] += more[1:] * away[:-1]
        after_said[0] = 0.0
        lost += rest * after_rest + said * after_said
        np.add(rest, said, out=both)
        new = rest[:-1] + said[:-1] * differs
        said[1:] += new
        said[1:] *= label
        np.multiply(both, blank, out=rest)
    return found
