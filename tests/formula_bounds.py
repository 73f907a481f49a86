"""How far a kernel may be from its formula where it may be farther than others, and why."""

from __future__ import annotations

import math
from typing import Any

import draw
from formula_bounds_of_later import BOUNDS as LATER

from losscli.testing import oracle
from losscli.testing.accuracy import Accuracy as Bound
from losscli.testing.formula_row import FormulaRow as Row
from losscli.testing.formula_row import numbers


def _spread(row: Row) -> float:
    """How far logits of a row are from its largest one. A difference d is rounded, by up to |d| ulp of exp(d)."""
    if row.context["input"] != "logits" or not isinstance(row.pred, list):
        return 0.0
    return 2 * max((abs(x) for x in oracle.flat(row.pred) if math.isfinite(x)), default=0.0)


def _focal(row: Row) -> float:
    return (_spread(row) + 4) * (1 + float(row.params["gamma"] or 0))


def _underflowing(row: Row) -> bool:
    """(1 - p_t)^gamma of a soft label is below the smallest float, beside an infinite log: floats say 0 x inf."""
    if row.context["form"] != "binary" or row.label in (0, 1):
        return False
    sure = {"logits": (math.inf, -math.inf), "probs": (0, 1), "logprobs": (0, -math.inf)}[row.context["input"]]
    off = min(row.label, 1 - row.label)
    return row.pred in sure and math.log(off) * float(row.params["gamma"]) < -700


def _smoothed(row: Row) -> Any:
    """|log p| + |log(1 - p)| where a label is smoothed: the part of 1 - y is rounded as if it were 1."""
    m = oracle.m
    if not row.params["label_smoothing"]:
        return 0
    logs = m.binary_logs(m.number(row.pred), row.context["input"])
    return m.minimum(m.sum(map(abs, logs)), m.number(1e300)) * max(1, row.params["pos_weight"])


def _similarities(row: Row) -> Any:
    """How large the similarities of a row with the others of its batch may be, as they stand in exponents."""
    m, others = oracle.m, [row.pred, *row.roles["others"], row.roles.get("other") or [], *row.roles["other_views"]]
    sizes = [m.sqrt(m.sum(m.number(x) ** 2 for x in each)) for each in others]
    largest = 1 if row.params["normalize"] else max(sizes) ** 2
    positives = 1 + len(row.roles["others"])
    if row.name != "circle":
        return positives * largest / m.number(row.params["temperature"])
    return 4 * row.params["gamma"] * (1 + largest) ** 2


def _sharpened(row: Row) -> float:
    """How large the exponents are that similarities stand in, less a base: a rounding becomes one of exp."""
    sizes = [math.hypot(*each) for each in [row.pred, *row.roles["others"]]]
    largest = 1.0 if row.params["normalize"] else max(sizes) ** 2
    return 8 * max(row.params["alpha"], row.params["beta"]) * (largest + abs(row.params["base"]))


def _moments(row: Row) -> Any:
    """The logarithm of the variance and the squared error in its units, whose mean is rounded beside the label."""
    m = oracle.m
    values = [m.number(x) for x in row.pred]
    mean = m.sum(values) / len(values)
    variance = m.sum((x - mean) ** 2 for x in values) / max(len(values) - 1, 1)
    if not variance:
        return 0
    size = abs(mean) + abs(m.number(row.label)) + max(map(abs, values))
    return 1 + abs(m.log(variance)) + size * (abs(mean - m.number(row.label)) + size / 1e6) / variance


def _between(row: Row, other: str) -> Any:
    if row.roles[other] is None or not isinstance(row.pred, list):
        return row.pred
    return math.dist(row.pred, row.roles[other])


def _margin_minus(row: Row) -> Any:
    """The square of margin - d is as uncertain as the rounding of the margin, times margin - d."""
    margin, distance = float(row.params["margin"]), _between(row, "other")
    return margin * abs(margin - distance) if math.isfinite(distance) else 0


def _both_distances(row: Row) -> Any:
    margin = float(row.params["margin"])
    if row.params["normalize"]:
        return 4 + margin
    power = 2 if row.params["distance"] == "squared" else 1
    return sum(_between(row, other) ** power for other in ("positive", "negative")) + margin


