"""Names in the order in which people count: batch_2 before batch_10."""

from __future__ import annotations

import re

_DIGITS = re.compile(r"[0-9]+")


def natural_key(name: str) -> str:
    """What sorts names as people count: numbers in them by their size, and all else by its characters.

    A run of digits becomes a 0, the count of its digits without leading zeros, and these. So runs of the same length
    sort as they always did, beside other characters too, and `batch_2` comes before `batch_10`.
    """
    return _DIGITS.sub(_by_size, name)


def _by_size(run: re.Match[str]) -> str:
    digits = run.group().lstrip("0")
    return f"0{chr(len(digits) + 1)}{digits}"
