"""What the value of a framework's argument is in losscli, where it is not the value itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

# The words of each framework for how rows become one number: losscli's reduction, and the denominator where it is
# another than the framework's usual one.
REDUCTIONS: Mapping[str, tuple[str, str]] = {
    "mean": ("mean", ""),
    "sum": ("sum", ""),
    "none": ("none", ""),
    "elementwise_mean": ("mean", ""),
    "batchmean": ("mean", "rows"),
    "auto": ("mean", ""),
    "sum_over_batch_size": ("mean", ""),
    "mean_with_sample_weight": ("mean", "weights"),
    "weighted_sum": ("sum", ""),
    "weighted_mean": ("mean", "weights"),
    "weighted_sum_by_nonzero_weights": ("mean", "nonzero"),
    "sum_by_nonzero_weights": ("mean", "nonzero"),
    "weighted_sum_over_batch_size": ("mean", "elements"),
}
TF1_WORDS = {"mean": "weighted_mean", "sum_over_batch_size": "weighted_sum_over_batch_size"}


def reduction(like: str, value: Any) -> dict[str, str] | None:
    """The options of a framework's reduction; None where it has no such word."""
    word = "none" if value is None else value
    if like == "tf1":
        word = TF1_WORDS.get(word, word)
    if not isinstance(word, str) or word not in REDUCTIONS:
        return None
    name, denominator = REDUCTIONS[word]
    return {"reduction": name, **({"denominator": denominator} if denominator else {})}


CONVERTERS: Mapping[str, Callable[[Any], Any]] = {
    "deviance": lambda value: {0: "mse", 1: "poisson_deviance", 2: "gamma_deviance"}.get(
        value, f"tweedie:power={value:g}"
    ),
    "pinball": lambda value: f"pinball:quantile={value:g}",
    "yes_or_no": lambda value: value if isinstance(value, str) else "yes" if value else "no",
    "number": float,
    "axes": lambda value: ",".join(map(str, value if isinstance(value, tuple) else (value,))),
    "word": lambda value: value.lower() if isinstance(value, str) else value,
    "lesser": lambda value: "lesser" if value else "product",
    "normalized": lambda value: tuple(each * len(value) / sum(value) for each in value),
    "twice": lambda value: 2.0 * value,
    "half": lambda value: value / 2.0,
    "squared": lambda value: 2 if value else 1,
    "image_or_batch": lambda value: "image" if value else "batch",
    "batch_or_image": lambda value: "batch" if value else "image",
    "negative_is_none": lambda value: None if value < 0 else value,
    "zero_infinity": lambda value: "zero" if value else "inf",
    "time_major": lambda value: "tnc" if value else "ntc",
    "force_finite": lambda value: "finite" if value else "error",
    "log_target": lambda value: "logprobs" if value else "probs",
    "ties": lambda value: "last" if value else "mean",
    "normalize": lambda value: "mean" if value else "sum",
}
