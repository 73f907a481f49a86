"""PyTorch: likelihoods and cosines of torch.nn.functional."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ... import draw
from ...ask import Question, Variant, Way, answered, grid
from ...case import Case, Raised
from ...draw import FLOATS, Data, Rng
from ..torch import REDUCTIONS, VERSIONS, names

__all__ = ["VERSIONS", "cases"]


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What PyTorch answers; calls without an answer go to `raises`."""
    return answered("torch", _questions(rng), names, raises)


def _questions(rng: Rng) -> Iterator[Question]:
    full = Variant("full=True", {"full": True}, only=("plain", "columns", "counts", "variance-zero"))
    for dtype in FLOATS:
        n, c = draw.sizes(rng)
        for log in (True, False):
            kind, options = ("log_rates", "") if log else ("rates", "log_input=False")
            way = _way("poisson_nll", f"poisson_nll_loss-{kind}", "F.poisson_nll_loss(pred, label{more})")
            way = way.with_options(options, {"input": kind})
            datas = [_logs(data) if log else data for data in draw.amounts(rng, n, c, dtype)]
            yield from grid(_varied(way, full), datas, rng)
        way = _way("gaussian_nll", "gaussian_nll_loss", "F.gaussian_nll_loss(pred, label, variance{more})")
        yield from grid(_varied(way, full), draw.variances(rng, n, c, dtype), rng)
        cosine = {"mean": "CALL.mean()", "sum": "CALL.sum()", "none": "CALL"}
        way = _way("cosine_similarity", "cosine_similarity", "F.cosine_similarity(pred, label, dim=1)", cosine)
        yield from grid(way, draw.pairs(rng, n, c, dtype), rng)


def _way(loss: str, name: str, call: str, reductions: dict[str, str] = REDUCTIONS) -> Way:
    return Way(loss, name, call, reductions)


def _varied(way: Way, *variants: Variant) -> Way:
    return Way(way.loss, way.name, way.call, way.reductions, way.options, way.arguments, variants=variants)


def _logs(data: Data) -> Data:
    """The same with logarithms of the rates, of four decimals."""
    with np.errstate(divide="ignore"):
        logs = np.round(np.log(data.pred), 4).astype(data.pred.dtype)
    return Data(data.name, logs, data.label, data.roles, data.reductions)
