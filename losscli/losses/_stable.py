"""Elementary functions that keep their digits, written for blocks: few passes, in working memory.

Each says how far it may be from the true value, in units in the last place of its result. The fast forms
meet 0 x inf where an input is infinite or a probability is 0; `times` gives such products their limit.
"""

from __future__ import annotations

import numpy as np

from ..core.scratch import Array, against, columns_together, like
from ..core.sums.exact import row_sums
from ._hard import SIGN, is_hard, softplus, wrong_side


def has_nan(values: Array) -> bool:
    """Whether a NaN is among the values; one pass, no memory."""
    return bool(np.isnan(np.add.reduce(values, axis=None)))


def times(factor: Array, value: Array, slot: str) -> Array:
    """factor x value, with 0 x (+-inf) = 0. At most 0.5 ulp. The limit of y log p as p goes to 0 at y = 0."""
    with np.errstate(invalid="ignore"):
        product = np.multiply(factor, value, out=like(slot, value))
        if has_nan(product):
            np.copyto(product, 0.0, where=(factor == 0) & ~np.isnan(value))
    return product


def falling(logit: Array, slot: str) -> Array:
    """exp(-|x|): at most 1, so that nothing overflows."""
    size = like(slot, logit)
    sign = SIGN[logit.itemsize]  # set the sign bit: abs and negative in one pass
    np.bitwise_or(logit.view(sign.dtype), sign, out=size.view(sign.dtype))
    return np.exp(size, out=size)


def log_sigmoid_tail(logit: Array, slot: str) -> Array:
    """log(1 + exp(-|x|)), the part of softplus that is not linear. At most 2 ulp; 0 at +-inf."""
    tail = falling(logit, slot)
    return np.log1p(tail, out=tail)


def positive_part(values: Array, out: Array) -> Array:
    """max(x, 0) of a contiguous array."""
    return against(np.maximum, values, 0.0, out)


def sigmoid(logit: Array, slot: str) -> Array:
    """1 / (1 + exp(-x)) as (1 if x >= 0 else e) / (1 + e) with e = exp(-|x|). At most 3 ulp."""
    fall = falling(logit, slot)
    whole = np.add(fall, 1.0, out=like("sigmoid whole", logit))
    upper = like("sigmoid upper", logit)
    np.copyto(upper, np.greater_equal(logit, 0.0, out=like("sigmoid sign", logit, np.bool_)))
    np.maximum(fall, upper, out=fall)
    fall /= whole
    return fall


def binary_cross_entropy(pred: Array, label: Array, kind: str, pos_weight: Array | float = 1.0) -> Array:
    """-(c y log p + (1 - y) log(1 - p)) elementwise from logits, probs or logprobs, c being `pos_weight`.

    At most 4 ulp for labels of 0 and 1. From logits: tail + (1 - y) max(x, 0) + y max(-x, 0), all of whose parts are
    at least 0, so nothing cancels; exact limits at +-inf.
    """
    plain = isinstance(pos_weight, float) and pos_weight == 1.0
    if kind == "logits" and plain:
        return _from_logits(pred, label)
    hit, miss = binary_logs(pred, kind)
    absent = np.subtract(1.0, label, out=like("bce absent", pred), dtype=pred.dtype)
    weight = label if plain else np.multiply(label, pos_weight, out=like("bce weight", pred), dtype=pred.dtype)
    loss = times(weight, hit, "bce hit")
    loss += times(absent, miss, "bce miss")
    return np.negative(loss, out=loss)


def _from_logits(logit: Array, label: Array) -> Array:
    if is_hard(label):
        return softplus(wrong_side(logit, label, "bce line"))
    loss = log_sigmoid_tail(logit, "bce")
    line = np.maximum(logit, 0.0, out=like("bce line", logit))
    absent = np.subtract(1.0, label, out=like("bce absent", logit), dtype=logit.dtype)
    loss += times(absent, line, "bce part")
    with np.errstate(invalid="ignore"):
        np.subtract(line, logit, out=line)  # max(-x, 0)
    if has_nan(line):  # inf - inf
        np.maximum(np.negative(logit), 0.0, out=line)
    loss += times(label, line, "bce part")
    return loss


