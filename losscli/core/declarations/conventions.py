"""What is true of a framework whatever the loss, and how a loss says what is special to it there.

`--like FRAMEWORK` reports the value that the framework reports. The facts are data: a `Framework` here, and a `Call` or
several in the loss's own declaration. Nothing else in the package knows a framework by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..did_you_mean import nearest
from ..errors import UsageProblem
from ..record import field, fields, record
from ..scratch import Array

_SMP, _PML = ("smp", "segmentation_models_pytorch"), ("pytorch_metric_learning",)
NAN, _A_ROW = float("nan"), "it returns one score a row; the mean is np.mean"


@record
class Framework:
    """A framework's own rules: what a mean divides by, its floats, and what it makes of nothing.

    `dtype` is float32 or float64 whatever the arrays hold, or "input" for theirs. `empty` and `zero_weight` are its
    value without rows and without weight; None where it raises. `nan` is its policy for NaN in the data.
    """

    title: str
    version: str
    modules: tuple[str, ...] = ()  # where its losses stand, as the presets name them
    dtype: str = "input"
    denominator: str = "count"
    weights: bool = True  # whether its losses take a weight a row, unless a call says otherwise
    empty: float | None = NAN
    zero_weight: float | None = NAN
    nan: str = "propagate"
    class_axis: int | None = None  # of predictions with more than two axes
    # overlaps of images with channels: together, one each of (n, c, h, w), of axis 1 (second), or unproved and refused
    channels: str = "together"
    lone_weight: bool = True  # whether overlap losses weigh a class that counts alone
    lists_broadcast: bool = False  # whether a list of one value a class goes along the last axis, whatever it holds
    by_last_axis: bool = False  # whether alpha and the share of smoothed labels follow the last axis, not the classes
    sums_means: bool = False  # whether a sum adds the means of rows, not their elements
    sums_pixels: bool = False  # whether a sum adds the means over the pixels of an image, one a class
    means_classes: bool = False  # whether a sum beside class numbers is the mean of the classes' sums
    labels: str = ""  # the floats that labels and weights are stored in, where they are not those of predictions
    note: str = ""


FRAMEWORKS = {
    "tf1": Framework(
        "TensorFlow, tf.compat.v1",
        "2.21",
        modules=("tf",),
        dtype="float32",
        denominator="nonzero",
        empty=0.0,
        zero_weight=0.0,
        class_axis=-1,
    ),
    "keras": Framework(
        "Keras",
        "3.15",
        modules=("keras",),
        dtype="float32",
        zero_weight=0.0,
        by_last_axis=True,
        sums_means=True,
        class_axis=-1,
        note="the Loss classes, TensorFlow backend; one column counts as (n, 1); a sum adds the means of rows",
    ),
    "torch": Framework("PyTorch, torch.nn.functional", "2.13", modules=("torch",), class_axis=1, lists_broadcast=True),
    "sklearn": Framework(
        "scikit-learn, sklearn.metrics",
        "1.9",
        modules=("sklearn",),
        denominator="weights",
        empty=None,
        zero_weight=None,
        nan="error",
    ),
    "optax": Framework(
        "optax",
        "0.2.8",
        modules=("optax",),
        dtype="float32",
        weights=False,
        class_axis=-1,
        channels="unproved",
        note="it returns one loss a row; the mean is jnp.mean",
    ),
    "torchvision": Framework("torchvision.ops", "0.29", modules=("torchvision",), weights=False, class_axis=1),
    "monai": Framework(
        "MONAI",
        "1.6",
        modules=("monai",),
        weights=False,
        class_axis=1,
        channels="second",
        lone_weight=False,
        sums_pixels=True,
        note="axis 1 holds the channels, of arrays (n, c, ...); images without channels are (n, 1, ...)",
    ),
    "smp": Framework(
        "segmentation-models-pytorch", "0.6", _SMP, weights=False, class_axis=1, channels="each", means_classes=True
    ),
    "torchmetrics": Framework("torchmetrics.functional", "1.9", modules=("torchmetrics",), weights=False, class_axis=1),
    "xgboost": Framework(
        "XGBoost, Booster.eval",
        "3.2",
        dtype="float32",
        denominator="weights",
        zero_weight=0.0,
        note="the evaluation metrics, of predictions as they are transformed; no rows is an error of XGBoost's",
    ),
    "lightgbm": Framework(
        "LightGBM, Booster.eval",
        "4.7",
        dtype="float64",
        denominator="weights",
        labels="float32",
        note="the evaluation metrics, of predictions as they are transformed; labels and weights are stored as float32",
    ),
    "catboost": Framework(
        "CatBoost, catboost.utils.eval_metric",
        "1.2",
        dtype="float64",
        denominator="weights",
        zero_weight=0.0,
        labels="float32",
        note="of raw predictions; labels and weights are stored as float32",
    ),
    "pml": Framework("PyTorch Metric Learning", "2.9", modules=_PML, denominator="weights", weights=False),
    "trl": Framework("TRL, DPOTrainer", "1.16", modules=("trl",), weights=False),
    "gluonts": Framework("GluonTS, gluonts.evaluation.metrics", "0.17", modules=("gluonts",), weights=False),
    "utilsforecast": Framework(
        "utilsforecast.losses",
        "0.2",
        modules=("utilsforecast",),
        weights=False,
        nan="omit",
        note="of a pandas DataFrame, of each series by itself; rows whose loss is NaN are left out of its means",
    ),
    "scoringrules": Framework("scoringrules", "0.10", ("scoringrules",), weights=False, note=_A_ROW),
    "properscoring": Framework("properscoring", "0.1", ("properscoring",), weights=False, note=_A_ROW),
    "paper": Framework(
        "the paper the loss is from", "", dtype="float64", denominator="weights", zero_weight=None, nan="error"
    ),
    "document": Framework(
        "the summary of losses losscli was first asked for", "", dtype="float64", zero_weight=None, nan="error"
    ),
}


@record
class Call:
    """One call of a framework: what it takes, and where it leaves the loss's neutral defaults.

    `input` and `form` say which predictions and labels it stands for ("" any); `when` which parameters; `accepts`
    says it of those that were given where no single value can. `knobs` are values of the loss's own parameters.
    `squash` ("sigmoid" or "softmax") makes probabilities of logits first, as floats of the framework. `class_axis`
    holds the classes or vectors where it is not the framework's usual axis. `inputs` and `items` are the dtypes of
    what goes in and of each row's loss, where they differ from the framework's. `factor` multiplies the loss;
    `kernel` replaces it by a formula of the call's own.
    """

    text: str
    input: str = ""
    form: str = ""
    when: Mapping[str, Any] = field(default_factory=dict)
    accepts: Callable[[Mapping[str, Any]], bool] | None = None
    denominator: str | None = None
    reduction: str | None = None
    weights: bool | None = None
    inputs: str | None = None
    items: str | None = None
    squash: str = ""
    class_axis: int | None = None
    factor: float = 1.0
    kernel: Callable[..., Any] | None = None
    note: str = ""
    knobs: Mapping[str, Any] = field(default_factory=dict)

    def stands_for(self, kind: str | None, params: Mapping[str, Any]) -> bool:
        """Whether it is the call for this kind of predictions and these given parameters."""
        if kind is not None and self.input not in ("", kind):
            return False
        if self.accepts is not None and not self.accepts(params):
            return False
        return all(params.get(name, value) == value for name, value in self.when.items())

    def settings(self) -> dict[str, Any]:
        """Where it leaves the loss's neutral defaults, as names and values for a reader."""
        settings: dict[str, Any] = {}
        if self.input:
            settings["input"] = self.input
        if self.form:
            settings["label"] = self.form
        settings.update(self.when)
        settings.update(self.knobs)
        for name in ("reduction", "denominator", "class_axis", "squash"):
            if getattr(self, name):
                settings[name] = getattr(self, name)
        if self.factor != 1.0:
            settings["factor"] = self.factor
        if self.kernel is not None:
            settings["formula"] = "its own"
        return settings


