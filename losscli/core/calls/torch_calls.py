"""The losses of PyTorch, torchvision and torchmetrics."""

from __future__ import annotations

from typing import Any

from .signatures import Library, Signature

_FUNCTIONS = Library("torch", "torch.nn.functional", "input:pred target:label")
_CLASSES = Library("torch", "torch.nn", "input:pred target:label")
_WEIGHT = "weight:weight!broadcast"
_OLD = "size_average reduce reduction"


def _both(
    function: str, class_: str, losses: str, arguments: str, *, of_class: str = "", of_object: str = "", **facts: Any
) -> list[Signature]:
    """A function and the class that calls it; `of_class` are the class's arguments where they differ.

    `of_object` are the arrays that its object is given, where they have other names there.
    """
    call = f"{_FUNCTIONS.module}.{function}"
    given = {"data": of_object} if of_object else {}
    made = _CLASSES.made(class_, losses, of_class or arguments, call=call, **{**facts, **given})
    return [_FUNCTIONS.function(function, losses, arguments, **facts), made]


TORCH = (
    *_both("mse_loss", "MSELoss", "mse l2", f"{_OLD} weight", of_class=_OLD),
    *_both("l1_loss", "L1Loss", "mae l1", f"{_OLD} weight", of_class=_OLD),
    *_both("huber_loss", "HuberLoss", "huber", "reduction delta weight", of_class="reduction delta"),
    *_both("smooth_l1_loss", "SmoothL1Loss", "smooth_l1", f"{_OLD} beta"),
    *_both("soft_margin_loss", "SoftMarginLoss", "soft_margin", _OLD),
    *_both("hinge_embedding_loss", "HingeEmbeddingLoss", "hinge_embedding", f"margin {_OLD}", input="values"),
    *_both("multilabel_margin_loss", "MultiLabelMarginLoss", "multilabel_margin", _OLD),
    *_both(
        "multilabel_soft_margin_loss",
        "MultiLabelSoftMarginLoss",
        "multilabel_soft_margin",
        f"weight:class_weights {_OLD}",
    ),
    *_both("multi_margin_loss", "MultiMarginLoss", "multi_margin", f"p margin weight:class_weights {_OLD}"),
    *_both("binary_cross_entropy", "BCELoss", "sigmoid_cross_entropy", f"{_WEIGHT} {_OLD}", input="probs"),
    *_both(
        "binary_cross_entropy_with_logits",
        "BCEWithLogitsLoss",
        "sigmoid_cross_entropy",
        f"{_WEIGHT} {_OLD} pos_weight",
        input="logits",
    ),
    *_both(
        "cross_entropy",
        "CrossEntropyLoss",
        "softmax_cross_entropy",
        "weight:class_weights size_average ignore_index reduce reduction label_smoothing",
        input="logits",
    ),
    *_both(
        "nll_loss",
        "NLLLoss",
        "nll softmax_cross_entropy",
        "weight:class_weights size_average ignore_index reduce reduction",
        input="logprobs",
    ),
    *_both("kl_div", "KLDivLoss", "kl_divergence", f"{_OLD} log_target:label_input!log_target", input="logprobs"),
    *_both("gaussian_nll_loss", "GaussianNLLLoss", "gaussian_nll", "full eps reduction",
           of_class="* full eps reduction", data="input:pred target:label var:variance"),
    *_both(
        "poisson_nll_loss",
        "PoissonNLLLoss",
        "poisson_nll",
        "log_input:log_rates|rates=True full size_average eps reduce reduction",
        of_object="log_input:pred target:label",
    ),
    *_both(
        "triplet_margin_loss",
        "TripletMarginLoss",
        "triplet",
        f"margin p eps:epsilon swap:only=False {_OLD}",
        data="anchor:pred positive negative",
        mining=None,
        distance="euclidean",
    ),
    *_both(
        "margin_ranking_loss",
        "MarginRankingLoss",
        "margin_ranking",
        f"margin {_OLD}",
        data="input1:pred input2:other target:label",
    ),
    *_both(
        "cosine_embedding_loss",
        "CosineEmbeddingLoss",
        "cosine_embedding",
        f"margin {_OLD}",
        data="input1:pred input2:other target:label",
    ),
    *_both(
        "ctc_loss",
        "CTCLoss",
        "ctc",
        "blank reduction zero_infinity:infeasible!zero_infinity=False",
        data="log_probs:pred targets:label input_lengths target_lengths:label_lengths",
    ),
    *_both("cosine_similarity", "CosineSimilarity", "cosine_similarity", "dim:class_axis eps:only=1e-8",
           data="x1:pred x2:label"),
    _FUNCTIONS.function(
        "linear_cross_entropy",
        "linear_cross_entropy",
        "* linear_bias:bias weight:class_weights reduction ignore_index label_smoothing options:-",
        data="input:pred linear_weight:class_weights_matrix target:label",
    ),
)  # fmt: skip

