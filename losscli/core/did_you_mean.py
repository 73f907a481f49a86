"""Did you mean ...? One sentence, the same for losses, parameters and columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable


def nearest(name: str, choices: Iterable[str], by: Callable[[str], str] = str) -> str:
    """'Did you mean x?' with the choice nearest by `by`, or an empty string when none is near."""
    from difflib import get_close_matches

    folded = {by(choice).lower().replace("-", "_"): choice for choice in choices}
    matches = get_close_matches(name.lower().replace("-", "_"), folded, n=1, cutoff=0.6)
    return f"Did you mean {folded[matches[0]]}?" if matches else ""