def binary_logs(pred: Array, kind: str) -> tuple[Array, Array]:
    """log p and log(1 - p) from logits, probs or logprobs. At most 3 ulp each."""
    hit, miss = like("logs hit", pred), like("logs miss", pred)
    with np.errstate(divide="ignore"):
        if kind == "logits":
            tail = log_sigmoid_tail(pred, "logs tail")
            np.minimum(pred, 0.0, out=hit)
            np.subtract(hit, tail, out=hit)
            np.maximum(pred, 0.0, out=miss)
            np.add(miss, tail, out=miss)
            np.negative(miss, out=miss)
        elif kind == "probs":
            np.log(pred, out=hit)
            np.negative(pred, out=miss)
            np.log1p(miss, out=miss)
        else:
            np.copyto(hit, pred)
            log1mexp(pred, miss)
    return hit, miss


def complement(pred: Array, kind: str) -> tuple[Array, Array]:
    """p and 1 - p from logits, probs or logprobs, each to 3 ulp, in scratch."""
    if kind == "logits":
        p = sigmoid(pred, "complement p")
        return p, sigmoid(np.negative(pred, out=like("complement x", pred)), "complement q")
    p, q = like("complement p", pred), like("complement q", pred)
    if kind == "probs":
        np.copyto(p, pred)
        return p, np.subtract(1.0, pred, out=q)
    np.negative(np.expm1(pred, out=q), out=q)
    return np.exp(pred, out=p), q


def log1mexp(logprob: Array, out: Array) -> Array:
    """log(1 - exp(a)) for a <= 0: log(-expm1(a)) near 0, log1p(-exp(a)) far from it. At most 3 ulp."""
    near = logprob > -np.log(2.0)
    with np.errstate(divide="ignore"):
        np.exp(logprob, out=out)
        np.negative(out, out=out)
        np.log1p(out, out=out)
        if near.any():
            out[near] = np.log(-np.expm1(logprob[near]))
    return out


# sums of powers between these lost nothing to underflow that a float of this size could show
_SAFE = {8: (1e-280, 1e280), 4: (1e-30, 1e30)}


def softmax_label(logits: Array, label: Array) -> tuple[Array, Array]:
    """For each row -log p_y and 1 - p_y, where y is the label's class.

    With own = exp(z_y) and rest the sum of the other classes' powers they are log1p(rest / own) and
    rest / (own + rest), each to a few ulp however sure the row is. Powers are taken as they are, which needs no row
    maxima; blocks where that leaves the safe range are shifted first.
    """
    if columns_together(logits):
        own, rest = _powers_by_columns(logits.T, label)
    else:
        own, rest = _powers(logits, label)
    low, high = _SAFE[logits.itemsize]
    if len(own) and not (
        own.min() > low and rest.min() > low and own.max() < high and rest.max() < high  # false for NaN
    ):
        return _shifted_label(np.ascontiguousarray(logits), label)
    miss = own + rest
    np.divide(rest, miss, out=miss)
    rest /= own
    return np.log1p(rest, out=rest), miss


def _powers(logits: Array, label: Array) -> tuple[Array, Array]:
    """exp of the label's logit of each row, and the sum of those of the other classes."""
    with np.errstate(over="ignore"):
        powers = np.exp(logits, out=like("softmax powers", logits))
    flat = powers.reshape(-1)
    place = np.arange(len(label)) * logits.shape[1]
    place += label.astype(place.dtype, copy=False)  # int64 and uint64 together would be float64
    own = flat[place]
    flat[place] = 0.0
    return own, row_sums(powers)