def _scaled(row: Row) -> float:
    """The factor of cosines in a margin softmax: it multiplies their roundings."""
    scale = row.params["scale"]
    if row.context["input"] == "embeddings" and row.name == "sphereface":
        scale = math.hypot(*row.pred)
    return 4 * float(scale) * (len(row.pred) / 16 + 1)


def _entropies(row: Row) -> Any:
    """sum |y log y| + |y log p|, whose difference KL is; of scores also the roundings of their exponentials."""
    m = oracle.m
    pred, label = (x if isinstance(x, list) else [x] for x in (row.pred, row.label))
    t = m.number(row.params.get("temperature", 1.0))
    numbers = [m.number(x) for x in pred]
    logs = m.class_logs([x / t for x in numbers] if row.context["input"] == "logits" else numbers, row.context["input"])
    largest = m.mp.mpf(10) ** 300
    if row.context["form"] == "class_scores":
        kind = row.params["label_input"]
        scores = [m.number(y) / (t if kind == "logits" else 1) for y in label]
        own = m.class_logs(scores, kind)
        size = sum((m.minimum(abs(y), m.number(1e4)) for y in (*scores, *own)), m.number(0))
        parts = [m.minimum(abs(y), largest) + m.minimum(abs(log), largest) for y, log in zip(own, logs, strict=True)]
        whole = m.sum(m.times(m.exp(y), part) for y, part in zip(own, parts, strict=True))
        factor = t * t if row.params["temperature_squared"] else 1
        return m.minimum(whole * (4 + size) * factor, largest)
    parts = ((m.number(y), log) for y, log in zip(label, logs, strict=True) if y > 0)
    return min(m.sum(abs(y * m.log(y)) + abs(y * log) for y, log in parts), largest)


def _rounded_at_one(row: Row) -> Any:
    """p - y of a sure pixel, and p + y - 2 p y of a soft one, are what is left of 1 after rounding."""
    if row.context["form"] == "index":
        return 0
    soft = any(y not in (0, 1) for y in row.block_label)
    return 1 if soft or row.context["input"] == "logits" else 0


def _exponent_of_an_overlap(row: Row) -> float:
    return (4 + _softmax_spread(row)) * float(row.params["gamma"])


def _softmax_underflows(row: Row) -> bool:
    """A probability of a softmax is below the smallest float, and beside an empty mask it would cost as much as any."""
    if row.params.get("power") == 2 and row.context["input"] == "probs":
        return any(0 < x < 1e-160 for x in oracle.flat(row.pred))
    if row.context["input"] != "logits" or row.context["form"] not in draw.BY_CLASS:
        return False
    finite = [x for x in row.pred if math.isfinite(x)]
    return bool(finite) and max(finite) - min(finite) > (372 if row.params.get("power") == 2 else 744)


def _faded(row: Row) -> bool:
    """The same, or a fade of a sure class beside an infinite logarithm, of which floats make 0."""
    soft = any(0 < y < 1e-100 for y in oracle.flat(row.label if isinstance(row.label, list) else []))
    return soft or _softmax_underflows(row)


def _power_of_subnormal(row: Row) -> bool:
    """A probability below the smallest normal float has few digits, which a power carries up to numbers with all."""
    logits = row.pred if row.context["input"] == "logits" else []
    return _softmax_underflows(row) or any(708 < abs(x) < math.inf for x in oracle.flat(logits))


def _softmax_spread(row: Row) -> float:
    """How far logits of classes that share a pixel are apart."""
    return _spread(row) if row.context["form"] in draw.BY_CLASS else 0.0


def _tweedie_parts(row: Row) -> Any:
    """The three parts of the deviance, which nearly cancel where the prediction is nearly right."""
    m, p = oracle.m, float(row.params["power"])
    r, y = (m.minimum(m.number(x), m.number(1e300)) for x in (row.pred, row.label))
    if p in (0, 1, 2) or r == 0:
        return 0
    one, two = m.number(1 - p), m.number(2 - p)
    parts = m.power(max(y, 0), two) / (one * two), m.times(y, m.power(r, one)) / one, m.power(r, two) / two
    return 2 * m.sum(abs(part) for part in parts)


def _squares_of_errors(row: Row) -> Any:
    """What a shared error adds to each, and takes from the difference."""
    m = oracle.m
    gaps = [m.number(x) - m.number(y) for x, y in zip(row.pred, row.label, strict=True)]
    return m.minimum(4 * m.sum(gap * gap for gap in gaps), m.number(1e300))


