"""The losses of scikit-learn and optax."""

from __future__ import annotations

from typing import Any

from .signatures import Library, Signature

_SKLEARN = Library("sklearn", "sklearn.metrics", "y_true:label y_pred:pred")
_OUTPUTS = "* sample_weight:weight multioutput"
_DECISIONS = "y_true:label pred_decision:pred"
_PROBS = "y_true:label y_proba:pred"
_CLASSES = "* labels:only=None pos_label:only=1 average='binary' sample_weight:weight zero_division:only='warn'"

SKLEARN = (
    _SKLEARN.function("mean_squared_error", "mse", f"{_OUTPUTS} squared:only=True"),
    _SKLEARN.function("mean_squared_error", "rmse", f"{_OUTPUTS} squared:must=False",
                      call="sklearn.metrics.root_mean_squared_error"),
    _SKLEARN.function("root_mean_squared_error", "rmse", _OUTPUTS),
    _SKLEARN.function("mean_absolute_error", "mae", _OUTPUTS),
    _SKLEARN.function("mean_absolute_percentage_error", "mape", _OUTPUTS),
    _SKLEARN.function("mean_squared_log_error", "msle", f"{_OUTPUTS} squared:only=True"),
    _SKLEARN.function("root_mean_squared_log_error", "rmsle", _OUTPUTS),
    _SKLEARN.function("explained_variance_score", "explained_variance",
                      "* sample_weight:weight multioutput:only='uniform_average' force_finite:only=True"),
    _SKLEARN.function("label_ranking_loss", "label_ranking", "* sample_weight:weight",
                      data="y_true:label y_score:pred"),
    _SKLEARN.function("coverage_error", "coverage_error", "* sample_weight:weight", data="y_true:label y_score:pred"),
    _SKLEARN.function("ndcg_score", "ndcg", "* k sample_weight:weight ignore_ties:ties!ties=False",
                      data="y_true:label y_score:pred", input="scores"),
    _SKLEARN.function("f1_score", "f_score", _CLASSES, input="classes"),
    _SKLEARN.function("fbeta_score", "f_score", "* beta " + _CLASSES.removeprefix("* "), input="classes"),
    _SKLEARN.function("precision_score", "precision_score", _CLASSES, input="classes"),
    _SKLEARN.function("recall_score", "recall_score", _CLASSES, input="classes"),
    _SKLEARN.function("jaccard_score", "jaccard_score", _CLASSES, input="classes"),
    _SKLEARN.function("matthews_corrcoef", "mcc", "* sample_weight:weight", input="classes"),
    _SKLEARN.function("cohen_kappa_score", "cohen_kappa", "* labels:only=None weights:only=None sample_weight:weight",
                      data="y1:label y2:pred", input="classes"),
    _SKLEARN.function("mean_pinball_loss", "pinball", "* sample_weight:weight alpha:quantile multioutput"),
    _SKLEARN.function("mean_poisson_deviance", "poisson_deviance", "* sample_weight:weight"),
    _SKLEARN.function("mean_gamma_deviance", "gamma_deviance", "* sample_weight:weight"),
    _SKLEARN.function("mean_tweedie_deviance", "tweedie", "* sample_weight:weight power"),
    _SKLEARN.function("d2_tweedie_score", "d2", "* sample_weight:weight power:of!deviance"),
    _SKLEARN.function("d2_absolute_error_score", "d2", f"{_OUTPUTS}:only='uniform_average'", of="mae"),
    _SKLEARN.function("d2_pinball_score", "d2",
                      "* sample_weight:weight alpha:of!pinball=0.5 multioutput:only='uniform_average'"),
    _SKLEARN.function("max_error", "max_error"),
    _SKLEARN.function("median_absolute_error", "median_absolute_error",
                      "* multioutput:only='uniform_average' sample_weight:weight"),
    _SKLEARN.function("r2_score", "r2", f"{_OUTPUTS} force_finite:constant!force_finite=True"),
    _SKLEARN.function("zero_one_loss", "zero_one", "* normalize:reduction!normalize sample_weight:weight",
                      input="classes"),
    _SKLEARN.function("hamming_loss", "hamming", "* sample_weight:weight", input="classes"),
    _SKLEARN.function("hinge_loss", "hinge multiclass_hinge", "* labels:in_order sample_weight:weight",
                      data=_DECISIONS),
    _SKLEARN.function("brier_score_loss", "brier",
                      "* sample_weight:weight pos_label:only=1 labels:in_order scale_by_half:scale_by_half!yes_or_no",
                      data=_PROBS, input="probs"),
    _SKLEARN.function("log_loss", "log_loss sigmoid_cross_entropy softmax_cross_entropy",
                      "* normalize:reduction!normalize sample_weight:weight labels:in_order "
                      "y_pred:only='deprecated'", data=_PROBS, input="probs"),
)  # fmt: skip

