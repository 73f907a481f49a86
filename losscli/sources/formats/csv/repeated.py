"""A part of a regular expression as often as it goes, without going back."""

from __future__ import annotations

import sys

# before 3.11.5 Python stopped a possessive group in the wrong place where it holds alternatives (CPython gh-106052)
_POSSESSIVE = sys.version_info >= (3, 11, 5)


def repeated(part: bytes) -> bytes:
    """The part any number of times; what was matched is never given back."""
    return b"(?:" + part + b")*+" if _POSSESSIVE else b"(?>(?:" + part + b")*)"