def _angle(row: Row) -> Any:
    """A difference of unit vectors, which are rounded: 1 - cos is half its square."""
    assert row.formula is not None
    m = oracle.m
    exact = row.formula(m, numbers(m, row.pred), numbers(m, row.label))
    return 4 * m.sqrt(2 * abs(exact)) + m.number(1e-15)


def _rate(row: Row) -> tuple[Any, Any]:
    """The rate and its logarithm; an infinite one does not matter to a scale."""
    m, x = oracle.m, oracle.m.number(row.pred)
    if abs(x) > 1e300 or (row.context["input"] == "rates" and x == 0):
        return m.number(0), m.number(0)
    return (m.exp(x), x) if row.context["input"] == "log_rates" else (x, m.log(x))


def _likelihood(row: Row) -> Any:
    """The parts of a likelihood of counts, whose difference it is."""
    m, (rate, log), y = oracle.m, _rate(row), oracle.m.number(row.label)
    return rate + abs(y * log) + (abs(m.loggamma(y + 1)) if row.params.get("full") else 0)


def _exponent(row: Row) -> float:
    """exp(k x) of a rounded k x is off by up to |k x| ulp."""
    return 2 * abs(row.pred) if row.context["input"] == "log_rates" and math.isfinite(row.pred) else 0.0


def _apart(row: Row) -> Any:
    """(p - y)^2 is as uncertain as the rounding of p, times p - y, where p is computed and y is soft."""
    if row.context["input"] != "logits" or row.context["form"] == "index":
        return 0
    m = oracle.m
    pred, label = (x if isinstance(x, list) else [x] for x in (row.pred, row.label))
    numbers = [m.number(x) for x in pred]
    if isinstance(row.pred, list):
        p = [m.exp(log) for log in m.class_logs(numbers, "logits")]
    else:
        p = [m.exp(m.binary_logs(x, "logits")[0]) for x in numbers]
    return 2 * m.sum(abs(a - m.number(y)) * max(a, m.number(y)) for a, y in zip(p, label, strict=True) if 0 < y < 1)


def _products(row: Row) -> float:
    """How large the products are whose sums are logits: their roundings become those of exp."""
    rows = row.roles["class_weights_matrix"]
    sums = [math.fsum(abs(a * b) for a, b in zip(row.pred, one, strict=True)) for one in rows]
    return 4 * max(sums) + 4 * max(map(abs, row.roles["bias"] or [0.0]))


def _poly(row: Row) -> Any:
    """|cross entropy| + |eps (1 - p)|, which an eps below 0 takes from it."""
    m = oracle.m
    logs = m.class_logs([m.number(x) for x in row.pred], row.context["input"])
    truth = m.onehot(row.label, len(logs)) if row.context["form"] == "index" else row.label
    eps = abs(row.params["eps"])
    found = m.sum(abs(m.times(m.number(y), log)) + y * eps for y, log in zip(truth, logs, strict=True))
    return m.minimum(found, m.number(1e300)) if row.params["eps"] < 0 else 0


def _near_margin(row: Row) -> Any:
    """The roundings of score differences of the size of the margin, and what a square makes of them."""
    scores = [abs(x) for x in row.pred if math.isfinite(x)]
    margin = abs(float(row.params.get("margin", 1.0))) + 1.0
    apart = margin if row.params.get("p", 1) == 1 else 2 * margin * (margin + 2 * max(scores, default=0.0))
    if row.context["form"] == "distribution":
        apart += math.fsum(scores)
    weights = row.params.get("class_weights")
    return apart * max(1.0, *(weights if isinstance(weights, tuple) else (weights or 1.0,)))


def _perplexity_exponent(row: Row) -> float:
    """What a perplexity is exp of is rounded, which exp magnifies by its size."""
    count = row.roles["count"]
    if row.context["form"] == "none":
        size = math.fsum(map(abs, row.pred)) if isinstance(row.pred, list) else abs(row.pred)
        return 2 * size / (count or 1) if math.isfinite(size) else 0.0
    largest = max((abs(x) for x in row.pred if math.isfinite(x)), default=0.0)
    return _spread(row) + 2 * (max(largest, 750.0))


def _amounts(row: Row) -> Any:
    """What is left of pred - label where the two are near: its parts are as large as their difference."""
    return math.fsum(abs(q - y) for q, y in zip(row.pred, row.label, strict=True) if math.isfinite(q))


