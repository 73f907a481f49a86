"""Did you mean ...? One sentence, the same for losses, parameters and columns."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(name: str, choices: Iterable[str]) -> str:
    """'Did you mean x?' with the nearest choice, or an empty string when none is near."""
    from difflib import get_close_matches

    folded = {choice.lower().replace("-", "_"): choice for choice in choices}
    found = get_close_matches(name.lower().replace("-", "_"), folded, n=1, cutoff=0.6)
    return f"Did you mean {folded[found[0]]}?" if found else ""
