import math
from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Choice, Interval, inf
from ...core.declarations.param import Param, Role
from ...core.errors import BadValue, UsageProblem
from ...core.loss import Paper, call, loss
from ...core.scratch import Array
from .._classes import SMOOTHINGS
from .._domains import refuse_below
from .._hard import softplus

_FORMS = (
    *("sigmoid", "hinge", "ipo", "robust", "apo_zero", "nca_pair", "sppo_hard"),
    *("apo_down", "exo_pair", "sigmoid_norm", "discopop"),
)
_SMOOTHED = ("sigmoid", "robust", "exo_pair")
_COUNTED = ("ipo", "sigmoid_norm")  # whose log-ratios may be, or are, means over tokens
_TAU = 0.05  # of discopop
Count = Annotated[
    Array | None,
    Role(
        "tokens of the chosen and of the rejected answer, for sigmoid_norm and ipo of means over tokens",
        "(n, 2)",
        whole_number=True,
    ),
]


def _trl(pred: Array, label: Array | None, *, form: str, count: Count = None, **params: Any) -> Array:
    """The same, but ipo is always of means over tokens."""
    if form == "ipo" and count is None:
        raise UsageProblem(
            "TRL's ipo divides each log-ratio by its number of tokens.",
            "Give the numbers with --count CHOSEN_TOKENS,REJECTED_TOKENS.",
            kind="missing_option",
            options=("count",),
            fix="--count",
        )
    return preference.kernel(pred, label, form=form, count=count, **params)  # type: ignore[no-any-return]


@loss(
    "preference",
    aliases=("dpo", "dpo_loss", "direct_preference_optimization"),
    family="language models",
    pred=("logprobs",),
    whole_rows=True,
    label=lambda params: ("none",) if params["reference_free"] else ("values",),
    pred_dims=(2,),
    formula="-log sigmoid(beta h),  h = (chosen - rejected) of the policy - (chosen - rejected) of the reference",
    unit="nats",
    best=None,
    source=Paper("Rafailov et al. 2023, Direct preference optimization, eq. 7", "arXiv:2305.18290"),
    like={
        "paper": call("-log sigmoid(beta h), beta 0.1", beta=0.1, form="sigmoid"),
        "trl": call(
            "trl.DPOConfig(loss_type=, beta=, label_smoothing=)",
            accepts=lambda given: given.get("form") in ("robust", "exo_pair") or not given.get("label_smoothing"),
            kernel=_trl,
            note="its ipo divides each log-ratio by its number of tokens; its sigmoid does not smooth labels",
        ),
    },
    errata="Only differences count: log-probabilities are sums over the tokens of an answer, not means, unless the "
    "training took means. IPO as TRL trains it takes means: give the numbers of tokens with --count.",
    example="sentences/sentences.csv --pred policy_chosen,policy_rejected --label reference_chosen,reference_rejected",
)
def preference(
    pred: Array,
    label: Array | None,
    *,
    beta: Annotated[
        float,
        Param(
            "how much the policy may leave the reference; larger is less",
            Interval(0, inf, "neither"),
            usual=(0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0),
        ),
    ] = 0.1,
    form: Annotated[
        str,
        Param(
            "sigmoid: DPO; hinge: SLiC; ipo: (h - 1 / (2 beta))^2; robust: DPO of noisy preferences; apo_zero, "
            "apo_down, nca_pair and sppo_hard: of chosen and rejected apart; exo_pair: EXO, of smoothed labels; "
            "sigmoid_norm: DPO of means over tokens; discopop: DiscoPOP, at a temperature of 0.05",
            Choice(*_FORMS),
        ),
    ] = "sigmoid",
    label_smoothing: Annotated[
        float,
        Param(
            "share of preferences that are the wrong way round (sigmoid, robust; exo_pair needs it)",
            Interval(0, 0.5, "left"),
            usual=SMOOTHINGS,
        ),
    ] = 0.0,
    reference_free: Annotated[
        bool, Param("whether there is no reference: its log-probabilities count as equal")
    ] = False,
    count: Count = None,
) -> Array:
    """Loss of a language model trained on pairs of a chosen and a rejected answer (the DPO family).

    Use it to follow a preference training on held-out pairs; values of different beta or form do not compare.
    Shapes: pred (n, 2), the policy's log-probabilities of the chosen and of the rejected answer, and label (n, 2), the
    reference's in the same order; none with --reference-free. For ipo --count, (n, 2), may give the numbers of tokens
    of both answers, by which their log-ratios are divided.
    Notes: a policy that is its reference costs log 2 under sigmoid. An answer of probability 0 on one side makes the
    loss infinite or 0, on both sides NaN.
    """
    if pred.shape[1] != 2:
        raise UsageProblem(
            f"preference takes two log-probabilities a row, chosen and rejected, got {pred.shape[1]}.",
            "Name them with --pred CHOSEN,REJECTED.",
        )
    if label_smoothing and form not in _SMOOTHED:
        raise UsageProblem(
            f"--label-smoothing is for --form {', '.join(_SMOOTHED)}, not {form}.", "Leave out --label-smoothing."
        )
    if count is not None and form not in _COUNTED:
        raise UsageProblem(
            f"--count is for --form {' and '.join(_COUNTED)}, whose log-ratios may be means over tokens, not {form}.",
            "Leave out --count.",
            options=("count", "form"),
        )
    _check_needs(form, label_smoothing, count)
    ratio = np.array(pred, dtype=np.float64)
    if label is not None:
        if (label > 0).any():
            at = np.argwhere(label > 0)[0]
            raise BadValue("label", int(at[0]), f"{label[tuple(at)]:.6g} is above 0: no log-probability is")
        with np.errstate(invalid="ignore"):
            ratio -= label
    if count is not None:
        ratio /= _tokens(count, ratio)
    chosen, rejected = ratio[:, 0], ratio[:, 1]
    with np.errstate(invalid="ignore", over="ignore"):
        return _of_ratios(chosen, rejected, beta, form, label_smoothing)


