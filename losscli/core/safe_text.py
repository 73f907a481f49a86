"""Text from outside, made safe to print: no control characters, no terminal escapes."""

from __future__ import annotations


def shown(name: str, limit: int = 200) -> str:
    """The name with control and other unprintable characters as escapes, cut at `limit`."""
    if not name.isprintable():
        name = "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in name)
    return name if len(name) <= limit else name[: limit - 3] + "..."
