"""One loss made of several: a weighted sum, with all that a loss is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..declarations.declaration import Paper, Part
from ..declarations.param import value_of, written
from ..errors import UsageProblem
from ..loss import CallableLoss, Loss
from . import grammar
from .grammar import Term, problem_at

Find = Callable[[str], CallableLoss]
_WHOLE = ("input", "like", "reduction", "denominator")


def composed(text: str, find: Find) -> CallableLoss:
    """The loss that a sum means, such as `dice + 0.5 * focal(gamma=2)`.

    Args:
        text: the sum.
        find: gives the loss of a name.

    Raises:
        UsageProblem: for what cannot be read, an unknown loss or parameter, or losses that share no predictions.
    """
    parts = [_part(text, term, find) for term in grammar.read(text)]
    if len(parts) == 1 and parts[0].weight == 1 and not parts[0].params:
        loss: CallableLoss = parts[0].loss
        return loss
    return sum_of(parts)


def sum_of(parts: Sequence[Part]) -> CallableLoss:
    """The weighted sum of losses with their parameters."""
    first = parts[0].loss
    _refuse_roles(parts)
    kinds = _in_common(parts, [part.loss.pred for part in parts])
    if len({part.loss.pred[0] for part in parts}) == 1:
        kinds = sorted(kinds, key=lambda kind: kind != first.pred[0])
    forms = [_forms(part) for part in parts]
    shared = tuple(form for form in forms[0] if all(form in each for each in forms))
    dims = [set(part.loss.pred_dims) for part in parts if part.loss.pred_dims]
    reductions = [name for name in ("mean", "sum", "none") if all(name in part.loss.reductions for part in parts)]
    text = _text(parts)
    return CallableLoss(
        name=text,
        kernel=_kernel,
        pred=tuple(kinds),
        label=shared or tuple(dict.fromkeys(form for each in forms for form in each)),
        formula_text=text,
        source=Paper("a weighted sum of losses"),
        family="sums of losses",
        unit="" if len({part.loss.unit for part in parts}) > 1 else first.unit,
        best=sum(part.weight * (part.loss.best or 0.0) for part in parts) if _has_best(parts) else None,
        reductions=tuple(reductions or ["mean"]),
        whole_rows=any(part.loss.whole_rows for part in parts),
        flat_is_one_row=any(part.loss.flat_is_one_row for part in parts),
        single=all(part.loss.single for part in parts),
        pred_dims=tuple(sorted(set.intersection(*dims))) if dims else (),
        example=first.example or "preds.npy labels.npy",
        parts=tuple(parts),
    )


def _kernel(pred: Any, label: Any) -> Any:
    """A weighted sum of losses, each with its own parameters.

    Each loss has its own value by its own way (a mean over the rows that count for it, or one value of all rows), and
    the sum is of these values; its standard error takes into account that all are computed on the same rows.
    """
    raise TypeError("a sum of losses is computed by its parts")


def _part(text: str, term: Term, find: Find) -> Part:
    try:
        loss = find(term.name)
    except UsageProblem as problem:
        raise problem_at(text, term.at, problem.message.removesuffix("."), problem.hint) from None
    if loss.parts:
        raise problem_at(text, term.at, f"{term.name} is a sum itself")
    params: dict[str, Any] = {}
    known = {param.name: param for param in loss.params}
    for name, value in term.settings.items():
        if name in _WHOLE:
            raise problem_at(text, term.at, f"{name} cannot be said of {loss.name} alone", _of_whole(name))
        if any(role.name == name for role in loss.roles):
            hint = "A sum takes losses of predictions and labels alone."
            raise problem_at(text, term.at, f"{name} of {loss.name} is a file", hint)
        if name not in known:
            unknown = loss.unknown_argument(name)
            raise problem_at(text, term.at, unknown.message.removesuffix("."), unknown.hint)
        try:
            params[name] = value_of(known[name], value)
        except UsageProblem as problem:
            raise problem_at(text, term.at, problem.message.removesuffix("."), problem.hint) from None
        if isinstance(params[name], str) and known[name].kind is not str:
            raise problem_at(text, term.at, f"{name} must be {known[name].rule()}, got {value}")
    return Part(term.weight, loss, params)


def _of_whole(name: str) -> str:
    if name == "like":
        return "A sum is of losses by their own definitions; compute the framework's loss by itself."
    return f"It is said once, of the whole sum: --{name}, or :{name}=VALUE at the end of the text."


def _refuse_roles(parts: Sequence[Part]) -> None:
    for part in parts:
        for role in part.loss.roles:
            if role.required:
                raise UsageProblem(
                    f"{part.loss.name} needs {role.name}, a file beside predictions and labels, which a sum has not.",
                    f"Compute {part.loss.name} by itself.",
                    kind=grammar.KIND,
                    options=("loss",),
                )


def _in_common(parts: Sequence[Part], kinds: Sequence[tuple[str, ...]]) -> list[str]:
    """The kinds of predictions that all losses take."""
    shared = [kind for kind in kinds[0] if all(kind in each for each in kinds)]
    if shared:
        return shared
    takes = "; ".join(f"{part.loss.name} takes {' or '.join(part.loss.pred)}" for part in parts)
    raise UsageProblem(
        f"No predictions are for all losses of this sum: {takes}.",
        "Compute the losses one by one, each from its own predictions.",
        kind=grammar.KIND,
        options=("loss",),
    )


def _forms(part: Part) -> tuple[str, ...]:
    loss: Loss = part.loss
    return loss.label(loss.resolve(part.params)) if callable(loss.label) else loss.label


def _has_best(parts: Sequence[Part]) -> bool:
    return all(part.loss.best is not None and part.weight > 0 for part in parts)


def _text(parts: Sequence[Part]) -> str:
    """The sum as it is written shortest, which reads back as the same."""
    text = ""
    for part in parts:
        settings = ", ".join(f"{name}={_setting(value)}" for name, value in part.params.items())
        size = "" if abs(part.weight) == 1 else f"{_number(abs(part.weight))} * "
        name = f"{size}{part.loss.name}" + (f"({settings})" if settings else "")
        negative = part.weight < 0
        text += f" {'-' if negative else '+'} {name}" if text else f"{'-' if negative else ''}{name}"
    return text


def _setting(value: Any) -> str:
    return f"[{written(value)}]" if isinstance(value, tuple | list) else written(value)


def _number(value: float) -> str:
    return repr(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)