def _ratios(row: Row) -> float:
    """How large the log-probabilities are whose differences are taken, in units of 1 / beta."""
    beta = float(row.params["beta"])
    return beta * math.fsum(abs(x) for x in oracle.flat([row.pred, row.label or []]) if math.isfinite(x))


def _ratio_differences(row: Row) -> Any:
    """Where a difference of log-ratios and a constant is squared, or cut off at 0."""
    beta = float(row.params["beta"])
    size = (_ratios(row) + 1) / beta
    return {"hinge": size * beta, "ipo": size * size, "sppo_hard": size * size}.get(row.params["form"], 0)


def _shifted(row: Row) -> float:
    """p - margin is as uncertain as p is, which an exponent magnifies where little of p is left."""
    gamma, margin = float(row.params["gamma_neg"]), float(row.params["margin"])
    p = float(row.pred) if row.context["input"] == "probs" else 1 / (1 + math.exp(-max(min(row.pred, 700), -700)))
    left = p - margin
    if left <= 0 or row.label == 1 or (p == 1 and not margin):
        return 0.0
    return (1 - row.label) * 4 * max(gamma, 1.0) * left ** (gamma - 1) * p * abs(math.log(1 - left or 1e-300))


def _log_and_square(row: Row) -> Any:
    """The logarithm of the spread and half the squared error, which may cancel."""
    m = oracle.m
    sigma, variance = row.roles["sigma"], row.roles["variance"]
    spread = m.number(sigma) if variance is None else m.sqrt(m.number(variance))
    if not spread or not math.isfinite(row.pred):
        return 0
    half = ((m.number(row.pred) - m.number(row.label)) / spread) ** 2 / 2
    return 1 + abs(m.log(spread)) + m.minimum(half, m.number(1e300))


def _times(row: Row) -> tuple[float, list[float]]:
    """The logarithms of prediction and bounds over the scale, and the z of the bounds that are neither 0 nor inf."""
    scale = float(row.params["scale"])
    if not 0 < row.pred < math.inf:
        return 0.0, []
    logs = [math.log(bound) for bound in row.label if 0 < bound < math.inf]
    time = math.log(row.pred)
    return (sum(map(abs, logs)) + abs(time)) / scale, [(each - time) / scale for each in logs]


def _rounded_times(row: Row) -> float:
    """A rounding of z is magnified by what the tail of the distribution falls with."""
    size, ends = _times(row)
    far = max(map(abs, ends), default=0.0)
    falls = {"normal": far, "logistic": 1.0, "extreme": math.exp(min(far, 7.0))}[row.params["distribution"]]
    return 4 * (1 + size) * (1 + falls)


def _time_parts(row: Row) -> Any:
    """A time that is known: the logarithm of its density and of the time, which may cancel."""
    size, ends = _times(row)
    lower, upper = row.label
    if lower != upper or not ends:
        return 0
    scale = float(row.params["scale"])
    return 1 + abs(math.log(scale)) + abs(math.log(lower)) + size + min(ends[0] ** 2 / 2, 1e300)


_GAP = "z - max z is rounded before exp, which magnifies that by up to |z - max z| ulp"


_COSINES = "scale x cosine is rounded before exp, which magnifies that by up to scale ulp"


