"""The losses of Keras and TensorFlow: classes, functions, tf.compat.v1.losses, tf.nn."""

from __future__ import annotations

from typing import Any

from .signatures import Library, Signature

_KERAS = Library("keras", "keras.losses", "y_true:label y_pred:pred")
_METRICS = Library("keras", "keras.metrics", "y_true:label y_pred:pred sample_weight:weight")
_MADE = "reduction name:- dtype:only=None"
_OF_OBJECT = "y_true:label y_pred:pred sample_weight:weight"
_LOGITS = "from_logits:logits|probs=False"


def _both(
    class_: str, function: str, losses: str, arguments: str = "", of_class: str = _MADE, **facts: Any
) -> list[Signature]:
    """A class, and the function of rows whose mean it takes; a function takes what the class does, but `of_class`."""
    made = _KERAS.made(class_, losses, f"{arguments} {of_class}", data=_OF_OBJECT, **facts)
    return [made, _KERAS.function(function, losses, arguments, call=made.call, **facts)]


KERAS = (
    *_both("MeanSquaredError", "mean_squared_error", "mse"),
    *_both("MeanAbsoluteError", "mean_absolute_error", "mae"),
    *_both("MeanAbsolutePercentageError", "mean_absolute_percentage_error", "mape"),
    *_both("MeanSquaredLogarithmicError", "mean_squared_logarithmic_error", "msle"),
    *_both("Huber", "huber", "huber", "delta"),
    *_both("LogCosh", "log_cosh", "log_cosh"),
    *_both("Poisson", "poisson", "poisson"),
    *_both("KLDivergence", "kl_divergence", "kl_divergence", input="probs"),
    *_both("Hinge", "hinge", "hinge"),
    *_both("SquaredHinge", "squared_hinge", "squared_hinge"),
    *_both("CategoricalHinge", "categorical_hinge", "categorical_hinge"),
    _KERAS.made("Circle", "circle", f"gamma margin remove_diagonal:only=True {_MADE}", data=_OF_OBJECT),
    *_both("CosineSimilarity", "cosine_similarity", "cosine_similarity", "axis:class_axis"),
    *_both("BinaryCrossentropy", "binary_crossentropy", "sigmoid_cross_entropy",
           f"{_LOGITS} label_smoothing axis:only=-1"),
    *_both("CategoricalCrossentropy", "categorical_crossentropy", "softmax_cross_entropy",
           f"{_LOGITS} label_smoothing axis:class_axis"),
    _KERAS.made("SparseCategoricalCrossentropy", "softmax_cross_entropy",
                f"{_LOGITS} ignore_class:ignore_index reduction axis:class_axis name:- dtype:only=None",
                data=_OF_OBJECT),
    _KERAS.function("sparse_categorical_crossentropy", "softmax_cross_entropy",
                    f"{_LOGITS} ignore_class:only=None axis:class_axis",
                    call="keras.losses.SparseCategoricalCrossentropy"),
    *_both("BinaryFocalCrossentropy", "binary_focal_crossentropy", "focal",
           f"apply_class_balancing:not=True alpha:- gamma {_LOGITS} label_smoothing:only=0.0 axis:only=-1",
           activation="sigmoid"),
    *_both("BinaryFocalCrossentropy", "binary_focal_crossentropy", "focal",
           f"apply_class_balancing:must=True alpha:alpha gamma {_LOGITS} label_smoothing:only=0.0 axis:only=-1",
           activation="sigmoid", alpha=0.25),
    *_both("CategoricalFocalCrossentropy", "categorical_focal_crossentropy", "focal",
           f"alpha gamma {_LOGITS} label_smoothing:only=0.0 axis:class_axis", activation="softmax"),
    *_both("CategoricalGeneralizedCrossEntropy", "categorical_generalized_cross_entropy",
           "generalized_cross_entropy", "q"),
    _KERAS.made("Dice", "dice", "reduction name:- axis:axes!axes=None dtype:only=None", data=_OF_OBJECT),
    _KERAS.function("dice", "dice", "axis:axes!axes=None", call="keras.losses.Dice"),
    _KERAS.made("Tversky", "tversky",
                "alpha:fn_weight=0.5 beta:fp_weight=0.5 reduction name:- axis:axes!axes=None dtype:only=None",
                data=_OF_OBJECT),
    _KERAS.function("tversky", "tversky", "alpha:fn_weight=0.5 beta:fp_weight=0.5 axis:axes!axes=None",
                    call="keras.losses.Tversky"),
    _KERAS.made("CTC", "ctc", _MADE, data=_OF_OBJECT),
    _KERAS.function("ctc", "ctc", call="keras.losses.CTC"),
    _METRICS.made("RootMeanSquaredError", "rmse", "name:- dtype:only=None"),
    _METRICS.made("R2Score", "r2",
                  "class_aggregation:only='uniform_average' num_regressors:only=0 name:- dtype:only=None"),
)  # fmt: skip

