"""What is true of a framework whatever the loss, and how a loss says what is special to it there.

`--like FRAMEWORK` reports the value that the framework reports. The facts are data: a `Framework` here, and a `Call` or
several in the loss's own declaration. Nothing else in the package knows a framework by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .did_you_mean import nearest
from .errors import UsageProblem
from .inputs import KINDS
from .record import field, fields, record
from .scratch import Array

if TYPE_CHECKING:
    from .loss import Loss

NAN = float("nan")


@record
class Framework:
    """A framework's own rules: what a mean divides by, its floats, and what it makes of nothing.

    `dtype` is float32 or float64 whatever the arrays hold, or "input" for theirs. `empty` and `zero_weight` are its
    value without rows and without weight; None where it raises. `nan` is its policy for NaN in the data.
    """

    title: str
    version: str
    dtype: str = "input"
    denominator: str = "count"
    weights: bool = True  # whether its losses take a weight a row, unless a call says otherwise
    empty: float | None = NAN
    zero_weight: float | None = NAN
    nan: str = "propagate"
    sums_means: bool = False  # whether a sum adds the means of rows, not their elements
    note: str = ""


FRAMEWORKS = {
    "tf1": Framework(
        "TensorFlow, tf.compat.v1", "2.21", dtype="float32", denominator="nonzero", empty=0.0, zero_weight=0.0
    ),
    "keras": Framework(
        "Keras",
        "3.15",
        dtype="float32",
        zero_weight=0.0,
        sums_means=True,
        note="the Loss classes, TensorFlow backend; one column counts as (n, 1); a sum adds the means of rows",
    ),
    "torch": Framework("PyTorch, torch.nn.functional", "2.13"),
    "sklearn": Framework(
        "scikit-learn, sklearn.metrics",
        "1.9",
        denominator="weights",
        empty=None,
        zero_weight=None,
        nan="error",
    ),
    "optax": Framework(
        "optax", "0.2.8", dtype="float32", weights=False, note="it returns one loss a row; the mean is jnp.mean"
    ),
    "torchvision": Framework("torchvision.ops", "0.29", weights=False),
    "monai": Framework("MONAI", "1.6", weights=False),
    "smp": Framework("segmentation-models-pytorch", "0.6", weights=False),
    "xgboost": Framework("XGBoost, eval_metric", "3.2", dtype="float32", denominator="weights", zero_weight=0.0),
    "lightgbm": Framework("LightGBM, metric", "4.7", dtype="float64", denominator="weights"),
    "catboost": Framework("CatBoost, eval_metric", "1.2.10", dtype="float64", denominator="weights", zero_weight=0.0),
    "torchmetrics": Framework("torchmetrics.functional", "1.9", weights=False),
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

    `input` and `form` say which predictions and labels it stands for ("" any); `when` which parameters. `knobs` are
    values of the loss's own parameters. `squash` ("sigmoid" or "softmax") makes probabilities of logits first, as
    floats of the framework. `inputs` and `items` are the dtypes of what goes in and of each row's loss, where they
    differ from the framework's. `factor` multiplies the loss; `kernel` replaces it by a formula of the call's own.
    """

    text: str
    input: str = ""
    form: str = ""
    when: Mapping[str, Any] = field(default_factory=dict)
    denominator: str | None = None
    reduction: str | None = None
    weights: bool | None = None
    inputs: str | None = None
    items: str | None = None
    squash: str = ""
    factor: float = 1.0
    kernel: Callable[..., Any] | None = None
    note: str = ""
    knobs: Mapping[str, Any] = field(default_factory=dict)

    def stands_for(self, kind: str | None, params: Mapping[str, Any]) -> bool:
        """Whether it is the call for this kind of predictions and these given parameters."""
        if kind is not None and self.input not in ("", kind):
            return False
        return all(params.get(name, value) == value for name, value in self.when.items())


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
    def recipe(self) -> str:
        """The convention with the version it was checked against, and its floats."""
        name = self.like if "@" in self.like or not self.framework.version else f"{self.like}@{self.framework.version}"
        return f"{name} {self.inputs}"

    def as_items(self, values: Array) -> Array:
        """The values as the framework's floats, in float64."""
        with np.errstate(over="ignore", under="ignore"):
            return values.astype(self.items).astype(np.float64)

    def rounded(self, value: float) -> float:
        """The value as the framework's float."""
        return float(self.as_items(np.array(value)))


