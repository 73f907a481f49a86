"""Types of run options of few commands: lists of numbers and columns, rates, and objects that only Python has."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

from .option_types import FilePath, Level, Number, OptionType, Whole


class WholeNumbers(OptionType):
    """Whole numbers from 0: a list of them, or a text with commas between."""

    def rule(self) -> str:
        return "whole numbers from 0, in a list or with commas between them"

    def check(self, value: Any) -> tuple[int, ...]:
        listed = value.tolist() if hasattr(value, "tolist") else value
        parts = listed.split(",") if isinstance(listed, str) else listed
        single = parts if isinstance(parts, Iterable) else (parts,)
        numbers = tuple(Whole(0).parse(part) if isinstance(part, str) else Whole(0).check(part) for part in single)
        if len(set(numbers)) < len(numbers):
            raise ValueError
        return numbers


class GroupColumns(OptionType):
    """Columns by which rows are grouped: names, with a width for bins (age:10), or SPECs; in Python also arrays.

    A name stays a text; of an array there is a pair, its name and the array.
    """

    completes = "columns"
    unnamed = "by"  # what an array without a name is called

    def rule(self) -> str:
        return (
            "names of columns (age:10 for bins of width 10), in a list or with commas between them; in Python also an "
            "array (n,) or a dictionary of arrays by name"
        )

    def check(self, value: Any) -> tuple[Any, ...]:
        if isinstance(value, str):
            names = tuple(value.split(","))
            if not all(names):
                raise ValueError
            return names
        if isinstance(value, Mapping):
            return tuple((str(name), array) for name, array in value.items())
        if isinstance(value, list | tuple):
            if all(isinstance(each, str) or (isinstance(each, tuple) and len(each) == 2) for each in value):
                return tuple(value)
            return ((self.unnamed, value),)
        if not hasattr(value, "__len__"):
            raise ValueError
        return ((str(getattr(value, "name", None) or self.unnamed), value),)


class BesideRows(GroupColumns):
    """Columns that stand beside rows: names, or SPECs; in Python also arrays."""

    unnamed = "keep"

    def rule(self) -> str:
        return (
            "names of columns, in a list or with commas between them; in Python also an array (n,) or a dictionary of "
            "arrays by name"
        )


class ValuesOfColumns(OptionType):
    """A number of at least 0 for each column, in a list or with commas between; or a SPEC of a file that holds them."""

    completes, names_a_file = "spec", True

    def rule(self) -> str:
        return "numbers of at least 0, one a column, in a list or with commas between them, or a file of them"

    def check(self, value: Any) -> tuple[float, ...] | str:
        listed = value.reshape(-1).tolist() if hasattr(value, "reshape") else value
        if isinstance(listed, str):
            try:
                listed = list(map(float, listed.split(",")))
            except ValueError:
                return str(value)
        if not isinstance(listed, Iterable):
            raise ValueError
        return tuple(map(Number(0.0).check, listed))


class Executor(OptionType):
    """What runs work elsewhere, as `concurrent.futures` has it."""

    def rule(self) -> str:
        return "an executor of concurrent.futures, or what has its submit as Dask's client.get_executor()"

    def check(self, value: Any) -> Any:
        if not callable(getattr(value, "submit", None)):
            raise ValueError
        return value


class Rate(Level):
    """A rate of errors: 0.05, 5, or as text 5%. What comes out is a fraction."""

    def rule(self) -> str:
        return "a rate above 0 and below 100 %, such as 5% or 0.05"


class WrittenPath(FilePath):
    """The path of a file that is written, which Python has as a text or as a path of pathlib."""

    def rule(self) -> str:
        return "the path of a file"

    def check(self, value: Any) -> Any:
        path = os.fspath(value) if isinstance(value, os.PathLike) else value
        if path == "":
            raise ValueError
        return super().check(path)
