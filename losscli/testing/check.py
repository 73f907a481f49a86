"""`check_loss`: the laws of our own losses, for a loss of another package."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..core.errors import UsageProblem
from ..core.loss import CallableLoss

MOST = 5  # breaches of a law that are told


def check_loss(
    loss: CallableLoss,
    *,
    ulps: float = 8.0,
    scale: Callable[[Any], Any] | None = None,
    more: Callable[[Any], float] | None = None,
    columns: int = 0,
    ordered: bool = False,
    one_role: bool = False,
    infinite: bool = True,
    mixes_rows: Sequence[str] = (),
    rows: int = 4,
    seed: int = 0,
) -> tuple[str, ...]:
    """Hold a loss to the laws that losscli's own losses pass.

    Data are drawn from what the loss declares: everyday numbers, huge and tiny ones, exact zeros, the ends of the
    domains of its parameters, and infinite predictions. Its kernel is compared with its formula at 50 digits, its
    examples with their values, its facts with what it computes; the order of rows, their cut into blocks, weights,
    float32 predictions and values outside the domains of its parameters are tried. This takes a few seconds and needs
    mpmath, which `pip install 'losscli[testing]'` brings.

    Args:
        loss: The loss, as `@loss` made it.
        ulps: How many units in the last place a row may be from the formula.
        scale: A function of a row (with .pred, .label, .params, .roles and .context) that gives the magnitude whose
            units are counted, for values that are differences of larger parts. Default: the value itself.
        more: A function of a row that gives so many units more, where a rounding on the way is magnified.
        columns: How many columns predictions have, where it is always the same number. Default: any.
        ordered: Whether the columns of a row go upwards, as the bounds of an interval do.
        one_role: Whether the loss takes one of several extra roles, not all of them.
        infinite: Whether the loss has a limit where predictions are infinite. If False, none are tried.
        mixes_rows: Forms of labels with which the loss of a row depends on other rows: there no formula is asked.
        rows: How many rows of a block are compared with the formula at most.
        seed: Other numbers draw other data.

    Returns:
        The names of the laws that were tried, all of which hold.

    Raises:
        AssertionError: that names each law that is broken, with the data that break it.
        UsageProblem: where `loss` is no loss, or mpmath is not installed.

    Example:
        >>> import losscli
        >>> from losscli.testing import check_loss
        >>> "kernel is the formula" in check_loss(losscli.loss("huber"))
        True
    """
    if not isinstance(loss, CallableLoss):
        raise UsageProblem(f"check_loss takes a loss, got {type(loss).__name__}.", "Give it what @loss made.")
    try:
        import mpmath  # noqa: F401 - the laws import it; here its absence gets a sentence
    except ImportError:
        raise UsageProblem(
            "check_loss compares a loss with its formula at 50 digits, and mpmath is not installed.",
            "Run pip install 'losscli[testing]'.",
        ) from None
    from .accuracy import Accuracy
    from .drawing.data_hints import DataHints
    from .laws import LAWS, Subject

    hints = DataHints(columns, ordered, one_role, infinite, tuple(mixes_rows))
    accuracy = Accuracy(ulps, "", scale, more)
    try:
        subject = Subject.of(loss, hints, accuracy, rows=rows, seed=seed)
        broken = {name: list(law(subject)) for name, law in LAWS.items()}
    except AssertionError:
        raise
    except Exception as problem:  # whatever the kernel or the formula raises; the traceback shows where
        text = f"{loss.name} raises {type(problem).__name__} on data that it declares to take: {problem}"
        raise AssertionError(text) from problem
    lines = [f"- {name}: {text}" for name, texts in broken.items() for text in texts[:MOST]]
    if lines:
        raise AssertionError("\n".join([f"{loss.name} breaks laws of losses:", *lines]))
    return tuple(LAWS)