def call(text: str, **facts: Any) -> Call:
    """A `Call`; what is no field of it is a knob: `call("torch.nn.functional.mse_loss", beta=1.0)`."""
    known = fields(Call)
    knobs = {name: facts.pop(name) for name in list(facts) if name not in known}
    return Call(text, knobs=knobs, **facts)


@record
class Preset:
    """A framework's call, chosen for one run. `inputs` and `items` are dtypes: float32 or float64."""

    like: str
    framework: Framework
    call: Call
    inputs: str
    items: str

    @property
    def versioned(self) -> str:
        """The convention with the version it was checked against: keras@3.15."""
        return self.like if "@" in self.like or not self.framework.version else f"{self.like}@{self.framework.version}"

    @property
    def recipe(self) -> str:
        """The convention with its version, and its floats."""
        return f"{self.versioned} {self.inputs}"

    def as_stored(self, values: Array) -> Array:
        """Labels or weights as the framework stores them, in the dtype they came in."""
        if not self.framework.labels or values.dtype.kind != "f":
            return values
        with np.errstate(over="ignore", under="ignore"):
            return values.astype(self.framework.labels).astype(values.dtype)

    def as_items(self, values: Array) -> Array:
        """The values as the framework's floats, in float64."""
        with np.errstate(over="ignore", under="ignore"):
            return values.astype(self.items).astype(np.float64)

    def rounded(self, value: float) -> float:
        """The value as the framework's float."""
        return float(self.as_items(np.array(value)))


def is_call(like: object) -> bool:
    """Whether what `like` was given is a call, or the name of one, and not a framework: F.mse_loss(x, y)."""
    return isinstance(like, str) and ("(" in like or "." in like.partition("@")[0])


def split_like(like: str) -> tuple[str, str, str]:
    """Framework, version and call of a convention: keras, keras@3.15, or a call such as keras.losses.Huber."""
    name, _, version = like.strip().partition("@")
    module, dot, _ = name.partition(".")
    if dot:
        owner = next((key for key, framework in FRAMEWORKS.items() if module in framework.modules), name)
        return owner, version, name
    return name.lower(), version, ""


def framework_of(like: str) -> Framework:
    """The framework of a convention such as keras or keras@3.15; one that is not known is a UsageProblem."""
    name = split_like(like)[0]
    if name not in FRAMEWORKS:
        hint = nearest(name, FRAMEWORKS) or f"There are {', '.join(FRAMEWORKS)}."
        raise UsageProblem(f"There is no framework {like!r}.", hint, kind="unknown_convention", options=("like",))
    return FRAMEWORKS[name]


def preset(like: str, chosen: Call, dtypes: Mapping[str, str]) -> Preset:
    """The call with its dtypes decided; `dtypes` are those of the roles' files."""
    framework, own = framework_of(like), _input_dtype(dtypes)
    name, _, called = split_like(like)
    inputs, items = chosen.inputs or framework.dtype, chosen.items or framework.dtype
    return Preset(
        name if called else like,
        framework,
        chosen,
        own if inputs == "input" else inputs,
        own if items == "input" else items,
    )


def _input_dtype(dtypes: Mapping[str, str]) -> str:
    """float32 where no floats among predictions and labels are wider."""
    floats = {dtypes.get(role, "") for role in ("pred", "label")}
    floats = {name for name in floats if name.startswith("float")}
    return "float32" if floats and floats <= {"float32", "float16"} else "float64"
