"""That predictions may be of either kind, where nothing says which: a wrong guess would be a wrong number."""

from __future__ import annotations

from collections.abc import Collection

from .errors import UsageProblem


def undeclared(
    where: str, file: str, loss: str, kinds: Collection[str], others: str = "", *, called: bool = False
) -> UsageProblem:
    """That predictions may be either kind, and what to type for each.

    Args:
        where: what holds the predictions, for the message.
        file: its file, for the fields.
        loss: the loss's name.
        kinds: the kinds of predictions that it takes.
        others: predictions of other models that are not all in [0, 1], for the message.
        called: whether the loss was called as a function, so that options are keywords.
    """
    apart = f" Those of {others} do not." if others else ""
    text = f"{where}: all values lie within [0, 1], and nothing says what they are.{apart}"
    readings = "They can be probabilities, or scores before sigmoid or softmax (logits)."
    probs, logits, logprobs = (
        f'input="{kind}"' if called else f"--input {kind}" for kind in ("probs", "logits", "logprobs")
    )
    if "probs" in kinds:
        hint = f"Add {probs} if they are probabilities, or {logits} if they are scores."
    else:
        hint = f"{loss} takes no probabilities. Add {logits} if they are scores."
        if "logprobs" in kinds:
            hint += f" Logarithms of probabilities are {logprobs}."
    return UsageProblem(
        f"{text} {readings}",
        hint,
        kind="undeclared_input",
        file=file,
        options=("input",),
        fix="--input probs" if "probs" in kinds else "--input logits",
    )
