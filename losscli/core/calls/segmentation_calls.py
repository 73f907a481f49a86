"""The losses of MONAI and segmentation_models_pytorch (smp)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .signatures import Library, Signature

_MONAI = Library("monai", "monai.losses", "input:pred target:label")
# What makes probabilities of the predictions, and what follows from it. Labels say themselves whether they are one-hot.
_ACTIVATIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("sigmoid:not=True softmax:not=True", {"input": "probs"}),
    ("sigmoid:must=True softmax:only=False", {"input": "logits", "activation": "sigmoid"}),
    ("sigmoid:only=False softmax:must=True", {"input": "logits", "activation": "softmax"}),
)
_POOL = "batch:pool!batch_or_image=False"
_SMOOTH = f"reduction smooth_nr:smooth=1e-05 smooth_dr:eps-smooth_nr!number=1e-05 {_POOL}"
_HALF = f"reduction smooth_nr:smooth!half=1e-05 smooth_dr:eps-smooth_nr!half=1e-05 {_POOL}"
_WEIGHT = "weight:class_weights%include_background"
_SOFT = "soft_label:overlap!lesser ignore_index"


def _monai(name: str, losses: str, arguments: str, *, of_logits: bool = False) -> Iterator[Signature]:
    """A call of MONAI, with its three activations, or the two that make probabilities of logits."""
    for activation, settled in _ACTIVATIONS[of_logits:]:
        head = f"include_background:background=True to_onehot_y:- {activation} other_act:only=None"
        yield _MONAI.made(name, losses, f"{head} {arguments}", **settled)


_FOCAL = (
    "include_background:background=True to_onehot_y:- gamma alpha weight:class_weights%include_background reduction"
)

MONAI = (
    _MONAI.made("BoxGIoULoss", "box_iou", "reduction", measure="giou"),
    _MONAI.made("ContrastiveLoss", "ntxent", "temperature batch_size:-", data="input:pred target:other"),
    *_monai("DiceLoss", "dice", f"squared_pred:power!squared=False jaccard:not=True {_SMOOTH} {_WEIGHT} {_SOFT}"),
    *_monai("DiceLoss", "jaccard", f"squared_pred:only=False jaccard:must=True {_HALF} {_WEIGHT} {_SOFT}"),
    *_monai("TverskyLoss", "tversky", f"alpha:fp_weight=0.5 beta:fn_weight=0.5 {_SMOOTH} {_SOFT}"),
    *_monai("GeneralizedDiceLoss", "generalized_dice",
            f"w_type:weighting!word='square' {_SMOOTH} soft_label:overlap!lesser"),
    *_monai("DiceCELoss", "dice_ce",
            f"squared_pred:power!squared=False jaccard:only=False {_SMOOTH} weight:class_weights "
            "lambda_dice:dice_weight lambda_ce:ce_weight label_smoothing", of_logits=True),
    *_monai("DiceFocalLoss", "dice_focal",
            f"squared_pred:power!squared=False jaccard:only=False {_SMOOTH} gamma {_WEIGHT} "
            "lambda_dice:dice_weight lambda_focal:focal_weight alpha", of_logits=True),
    _MONAI.made("FocalLoss", "focal", f"{_FOCAL} use_softmax:not=True ignore_index", input="logits",
                activation="sigmoid"),
    _MONAI.made("FocalLoss", "focal", f"{_FOCAL} use_softmax:must=True ignore_index", input="logits",
                activation="softmax"),
)  # fmt: skip

_MODES: dict[str, tuple[str, dict[str, Any]]] = {
    "binary": ("classes:only=None {} ignore_index:ignore_label {} class_weights:only=None", {"channels": "together"}),
    "multiclass": ("classes:count_classes {} ignore_index {} class_weights", {"activation": "softmax"}),
    "multilabel": ("classes:count_classes {} ignore_index:ignore_label {} class_weights", {"channels": "each"}),
}


def _smp(name: str, loss: str, before: str, after: str, more: str = "") -> Iterator[Signature]:
    """A call of smp, with its three modes; `more` stands before the weights of classes."""
    for mode, (arguments, settings) in _MODES.items():
        last = after + f" {more}" * bool(more)
        text = arguments.format(f"log_loss:only=False from_logits:logits|probs=True {before}", last)
        yield _of_smp(name, loss, f"mode:must='{mode}' {text}", **settings)


def _of_smp(name: str, loss: str, arguments: str, **settings: Any) -> Signature:
    return Library("smp", "smp.losses", "y_pred:pred y_true:label").made(name, loss, arguments, **settings)


_WEIGHTS = "alpha:fp_weight=0.5 beta:fn_weight=0.5"
_SHARES = "class_weights!normalized"


def _smp_focal(mode: str, ignore: str, weights: str) -> str:
    """The arguments of smp's focal loss; its probabilities of several classes become something else than logits.

    Its sum over several masks is the mean of their sums.
    """
    probabilities = "only=True" if mode == "multiclass" else "logits|probs=True"
    reduction = "reduction!no_sum" if mode == "multilabel" else "reduction"
    return (
        f"mode:must='{mode}' alpha gamma {ignore} from_logits:{probabilities} eps:only=1e-07 reduction:{reduction} "
        f"normalized:only=False reduced_threshold:only=None class_weights:{weights}"
    )


_LOVASZ = "per_image:pool!image_or_batch=False ignore_index{} from_logits:-"

SMP = (
    _of_smp("LovaszLoss", "lovasz_hinge", "mode:must='binary' " + _LOVASZ.format(":ignore_label"), input="logits"),
    _of_smp("LovaszLoss", "lovasz_hinge", "mode:must='multilabel' " + _LOVASZ.format(":ignore_label"), input="logits"),
    _of_smp("LovaszLoss", "lovasz_softmax", "mode:must='multiclass' " + _LOVASZ.format(""), input="logits",
            activation="softmax"),
    *_smp("DiceLoss", "dice", "smooth:smooth!twice", "eps:floor!twice"),
    *_smp("JaccardLoss", "jaccard", "smooth", "eps:floor"),
    *_smp("TverskyLoss", "tversky", "smooth", "eps:floor", f"{_WEIGHTS} gamma:only=1.0"),
    *_smp("TverskyLoss", "focal_tversky", "smooth", "eps:floor", f"{_WEIGHTS} gamma=1.0"),
    _of_smp("FocalLoss", "focal", _smp_focal("binary", "ignore_index:ignore_label", "only=None"), activation="sigmoid"),
    _of_smp("FocalLoss", "focal", _smp_focal("multilabel", "ignore_index:only=None", _SHARES), activation="sigmoid"),
    _of_smp("FocalLoss", "focal", _smp_focal("multiclass", "ignore_index", _SHARES), activation="sigmoid"),
)  # fmt: skip
