"""The rules of every parameter, and the names of losses: one sentence for a mistake, the same on each road."""

from __future__ import annotations

from typing import Any

import draw
import numpy as np
import pytest

from losscli.core import registry
from losscli.core.declarations.domain import AxesList, Choice, Guard, Interval
from losscli.core.declarations.param import Param
from losscli.core.errors import UsageProblem
from losscli.core.loss import Loss

# CONTRACT.md section 9: what the source document names.
SPELLINGS = {
    "sigmoid_cross_entropy": ("bce", "binary_crossentropy", "binary_cross_entropy", "bce_with_logits"),
    "focal": ("focal_loss", "binary_focal", "sigmoid_focal", "softmax_focal", "categorical_focal"),
    "hinge": (),
    "softmax_cross_entropy": (
        "ce",
        "cross_entropy",
        "categorical_crossentropy",
        "sparse_categorical_crossentropy",
        "sparse_softmax_cross_entropy",
    ),
    "dice": (),
    "kl_divergence": ("kl",),
    "mse": ("mean_squared_error",),
    "l2": ("l2_norm", "euclidean"),
    "mae": ("mean_absolute_error", "absolute_difference", "l1_loss"),
    "l1": ("l1_norm", "manhattan"),
    "huber": (),
    "smooth_l1": (),
    "ctc": (),
    "center": (),
    "contrastive": (),
    "triplet": (),
    "sphereface": ("a_softmax",),
    "cosface": ("am_softmax",),
    "arcface": (),
}
NOUNS = {float: "a number", int: "a whole number", bool: "yes or no", str: "a word"}


def every_param() -> list[Any]:
    return [
        pytest.param(registry.find(name), param, id=f"{name}-{param.name}")
        for name in draw.every_loss()
        for param in registry.find(name).params
    ]


def outside() -> list[Any]:
    found = []
    for name in draw.every_loss():
        for param in registry.find(name).params:
            for value in param.domain.outside() if param.domain else []:
                found.append(pytest.param(registry.find(name), param, value, id=f"{name}-{param.name}-{value}"))
    return found


def rule(param: Param) -> str:
    """The rule in words, written down a second time: it is what users read."""
    if isinstance(param.domain, Choice):
        return "one of " + ", ".join(map(str, param.domain.values))
    if isinstance(param.domain, Guard):
        return "none, clip:E, add:E, clip+add:E, floor:E or clamp:L, such as clip:1e-7"
    if isinstance(param.domain, AxesList):
        return "numbers of axes with commas between, such as 1,2"
    words = NOUNS[param.kind]
    if isinstance(param.domain, Interval):
        low, high, closed = param.domain.low, param.domain.high, param.domain.closed
        left = "[" if closed in ("both", "left") and np.isfinite(low) else "("
        right = "]" if closed in ("both", "right") and np.isfinite(high) else ")"
        words += f" in {left}{low:g}, {high:g}{right}"
    return words + (f", or one a {param.per}" if param.per else "")


def refused(function: Any, value: object) -> UsageProblem:
    with pytest.raises(UsageProblem) as caught:
        function(value)
    assert caught.value.exit_code == 2
    return caught.value


@pytest.mark.parametrize(("loss", "param", "value"), outside())
def test_values_outside_the_domain(loss: Loss, param: Param, value: Any) -> None:
    begins = f"{param.name} must be {rule(param)}, got "
    shown = value if isinstance(value, str) else repr(value)
    assert refused(param.check, value).message == f"{begins}{shown}."
    assert refused(param.parse, str(value)).message == f"{begins}{value}."
    assert refused(lambda v: loss.resolve({param.name: v}), value).message == f"{begins}{shown}."


@pytest.mark.parametrize(("loss", "param"), every_param())
def test_param(loss: Loss, param: Param) -> None:
    assert param.help
    assert param.rule() == rule(param)
    assert param.check(param.default) == param.default
    assert loss.resolve({})[param.name] == param.default
    inside = [v for v in draw.values(param, np.random.default_rng(0)) if v is not None]
    assert inside or param.kind is str
    for value in inside:
        assert param.check(value) == value
        if param.kind is not bool:
            assert param.parse(str(value)) == value
    if param.kind is not str:
        assert refused(param.parse, "abc").message == f"{param.name} must be {rule(param)}, got abc."
        assert refused(param.check, "abc").message == f"{param.name} must be {rule(param)}, got abc."
        assert refused(param.parse, "").message == f"{param.name} must be {rule(param)}, got ."
    if param.kind in (int, float):
        refused(param.check, True)
        refused(param.check, [] if not param.per else [True])
        refused(param.check, 1j)
        assert param.check(param.kind(inside[0])) == param.check(np.float64(inside[0]))
    if param.kind is int:
        assert refused(param.check, 1.5).message == f"{param.name} must be {rule(param)}, got 1.5."
        refused(param.parse, "1.5")
    if param.kind is bool:
        refused(param.check, 1)
        refused(param.check, "yes")
    if not param.optional:
        refused(param.check, None)
    else:
        assert param.check(None) is None


