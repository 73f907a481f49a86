"""PyTorch: torch.nn.functional."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from .. import draw
from ..ask import Question, Variant, Way, answered, grid
from ..case import Case, Raised
from ..draw import FLOATS, Data, Rng

VERSIONS = {"torch": torch.__version__}

REDUCTIONS = {"mean": "", "sum": "reduction='sum'", "none": "reduction='none'"}
DIVERGENCES = {"mean": "reduction='batchmean'", "elementwise_mean": "", "sum": "reduction='sum'"}
COLUMNS = "weight=w[:, None]"
EXPANDED = "weight=w[:, None].expand_as(pred)"


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What PyTorch answers; calls without an answer go to `raises`."""
    return answered("torch", _questions(rng), names, raises)


def names(question: Question) -> dict[str, Any]:
    """The question's arrays as tensors."""
    weights = {} if question.weights is None else {"w": question.weights}
    arrays = {**question.data.arrays(), **weights, **question.names}
    return {"torch": torch, "F": torch.nn.functional} | {key: torch.from_numpy(x) for key, x in arrays.items()}


def _questions(rng: Rng) -> Iterator[Question]:
    for dtype in FLOATS:
        n, c = draw.sizes(rng)
        yield from _sigmoid(rng, n, c, dtype)
        classes = list(draw.class_logits(rng, n, c, dtype))
        yield from _classes(rng, classes, c, dtype)
        onehot = draw.as_rows(rng, iter(classes), dtype)
        yield from grid(_cross_entropy(_class_variants(rng, c, dtype), "rows"), onehot, rng)
        for data in draw.distributions(rng, n, c, dtype):
            yield from grid(_kl(), [_logs(data)], rng)
        values = list(draw.values(rng, n, c, dtype))
        for way in _regression():
            yield from grid(way, values, rng)
        yield from _ctc(rng, dtype)
        yield from grid(_triplet(), draw.triplets(rng, n, c, dtype), rng)


def _way(loss: str, name: str, columns: str = "", call: str = "", **more: Any) -> Way:
    call = call or f"F.{name}(pred, label{{weights}}{{more}})"
    weights = "weight=w" if columns else ""
    return Way(
        loss, name, call, more.pop("reductions", REDUCTIONS), weights=weights, weights_of_columns=columns, **more
    )


def _logs(data: Data) -> Data:
    """The same with log-probabilities."""
    with np.errstate(divide="ignore"):
        return Data(data.name, np.log(data.pred), data.label, data.roles, data.reductions)


def _sigmoid(rng: Rng, n: int, c: int, dtype: draw.Dtype) -> Iterator[Question]:
    loss, name = "sigmoid_cross_entropy", "binary_cross_entropy_with_logits"
    factors = draw.factors(rng, c, dtype)
    each = tuple(float(str(x)) for x in factors)
    variants = [
        Variant(f"pos_weight=torch.tensor({factor})", {"pos_weight": factor}, only=("plain", "soft", "saturated"))
        for factor in (0.5, 3.0)
    ]
    variants.append(Variant("pos_weight=factors", {"pos_weight": each}, {"factors": factors}, ("columns",)))
    way = _way(loss, name, COLUMNS, arguments={"input": "logits"}, variants=tuple(variants))
    yield from grid(way, draw.binary_logits(rng, n, c, dtype), rng)
    way = _way(loss, "binary_cross_entropy", COLUMNS, arguments={"input": "probs"})
    yield from grid(way, draw.binary_probs(rng, n, c, dtype), rng)


def _cross_entropy(variants: tuple[Variant, ...], labels: str) -> Way:
    way = _way("softmax_cross_entropy", "cross_entropy", arguments={"input": "logits"}, variants=variants)
    return way.named(f"cross_entropy-{labels}")


def _weighed(rng: Rng, c: int, dtype: draw.Dtype, zero: bool = False, **more: Any) -> Variant:
    """Class weights, one of them zero, and other parameters by their names in losscli."""
    factors = draw.factors(rng, c, dtype)
    factors[0] = 0 if zero else factors[0]
    name = "with_zero" if zero else "factors"
    options = [f"weight={name}", *(f"{key}={value}" for key, value in more.items())]
    arguments = {"class_weights": tuple(float(str(x)) for x in factors), **more}
    only = ("plain", "soft", "many-hot", "ignored(-100)", "all-ignored(-100)", "minus-inf-at-label", "one-class")
    return Variant(", ".join(options), arguments, {name: factors}, only)


