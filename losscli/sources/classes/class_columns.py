"""Columns of predictions that are named after the classes: put in order, and matched with labels by name."""

from __future__ import annotations

from ...core.errors import UsageProblem
from ...core.record import record, replace
from ..columns.column_names import ColumnNames, class_numbers_of, comparable, listed, numbered_reading
from ..columns.recognition import Need, first_texts, first_values
from ..table import Pick, Table
from .class_names import NumberedClasses

Names = tuple[str, ...]


@record
class ClassOrder:
    """The places of the predictions' columns in the order of the classes, and all classes by name."""

    places: tuple[int, ...]
    classes: Names


def in_order_of(classes: Names, named: ColumnNames, table: str) -> ClassOrder | None:
    """The order in which --classes names the columns; None where they go by other names.

    Columns that --classes leaves out come after those that it names.
    """
    most: tuple[int, Names] = (0, ())
    for reading in named.readings:
        known = {comparable(name): place for place, name in enumerate(reading)}
        at = [known.get(comparable(each)) for each in classes]
        places = tuple(place for place in at if place is not None)
        if len(set(places)) == len(classes):
            rest = tuple(place for place in range(len(reading)) if place not in places)
            return ClassOrder(places + rest, classes + tuple(reading[place] for place in rest))
        agree = all(place is None or place == i for i, place in enumerate(at))
        if places and not (agree and len(classes) == len(reading)) and len(places) > most[0]:
            most = len(places), reading
    if most[0] and not _counts_columns(classes, named):
        raise UsageProblem(
            f"--classes names {listed(classes)}, and the columns of {table} {listed(most[1])}.",
            f"Name every column's class, as in --classes {','.join(most[1][:4])}{',...' if len(most[1]) > 4 else ''}.",
            kind="bad_option",
            file=table,
            options=("classes",),
        )
    return None


def _counts_columns(classes: Names, named: ColumnNames) -> bool:
    """Whether the classes are 0, 1, 2, ...: the columns as they stand, whatever their names are."""
    return classes == tuple(map(str, range(len(named.columns))))


def order_of_numbers(named: ColumnNames) -> ClassOrder | None:
    """The order of columns whose names are the numbers 0, 1, 2, ... of the classes; None where they are not."""
    reading = numbered_reading(named)
    numbers = class_numbers_of(reading)
    if not numbers or None in numbers or set(numbers) != set(range(len(numbers))):
        return None
    places = tuple(numbers.index(number) for number in range(len(numbers)))
    return ClassOrder(places, tuple(reading[place] for place in places))


def order_of_booleans(named: ColumnNames) -> ClassOrder | None:
    """The order of two columns that are called false and true, for labels that are booleans."""
    for reading in named.readings:
        words = [name.lower().strip("_") for name in reading]
        if sorted(words) == ["false", "true"]:
            places = words.index("false"), words.index("true")
            return ClassOrder(places, tuple(reading[place] for place in places))
    return None


def numbered_classes(names: Names, need: Need, fix: str = "") -> NumberedClasses | None:
    """How labels that are numbers stand for classes of these names; None where they are class numbers already."""
    numbers = class_numbers_of(names)
    if not numbers or numbers == tuple(range(len(names))):
        return None
    passed = need.ignored if need.ignored is not None and not 0 <= need.ignored < len(names) else None
    return NumberedClasses(numbers, names, fix, passed)


def by_number(table: Table, pick: Pick, classes: NumberedClasses) -> Pick:
    """The labels' pick with what their numbers stand for; words among the classes may stand in a text file too."""
    if None in classes.numbers:
        worded = replace(pick, classes=classes.names)
        if table.describe(worded).dtype == "text":
            return worded
    return replace(pick, numbered=classes)


def seem_numbered(table: Table, pick: Pick, classes: NumberedClasses) -> bool:
    """Whether the first labels are all numbers of these classes."""
    values = first_values(table, pick)
    return values is not None and set(values.tolist()) <= {n for n in classes.numbers if n is not None}


def reading_of_texts(named: ColumnNames, table: Table, pick: Pick) -> Names:
    """The reading of the columns' names in which most of the first labels are."""
    if len(named.readings) == 1 or len(named.columns) < 2:
        return named.readings[0]
    texts = set(first_texts(table, pick.columns[0] if pick.columns else ""))
    return max(named.readings, key=lambda reading: len(texts & set(reading)))