def _powers_by_columns(logits: Array, label: Array) -> tuple[Array, Array]:
    """The same of logits (classes, rows), as images with the channels first have them."""
    with np.errstate(over="ignore"):
        powers = np.exp(logits, out=like("softmax powers", logits))
    place = label.astype(np.intp)
    place *= powers.shape[1]
    place += np.arange(powers.shape[1])
    flat = powers.reshape(-1)
    own = flat[place]
    flat[place] = 0.0
    return own, np.asarray(np.add.reduce(powers, axis=0, dtype=np.float64))


def _shifted_label(logits: Array, label: Array) -> tuple[Array, Array]:
    """`softmax_label` from z - max z: -log p_y = log1p(rest + (own - 1)) - gap with gap = z_y - max z, own = exp(gap).

    own - 1 is exactly 0 where y is the largest, so a sure row keeps its digits but for what rounding z - max z does to
    exp (|z - max z| ulp at most). A row whose one largest logit is +inf is certain; two of them are NaN.
    """
    peak, powers = shifted_powers(logits)
    rows = np.arange(len(label))
    with np.errstate(invalid="ignore"):
        gap = np.subtract(logits[rows, label], peak)
    if has_nan(gap):
        both = np.isposinf(peak) & np.isposinf(logits[rows, label])
        gap[both] = np.where(np.isposinf(logits[both]).sum(axis=1) == 1, 0.0, np.nan)
    powers[rows, label] = 0.0
    rest = row_sums(powers)
    own = np.exp(gap)
    with np.errstate(divide="ignore", invalid="ignore"):
        miss = rest / (own + rest)
        own -= 1.0
        own += rest
        np.log1p(own, out=own)
        own -= gap
    return own, miss


def shifted_powers(logits: Array) -> tuple[Array, Array]:
    """Row maxima, and exp(z - max z) in scratch; a row with +inf has powers 1 there and 0 elsewhere."""
    _, peak, powers = _shifted(logits)
    return peak, powers


def _shifted(logits: Array) -> tuple[Array, Array, Array]:
    """Where each row is largest, and `shifted_powers`. argmax is twice as fast as maximum along a short axis."""
    at = logits.argmax(axis=1)
    peak = logits[np.arange(len(at)), at]
    powers = like("softmax powers", logits)
    with np.errstate(invalid="ignore"):
        np.subtract(logits, peak[:, None], out=powers)
    if has_nan(powers):
        infinite = np.isposinf(peak)
        powers[infinite] = np.where(np.isposinf(logits[infinite]), 0.0, -np.inf)
    np.exp(powers, out=powers)
    return at, peak, powers


def log_softmax(logits: Array) -> Array:
    """log softmax of each row, in scratch. At most 3 ulp and what rounding z - max z does to exp.

    The largest class's own power, 1, is left out of the sum, so that log1p keeps the digits of a sure row.
    """
    at, peak, powers = _shifted(logits)
    powers[np.arange(len(at)), at] = 0.0
    total = np.log1p(row_sums(powers))
    logs = like("log softmax", logits)
    with np.errstate(invalid="ignore"):
        np.subtract(logits, peak[:, None], out=logs)
    if has_nan(logs):
        infinite = np.isposinf(peak)
        logs[infinite] = np.where(np.isposinf(logits[infinite]), 0.0, -np.inf)
    logs -= total[:, None]
    return logs


def class_logs(pred: Array, kind: str) -> Array:
    """log p of every class from logits, probs or logprobs."""
    if kind == "logits":
        return log_softmax(pred)
    if kind == "logprobs":
        return pred
    with np.errstate(divide="ignore"):
        return np.log(pred, out=like("log softmax", pred))


def power(base: Array, exponent: float) -> Array:
    """base ** exponent in place, the common exponents spared the general power; 0 ** 0 = 1."""
    if exponent == 2.0:
        return np.multiply(base, base, out=base)
    if exponent == 1.0:
        return base
    if exponent == 0.5:
        return np.sqrt(base, out=base)
    return np.power(base, exponent, out=base)
