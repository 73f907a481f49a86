"""That predictions may be of either kind, where nothing says which: a wrong guess would be a wrong number."""

from __future__ import annotations

from collections.abc import Collection

from .errors import UsageProblem


def undeclared(where: str, file: str, loss: str, kinds: Collection[str], others: str = "") -> UsageProblem:
    """That predictions may be either kind, and what to type for each.

    Args:
        where: what holds the predictions, for the message.
        file: its file, for the fields.
        loss: the loss's name.
        kinds: the kinds of predictions that it takes.
        others: predictions of other models that are not all in [0, 1], for the message.
    """
    apart = f" Those of {others} do not." if others else ""
    text = f"{where}: all values lie within [0, 1], and nothing says what they are.{apart}"
    readings = "They can be probabilities, or scores before sigmoid or softmax (logits)."
    if "probs" in kinds:
        hint = (
            "Add --input probs if they are probabilities, or --input logits if they are scores "
            '(in Python input="probs" or input="logits").'
        )
    else:
        hint = f'{loss} takes no probabilities. Add --input logits (in Python input="logits") if they are scores.'
        if "logprobs" in kinds:
            hint += " Logarithms of probabilities are --input logprobs."
    return UsageProblem(
        f"{text} {readings}",
        hint,
        kind="undeclared_input",
        file=file,
        options=("input",),
        fix="--input probs" if "probs" in kinds else "--input logits",
    )
