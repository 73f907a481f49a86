"""Which value of a written call is which argument of the signature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..did_you_mean import nearest
from ..errors import UsageProblem
from .signatures import Argument, Signature
from .syntax import WrittenCall
from .values import literal


def bad_call(text: str, hint: str = "", kind: str = "bad_call") -> UsageProblem:
    """A call that is not computed, in a sentence."""
    return UsageProblem(f"--like: {text}", hint, kind=kind, options=("like",))


def matched(written: WrittenCall, signature: Signature) -> tuple[dict[str, Any], dict[str, Any]]:
    """The values of the arguments and of the arrays, by name."""
    if not signature.is_class and written.data is not None:
        raise bad_call(f"{signature.name} is a function: its result is not called.")
    if signature.is_class:
        arrays = _bound(signature, signature.data, written.data or (), written.named_data or {})
        return _bound(signature, signature.arguments, written.arguments, written.named), arrays
    values = _bound(signature, (*signature.data, *signature.arguments), written.arguments, written.named)
    names = {each.name for each in signature.data}
    return (
        {name: value for name, value in values.items() if name not in names},
        {name: value for name, value in values.items() if name in names},
    )


def refuse_others(signature: Signature, given: Mapping[str, Any], loss: str) -> None:
    """Refuse a call that has another signature, where an argument says so."""
    for argument in signature.arguments:
        if argument.meaning not in ("must", "not"):
            continue
        must, name = argument.meaning == "must", argument.name
        if (name in given and given[name] == literal(argument.default)) != must:
            what = loss if must else "something else"
            text = f"{signature.name} with {name}={argument.default} computes {what}."
            raise bad_call(text, kind="another_signature")


def _bound(signature: Signature, known: Sequence[Argument], values: Sequence[Any], named: Any) -> dict[str, Any]:
    places = [each.name for each in known if not each.keyword_only]
    if len(values) > len(places):
        raise bad_call(f"{signature.name} takes {len(places)} arguments by position, and has {len(values)} here.")
    bound = dict(zip(places, values, strict=False))
    names = [each.name for each in known]
    for name, value in named.items():
        if name not in names:
            hint = nearest(name, names) or (f"It has {', '.join(names)}." if names else "It has none.")
            raise bad_call(f"{signature.name} has no argument {name}.", hint)
        if name in bound:
            raise bad_call(f"{signature.name} is given {name} twice.")
        bound[name] = value
    return bound