def _check_needs(form: str, smoothing: float, count: Array | None) -> None:
    """What a form cannot do without."""
    if form == "exo_pair" and not smoothing:
        raise UsageProblem(
            "--form exo_pair needs a share of wrong preferences above 0.",
            "Its paper has --label-smoothing 0.001.",
            kind="missing_option",
            options=("label_smoothing", "form"),
        )
    if form == "sigmoid_norm" and count is None:
        raise UsageProblem(
            "--form sigmoid_norm divides each log-ratio by its number of tokens.",
            "Give the numbers with --count CHOSEN_TOKENS,REJECTED_TOKENS.",
            kind="missing_option",
            options=("count", "form"),
        )


def _tokens(count: Array, ratio: Array) -> Array:
    """The number of tokens of each answer, at least 1."""
    tokens = np.asarray(count, dtype=np.float64)
    if tokens.shape != ratio.shape:
        raise UsageProblem(
            "--count takes two columns, the tokens of the chosen and of the rejected answer.",
            "Name them, such as --count chosen_tokens,rejected_tokens.",
            options=("count",),
        )
    refuse_below(tokens, 1.0, "count")
    return tokens


def _of_ratios(chosen: Array, rejected: Array, beta: float, form: str, smoothing: float) -> Array:
    """The loss from the log-ratios of policy and reference."""
    line = chosen - rejected
    if form == "ipo":
        return np.square(line - 1.0 / (2.0 * beta))
    if form == "sppo_hard":
        return np.square(chosen - 0.5 / beta) + np.square(rejected + 0.5 / beta)
    line *= beta
    if form == "hinge":
        return np.maximum(1.0 - line, 0.0)
    if form == "apo_zero":
        return _sigmoid(-beta * chosen) + _sigmoid(beta * rejected)
    if form == "nca_pair":
        return softplus(-beta * chosen) + 0.5 * softplus(beta * chosen) + 0.5 * softplus(beta * rejected)
    if form == "apo_down":
        return _sigmoid(beta * chosen) + _sigmoid(-line)
    if form == "discopop":
        return np.asarray(_sigmoid(-line / _TAU) * softplus(-line) + np.exp(-softplus(-line / _TAU) - line))
    right, swapped = softplus(-line), softplus(np.array(line)) if smoothing else 0.0
    if form == "exo_pair":
        chance, rest = _sigmoid(line), _sigmoid(-line)
        rightly = np.where(chance == 0, 0.0, chance * (right + math.log1p(-smoothing)))
        return np.asarray(-rightly - np.where(rest == 0, 0.0, rest * (swapped + math.log(smoothing))))
    if form == "robust":
        return (right * (1.0 - smoothing) - swapped * smoothing) / (1.0 - 2.0 * smoothing)
    return right * (1.0 - smoothing) + swapped * smoothing if smoothing else right


