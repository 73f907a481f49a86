"""Optax: optax.losses on JAX as it is by default, without 64-bit numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import optax

from .. import draw
from ..ask import Question, Variant, Way, answered, grid
from ..case import Case, Raised
from ..draw import FLOATS, Data, Rng

VERSIONS = {"optax": optax.__version__, "jax": jax.__version__}

REDUCTIONS = {"mean": "jnp.mean(CALL)", "sum": "jnp.sum(CALL)", "none": "CALL"}


def padding(lengths: Any, size: int) -> Any:
    """1 where a row has ended."""
    return (jnp.arange(size) >= lengths[:, None]).astype(jnp.float32)


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What Optax answers; calls without an answer go to `raises`."""
    return answered("optax", _questions(rng), _names, raises)


def _names(question: Question) -> dict[str, Any]:
    arrays = {key: jnp.asarray(x) for key, x in question.data.arrays().items()}
    return {"optax": optax, "jnp": jnp, "padding": padding, **arrays}


def _questions(rng: Rng) -> Iterator[Question]:
    n, c = draw.sizes(rng)
    for dtype in FLOATS:
        for way, datas in _ways(rng, n, c, dtype):
            yield from grid(way, datas, rng)


def _ways(rng: Rng, n: int, c: int, dtype: draw.Dtype) -> Iterator[tuple[Way, list[Data]]]:
    logits, arguments = list(draw.binary_logits(rng, n, c, dtype)), {"input": "logits"}
    yield _way("sigmoid_cross_entropy", "sigmoid_binary_cross_entropy", arguments=arguments), logits
    yield (
        _way("focal", "sigmoid_focal_loss", arguments={**arguments, "activation": "sigmoid"}, variants=_focal()),
        logits,
    )
    classes = list(draw.class_logits(rng, n, c, dtype))
    onehot = list(draw.as_rows(rng, iter(classes), dtype))
    smoothed = tuple(_smoothed(share) for share in (0.1, 0.4))
    yield _way("softmax_cross_entropy", "softmax_cross_entropy", arguments=arguments), onehot
    for way in smoothed:
        yield way, [data for data in onehot if data.name in ("plain", "soft")]
    name = "softmax_cross_entropy_with_integer_labels"
    yield _way("softmax_cross_entropy", name, arguments=arguments), classes
    for low, name in ((-1, "hinge_loss"), (0, "hinge_loss-01")):
        note = "" if low else "labels of 0 are taken as they are: the loss is 1"
        datas = list(draw.scores(rng, n, c, dtype, low))
        yield _way("hinge", "hinge_loss", note=note).named(name), datas if low else datas[:3]
    yield from _dice(rng, dtype)
    logs = "optax.kl_divergence(jnp.log(pred), label)"
    distributions = list(draw.distributions(rng, n, c, dtype))
    yield _way("kl_divergence", "kl_divergence", logs, arguments={"input": "probs"}), distributions
    yield from _regression(list(draw.values(rng, n, c, dtype)))
    yield from _ctc(rng, dtype)
    yield _triplet(), list(draw.triplets(rng, n, c, dtype))


def _way(loss: str, name: str, call: str = "", **more: Any) -> Way:
    reductions = more.pop("reductions", REDUCTIONS)
    return Way(loss, name, call or f"optax.losses.{name}(pred, label{{more}})", reductions, **more)


def _focal() -> tuple[Variant, ...]:
    variants = [Variant(f"gamma={gamma}", {"gamma": gamma}) for gamma in (0.0, 1.5)]
    variants.append(Variant("alpha=0.25", {"alpha": 0.25}))
    variants.append(Variant("alpha=0.8, gamma=3.0", {"alpha": 0.8, "gamma": 3.0}))
    return tuple(variants)


def _smoothed(share: float) -> Way:
    call = f"optax.losses.softmax_cross_entropy(pred, optax.smooth_labels(label, {share}))"
    way = _way("softmax_cross_entropy", "", call, arguments={"input": "logits", "label_smoothing": share})
    return way.named(f"softmax_cross_entropy-smooth_labels({share})")


def _dice(rng: Rng, dtype: draw.Dtype) -> Iterator[tuple[Way, list[Data]]]:
    """losscli's smooth is twice that of Optax, whose numerator is I where ours is 2 I."""
    call = "optax.losses.binary_dice_loss(pred, label{more})"
    variants = [Variant(f"smooth={smooth}", {"smooth": 2 * smooth}) for smooth in (0.0, 0.25)]
    way = _way("dice", "binary_dice_loss", call, arguments={"input": "logits"}, variants=tuple(variants))
    yield way, list(draw.masks(rng, dtype, logits=True))
    way = _way("dice", "", call, options="apply_sigmoid=False", arguments={"input": "probs"})
    yield way.named("binary_dice_loss-probs"), list(draw.masks(rng, dtype, logits=False))[:1]


def _regression(values: list[Data]) -> Iterator[tuple[Way, list[Data]]]:
    yield _way("mse", "squared_error"), values
    deltas = tuple(Variant(f"delta={delta}", {"delta": delta}) for delta in (0.5, 2.5))
    yield _way("huber", "huber_loss", variants=deltas), values
    yield _way("l2", "l2_loss"), values


def _ctc(rng: Rng, dtype: draw.Dtype) -> Iterator[tuple[Way, list[Data]]]:
    call = "optax.ctc_loss(pred, padding(input_lengths, pred.shape[1]), label, "
    call += "padding(label_lengths, label.shape[1]){more})"
    for blank in (0, 2):
        options, more = (f"blank_id={blank}", {"blank": blank}) if blank else ("", {})
        way = _way("ctc", "", call, options=options, arguments={"input": "logits", "layout": "ntc", **more})
        yield way.named(f"ctc_loss-blank{blank}"), list(draw.sequences(rng, dtype, blank, 0))


def _triplet() -> Way:
    call = "optax.losses.triplet_margin_loss(pred, positive, negative{more})"
    variants = [Variant(f"margin={margin}", {"margin": margin}) for margin in (0.3, 2.0)]
    variants.append(Variant("norm_degree=1", {"p": 1}))
    return _way("triplet", "triplet_margin_loss", call, variants=tuple(variants))