@pytest.mark.parametrize(("loss", "param"), [p for p in every_param() if p.values[1].per == "class"])
def test_one_value_a_class(loss: Loss, param: Param) -> None:
    inside = [v for v in draw.values(param, np.random.default_rng(0)) if v is not None]
    several = tuple(float(v) for v in inside[:3])
    for given in (list(several), several, np.array(several)):
        assert param.check(given) == several
    assert param.parse(",".join(map(str, several))) == several
    bad = [v for v in param.domain.outside() if v == v] if param.domain else []
    if bad:
        begins = f"{param.name} must be {rule(param)}, got "
        assert refused(param.check, [several[0], float(bad[0])]).message == f"{begins}{float(bad[0])!r}."
        text = f"{several[0]},{float(bad[0])}"
        assert refused(param.parse, text).message == f"{begins}{text}."
    assert refused(param.parse, f"{several[0]},").message.endswith(f"got {several[0]},.")
    wide = [d for d in draw.draws(loss) if isinstance(d.params.get(param.name), tuple)]
    assert wide
    for drawn in wide:
        classes = draw.K if drawn.form == "class" else drawn.pred.shape[-1] if drawn.pred.ndim > 1 else 1
        for size in {1, classes - 1, classes + 1} - {0, classes}:
            call = {**drawn.params, param.name: (inside[0],) * size}
            with pytest.raises(UsageProblem) as caught:
                loss(drawn.pred, drawn.label, input=drawn.kind, **drawn.roles, **call)
            assert caught.value.message == f"{param.name} has {size} values for {classes} class{'es' * (classes != 1)}."


@pytest.mark.parametrize("name", draw.every_loss())
def test_unknown_parameters(name: str) -> None:
    loss = registry.find(name)
    for param in loss.params:
        problem = refused(loss.resolve, {param.name + "s": 1})
        assert problem.message == f"{loss.name} has no parameter '{param.name}s'."
        assert problem.hint == f"Did you mean {param.name}?"
    far = refused(loss.resolve, {"qqqqqqqq": 1})
    assert far.hint.startswith("It has: " if loss.params or loss.roles else "It has no parameters.")
    for param in loss.params:
        assert param.name in far.hint


# -- names of losses --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", draw.every_loss())
def test_a_loss_is_found_by_every_spelling(name: str) -> None:
    loss = registry.find(name)
    for spelling in (loss.name, *loss.aliases):
        for text in (
            spelling,
            spelling.replace("_", "-"),
            spelling.upper(),
            f" {spelling} ",
            spelling.title(),
        ):
            assert registry.find(text) is loss


def test_no_spelling_is_taken_twice() -> None:
    spellings = [s for loss in registry.everything().values() for s in (loss.name, *loss.aliases)]
    assert len(spellings) == len(set(spellings))


@pytest.mark.parametrize("name", sorted(SPELLINGS))
def test_the_promised_names(name: str) -> None:
    if name not in registry.names():
        pytest.skip(f"{name} is still being written")
    for spelling in (name, *SPELLINGS[name]):
        assert registry.find(spelling).name == name


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("focel", "Did you mean focal?"),
        ("focal-los", "Did you mean focal_loss?"),
        ("MSEE", "Did you mean mse?"),
        ("sigmoid-cross-entropi", "Did you mean sigmoid_cross_entropy?"),
        ("qqqqqq", "See losscli list."),
        ("focal:gamma=2,alpha=0.25", "Write focal(gamma=2, alpha=0.25), or give the parameters as arguments."),
        ("", "See losscli list."),
    ],
)
def test_a_misspelt_loss(text: str, hint: str) -> None:
    problem = refused(registry.find, text)
    assert problem.message == f"There is no loss {text!r}."
    assert problem.hint == hint


# -- domains ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("closed", ["both", "left", "right", "neither"])
@pytest.mark.parametrize(("low", "high"), [(0, 1), (-2.5, np.inf), (-np.inf, 3), (-np.inf, np.inf)])
def test_intervals(low: float, high: float, closed: Any) -> None:
    domain = Interval(low, high, closed)
    for end, sides in ((low, ("both", "left")), (high, ("both", "right"))):
        assert domain.contains(end) == (bool(np.isfinite(end)) and closed in sides)
    assert domain.contains((max(low, -5) + min(high, 5)) / 2)
    assert not any(map(domain.contains, domain.outside()))
    assert not domain.contains(np.nan)
    assert not domain.contains("1")
    assert not domain.contains(True)
    assert len(domain.outside()) == 1 + bool(np.isfinite(low)) + bool(np.isfinite(high))


def test_choices() -> None:
    domain = Choice("image", "batch")
    assert str(domain) == "one of image, batch"
    assert domain.contains("image")
    assert not any(map(domain.contains, ["Image", None, 0, *domain.outside()]))
    numbers = Choice(0, 1)
    assert numbers.contains(1)
    assert not numbers.contains(True)
    assert not any(map(numbers.contains, numbers.outside()))