def _sigmoid(values: Array) -> Array:
    return np.asarray(1.0 / (1.0 + np.exp(-values)))


@preference.formula
def _(m: Any, pred: Any, label: Any, *, beta: float, form: str, label_smoothing: float, **roles: Any) -> Any:
    if (form == "exo_pair" and not label_smoothing) or (form == "sigmoid_norm" and not roles["count"]):
        return NotImplemented
    tokens = roles["count"] or [1, 1]
    ratios = zip(pred, label or [0, 0], tokens, strict=True)
    chosen, rejected = ((p - r) / n for p, r, n in ratios)
    e, line = label_smoothing, beta * (chosen - rejected)

    def surprise(x: Any) -> Any:
        return -m.binary_logs(x, "logits")[0]

    match form:
        case "hinge":
            return m.maximum(0, 1 - line)
        case "ipo":
            return (chosen - rejected - 1 / (2 * beta)) ** 2
        case "sppo_hard":
            return (chosen - 1 / (2 * beta)) ** 2 + (rejected + 1 / (2 * beta)) ** 2
        case "apo_zero":
            return m.exp(-surprise(-beta * chosen)) + m.exp(-surprise(beta * rejected))
        case "apo_down":
            return m.exp(-surprise(beta * chosen)) + m.exp(-surprise(-line))
        case "discopop":
            return m.exp(-surprise(-line * 20)) * surprise(line) + m.exp(-surprise(line * 20)) * m.exp(-line)
        case "exo_pair":
            q, r = m.exp(-surprise(line)), m.exp(-surprise(-line))
            return -m.times(q, surprise(line) + m.log(1 - e)) - m.times(r, surprise(-line) + m.log(e))
        case "nca_pair":
            return surprise(beta * chosen) + (surprise(-beta * chosen) + surprise(-beta * rejected)) / 2
        case "robust":
            return ((1 - e) * surprise(line) - e * surprise(-line)) / (1 - 2 * e)
    return (1 - e) * surprise(line) + e * surprise(-line)


_P, _R = [[-10.0, -12.0]], [[-11.0, -12.0]]
preference.case(pred=_P, label=_R, beta=1, expect="log1p(exp(-1))")
preference.case(pred=_P, label=_R, beta=1, label_smoothing=0.25, expect="0.75 * log1p(exp(-1)) + 0.25 * log1p(exp(1))")
preference.case(pred=_P, label=_R, beta=1, form="hinge", expect="0")
preference.case(pred=_P, label=_R, beta=0.5, form="ipo", expect="0")
preference.case(pred=_P, label=_R, beta=1, form="sppo_hard", expect="0.5")
preference.case(pred=_P, label=_R, beta=1, form="apo_zero", expect="1 / (1 + exp(1)) + 0.5")
preference.case(pred=_P, label=_R, beta=1, form="nca_pair", expect="log1p(exp(-1)) + 0.5 * log1p(exp(1)) + 0.5 * ln 2")
preference.case(pred=_P, label=_R, beta=1, form="apo_down", expect="1 / (1 + exp(-1)) + 1 / (1 + exp(1))")
preference.case(
    pred=_P, label=_R, beta=1, form="discopop", expect="(exp(-20) * log1p(exp(-1)) + exp(-1)) / (1 + exp(-20))"
)
preference.case(
    pred=_P,
    label=[[-10.0, -12.0]],
    form="exo_pair",
    label_smoothing=0.25,
    expect="-0.5 * (ln 2 + ln(0.75)) - 0.5 * (ln 2 + ln(0.25))",
)
preference.case(pred=_P, label=[[-11.0, -13.0]], beta=4, form="sigmoid_norm", count=[[2, 4]], expect="log1p(exp(-1))")
preference.case(pred=_P, reference_free=True, beta=0.5, expect="log1p(exp(-1))")
preference.case(pred=_P, label=[[-11.0, -13.0]], beta=0.5, form="ipo", count=[[2, 4]], expect="0.5625")
