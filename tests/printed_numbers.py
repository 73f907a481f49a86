"""Texts whose numbers were computed: equal but for the last digits, which are the processor's own.

`exp` and `log` of NumPy differ in the last place from one kind of processor to another, and so do the numbers that are
made of them. A text that was written on one machine is compared with what another prints by `settled`: it gives the
computed text with the numbers as they were written, wherever they agree.

Two numbers agree within 1e-12 of their size. A rounded number that differs in its last printed digit agrees only where
rounding explains it: where the number before it was rounded is known and stands just between the two. Whole numbers,
versions, signs (also that of zero), `inf` and `nan`, how an equal number is printed, and all that stands around the
numbers, must be the same.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import cache
from math import isfinite
from typing import Any

RELATIVE = Decimal("1e-12")

# digits with a point or an exponent; not a part of a name (float64), a version (1.2.0) or a checksum
NUMBER = re.compile(r"(?<![\w.])-?(?:\d+\.\d*|\.\d+|\d+(?=[eE]))(?:[eE][-+]?\d+)?(?![\w]|\.\d)")

Unrounded = Iterable[float] | Callable[[], Iterable[float]]


def settled(written: str, computed: str, unrounded: Unrounded = ()) -> str:
    """The computed text, in which each line that agrees with a line of the written text is as it was written.

    It equals the written text if, and only if, the two agree. `unrounded` are the numbers of the text before they were
    rounded, or a function that gives them; it is called only where the text alone does not decide.
    """
    known = cache(lambda: [Decimal(x) for x in (unrounded() if callable(unrounded) else unrounded) if isfinite(x)])
    before = defaultdict(list)
    for line in written.splitlines(keepends=True):
        before[NUMBER.sub("#", line)].append(line)
    lines = []
    for line in computed.splitlines(keepends=True):
        alike = before[NUMBER.sub("#", line)]
        match = line if line in alike else next((each for each in alike if _agree(each, line, known)), None)
        if match is not None:
            alike.remove(match)
        lines.append(line if match is None else match)
    return "".join(lines)


def numbers_of(document: Any) -> list[float]:
    """Every number in a JSON document, and its hundredfold, which is what is printed where it is a share in percent."""
    if isinstance(document, dict):
        return [number for value in document.values() for number in numbers_of(value)]
    if isinstance(document, list):
        return [number for value in document for number in numbers_of(value)]
    return [document, 100 * document] if isinstance(document, float) else []


def _agree(one: str, other: str, known: Callable[[], list[Decimal]]) -> bool:
    """Whether the numbers of two lines agree, which have as many and the same text around them."""
    return all(_near(a, b, known) for a, b in zip(NUMBER.findall(one), NUMBER.findall(other), strict=True))


def _near(one: str, other: str, known: Callable[[], list[Decimal]]) -> bool:
    """Whether two printed numbers are the same, or were before they were rounded."""
    a, b = Decimal(one), Decimal(other)
    if one == other or a == b or a.is_signed() != b.is_signed():
        return one == other
    size = max(abs(a), abs(b))
    if abs(a - b) <= RELATIVE * size:
        return True
    half = Decimal(1).scaleb(min(_exponent(a), _exponent(b))) / 2
    reach = half + RELATIVE * size
    return any(abs(abs(x) - abs(a)) <= reach and abs(abs(x) - abs(b)) <= reach for x in known())


def _exponent(number: Decimal) -> int:
    """That of ten in the number's last printed digit."""
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    return exponent
