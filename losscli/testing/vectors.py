"""Test vectors of a loss as data: inputs, parameters and expected values, for a port in another language to run."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..core.declarations.conventions import FRAMEWORKS
from ..core.loss import Case, Loss
from .cases import evaluate

SCHEMA = "https://losscli.dev/schemas/vectors-1.0.json"
_SETTINGS = ("input", "reduction", "denominator")


def vectors(loss: Loss) -> dict[str, Any]:
    """The loss, and its examples that were computed by hand, as the schema `vectors` says.

    What frameworks printed is added where the documentation is made: it is no part of a declaration.
    """
    return {
        "$schema": SCHEMA,
        "loss": loss.name,
        "aliases": list(loss.aliases),
        "formula": loss.formula_text,
        "source": str(loss.source),
        "inputs": list(loss.pred),
        "parameters": [
            {"name": param.name, "default": param.default, "rule": param.rule(), "meaning": param.help}
            for param in loss.params
        ],
        "conventions": {},
        "vectors": [_by_hand(loss, number, case) for number, case in enumerate(loss.cases)],
    }


def convention(like: str, versions: Mapping[str, str]) -> dict[str, Any]:
    """What a framework is called, and the versions of the packages that printed its values."""
    framework = FRAMEWORKS[like]
    return {"title": framework.title, "versions": dict(versions)}


def vector(
    arguments: Mapping[str, Any], expect: Any, *, relative: float, absolute: float, **about: Any
) -> dict[str, Any]:
    """One vector: |value - expect| is at most the larger of `relative` times |expect| and `absolute`."""
    arguments = {{"weights": "weight"}.get(name, name): value for name, value in arguments.items()}
    arrays = {name: value for name, value in arguments.items() if _is_array(name, value)}
    settings = {name: arguments[name] for name in _SETTINGS if arguments.get(name) is not None}
    others = {name: value for name, value in arguments.items() if name not in arrays and name not in _SETTINGS}
    return {
        **about,
        "arrays": {name: array_data(value) for name, value in arrays.items() if value is not None},
        "parameters": {name: plain(value) for name, value in others.items()},
        **settings,
        "expect": [plain(float(x)) for x in expect] if isinstance(expect, list) else plain(float(expect)),
        "relative": relative,
        "absolute": absolute,
    }


def array_data(value: Any) -> dict[str, Any]:
    """An array as its dtype, its shape and its numbers in the order of rows."""
    array = np.asarray(value)
    return {
        "dtype": str(array.dtype),
        "shape": list(array.shape),
        "data": [plain(x.item() if array.dtype != np.float32 else float(str(x))) for x in array.ravel()],
    }


def plain(value: Any) -> Any:
    """A value as JSON holds it: numbers that are not finite are the words nan, inf and -inf."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return [plain(each) for each in value] if isinstance(value, tuple | list) else value


def _is_array(name: str, value: Any) -> bool:
    return name in ("pred", "label", "weight") or isinstance(value, np.ndarray)


def _by_hand(loss: Loss, number: int, case: Case) -> dict[str, Any]:
    roles = {role.name for role in loss.roles}
    arguments = {name: np.asarray(v) if name in roles and v is not None else v for name, v in case.arguments.items()}
    rows = isinstance(case.expect, Sequence) and not isinstance(case.expect, str)
    expect = list(case.expect) if rows and not isinstance(case.expect, str | float | int) else _number(case.expect)
    relative, absolute = _digits(case.expect)
    about = {"id": f"{loss.name}/by-hand/{number}", "origin": "computed by hand", "like": None}
    if isinstance(case.expect, str):
        about["expression"] = case.expect
    return vector(arguments, expect, relative=relative, absolute=absolute, **about)


def _number(expect: Any) -> float:
    return evaluate(expect) if isinstance(expect, str) else float(expect)


def _digits(expect: Any) -> tuple[float, float]:
    """How near a value must come: an expression to its last digit, a number to those that are written."""
    if isinstance(expect, str):
        return 1e-15, 0.0
    numbers = expect if isinstance(expect, Sequence) else [expect]
    written = [str(number).partition(".")[2] for number in numbers if "e" not in str(number) and "." in str(number)]
    exact = all(number == 0 or math.isinf(number) or number * 2**12 == int(number * 2**12) for number in numbers)
    if exact:
        return 1e-15, 0.0
    return 0.5e-6, max(10.0 ** -len(each) for each in written) if written else 0.0