_TF1 = Library("tf1", "tf.compat.v1.losses", "labels:label predictions:pred")
_COMMON = "scope:- loss_collection:- reduction"
_NN = Library("tf1", "tf.nn", "labels:label logits:pred")


def _with_logits(name: str, losses: str, like: str, arguments: str, **facts: Any) -> list[Signature]:
    """A function of tf.nn that gives the loss of a row or an element, and whose mean tf.compat.v1.losses takes."""
    facts = {"call": f"tf.compat.v1.losses.{like}", "input": "logits", **facts}
    names = (name, f"{name}_v2") if name == "softmax_cross_entropy_with_logits" else (name,)
    return [_NN.function(each, losses, f"{arguments} name:-", **facts) for each in names]


TENSORFLOW = (
    _TF1.function("absolute_difference", "mae", f"weights:weight {_COMMON}"),
    _TF1.function("mean_squared_error", "mse", f"weights:weight {_COMMON}"),
    _TF1.function("mean_pairwise_squared_error", "mean_pairwise_squared_error",
                  "weights:weight scope:- loss_collection:-"),
    _TF1.function("cosine_distance", "cosine_distance", f"axis:class_axis weights:weight {_COMMON} dim:class_axis"),
    _TF1.function("hinge_loss", "hinge", f"weights:weight {_COMMON}", data="labels:label logits:pred"),
    _TF1.function("huber_loss", "huber", f"weights:weight delta {_COMMON}"),
    _TF1.function("log_loss", "sigmoid_cross_entropy log_loss", f"weights:weight epsilon:only=1e-7 {_COMMON}",
                  input="probs"),
    _TF1.function("sigmoid_cross_entropy", "sigmoid_cross_entropy", f"weights:weight label_smoothing {_COMMON}",
                  data="multi_class_labels:label logits:pred", input="logits"),
    _TF1.function("softmax_cross_entropy", "softmax_cross_entropy", f"weights:weight label_smoothing {_COMMON}",
                  data="onehot_labels:label logits:pred", input="logits"),
    _TF1.function("sparse_softmax_cross_entropy", "softmax_cross_entropy", f"weights:weight {_COMMON}",
                  data="labels:label logits:pred", input="logits"),
    *_with_logits("sigmoid_cross_entropy_with_logits", "sigmoid_cross_entropy", "sigmoid_cross_entropy", ""),
    *_with_logits("weighted_cross_entropy_with_logits", "sigmoid_cross_entropy", "sigmoid_cross_entropy", "pos_weight"),
    *_with_logits("softmax_cross_entropy_with_logits", "softmax_cross_entropy", "softmax_cross_entropy",
                  "axis:class_axis"),
    *_with_logits("sparse_softmax_cross_entropy_with_logits", "softmax_cross_entropy",
                  "sparse_softmax_cross_entropy", ""),
    _NN.function("log_poisson_loss", "poisson_nll", "compute_full_loss:full name:-",
                 data="targets:label log_input:pred", input="log_rates"),
    Library("tf1", "tf.compat.v1.nn", "labels:label inputs:pred sequence_length:input_lengths").function(
        "ctc_loss", "ctc",
        "preprocess_collapse_repeated:only=False ctc_merge_repeated:only=True "
        "ignore_longer_outputs_than_inputs:infeasible!zero_infinity=False time_major:layout!time_major=True "
        "logits:only=None"),
)  # fmt: skip
