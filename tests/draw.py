"""The data that the tests try our losses with: what `losscli.testing` draws, and what no declaration says of ours."""

from __future__ import annotations

from functools import cache

from losscli.core import registry
from losscli.core.loss import Loss
from losscli.testing.drawing import draw as drawing
from losscli.testing.drawing.data_hints import DataHints
from losscli.testing.drawing.drawn import Drawn, bound_of, legal
from losscli.testing.drawing.labels import BY_CLASS, HARD, K
from losscli.testing.drawing.parameters import LAYOUT_ONLY, all_forms, combinations, forms, neutral, values

# (loss, form) whose terms are not made from a row alone, so that no formula of a row can be asked.
NOT_ROW_WISE: dict[tuple[str, str], str] = {
    ("triplet", "class"): "mined triplets compare every row with every other",
    ("r2", "values"): "the variation of labels is one of all rows",
    ("relative_squared_error", "values"): "the variation of labels is one of all rows",
    ("explained_variance", "values"): "the variation of labels is one of all rows",
    ("pearson_correlation", "values"): "a correlation is one of all rows",
    ("concordance_correlation", "values"): "a correlation is one of all rows",
    ("proxy_anchor", "class"): "the exponentials of a class are added before their logarithm",
    **{
        (name, form): "decisions are counted over all rows"
        for name in (
            "f_score",
            "precision_score",
            "recall_score",
            "jaccard_score",
            "balanced_error",
            "mcc",
            "cohen_kappa",
        )
        for form in ("index", "match")
    },
    ("d2", "values"): "the variation of labels is one of all rows",
    ("median_absolute_error", "values"): "a median is one of all rows",
    ("lovasz_softmax", "index"): "the pixels of all images are sorted together",
    ("lovasz_softmax", "distribution"): "the pixels of all images are sorted together",
}
# Losses of masks of 0 and 1, nothing between, whose pixels are sorted: one axis is no image.
OF_HARD_MASKS = {"lovasz_hinge", "lovasz_softmax"}
# Losses of a chosen and a rejected answer: two columns.
OF_PAIRS = {"preference"}
# Losses of boxes: four corners.
OF_BOXES = {"box_iou"}
# Losses of an interval: a lower bound and an upper one.
INTERVALS = {"interval_score", "coverage", "interval_width", "msis"}
# Losses that take one of several roles.
ALTERNATIVES = {"crps_normal", "log_score_normal", "mase", "rmsse", "msis", "scaled_quantile_loss"}
# Losses of values that only take positive ones (or ones above a bound), most parameters of theirs at least.
POSITIVE = {"aft", "generalized_kl", "ndcg", "msle", "rmsle", "tweedie"}
# Losses of values that have no limit where a prediction is infinite.
# what the scale of a series is computed of, before any block is: test_history.py
OF_A_HISTORY = ("history", "series", "season")
NO_LIMIT: dict[str, str] = {
    "hinge_embedding": "infinities of both signs in a row",
    "multilabel_margin": "differences of infinite scores",
    "categorical_hinge": "differences of infinite scores",
    "multiclass_hinge": "differences of infinite scores",
    "multi_margin": "differences of infinite scores",
    "multiclass_perceptron": "differences of infinite scores",
    "multiclass_sparsemax": "differences of infinite scores",
    "interval_width": "an interval between equal infinities has no width",
    "error_spread": "infinite members have no variance",
    "box_iou": "infinite boxes have no area",
    "relative_error": "differences of infinite logarithms",
    "crps_ensemble": "what an infinite member is apart from the others cancels",
    "bias": "errors of both signs cancel",
    "dawid_sebastiani": "infinite members have no variance",
    "ranking_softmax": "relevances of both signs of infinite logarithms",
    "mean_pairwise_squared_error": "infinite errors of a row cancel",
}


def positive(loss: Loss) -> bool:
    """Whether everyday predictions and labels of the loss are above 0."""
    return loss.name in POSITIVE or loss.pred[0] in ("rates", "log_rates")


def hints_of(loss: Loss) -> DataHints:
    """What is known of a loss's data beside its declaration."""
    return DataHints(
        columns=2 if loss.name in OF_PAIRS | INTERVALS else 4 if loss.name in OF_BOXES else 0,
        ordered=loss.name in INTERVALS | OF_BOXES,
        one_role=loss.name in ALTERNATIVES,
        infinite=loss.name not in NO_LIMIT,
        hard_masks=loss.name in OF_HARD_MASKS,
        mixes_rows=tuple(form for name, form in NOT_ROW_WISE if name == loss.name),
    )


def every_loss() -> list[str]:
    """Names of the losses, for parametrisation; a broken file must not hide the others."""
    loaded = []
    for name in registry.names():
        try:
            registry.find(name)
        except Exception:  # test_draw reports it
            continue
        loaded.append(name)
    return sorted(loaded)


def drawer(loss: Loss, seed: int) -> drawing.Drawer:
    """What draws blocks of a loss."""
    return drawing.Drawer(loss, seed, hints_of(loss))


@cache
def draws(loss: Loss, seed: int = 0) -> list[Drawn]:
    """All blocks of a loss."""
    return drawing.draws(loss, seed, hints_of(loss))


__all__ = [
    "BY_CLASS",
    "HARD",
    "LAYOUT_ONLY",
    "Drawn",
    "K",
    "all_forms",
    "bound_of",
    "combinations",
    "draws",
    "every_loss",
    "forms",
    "legal",
    "neutral",
    "values",
]
