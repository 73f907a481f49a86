from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Choice
from ...core.declarations.param import Param
from ...core.errors import BadValue
from ...core.loss import NONNEGATIVE, ZERO_AT_PERFECT, Paper, call, loss
from ...core.scratch import Array
from ...core.sums.exact import row_sums


@loss(
    "generalized_kl",
    aliases=("generalized_kl_divergence", "i_divergence"),
    family="divergences",
    pred=("values",),
    label=("values",),
    whole_rows=True,
    pred_dims=(2,),
    formula="sum_c label_c log(label_c / pred_c) - label_c + pred_c",
    unit="nats, or label units",
    facts={NONNEGATIVE, ZERO_AT_PERFECT},
    source=Paper("Csiszar 1991, Why least squares and maximum entropy?, eq. 1.4", "doi:10.1214/aos/1176348385"),
    like={
        "optax": call("optax.generalized_kl_divergence(jnp.log(values), labels)", formula="optax"),
    },
    example="digits/probs.npy digits/teacher.npy",
)
def generalized_kl(
    pred: Array,
    label: Array,
    *,
    formula: Annotated[
        str,
        Param(
            "exact, limits included, or optax: as written there, where 0 log 0 is NaN",
            Choice("exact", "optax"),
            knob=True,
        ),
    ] = "exact",
) -> Array:
    """Kullback-Leibler divergence of amounts that do not sum to one.

    Use it for spectra, counts and other nonnegative amounts (it is what NMF makes small with beta 1); of distributions
    it is kl_divergence.
    Shapes: pred and label (n, c), nonnegative.
    Notes: label 0 costs pred; label above 0 where the prediction is 0 costs inf. A negative number is an error.
    """
    for role, values in (("pred", pred), ("label", label)):
        if (values < 0).any():
            at = np.argwhere(values < 0)[0]
            raise BadValue(role, int(at[0]), f"{values[tuple(at)]:.6g} is below 0: amounts are not")
    y = label.astype(pred.dtype)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if formula == "optax":
            log_q = np.log(pred.astype(np.float64)).astype(pred.dtype)
            q = np.exp(log_q.astype(np.float64)).astype(pred.dtype)
            own = np.where(y == 0, 0, np.log(y.astype(np.float64))).astype(pred.dtype)
            parts = y * (own - log_q) - y + q
            return np.asarray(parts.sum(axis=1))
        ratio = pred / y
        far = np.where(np.isfinite(ratio) & (ratio > 0), np.log(ratio), np.log(pred) - np.log(y))
        log_ratio = np.where(np.abs(ratio - 1.0) < 0.5, np.log1p((pred - y) / y), far)
        parts = np.where(y == 0, pred, (pred - y) - y * log_ratio)
        return row_sums(np.where(np.isposinf(pred), np.inf, parts))


@generalized_kl.formula
def _(m: Any, pred: Any, label: Any) -> Any:
    return m.sum(q if y == 0 else y * m.log(y / q if q else m.inf) - y + q for q, y in zip(pred, label, strict=True))


generalized_kl.case(pred=[[2.0, 1.0]], label=[[1.0, 1.0]], expect="1 - ln 2")
generalized_kl.case(pred=[[2.0, 3.0]], label=[[0.0, 3.0]], expect="2")
generalized_kl.case(pred=[[0.0, 3.0]], label=[[1.0, 3.0]], expect="inf")
