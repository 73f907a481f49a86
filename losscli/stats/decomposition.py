"""A difference of two means split into what each group adds by its own change, and by its change of share.

Each part is a quotient of whole numbers, rounded once, so that what groups add is exactly the difference but for the
last digit of each.

Source: Kitagawa 1955, J. Amer. Statist. Assoc. 50, 1168-1194 (components of a difference between two rates).
"""

from __future__ import annotations

from ..core.record import record
from ..core.sums.exact import ratio


@record
class GroupTotal:
    """The sum of the losses of a group, and what its rows count for, both exact in units of 2^-UNIT."""

    total: int
    mass: int


@record
class Parts:
    """What a group adds to a difference: by its own change, and by the change of mix.

    `share` is what its own change is multiplied by: the mean of its share of the rows before and now.
    """

    within: float
    mix: float
    share: float


@record
class Whole:
    """The sums of all rows before and now."""

    before: GroupTotal
    now: GroupTotal

    @property
    def centre(self) -> tuple[int, int]:
        """The mean of both values, as a quotient, from which a change of mix is measured.

        Shares add up to one before and now, so that the number chosen moves nothing in the sum over groups. With this
        one a group that grows adds to the loss where its own loss lies above the whole's.
        """
        before, now = self.before, self.now
        return before.total * now.mass + now.total * before.mass, 2 * before.mass * now.mass

    @property
    def difference(self) -> float:
        """The value now less that before, rounded once."""
        before, now = self.before, self.now
        return ratio(now.total * before.mass - before.total * now.mass, before.mass * now.mass)

    def parts(self, before: GroupTotal | None, now: GroupTotal | None) -> Parts:
        """What a group adds: its own change at the mean of its shares, its change of share at the mean of its values.

        A group that is there on one side alone has no change of its own: all that it adds is mix.
        """
        top, bottom = self.centre
        mass_before, mass_now = self.before.mass, self.now.mass
        if before is None or now is None or not before.mass or not now.mass:
            there, whole, sign = (now, mass_now, 1) if now is not None and now.mass else (before, mass_before, -1)
            if there is None or not there.mass:
                return Parts(0.0, 0.0, 0.0)
            mix = ratio(sign * (there.total * bottom - top * there.mass), whole * bottom)
            return Parts(0.0, mix, ratio(there.mass, 2 * whole))
        m, n = before.mass, now.mass
        shares = m * mass_now + n * mass_before
        both, wholes = 2 * m * n, mass_before * mass_now
        own = now.total * m - before.total * n
        within = ratio(shares * own, wholes * both)
        above = (before.total * n + now.total * m) * bottom - top * both
        mix = ratio((n * mass_before - m * mass_now) * above, wholes * both * bottom)
        return Parts(within + 0.0, mix + 0.0, ratio(shares, 2 * wholes))
