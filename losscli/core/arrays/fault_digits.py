"""Numbers in messages, with as many digits as show what is wrong with them."""

from __future__ import annotations

from typing import Any


def outside_digits(value: Any, low: float, high: float) -> str:
    """A value that is outside bounds, with as many digits as show it: 1.0000002, not 1."""
    texts = (f"{value:.{digits}g}" for digits in range(6, 18))
    return next((text for text in texts if not low <= float(text) <= high), str(value))


def fraction_digits(value: Any) -> str:
    """A number that is not whole, with as many digits as show it."""
    texts = (f"{value:.{digits}g}" for digits in range(6, 18))
    return next((text for text in texts if float(text) % 1 != 0), str(value))
