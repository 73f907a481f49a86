"""The Python interface of `why`: what each group of rows adds to the difference of two models, or two data sets."""

from __future__ import annotations

import time
from typing import Any

from ..core.errors import UsageProblem
from ..core.loss import Loss
from ..core.record import replace
from ..report.decomposition import Decomposition
from ..stats.comparison.paired import role
from .options.output_options import PART_ORDERS
from .requests.request import request_of_call
from .why_paired import of_same_rows
from .why_request import WhyRequest
from .why_sides import of_other_rows


def why(
    loss: str | Loss,
    base: Any,
    cand: Any,
    labels: Any = None,
    *,
    by: Any,
    cand_labels: Any = None,
    cand_weights: Any = None,
    min_n: int | None = None,
    sort: str = PART_ORDERS[0],
    worst: int = 5,
    keep: Any = (),
    confidence: float | str = 0.95,
    **params: Any,
) -> Decomposition:
    """What each group of rows adds to the difference of two losses: by its own change, and by the change of mix.

    Two models on the same rows differ in what their groups lose; there is no change of mix, and errors are those of
    paired differences. With `cand_labels` the candidate has rows of its own, such as those of another month: then
    groups may also have become larger or smaller, and errors are those of independent rows.

    Args:
        loss: The name of a loss whose value is a mean or a sum over rows, or the loss itself.
        base: The predictions before, or those of the model to beat.
        cand: The predictions now, or the candidate's.
        labels: What is true of the rows; None where columns of the base's file hold it.
        by: The columns that make the groups, written as for `compute`: names, `age:10` for bins, `label`; of the same
            rows also an array (n,) or a dictionary of arrays by name.
        cand_labels: What is true of the candidate's rows, where these are others than the base's.
        cand_weights: The weights of the candidate's rows, (n,), where these are others than the base's.
        min_n: Groups of fewer rows on both sides together stand in one line. Default: 1.
        sort: The order of groups: by the size of what they add ("contribution"), "name", "n" or "difference".
        worst: List so many rows that moved the difference most, where both sides have the same rows. Default: 5.
        keep: Columns of any file that are shown beside these rows.
        confidence: Of the intervals, in percent or as a share. Default: 0.95.
        **params: Parameters of the loss, and every other keyword of `losscli.compare` that says how data are read, such
            as `pred`, `label`, `weights`, `join`, `where`, `cluster` and `like`.

    Returns:
        A Decomposition: its `difference`, what of it is `within` groups and what is `mix`, and its `groups`, each with
        its values, its own `difference` and what it adds as `within` and `mix`. All that groups add is the difference.

    Raises:
        UsageProblem: for a request that cannot be met, such as a loss that is no mean or sum over rows.
        DataProblem: for data that the loss does not take.

    Example:
        >>> import losscli
        >>> parts = losscli.why("mse", [1.0, 2.0], [1.0, 4.0], [0.0, 0.0], by={"half": ["a", "b"]})
        >>> [(part.by["half"], part.within) for part in parts.groups]
        [('b', 6.0), ('a', 0.0)]
    """
    from .python.words import python_words, worded

    with python_words():
        call = {"loss": loss, "by": by, "min_n": min_n, "worst": worst, "confidence": confidence, "params": params}
        request = request_of_call("compare", call, {"pred": base, role(1): cand, "label": labels})
        request = replace(request, options=request.options.changed(keep=keep))
        if sort not in PART_ORDERS:
            raise UsageProblem(f"sort must be one of {', '.join(PART_ORDERS)}.", options=("sort",))
        given = {"label": cand_labels, "weight": cand_weights}
        own = {name: each for name, each in given.items() if each is not None}
        return worded(why_of(WhyRequest(request, own, sort)))


def why_of(asked: WhyRequest) -> Decomposition:
    """The difference of a request's one loss, split by groups."""
    began = time.perf_counter()
    options = asked.request.options
    if not options.by:
        raise UsageProblem(
            "The difference is split by groups of rows, and there are none.",
            "Name the columns of the groups, such as --by region.", kind="missing_option", options=("by",),
        )  # fmt: skip
    made = of_other_rows(asked) if asked.own else of_same_rows(asked)
    return replace(made, elapsed_s=round(time.perf_counter() - began, 6))