def _class_variants(rng: Rng, c: int, dtype: draw.Dtype) -> tuple[Variant, ...]:
    smoothed = tuple(Variant(f"label_smoothing={share}", {"label_smoothing": share}) for share in (0.1, 0.4))
    return (*smoothed, _weighed(rng, c, dtype), _weighed(rng, c, dtype, label_smoothing=0.2))


def _ignoring(rng: Rng, c: int, dtype: draw.Dtype) -> tuple[Variant, ...]:
    only = ("ignored(1)", "all-ignored(1)")
    plain = Variant("ignore_index=1", {"ignore_index": 1}, only=only)
    smooth = Variant("ignore_index=1, label_smoothing=0.2", {"ignore_index": 1, "label_smoothing": 0.2}, only=only)
    weighed = _weighed(rng, c, dtype, ignore_index=1)
    return plain, smooth, Variant(weighed.options, weighed.arguments, weighed.names, only)


def _classes(rng: Rng, logits: list[Data], c: int, dtype: draw.Dtype) -> Iterator[Question]:
    variants, ignoring = _class_variants(rng, c, dtype), _ignoring(rng, c, dtype)
    ignored = [*draw.ignored(logits[0], -100), *draw.ignored(logits[0], 1)]
    datas = [*logits, *ignored]
    yield from grid(_cross_entropy((*variants, *ignoring), "index"), datas, rng)
    weighed = (variants[2], _weighed(rng, c, dtype, zero=True), *ignoring[::2])
    nll = _way("softmax_cross_entropy", "nll_loss", arguments={"input": "logprobs"}, variants=weighed)
    logs = (Data(data.name, draw.log_softmax(data.pred), data.label, {}, data.reductions) for data in datas)
    yield from grid(nll, (data for data in logs if not data.name.startswith("plus-inf")), rng)


def _kl() -> Way:
    return _way("kl_divergence", "kl_div", reductions=DIVERGENCES, arguments={"input": "logprobs"})


def _regression() -> Iterator[Way]:
    yield _way("mse", "mse_loss", EXPANDED)
    yield _way("mae", "l1_loss", EXPANDED)
    yield _way("l1", "l1_loss", EXPANDED, reductions={"sum": REDUCTIONS["sum"]})
    yield _way("huber", "huber_loss", EXPANDED, variants=_numbers("delta", 0.5, 2.5))
    yield _way("smooth_l1", "smooth_l1_loss", variants=_numbers("beta", 0.0, 0.5, 2.5))


def _numbers(name: str, *values: float) -> tuple[Variant, ...]:
    return tuple(Variant(f"{name}={value}", {name: value}) for value in values)


def _ctc(rng: Rng, dtype: draw.Dtype) -> Iterator[Question]:
    call = "F.ctc_loss(pred, label, input_lengths, label_lengths{more})"
    zero = Variant("zero_infinity=True", {"infeasible": "zero"}, only=("plain", "impossible"))
    for blank in (0, 2):
        options, arguments = (f"blank={blank}", {"blank": blank}) if blank else ("", {})
        arguments = {"input": "logprobs", "layout": "tnc", **arguments}
        way = _way("ctc", "ctc_loss", call=call, options=options, arguments=arguments, variants=(zero,))
        for data in draw.sequences(rng, dtype, blank, 0):
            logs = Data(data.name, draw.log_softmax(data.pred), data.label, data.roles, data.reductions)
            yield from grid(way.named(f"ctc_loss-blank{blank}"), [draw.time_major(logs)], rng)


def _triplet() -> Way:
    call = "F.triplet_margin_loss(pred, positive, negative{more})"
    variants = (
        *_numbers("margin", 0.3, 2.0),
        Variant("p=1", {"p": 1}),
        Variant("p=1, margin=0.3", {"p": 1, "margin": 0.3}),
    )
    return _way("triplet", "triplet_margin_loss", call=call, variants=variants)
