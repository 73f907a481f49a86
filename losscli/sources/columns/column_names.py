"""What the names of columns say: which class a column is of, and which columns of two files belong together."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from ...core.record import record, replace
from ...core.safe_text import shown
from ..file_spec import WILDCARDS, glob_parts

Names = tuple[str, ...]
_WHOLE_NUMBER = r"[_ .:]*([+-]?\d+)(?:\.0+)?"


@record
class ColumnNames:
    """The names that the columns of a role may go by, in the columns' order.

    `readings` are the likeliest first: what a glob's stars stand for, the names without what all of them start or end
    with, the whole names. `typed` is whether somebody wrote the columns one by one, and so in an order.
    """

    columns: Names
    readings: tuple[Names, ...]
    typed: bool = False

    @property
    def certain(self) -> tuple[Names, ...]:
        """The readings that nobody can doubt: the whole names, and what a glob stands for."""
        return tuple(dict.fromkeys([self.columns] if self.typed else [self.readings[0], self.columns]))

    def ordered(self, places: Sequence[int]) -> ColumnNames:
        """The same columns in another order."""
        readings = tuple(_at(reading, places) for reading in self.readings)
        return replace(self, columns=_at(self.columns, places), readings=readings)

    def as_classes(self, classes: Names) -> ColumnNames:
        """The same, called by the names of the classes first of all."""
        return replace(self, readings=tuple(dict.fromkeys([classes, *self.readings])))


def _at(names: Names, places: Sequence[int]) -> Names:
    return tuple(names[place] for place in places)


def names_of(patterns: Sequence[str], columns: Names) -> ColumnNames:
    """The names of columns that were chosen by these patterns; () is all columns of a table."""
    glob = len(patterns) == 1 and patterns[0] not in columns and any(sign in patterns[0] for sign in WILDCARDS)
    first = _whole_numbers(patterns[0], columns) if glob else columns
    readings = dict.fromkeys([first, *_without_affixes(first), columns, *_without_affixes(columns)])
    return ColumnNames(columns, tuple(readings), bool(patterns) and not glob)


def _whole_numbers(pattern: str, columns: Names) -> Names:
    """What a glob stands for in each column; the digits before it belong to a number that p_1* cuts in two."""
    parts = glob_parts(pattern, columns)
    start = min(pattern.index(sign) for sign in WILDCARDS if sign in pattern)
    digits = pattern[len(pattern[:start].rstrip("0123456789")) : start]
    cut = digits and all(part.isdigit() or not part for part in parts)
    return tuple(digits + part for part in parts) if cut else parts


def _without_affixes(names: Names) -> Iterator[Names]:
    """The names without what all of them start and end with: cut where words end, and as far as may be."""
    if len(names) < 2 or len(set(names)) < len(names):
        return
    start = _common(names)
    for bounded in (True, False):
        cut = next((at for at in range(start, 0, -1) if _may_cut(names, at, bounded)), 0)
        rests = tuple(name[cut:] for name in names)
        end = _common([rest[::-1] for rest in rests])
        places = range(min(end, min(map(len, rests)) - 1), 0, -1)
        tail = next((at for at in places if _may_cut([rest[::-1] for rest in rests], at, bounded)), 0)
        stripped = tuple(rest[: len(rest) - tail] for rest in rests)
        if (cut or tail) and all(stripped) and len(set(stripped)) == len(stripped):
            yield stripped


def _common(names: Sequence[str]) -> int:
    """How many letters all names start with."""
    return sum(1 for _ in itertools.takewhile(lambda letters: len(set(letters)) == 1, zip(*names, strict=False)))


def _may_cut(names: Sequence[str], at: int, bounded: bool) -> bool:
    """Whether all names may be cut here: never inside a number; if `bounded`, where a word ends."""
    if any(len(name) <= at for name in names):
        return False
    edges = [(name[at - 1], name[at]) for name in names]
    if any(left.isdigit() and right.isdigit() for left, right in edges):
        return False
    if not bounded:
        return True
    return not edges[0][0].isalnum() or all(left.isdigit() != right.isdigit() for left, right in edges)


def whole_number(name: str) -> int | None:
    """The whole number that a name is: 3, 03, _3 and 3.0 are 3."""
    match = re.fullmatch(_WHOLE_NUMBER, name)
    return int(match[1]) if match else None


def class_numbers_of(names: Names) -> tuple[int | None, ...]:
    """The whole number of each name, None for words; () where there is none, or one is there twice."""
    numbers = tuple(map(whole_number, names))
    known = [number for number in numbers if number is not None]
    return numbers if known and len(set(known)) == len(known) else ()


def numbered_reading(named: ColumnNames) -> Names:
    """The reading in which the most names are whole numbers; () where none has any."""
    counts = [(sum(n is not None for n in class_numbers_of(reading)), reading) for reading in named.readings]
    most = max(count for count, _ in counts)
    return next(reading for count, reading in counts if count == most) if most else ()


def comparable(name: str) -> str:
    """The name as it is compared with others: a whole number as such."""
    number = whole_number(name)
    return name if number is None else str(number)


def _without_case(name: str) -> str:
    """The name as it is compared where no other is written alike: small letters, without blanks around it."""
    return comparable(name.strip().casefold())


def places_by_name(ours: ColumnNames, theirs: ColumnNames) -> tuple[int, ...] | None:
    """For each of our columns the place of theirs with the same name; None where the names are not the same set.

    Names that differ in letter case alone are the same where no others are.
    """
    for spelled in (comparable, _without_case):
        for reading in ours.readings:
            mine = tuple(map(spelled, reading))
            for other in theirs.readings:
                places = {spelled(name): place for place, name in enumerate(other)}
                if len(places) == len(other) == len(set(mine)) and places.keys() == set(mine):
                    return tuple(places[name] for name in mine)
    return None


def conflict(ours: ColumnNames, theirs: ColumnNames) -> tuple[Names, Names] | None:
    """Names of two sides of which some are the same, but not all; None where nothing speaks against positions.

    Where both were typed one by one, a name that both have at the same place agrees with the positions.
    """
    for reading in ours.certain:
        for other in theirs.certain:
            mine, others = tuple(map(_without_case, reading)), tuple(map(_without_case, other))
            common = {name for name in mine if name and name in others}
            agree = all(mine.index(name) == others.index(name) for name in common)
            if common and not (ours.typed and theirs.typed and agree):
                return reading, other
    return None


def listed(names: Sequence[str]) -> str:
    """Names for a sentence, the first few of many."""
    return ", ".join(shown(name, 40) for name in names[:12]) + (", ..." if len(names) > 12 else "")
