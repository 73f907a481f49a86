"""Elementary functions that keep their digits, written for blocks: few passes, in working memory.

Each says how far it may be from the true value, in units in the last place of its result. The fast forms
meet 0 x inf where an input is infinite or a probability is 0; `times` gives such products their limit.
"""

from __future__ import annotations

import numpy as np

from ..core.scratch import Array, like


def has_nan(values: Array) -> bool:
    """Whether a NaN is among the values; one pass, no memory."""
    return bool(np.isnan(np.add.reduce(values, axis=None)))


def times(factor: Array, value: Array, slot: str) -> Array:
    """factor x value, with 0 x (+-inf) = 0. At most 0.5 ulp. The limit of y log p as p goes to 0 at y = 0."""
    with np.errstate(invalid="ignore"):
        found = np.multiply(factor, value, out=like(slot, value))
        if has_nan(found):
            np.copyto(found, 0.0, where=(factor == 0) & ~np.isnan(value))
    return found


def log_sigmoid_tail(logit: Array, slot: str) -> Array:
    """log(1 + exp(-|x|)), the part of softplus that is not linear. At most 2 ulp; 0 at +-inf."""
    tail = np.abs(logit, out=like(slot, logit))
    np.negative(tail, out=tail)
    np.exp(tail, out=tail)
    return np.log1p(tail, out=tail)


def wrong_side(logit: Array, label: Array, slot: str) -> Array:
    """x for hard label 0, -x for 1: the logit of the wrong answer."""
    line = np.multiply(label, -2.0, out=like(slot, logit))
    line += 1.0
    line *= logit
    return line


def sigmoid(logit: Array, slot: str) -> Array:
    """1 / (1 + exp(-x)) as (1 if x >= 0 else e) / (1 + e) with e = exp(-|x|). At most 3 ulp."""
    small = np.abs(logit, out=like(slot, logit))
    np.negative(small, out=small)
    np.exp(small, out=small)
    whole = np.add(small, 1.0, out=like("sigmoid whole", logit))
    np.maximum(small, np.greater_equal(logit, 0.0, out=like("sigmoid sign", logit, np.bool_)), out=small)
    return np.divide(small, whole, out=small)


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
    loss = log_sigmoid_tail(logit, "bce")
    if is_hard(label):
        line = wrong_side(logit, label, "bce line")
        loss += np.maximum(line, 0.0, out=line)
        return loss
    line = np.maximum(logit, 0.0, out=like("bce line", logit))
    absent = np.subtract(1.0, label, out=like("bce absent", logit), dtype=logit.dtype)
    loss += times(absent, line, "bce part")
    with np.errstate(invalid="ignore"):
        np.subtract(line, logit, out=line)  # max(-x, 0)
    if has_nan(line):  # inf - inf
        np.maximum(np.negative(logit), 0.0, out=line)
    loss += times(label, line, "bce part")
    return loss


def is_hard(label: Array) -> bool:
    """Whether labels in [0, 1] are all 0 or 1: integers are, floats are looked at."""
    if label.dtype.kind in "bui":
        return True
    return bool(np.array_equal(np.rint(label, out=like("is hard", label)), label))


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


def softmax_split(logits: Array, label: Array) -> tuple[Array, Array, Array]:
    """For each row: gap = z_y - max z, own = exp(gap), rest = sum of exp(z_j - max z) over the other classes.

    Then p_y = own / (own + rest), 1 - p_y = rest / (own + rest) and -log p_y = log1p(rest + (own - 1)) - gap, however
    sure the row is, each to a few ulp and what rounding z - max z does to exp (|z - max z| ulp at most): own - 1 is
    exactly 0 where y is the largest. A row whose one largest logit is +inf is certain; two of them are NaN.
    """
    peak, powers = shifted_powers(logits)
    rows = np.arange(len(label))
    with np.errstate(invalid="ignore"):
        gap = np.subtract(logits[rows, label], peak)
    if has_nan(gap):
        both = np.isposinf(peak) & np.isposinf(logits[rows, label])
        gap[both] = np.where(np.isposinf(logits[both]).sum(axis=1) == 1, 0.0, np.nan)
    powers[rows, label] = 0.0
    rest = np.add.reduce(powers, axis=1)
    return gap, np.exp(gap), rest


def cross_entropy_from(gap: Array, own: Array, rest: Array) -> Array:
    """-log p_y from `softmax_split`'s parts, as log1p(rest + (own - 1)) - gap. `own` is used up."""
    own -= 1.0
    own += rest
    with np.errstate(divide="ignore", invalid="ignore"):
        np.log1p(own, out=own)
        own -= gap
    return own


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
        endless = np.isposinf(peak)
        powers[endless] = np.where(np.isposinf(logits[endless]), 0.0, -np.inf)
    np.exp(powers, out=powers)
    return at, peak, powers


def log_softmax(logits: Array) -> Array:
    """log softmax of each row, in scratch. At most 3 ulp and what rounding z - max z does to exp.

    The largest class's own power, 1, is left out of the sum, so that log1p keeps the digits of a sure row.
    """
    at, peak, powers = _shifted(logits)
    powers[np.arange(len(at)), at] = 0.0
    total = np.log1p(np.add.reduce(powers, axis=1))
    logs = like("log softmax", logits)
    with np.errstate(invalid="ignore"):
        np.subtract(logits, peak[:, None], out=logs)
    if has_nan(logs):
        endless = np.isposinf(peak)
        logs[endless] = np.where(np.isposinf(logits[endless]), 0.0, -np.inf)
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


def power(base: Array, exponent: float, slot: str) -> Array:
    """base ** exponent with the common exponents spared the general power; 0 ** 0 = 1."""
    out = like(slot, base)
    if exponent == 2.0:
        return np.multiply(base, base, out=out)
    if exponent == 1.0:
        np.copyto(out, base)
        return out
    if exponent == 0.5:
        return np.sqrt(base, out=out)
    if exponent == 0.0:
        out.fill(1.0)
        return out
    return np.power(base, exponent, out=out)