TORCHVISION = (
    Library("torchvision", "torchvision.ops", "inputs:pred targets:label").function(
        "sigmoid_focal_loss", "focal", "alpha:alpha!negative_is_none gamma reduction", activation="sigmoid"
    ),
)

_METRICS = Library("torchmetrics", "torchmetrics.functional", "preds:pred target:label")
_BINARY = Library("torchmetrics", "torchmetrics.functional.classification", "preds:pred target:label")
_REGRESSION = Library("torchmetrics", "torchmetrics.functional.regression", "preds:pred target:label")
TORCHMETRICS = (
    _METRICS.function("mean_absolute_error", "mae", "num_outputs:only=1"),
    _METRICS.function("mean_squared_error", "mse", "squared:only=True num_outputs:only=1"),
    _METRICS.function("mean_squared_error", "rmse", "squared:must=False num_outputs:only=1"),
    _METRICS.function("mean_absolute_percentage_error", "mape"),
    _METRICS.function("mean_squared_log_error", "msle"),
    _METRICS.function("minkowski_distance", "minkowski", "p", data="preds:pred targets:label"),
    _METRICS.function("r2_score", "r2", "adjusted:only=0 multioutput"),
    _METRICS.function("relative_squared_error", "relative_squared_error", "squared:only=True"),
    _METRICS.function("symmetric_mean_absolute_percentage_error", "smape"),
    _METRICS.function("explained_variance", "explained_variance", "multioutput:only='uniform_average'"),
    _METRICS.function("pearson_corrcoef", "pearson_correlation"),
    _METRICS.function("concordance_corrcoef", "concordance_correlation"),
    _BINARY.function("multilabel_coverage_error", "coverage_error",
                     "num_labels:- ignore_index:only=None validate_args:-"),
    _METRICS.function("tweedie_deviance_score", "tweedie", "power", data="preds:pred targets:label"),
    _METRICS.function("weighted_mean_absolute_percentage_error", "wape"),
    _METRICS.function("cosine_similarity", "cosine_similarity", "reduction='sum'"),
    _BINARY.function(
        "binary_calibration_error",
        "calibration_error",
        "n_bins:bins=15 norm ignore_index:only=None validate_args:-",
    ),
    _BINARY.function(
        "multiclass_calibration_error",
        "calibration_error",
        "num_classes:- n_bins:bins=15 norm ignore_index:only=None validate_args:-",
    ),
    _BINARY.function(
        "binary_hamming_distance",
        "hamming",
        "threshold multidim_average:only='global' ignore_index:only=None validate_args:-",
    ),
    _REGRESSION.function("jensen_shannon_divergence", "js_divergence", "log_prob:only=False reduction",
                         data="p:label q:pred", input="probs"),
    _REGRESSION.function("log_cosh_error", "log_cosh"),
    _REGRESSION.function("normalized_root_mean_squared_error", "nrmse", "normalization:divisor num_outputs:only=1"),
    Library("torchmetrics", "torchmetrics.functional.image", "preds:pred target:label").function(
        "peak_signal_noise_ratio", "psnr", "data_range base:only=10.0 reduction:only='elementwise_mean' dim:only=None"
    ),
    Library("torchmetrics", "torchmetrics.functional.text", "preds:pred target:label").function(
        "perplexity", "perplexity", "ignore_index"
    ),
)  # fmt: skip
