"""Parameters with one value a class, read from a file: matched with the classes by name where the file names them."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import Any

import numpy as np

from ...core.declarations.param import ClassValues, Param
from ...core.errors import DataProblem, UsageProblem
from ...core.safe_text import shown
from ...core.scratch import Array
from ..columns.column_names import ColumnNames, class_numbers_of, listed, names_of, places_by_name
from ..columns.recognition import texts_of
from ..file_spec import CLASS_NAMES, Spec, match, parse, without_index
from ..frame import read_whole
from ..open import open_table
from ..read_options import ReadOptions
from ..table import Pick, Table

_VALUE_NAMES = ("weight", "weights", "value", "values")


def class_value(opens: Callable[[str], Table], param: Param, value: str, classes: ColumnNames | None) -> Any:
    """The value of a parameter with one value a class: a text that names a file of them, or spells numbers."""
    spec = parse(value)
    try:
        table = opens(spec.path)
    except UsageProblem:
        return param.parse(value)  # neither a file nor numbers: the parameter's own sentence
    values = _values(table, spec, param.name, classes)
    values = values.astype(float)
    return ClassValues.of(values) or tuple(values.ravel().tolist())


def values_of_columns(text: str, reading: ReadOptions, columns: ColumnNames | None) -> tuple[float, ...]:
    """The weights of columns that a SPEC names, matched with the columns by name where the file names them."""
    table = open_table(parse(text).path, reading)
    try:
        values = _values(table, parse(text), "column_weights", columns).astype(float).ravel()
    finally:
        table.close()
    if not (np.isfinite(values) & (values >= 0)).all():
        raise DataProblem(
            f"{table.name} holds weights of columns that are negative or no numbers.",
            "Each is a number of at least 0.",
            kind="bad_value",
            file=table.name,
            options=("column-weights",),
        )
    return tuple(values.tolist())


def _values(table: Table, spec: Spec, name: str, classes: ColumnNames | None) -> Array:
    if not table.columns:
        return np.asarray(read_whole(table, Pick()))
    columns = match(spec.columns, table.columns, table.name) if spec.columns else ()
    named = _column_of_classes(table, columns, name)
    if not columns and named is not None:
        columns = _column_of_values(table, named, name)
    if not columns:
        columns = without_index(table.columns)
        if len(columns) > 1 and not getattr(table, "counted", False):
            return _of_columns(table, spec, columns, name, classes, sure=False)
    if len(columns) > 1:
        return _of_columns(table, spec, columns, name, classes, sure=True)
    values = np.asarray(read_whole(table, Pick(columns)))
    return values if named is None else _of_rows(table, named, values, bool(spec.columns), name, classes)


def _column_of_classes(table: Table, columns: tuple[str, ...], name: str) -> str | None:
    """The column that names the class of each row, if one does."""
    others = tuple(column for column in table.columns if column not in columns)
    if len(table.columns) < 2 or len(columns) > 1:
        return None
    texts = [column for column in others if table.describe(Pick((column,))).dtype == "text"]
    usual = [column for column in others if column.lower() in CLASS_NAMES]
    if len(texts) == 1:
        return texts[0]
    return usual[0] if len(usual) == 1 and not texts else None


def _column_of_values(table: Table, named: str, name: str) -> tuple[str, ...]:
    """The one column beside that of the classes, or the one named as the parameter or its values are."""
    others = tuple(column for column in without_index(table.columns) if column != named)
    if len(others) == 1:
        return others
    usual = tuple(column for column in others if column.lower() in (name, *_VALUE_NAMES))
    if len(usual) == 1:
        return usual
    raise _which(table, name)


def _which(table: Table, name: str) -> UsageProblem:
    option = f"--{name.replace('_', '-')} {table.name}::COLUMN"
    return UsageProblem(
        f"Which column of {table.name} holds the {name}? It has: {listed(table.columns)}.",
        f"Name it with {option}.",
        kind="missing_option",
        file=table.name,
        options=(name,),
        fix=option,
    )


def _of_rows(table: Table, named: str, values: Array, typed: bool, name: str, classes: ColumnNames | None) -> Array:
    """One value a row, in the order of the classes whose names stand beside."""
    keys = texts_of(read_whole(table, Pick((named,), text=True)))
    rows = ColumnNames(keys, (keys,))
    places = None if classes is None else places_by_name(classes, rows)
    if places is None:
        numbers = class_numbers_of(keys)
        if set(numbers) == set(range(len(keys))):  # numbers of classes: they count the columns
            places = tuple(numbers.index(number) for number in range(len(keys)))
    if places is not None:
        return values[list(places)]
    if typed:
        return values
    option = f"--classes {shlex.quote(','.join(keys))}"
    known = "the predictions name none" if classes is None else f"the predictions' are {listed(classes.readings[0])}"
    raise UsageProblem(
        f"{table.name} has values for the classes {listed(keys)} in its column {shown(named)}, and {known}.",
        f"Give the order of the classes, such as {option}.",
        kind="names_differ",
        file=table.name,
        column=named,
        options=(name, "classes"),
        fix=option,
    )


def _of_columns(
    table: Table, spec: Spec, columns: tuple[str, ...], name: str, classes: ColumnNames | None, *, sure: bool
) -> Array:
    """One row with a column a class. `sure` is whether somebody named the columns."""
    theirs = names_of(spec.columns, columns)
    places = None if classes is None else places_by_name(classes, theirs)
    if places is None and not sure:
        raise _which(table, name)
    ordered = columns if places is None else theirs.ordered(places).columns
    values = np.asarray(read_whole(table, Pick(ordered)))
    if places is not None and len(values) != 1:
        raise UsageProblem(
            f"{table.name} has {len(values)} rows of {listed(ordered)}, and {name} one value a class.",
            "Give one row, or one column.",
            kind="bad_shape",
            file=table.name,
            options=(name,),
        )
    return values
