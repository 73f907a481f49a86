"""The values of a parameter that a sweep goes through: START:STOP:STEP, a list, or one value that stays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from itertools import product
from math import prod
from typing import Any

from ...core.declarations.param import Param, value_of
from ...core.errors import UsageProblem
from ...core.loss import Loss
from ...core.record import record
from ...core.safe_text import shown

MOST_POINTS = 500


@record
class Grid:
    """What a sweep goes through: `axes` map parameters to their values, `fixed` those that have one value."""

    axes: dict[str, list[Any]]
    fixed: dict[str, Any]

    @classmethod
    def of(cls, loss: Loss, arguments: Mapping[str, Any]) -> Grid:
        """The grid that the values of parameters span."""
        axes: dict[str, list[Any]] = {}
        fixed: dict[str, Any] = {}
        params, roles = {param.name: param for param in loss.params}, {role.name for role in loss.roles}
        for name, given in arguments.items():
            if name not in params:
                if name not in roles:
                    raise loss.unknown_argument(name)
                fixed[name] = given
                continue
            values = values_of(params[name], given)
            if len(values) == 1:
                fixed[name] = values[0]
            else:
                axes[name] = values
        _refuse_none(loss, axes)
        _refuse_many(axes)
        return cls(axes, fixed)

    def points(self) -> list[dict[str, Any]]:
        """The parameters of every point, the last axis first to change."""
        return [dict(zip(self.axes, values, strict=True)) for values in product(*self.axes.values())]


def values_of(param: Param, given: Any) -> list[Any]:
    """The values that were asked for, each checked."""
    if isinstance(given, str):
        values = _of_text(param, given)
    elif isinstance(given, Iterable) and not isinstance(given, Mapping):
        values = [value_of(param, each) for each in given]
    else:
        values = [value_of(param, given)]
    if not values:
        raise UsageProblem(f"{param.name} has no values.", "Leave it out, or name some.", options=(param.name,))
    if len(values) > 1 and any(isinstance(each, str) for each in values) and param.kind is not str:
        raise UsageProblem(
            f"{param.name}: a file has one value for each class, and stands in no list.",
            "Name the file alone, or numbers.", kind="bad_parameter", options=(param.name,),
        )  # fmt: skip
    for at, each in enumerate(values):
        if each in values[:at]:
            raise UsageProblem(
                f"{param.name} has the value {shown(str(each))} twice.", "Leave one out.", kind="contradiction",
                options=(param.name,),
            )  # fmt: skip
    return values


def _of_text(param: Param, text: str) -> list[Any]:
    if ":" in text and param.kind in (int, float) and not text.endswith((".npy", ".csv")):
        return [value_of(param, each) for part in text.split(",") for each in _range(param, part)]
    return [value_of(param, part.strip()) for part in text.split(",")]


def _range(param: Param, text: str) -> list[str]:
    """The values of START:STOP:STEP as texts, STOP among them where a step ends there."""
    if ":" not in text:
        return [text]
    parts = text.split(":")
    try:
        start, stop, step = (Decimal(part.strip()) for part in parts)
    except (InvalidOperation, ValueError):
        raise _no_range(param, text, "is no range") from None
    if not (start.is_finite() and stop.is_finite() and step.is_finite()) or step == 0 or (stop - start) * step < 0:
        raise _no_range(param, text, "never comes to its end")
    count = int((stop - start) / step) + 1
    if count > MOST_POINTS:
        raise _too_many(f"{param.name} {text} has {count:,} values", param.name)
    return [str(start + i * step) for i in range(count)]


def _no_range(param: Param, text: str, what: str) -> UsageProblem:
    return UsageProblem(
        f"{param.name}: {shown(text)} {what}.",
        f"A range is START:STOP:STEP, such as --{param.name.replace('_', '-')} 0:5:0.25, with its end.",
        kind="bad_parameter", options=(param.name,),
    )  # fmt: skip


def _too_many(what: str, name: str) -> UsageProblem:
    return UsageProblem(
        f"{what}, and a sweep has room for {MOST_POINTS} points.", "Take a longer step, or fewer values.",
        kind="too_many", options=(name,),
    )  # fmt: skip


def _refuse_many(axes: Mapping[str, list[Any]]) -> None:
    count = prod(len(values) for values in axes.values())
    if count > MOST_POINTS:
        sizes = " x ".join(f"{len(values)} of {name}" for name, values in axes.items())
        raise _too_many(f"{sizes} are {count:,} points", next(iter(axes)))


def _refuse_none(loss: Loss, axes: Mapping[str, list[Any]]) -> None:
    if axes:
        return
    if not loss.params:
        raise UsageProblem(
            f"{loss.name} has no parameters to go through.", f"losscli compute {loss.name} prints its value.",
            kind="missing_option",
        )  # fmt: skip
    name = next((each.name for each in loss.params if each.kind is float and not each.knob), loss.params[0].name)
    raise UsageProblem(
        "A sweep goes through the values of a parameter, and none has more than one.",
        f"Say a range or a list, such as --{name.replace('_', '-')} 0:1:0.25.",
        kind="missing_option", options=(name,),
    )  # fmt: skip