def calls(loss: Loss, like: str, kind: str | None, params: Mapping[str, Any]) -> tuple[Framework, tuple[Call, ...]]:
    """The framework, and its calls that compute the loss from this kind of predictions (None: any), best first."""
    framework, found = _known(loss, like)
    fitting = tuple(each for each in found if each.stands_for(kind, params))
    if fitting:
        return framework, fitting
    kinds = list(dict.fromkeys(each.input or "any" for each in found))
    if kind is not None and not any(each.stands_for(kind, {}) for each in found):
        raise UsageProblem(f"{like} has no {loss.name} of {kind}.", f"It takes {' or '.join(kinds)}.")
    names = ", ".join(sorted({name for each in found for name in each.when if name in params}))
    raise UsageProblem(f"{like} has no {loss.name} with this {names}.", f"See losscli show {loss.name} --like {like}.")


def _known(loss: Loss, like: str) -> tuple[Framework, tuple[Call, ...]]:
    name, _, version = like.partition("@")
    name = name.strip().lower()
    if name not in FRAMEWORKS:
        hint = nearest(name, FRAMEWORKS) or f"There are {', '.join(FRAMEWORKS)}."
        raise UsageProblem(f"There is no convention {like!r}.", hint)
    framework = FRAMEWORKS[name]
    if version and version != framework.version:
        if f"{name}@{version}" in loss.like:
            return framework, loss.like[f"{name}@{version}"]
        known = [framework.version, *(key.partition("@")[2] for key in loss.like if key.startswith(f"{name}@"))]
        raise UsageProblem(
            f"{loss.name} like {name} {version} is not known.", f"Known: {', '.join(f'{name}@{v}' for v in known)}."
        )
    if name in loss.like:
        return framework, loss.like[name]
    has = ", ".join(key for key in loss.like if "@" not in key)
    raise UsageProblem(
        f"{framework.title} has no {loss.name}.", f"These have it: {has}." if has else "No framework here has it."
    )


def no_form(loss: Loss, like: str, found: tuple[Call, ...]) -> UsageProblem:
    """That none of the calls takes labels of the form the shapes give."""
    forms = ", ".join(dict.fromkeys(each.form for each in found if each.form))
    return UsageProblem(f"{like} has no {loss.name} for labels of this shape; it takes {forms}.")


def preset(like: str, framework: Framework, chosen: Call, dtypes: Mapping[str, str]) -> Preset:
    """The call with its dtypes decided; `dtypes` are those of the roles' files."""
    own = _input_dtype(dtypes)
    inputs, items = chosen.inputs or framework.dtype, chosen.items or framework.dtype
    return Preset(like, framework, chosen, own if inputs == "input" else inputs, own if items == "input" else items)


def _input_dtype(dtypes: Mapping[str, str]) -> str:
    """float32 where no floats among predictions and labels are wider."""
    floats = {dtypes.get(role, "") for role in ("pred", "label")}
    floats = {name for name in floats if name.startswith("float")}
    return "float32" if floats and floats <= {"float32", "float16"} else "float64"


def knobs(loss: Loss, each: Call) -> dict[str, Any]:
    """Where a call leaves the loss's neutral defaults, as names and values for a reader."""
    found: dict[str, Any] = {}
    if each.input:
        found["input"] = each.input
    if each.form:
        found["label"] = each.form
    found.update(each.when)
    found.update(each.knobs)
    for name in ("reduction", "denominator"):
        if getattr(each, name):
            found[name] = getattr(each, name)
    if each.squash:
        found["squash"] = each.squash
    if each.factor != 1.0:
        found["factor"] = each.factor
    if each.kernel is not None:
        found["formula"] = "its own"
    return found


def check(loss: Loss) -> None:
    """Programming errors in a loss's presets: unknown frameworks, kinds, parameters or values."""
    rules = {param.name: param for param in loss.params}
    for key, each in ((key, each) for key, found in loss.like.items() for each in found):
        if key.partition("@")[0] not in FRAMEWORKS:
            raise TypeError(f"{loss.name}: unknown framework {key!r}")
        if each.input and (each.input not in KINDS or each.input not in loss.pred):
            raise TypeError(f"{loss.name}: {key} takes no {each.input!r}")
        for name, value in {**each.knobs, **each.when}.items():
            if name not in rules:
                raise TypeError(f"{loss.name}: {key} sets {name!r}, which it does not have")
            rules[name].check(value)
