from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Choice, Interval, inf
from ...core.declarations.param import Param
from ...core.errors import UsageProblem
from ...core.loss import ZERO_AT_PERFECT, Paper, call, loss
from ...core.scratch import Array, like
from ...core.sums.exact import row_dots
from .._stable import class_logs, times
from ._divergences import BASE, DIRECTION, FLOOR, FORMULA, NORMALIZE, KlConvention, softened_terms


@loss(
    "kl_divergence",
    aliases=("kl", "kullback_leibler"),
    family="divergences",
    pred=("probs", "logits", "logprobs"),
    label=lambda params: ("distribution", "binary") if params["label_input"] == "probs" else ("class_scores",),
    pred_dims=(1, 2),
    item="sum",
    flat_is_one_row=True,
    formula="sum_c label_c log(label_c / p_c),  KL(label || pred)",
    unit="nats",
    facts={ZERO_AT_PERFECT},
    source=Paper("Kullback and Leibler 1951, On information and sufficiency", "doi:10.1214/aoms/1177729694"),
    like={
        "tf1": call(
            "tf.compat.v1.distributions.kl_divergence(Categorical(probs=labels), Categorical(probs=probs))",
            input="probs",
            weights=False,
            inputs="input",
            items="input",
            formula="tf",
        ),
        "keras": call("keras.losses.KLDivergence()(labels, probs, sample_weight)", input="probs", floor=1e-7),
        "torch": (
            call(
                "torch.nn.functional.kl_div(logprobs, labels)",
                input="logprobs",
                weights=False,
                denominator="elements",
                formula="torch",
                note="--denominator count is the next",
            ),
            call(
                "torch.nn.functional.kl_div(logprobs, labels, reduction='batchmean')",
                input="logprobs",
                weights=False,
                formula="torch",
            ),
        ),
        "optax": (
            call("optax.kl_divergence(logprobs, labels)", input="logprobs", formula="optax"),
            call("optax.kl_divergence(jnp.log(probs), labels)", input="probs", formula="optax"),
        ),
        "document": call("c times the cross entropy, less the entropy of the label", formula="cross"),
    },
    elsewhere={"scipy": "scipy.stats.entropy(labels, probs, axis=1) (--normalize both); rel_entr, a term a class"},
    errata="Not symmetric: KL(label || pred) is not KL(pred || label). It is cross entropy minus the label's entropy, "
    "without a factor n.",
    example="digits/probs.npy digits/teacher.npy",
)
def kl_divergence(
    pred: Array,
    label: Array,
    *,
    input: str,
    label_input: Annotated[str, Param("what the labels are", Choice("probs", "logits", "logprobs"))] = "probs",
    temperature: Annotated[
        float, Param("logits of predictions and labels are divided by it", Interval(0, inf, "neither"))
    ] = 1.0,
    temperature_squared: Annotated[bool, Param("multiply the loss by the square of the temperature")] = False,
    direction: Annotated[str, DIRECTION] = "forward",
    base: Annotated[str, BASE] = "e",
    floor: Annotated[float, FLOOR] = 0.0,
    normalize: Annotated[str, NORMALIZE] = "neither",
    formula: Annotated[str, FORMULA] = "exact",
) -> Array:
    """Kullback-Leibler divergence of the prediction from the label's distribution.

    Use it to compare distributions (distillation, calibration); with one-hot labels it is the cross entropy. For the
    logits of a student and a teacher take --input logits --label-input logits --temperature T.
    Shapes: pred and label (n, c), one distribution a row; (n,) is one distribution. Neither is normalised.
    Notes: label 0 costs 0; label above 0 where the prediction is 0 costs inf. Rows that do not sum to one may cost
    less than 0.
    """
    if input == "logits" and pred.ndim == 1:
        raise UsageProblem("kl_divergence of logits needs one column a class.", kind="bad_shape", options=("pred",))
    convention = KlConvention(direction, base, floor, normalize, formula)
    if (label_input, temperature, temperature_squared, formula) == ("logprobs", 1.0, False, "torch"):
        return convention.terms_of_logs(pred, label, input)
    if (label_input, temperature, temperature_squared) != ("probs", 1.0, False):
        if convention != KlConvention():
            raise UsageProblem(
                "--label-input and --temperature do not go with a framework's formula of kl_divergence.",
                "Leave out --like and its knobs.",
                options=("label-input", "temperature", "like"),
            )
        terms = softened_terms(pred, label, input, label_input, temperature)
        return terms * (temperature * temperature) if temperature_squared else terms
    if convention != KlConvention():
        return convention.terms(pred, label, input)
    if input == "probs":
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            part = np.divide(label, pred, out=like("kl", pred))
            np.log(part, out=part)
            part = row_dots(part, label) if part.ndim == 2 else np.multiply(part, label, out=part)
        if np.isfinite(np.add.reduce(part)):
            return part
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.log(label, out=like("kl", pred), dtype=pred.dtype)
        part -= class_logs(pred, input)
    np.copyto(part, 0.0, where=np.isnan(part) & (label == 0) & ~np.isnan(pred))  # log 0 - log 0
    return times(np.asarray(label, dtype=pred.dtype), part, "kl part")


@kl_divergence.formula
def _(
    m: Any, pred: Any, label: Any, *, input: str, label_input: str, temperature: float, temperature_squared: bool
) -> Any:
    rows = (pred, label) if isinstance(pred, list) else ([pred], [label])
    t = m.number(temperature)
    logs = m.class_logs([x / t for x in rows[0]] if input == "logits" else rows[0], input)
    if label_input == "probs":
        terms = (0 if y == 0 else y * (m.log(y) - log_p) for y, log_p in zip(rows[1], logs, strict=True))
    else:
        own = m.class_logs([y / t for y in rows[1]] if label_input == "logits" else rows[1], label_input)
        terms = (m.times(m.exp(y), y - log_p) for y, log_p in zip(own, logs, strict=True))
    return m.sum(terms) * (t * t if temperature_squared else 1)


kl_divergence.case(pred=[[0.5, 0.3, 0.2]], label=[[0.7, 0.2, 0.1]], expect=0.0851228)
kl_divergence.case(pred=[0.5, 0.3, 0.2], label=[0.7, 0.2, 0.1], expect=0.0851228)
kl_divergence.case(pred=[[0.7, 0.2, 0.1]], label=[[0.5, 0.3, 0.2]], expect=0.0920329)
kl_divergence.case(pred=[[0.5, 0.5]], label=[[1, 0]], expect="ln 2")
kl_divergence.case(pred=[[0.0, 1.0]], label=[[0.0, 1.0]], expect="0")
kl_divergence.case(
    pred=[[0.0, 0.0]], label=[[0.0, 1.3862943611198906]], input="logits", label_input="logits", temperature=2.0,
    expect=0.0566330,
)  # fmt: skip