_PML = Library("pml", "pytorch_metric_learning.losses", "embeddings:pred labels:label")
PML = (
    _PML.made("NTXentLoss", "ntxent", "temperature"),
    _PML.made("SupConLoss", "supcon", "temperature"),
    _PML.made("CircleLoss", "circle", "m:margin gamma"),
    _PML.made("MultiSimilarityLoss", "multi_similarity", "alpha beta base"),
    _PML.made("NormalizedSoftmaxLoss", "normalized_softmax", "num_classes:- embedding_size:- temperature"),
    _PML.made("ProxyNCALoss", "proxy_nca", "num_classes:- embedding_size:- softmax_scale:scale"),
    _PML.made("ProxyAnchorLoss", "proxy_anchor", "num_classes:- embedding_size:- margin alpha"),
)

_AXIS = "axis:class_axis where:only=None"


def _optax(name: str, losses: str, arguments: str = "", **facts: Any) -> list[Signature]:
    """A function of optax, which stands in two modules."""
    call = facts.pop("call", f"optax.{name}")
    data = facts.pop("data", "predictions:pred targets:label")
    modules = (Library("optax", module, data) for module in ("optax", "optax.losses"))
    return [module.function(name, losses, arguments, call=call, **facts) for module in modules]


OPTAX = (
    *_optax("squared_error", "mse"),
    *_optax("l2_loss", "half_squared_error l2"),
    *_optax("huber_loss", "huber", "* delta"),
    *_optax("log_cosh", "log_cosh"),
    *_optax("hinge_loss", "hinge", data="predictor_outputs:pred targets:label"),
    *_optax("perceptron_loss", "perceptron", data="predictor_outputs:pred targets:label"),
    *_optax("sparsemax_loss", "sparsemax", data="logits:pred labels:label"),
    *_optax("multiclass_perceptron_loss", "multiclass_perceptron", data="scores:pred labels:label"),
    *_optax("multiclass_sparsemax_loss", "multiclass_sparsemax", data="scores:pred labels:label", input="logits"),
    *_optax("multiclass_hinge_loss", "multiclass_hinge", data="scores:pred labels:label"),
    *_optax("sigmoid_binary_cross_entropy", "sigmoid_cross_entropy", data="logits:pred labels:label", input="logits"),
    *_optax("sigmoid_focal_loss", "focal", "* alpha gamma", data="logits:pred labels:label", input="logits",
            activation="sigmoid"),
    *_optax("softmax_cross_entropy", "softmax_cross_entropy", _AXIS, data="logits:pred labels:label", input="logits"),
    *_optax("softmax_cross_entropy_with_integer_labels", "softmax_cross_entropy", _AXIS,
            data="logits:pred labels:label", input="logits"),
    *_optax("poly_loss_cross_entropy", "poly", f"* epsilon:eps {_AXIS}", data="logits:pred labels:label",
            input="logits"),
    *_optax("kl_divergence", "kl_divergence", _AXIS, data="log_predictions:pred targets:label", input="logprobs"),
    *_optax("cosine_distance", "cosine_distance", "* epsilon:only=0.0 axis:class_axis where:only=None"),
    *_optax("cosine_similarity", "cosine_similarity", "* epsilon:only=0.0 axis:class_axis where:only=None"),
    *_optax("triplet_margin_loss", "triplet", "axis:only=-1 norm_degree:p margin eps:epsilon",
            data="anchors:pred positives:positive negatives:negative", mining=None, distance="euclidean",
            call="optax.losses.triplet_margin_loss"),
    *_optax("ntxent", "ntxent", "temperature", data="embeddings:pred labels:label"),
    *_optax("ranking_softmax_loss", "ranking_softmax", "* where:only=None weights:only=None reduce_fn:reduction",
            data="logits:pred labels:label", call="optax.losses.ranking_softmax_loss"),
    *_optax("binary_dice_loss", "dice", "* smooth:smooth!twice apply_sigmoid:logits|probs=True",
            call="optax.losses.binary_dice_loss"),
)  # fmt: skip
