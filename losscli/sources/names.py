"""Names from files, made safe to print: no control characters, no terminal escapes."""

from __future__ import annotations


def shown(name: str, limit: int = 200) -> str:
    """The name with control and other unprintable characters as escapes, cut at `limit`."""
    safe = "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in name)
    return safe if len(safe) <= limit else safe[: limit - 3] + "..."
