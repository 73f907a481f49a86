"""A block that was drawn for a loss, and the part of it that the loss takes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.binding.binding import bind
from ...core.binding.bound_loss import BoundLoss
from ...core.errors import BadValue, DataProblem, UsageProblem
from ...core.loss import CallableLoss
from ...core.record import record, replace
from ...core.scratch import Array


@record
class Drawn:
    """One block for one loss."""

    loss: CallableLoss
    kind: str
    form: str
    style: str
    limits: bool
    params: dict[str, Any]
    pred: Array
    label: Array | None
    roles: dict[str, Array]

    def __str__(self) -> str:
        label = "" if self.label is None else f" {self.label.dtype}"
        shown = " ".join(f"{k}={v}" for k, v in self.params.items())
        roles = " ".join(self.roles)
        what = f"{self.loss.name} {self.kind}/{self.form}{label} {self.pred.shape}"
        return f"{what} {self.style} {shown} {roles}".rstrip()

    def rows(self, keep: Array) -> Drawn:
        """The same with some of its rows."""
        by_row = {r.name for r in self.loss.roles if r.rows}
        roles = {name: a[keep] if name in by_row else a for name, a in self.roles.items()}
        return replace(self, pred=self.pred[keep], label=None if self.label is None else self.label[keep], roles=roles)

    def call(self, loss: CallableLoss | None = None, **changed: Any) -> Any:
        """The loss of this block; another loss or other arrays where given."""
        given = {"pred": self.pred, "label": self.label, **self.roles, **changed}
        return (loss or self.loss)(given.pop("pred"), given.pop("label"), input=self.kind, **given, **self.params)


def bound_of(drawn: Drawn) -> BoundLoss:
    """Binds and maps the block as a run would; returns the binding. Raises what the loss raises."""
    whole = {r.name for r in drawn.loss.roles if not r.rows}
    block = {"pred": drawn.pred, **{k: v for k, v in drawn.roles.items() if k not in whole}}
    if drawn.label is not None:
        block["label"] = drawn.label
    bound = bind(
        drawn.loss,
        {k: v.shape for k, v in block.items()},
        input=drawn.kind,
        whole={k: v for k, v in drawn.roles.items() if k in whole},
        **drawn.params,
    )
    bound = bound.prepared(lambda: iter([block]))
    with np.errstate(all="ignore"):
        bound.rows(block)
    return bound


def legal(drawn: Drawn) -> Drawn | None:
    """The block without the rows that the loss refuses; None if it refuses the whole, or this form is another's."""
    while len(drawn.pred):
        try:
            bound = bound_of(drawn)
        except BadValue as bad:
            drawn = drawn.rows(np.arange(len(drawn.pred)) != bad.index)
            continue
        except (UsageProblem, DataProblem):
            return None
        form = bound.form.name if bound.form else "none"
        return drawn if form == drawn.form else None
    return None


def made_positive(drawn: Drawn, which: tuple[bool, bool]) -> Drawn:
    """The block with predictions or labels made positive, for losses of counts and sizes."""
    label = drawn.label
    return replace(
        drawn,
        pred=np.abs(drawn.pred) if which[0] else drawn.pred,
        label=np.abs(label) if which[1] and label is not None and label.dtype != bool else label,
        roles={k: np.abs(v) for k, v in drawn.roles.items()} if any(which) else drawn.roles,
    )
