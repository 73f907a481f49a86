"""What a call says, written out as the arguments and options of a loss."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..declarations.declaration import Loss
from .reading import read_call


def unsaid(value: Any) -> bool:
    """Whether an option has no value: None, or a list of nothing."""
    return value is None or (isinstance(value, tuple) and not value)


def written_out(
    loss: Loss, like: str, arguments: Mapping[str, Any], options: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any], dict[str, str], dict[str, Any]]:
    """Arguments and options of a loss with what a call says of them; what was given beside the call wins.

    The others are the arrays that the call is given beside predictions and labels, as in `CallMeaning`: those that need
    files, and those that it holds.
    """
    meaning = read_call(like, loss)
    own = {name: value for name, value in options.items() if not unsaid(value)}
    options = {**meaning.options, **own, "like": meaning.like}
    return {**meaning.arguments, **arguments}, options, meaning.needs, meaning.held
