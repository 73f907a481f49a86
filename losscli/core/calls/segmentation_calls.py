"""The losses of MONAI and segmentation_models_pytorch (smp)."""

from __future__ import annotations

from .signatures import Library, Signature

_MONAI = Library("monai", "monai.losses", "input:pred target:label")
# What makes classes of a file's numbers, or leaves some out, is refused by its name.
_HEAD = (
    "include_background:only=True to_onehot_y:only=False sigmoid:logits|probs=False softmax:only=False "
    "other_act:only=None"
)
_SOFT = "soft_label:only=False ignore_index:only=None"
_POOL = "batch:pool!batch_or_image=False"
_SMOOTH = f"reduction smooth_nr:smooth=1e-05 smooth_dr:eps-smooth_nr!number=1e-05 {_POOL}"
_HALF = f"reduction smooth_nr:smooth!half=1e-05 smooth_dr:eps-smooth_nr!half=1e-05 {_POOL}"

MONAI = (
    _MONAI.made("DiceLoss", "dice",
                f"{_HEAD} squared_pred:power!squared=False jaccard:only=False {_SMOOTH} weight:only=None {_SOFT}"),
    _MONAI.made("DiceLoss", "jaccard",
                f"{_HEAD} squared_pred:only=False jaccard:must=True {_HALF} weight:only=None {_SOFT}"),
    _MONAI.made("TverskyLoss", "tversky", f"{_HEAD} alpha:fp_weight=0.5 beta:fn_weight=0.5 {_SMOOTH} {_SOFT}"),
    _MONAI.made("FocalLoss", "focal",
                "include_background:only=True to_onehot_y:only=False gamma alpha weight:only=None reduction "
                "use_softmax:only=False ignore_index:only=None", input="logits", activation="sigmoid"),
    _MONAI.made("FocalLoss", "focal",
                "include_background:only=True to_onehot_y:- gamma alpha weight:only=None reduction "
                "use_softmax:must=True ignore_index:only=None", input="logits", activation="softmax"),
)  # fmt: skip

_SMP_BINARY = (
    "mode:only='binary' classes:only=None log_loss:only=False from_logits:logits|probs=True {smooth} "
    "ignore_index:ignore_label {eps}"
)
_DICE = _SMP_BINARY.format(smooth="smooth:smooth!twice", eps="eps:floor!twice")
_OTHERS = _SMP_BINARY.format(smooth="smooth", eps="eps:floor")
_WEIGHTS = "alpha:fp_weight=0.5 beta:fn_weight=0.5"
_NO_CLASSES = "class_weights:only=None"


def _smp(name: str, loss: str, arguments: str, **settings: str) -> Signature:
    return Library("smp", "smp.losses", "y_pred:pred y_true:label").made(name, loss, arguments, **settings)


SMP = (
    _smp("DiceLoss", "dice", f"{_DICE} {_NO_CLASSES}"),
    _smp("JaccardLoss", "jaccard", f"{_OTHERS} {_NO_CLASSES}"),
    _smp("TverskyLoss", "tversky", f"{_OTHERS} {_WEIGHTS} gamma:only=1.0 {_NO_CLASSES}"),
    _smp("TverskyLoss", "focal_tversky", f"{_OTHERS} {_WEIGHTS} gamma=1.0 {_NO_CLASSES}"),
    _smp(
        "FocalLoss",
        "focal",
        "mode:only='binary' alpha gamma ignore_index:ignore_label from_logits:logits|probs=True eps:only=1e-07 "
        f"reduction normalized:only=False reduced_threshold:only=None {_NO_CLASSES}",
        activation="sigmoid",
    ),
)
