"""How many significant digits people are shown: eight of a value, three of a standard error, or what --digits says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

DIGITS, ERROR_DIGITS = 8, 3
_WHOLE = 1e15  # numbers below it are written without an exponent when they are rounded to few digits

_chosen: ContextVar[int | None] = ContextVar("chosen", default=None)


@contextmanager
def shown_with(digits: int | None) -> Iterator[None]:
    """Around the making of a text: values have so many digits in it."""
    token = _chosen.set(digits)
    try:
        yield
    finally:
        _chosen.reset(token)


def number(value: float, usual: int = DIGITS) -> str:
    """A value for reading; it has `usual` digits where --digits says nothing."""
    chosen = _chosen.get()
    return f"{value:.{usual}g}" if chosen is None else rounded(value, chosen)


def error_number(value: float) -> str:
    """A standard error for reading: never more digits than the value."""
    chosen = _chosen.get()
    return f"{value:.{ERROR_DIGITS}g}" if chosen is None else rounded(value, min(ERROR_DIGITS, chosen))


def exact(value: float | None) -> str:
    """A number for programs: as many digits as read back the same, but for --digits. None is nothing."""
    chosen = _chosen.get()
    if value is None:
        return ""
    return repr(value) if chosen is None else rounded(value, chosen)


def signed(value: float, usual: int = 4) -> str:
    """A difference for reading, with its sign; it has `usual` digits where --digits says nothing."""
    chosen = _chosen.get()
    text = f"{abs(value):.{usual}g}" if chosen is None else rounded(abs(value), chosen)
    return ("-" if value < 0 else "+") + text if value else "0"


def rounded(value: float, digits: int) -> str:
    """So many significant digits; 2934.7 to two of them is 2900 and not 2.9e+03."""
    text = f"{value:.{digits}g}"
    return f"{float(text):.0f}" if "e+" in text and abs(value) < _WHOLE else text