BOUNDS: dict[str, Bound] = {
    "softmax_cross_entropy": Bound(reason=_GAP, more=_spread),
    "focal": Bound(
        reason=_GAP + "; (1 - p)^gamma magnifies a rounding of 1 - p by gamma",
        more=_focal,
        lost=_underflowing,
    ),
    "sigmoid_cross_entropy": Bound(reason="1 - y of a smoothed y", scale=_smoothed),
    "kl_divergence": Bound(reason="a difference of entropies", scale=_entropies, more=_spread),
    "brier": Bound(reason="p - y of a soft label cancels; " + _GAP, scale=_apart, more=lambda row: 2 * _spread(row)),
    "log_loss": Bound(reason=_GAP, more=_spread),
    "generalized_cross_entropy": Bound(reason=_GAP, more=_spread),
    "linear_cross_entropy": Bound(reason="sums of products are rounded before exp", more=_products),
    "poly": Bound(reason="an eps below 0 takes from the cross entropy; " + _GAP, scale=_poly, more=_spread),
    "categorical_hinge": Bound(reason="1 + a difference of scores cancels", scale=_near_margin),
    "multiclass_hinge": Bound(reason="margin + a difference of scores cancels", scale=_near_margin),
    "multi_margin": Bound(reason="margin + a difference of scores cancels", scale=_near_margin),
    "perplexity": Bound(reason="exp magnifies a rounding by the size of its argument", more=_perplexity_exponent),
    "byte_perplexity": Bound(reason="exp magnifies a rounding by the size of its argument", more=_perplexity_exponent),
    "word_perplexity": Bound(reason="exp magnifies a rounding by the size of its argument", more=_perplexity_exponent),
    "generalized_kl": Bound(
        reason="label log(label / pred) - label + pred cancels where they are near", scale=_amounts
    ),
    "preference": Bound(
        reason="differences of log-probabilities are rounded before exp",
        scale=_ratio_differences,
        more=lambda row: 4 * _ratios(row),
        lost=lambda row: row.pred[0] == row.pred[1] == -math.inf,
    ),
    "asymmetric_multilabel": Bound(
        reason="p - margin cancels; exponents magnify a rounding of p",
        scale=_shifted,
        more=lambda row: 4 * (1 + float(row.params["gamma_pos"]) + float(row.params["gamma_neg"])),
    ),
    "dice": Bound(
        reason="p - label, or p + label - 2 p label, near 1; a softmax",
        scale=_rounded_at_one,
        more=_softmax_spread,
        lost=_softmax_underflows,
    ),
    "jaccard": Bound(reason="logits that share a pixel are rounded", more=_softmax_spread, lost=_softmax_underflows),
    "tversky": Bound(reason="logits that share a pixel are rounded", more=_softmax_spread, lost=_softmax_underflows),
    "generalized_dice": Bound(
        reason="p + label - 2 p label, near 1; a softmax, and labels so soft that their square is no float",
        scale=_rounded_at_one,
        more=_softmax_spread,
        lost=_softmax_underflows,
    ),
    "dice_ce": Bound(
        reason="p + label - 2 p label, near 1; a softmax",
        scale=_rounded_at_one,
        more=_softmax_spread,
        lost=_softmax_underflows,
    ),
    "dice_focal": Bound(
        reason="p + label - 2 p label, near 1; a softmax, and the powers of the focal loss",
        scale=_rounded_at_one,
        more=_focal,
        lost=_faded,
    ),
    "focal_tversky": Bound(
        reason="a power magnifies a rounding by its exponent", more=_exponent_of_an_overlap, lost=_power_of_subnormal
    ),
    "arcface": Bound(reason=_COSINES, more=_scaled),
    "cosface": Bound(reason=_COSINES, more=_scaled),
    "sphereface": Bound(reason=_COSINES, more=_scaled),
    "contrastive": Bound(reason="margin - distance cancels", scale=_margin_minus),
    "multi_similarity": Bound(reason=_COSINES, more=_sharpened),
    "dawid_sebastiani": Bound(reason="means and variances are differences of their parts", scale=_moments),
    "circle": Bound(reason="a cosine is rounded before exp", scale=_similarities),
    "info_nce": Bound(reason="a cosine is rounded before exp", scale=_similarities),
    "ntxent": Bound(reason="a cosine is rounded before exp", scale=_similarities),
    "supcon": Bound(reason="a cosine is rounded before exp", scale=_similarities),
    "triplet": Bound(reason="a difference of distances", scale=_both_distances),
    "cosine_similarity": Bound(reason="a sum of products of both signs", scale=lambda row: 4),
    "gamma_deviance": Bound(
        reason="a sum of columns beyond the range of floats",
        lost=lambda row: bool(row.label > 1e307 * row.pred > 0),
    ),
    "mean_pairwise_squared_error": Bound(reason="errors less their mean", scale=_squares_of_errors),
    "cosine_distance": Bound(reason="a difference of unit vectors", scale=_angle),
    "tweedie": Bound(reason="a difference of powers", scale=_tweedie_parts),
    "tweedie_nll": Bound(reason="k x is rounded before exp", more=_exponent),
    "aft": Bound(reason="a difference of logarithms is rounded before exp", scale=_time_parts, more=_rounded_times),
    "log_score_normal": Bound(reason="a logarithm and a square", scale=_log_and_square),
    "poisson": Bound(reason="a difference of a rate and its logarithm", scale=_likelihood),
    "poisson_nll": Bound(reason="a difference of a rate and its logarithm", scale=_likelihood),
    **LATER,
}
