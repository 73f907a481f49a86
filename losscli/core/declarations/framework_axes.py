"""How many axes arrays may have in frameworks of tables, which refuse others or have no golden value of them."""

from __future__ import annotations

from ..arrays.inputs import Shape, show_shape
from ..errors import UsageProblem
from .conventions import FRAMEWORKS, Framework

# of predictions shaped like their labels, and of predictions that have a column a class, a quantile or a member
_MOST = {"sklearn": (2, 2), "xgboost": (1, 2), "lightgbm": (1, 2), "catboost": (1, 2)}


def refuse_axes(framework: Framework, loss: str, pred: Shape, label: Shape | None) -> None:
    """Refuse shapes that a framework does not take: what it would make of them is not known.

    Args:
        framework: whose convention it is.
        loss: the loss's name.
        pred: the shape of the predictions, (n, ...).
        label: that of the labels; None without labels.
    """
    name = next((each for each in _MOST if FRAMEWORKS[each] is framework), "")
    if not name:
        return
    alike, classes = _MOST[name]
    same = label is not None and _axes(label) == _axes(pred)
    if _axes(pred) <= (alike if same else classes):
        return
    title = framework.title.partition(",")[0]
    such = " with labels of as many axes" if same else ""
    raise UsageProblem(
        f"{title} has no {loss} of predictions of shape {show_shape(pred)}{such}, so that --like {name} has no value.",
        f"Leave out --like {name}.",
        kind="unproved_shape",
        options=("like",),
    )


def _axes(shape: Shape) -> int:
    """How many axes count; a last one of one column does not."""
    return max(1, len(shape) - (len(shape) > 1 and shape[-1] == 1))
