"""Why keys that should match do not: a guess, from the first keys of both files, for the message that says so."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from itertools import islice

from .key_forms import key_word
from .keys import KeyColumns

_MOST = 1 << 14  # keys looked at
_FORMATS = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d.%m.%Y")
_DAY_FIRST, _MONTH_FIRST = ("%d/%m/%Y", "%d-%m-%Y"), ("%m/%d/%Y", "%m-%d-%Y")
Words = tuple[str, ...]


def _without_padding(word: str) -> str:
    return re.sub(r"\d+", lambda digits: digits[0].lstrip("0") or "0", word)


def _without_fraction(word: str) -> str:
    return re.sub(r"^(-?\d+)\.0*$", r"\1", word)


def _date(formats: tuple[str, ...]) -> Callable[[str], str]:
    def iso(word: str) -> str:
        for form in formats:
            with suppress(ValueError):
                return datetime.strptime(re.split(r"[ T]", word)[0], form).strftime("%Y-%m-%d")
        return word

    return iso


def _stem(word: str) -> str:
    with suppress(ValueError):
        return f"{float(word):.17g}" if "_" not in word else word  # 1.5 has no suffix
    return os.path.splitext(re.split(r"[/\\]", word)[-1])[0]


_LIKELY: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("blanks around them", str.strip),
    ("letter case", str.casefold),
    ("zero padding", _without_padding),
    ("type: one is a float", _without_fraction),
    ("date format", _date((*_FORMATS, *_DAY_FIRST))),
    ("date format", _date((*_FORMATS, *_MONTH_FIRST))),
    ("folder or suffix", _stem),
)


def likely_difference(here: KeyColumns, there: KeyColumns, row: int | None = None) -> str:
    """A sentence that shows a key of each file and in what they differ; empty where nothing is likely.

    With `row` it is about this row of the first table, otherwise about the first that looks like another.
    """
    ours = islice(_keys(here), _MOST) if row is None else islice(_keys(here), row, row + 1)
    keys, others = list(ours), list(islice(_keys(there), _MOST))
    for what, plain in _LIKELY:
        known = {tuple(map(plain, map(_bare, key))): key for key in reversed(others)}
        for key in keys:
            twin = known.get(tuple(map(plain, map(_bare, key))))
            if twin is not None and tuple(map(_bare, twin)) != tuple(map(_bare, key)):
                return f"{', '.join(key)} and {', '.join(twin)} differ in {what}."
    return _types(here, keys, there, others) if row is None else ""


def _types(here: KeyColumns, keys: list[Words], there: KeyColumns, others: list[Words]) -> str:
    """Whether one file has whole numbers where the other has none."""
    for column in range(len(here.names)):
        numbers = [all(re.fullmatch(r"-?\d+", _bare(key[column])) for key in each) for each in (keys, others)]
        if numbers[0] != numbers[1]:
            first, second = (here, there) if numbers[0] else (there, here)
            return f"they differ in type: {first.column(column)} holds whole numbers, and {second.column(column)} not."
    return ""


def _bare(word: str) -> str:
    """A key without the quotes that messages put around texts."""
    return word[1:-1] if len(word) > 1 and word[0] == word[-1] == "'" else word


def _keys(columns: KeyColumns) -> Iterator[Words]:
    """The keys of a table as messages show them."""
    for parts in columns.parts():
        for row in range(len(parts[0])):
            yield tuple(key_word(part, row) for part in parts)
