"""A convention as a call that somebody may paste: the call of its preset, with the numbers that it was given."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from ..declarations.conventions import Call, split_like
from ..declarations.declaration import Loss
from ..errors import UsageProblem
from .converters import REDUCTIONS, reduction
from .names import signatures_of
from .signatures import Argument, Signature
from .values import literal

_CALL = re.compile(r"(?P<name>[A-Za-z_][\w.]*)\((?P<first>[^()]*)\)(?:\((?P<second>[^()]*)\))?\Z")
_WEIGHTS = ("weights", "sample_weight", "weight")
# What an argument is, given what it sets here: the other way round than in `converters`.
_BACK: Mapping[str, Callable[[Any], Any]] = {
    "twice": lambda value: value / 2.0,
    "half": lambda value: value * 2.0,
    "squared": lambda value: value == 2,
    "batch_or_image": lambda value: value == "batch",
    "negative_is_none": lambda value: -1.0 if value is None else value,
    "zero_infinity": lambda value: value == "zero",
    "time_major": lambda value: value == "tnc",
    "force_finite": lambda value: value == "finite",
    "yes_or_no": lambda value: value == "yes",
    "number": float,
    "log_target": lambda value: value == "logprobs",
}


def call_text(
    loss: Loss, like: str, call: Call, params: Mapping[str, Any], reduced: Mapping[str, Any] | None, *, weighted: bool
) -> str | None:
    """The call as Python writes it; None where the framework has no argument for what was changed.

    Args:
        loss: the loss that it computes.
        like: the framework, perhaps with its version.
        call: the preset, whose text leaves its numbers open: huber_loss(preds, labels, delta=).
        params: parameters of the loss that were given or changed.
        reduced: the reduction and the denominator, where they are others than the call's own.
        weighted: whether rows have weights.
    """
    match = _CALL.match(call.text)
    if match is None:
        return None
    try:
        known = [each for each in signatures_of(match["name"]) if loss.name in each.losses]
    except UsageProblem:
        return None
    usual = {**{param.name: param.default for param in loss.params}, **call.knobs}
    for signature in known:
        made = _Written(signature, params, usual, weighted).text(match, split_like(like)[0], reduced)
        if made is not None:
            return made
    return None


class _Written:
    """One preset's text, filled in by one signature."""

    def __init__(
        self, signature: Signature, params: Mapping[str, Any], usual: Mapping[str, Any], weighted: bool
    ) -> None:
        self.signature, self.weighted = signature, weighted
        self.left, self.usual = dict(params), usual
        self.arguments = {each.name: each for each in (*signature.arguments, *signature.data)}

    def text(self, match: re.Match[str], like: str, reduced: Mapping[str, Any] | None) -> str | None:
        """The call, or None where something is left that it cannot say."""
        of_class = match["second"] is not None
        first, second = self._filled(match["first"]), self._filled(match["second"]) if of_class else []
        for argument in self.signature.arguments:
            first += self._added(argument, first)
        suffix = ""
        if reduced is not None:
            word = self._reduction_word(like, reduced)
            if word is not None:
                first = [each for each in first if not each.startswith("reduction=")] + [f"reduction={word!r}"]
            elif like == "optax" and reduced == {"reduction": "sum"}:
                if "reduce_fn" in self.arguments:  # whose value is one number, the mean
                    first.append("reduce_fn=jnp.sum")
                else:
                    suffix = ".sum()"
            else:
                return None
        if self.left:
            return None
        data = f"({', '.join(second)})" if of_class else ""
        return f"{match['name']}({', '.join(first)}){data}{suffix}"

    def _filled(self, text: str) -> list[str]:
        """The arguments of a text, those that it leaves open written out or left out."""
        filled = []
        for each in filter(None, map(str.strip, text.split(","))):
            name, equals, value = each.partition("=")
            if name in _WEIGHTS and not value:
                filled += [f"{name}=weights" if equals else name] if self.weighted else []
            elif equals and not value:
                filled += self._added(self.arguments[name], filled) if name in self.arguments else []
            elif not equals and name in self.usual and name in self.arguments:  # a place that must be filled
                filled.append(_shown(self.left.pop(name, self.usual[name])))
            elif value.isupper() and name in self.usual:
                filled.append(f"{name}={_shown(self.left.pop(name, self.usual[name]))}")
            else:
                filled.append(each)
                meaning = self.arguments[name].meaning if equals and name in self.arguments else ""
                self.left.pop(meaning.partition("!")[0], None) if meaning else None
        return filled

    def _added(self, argument: Argument, written: list[str]) -> list[str]:
        """The argument with its value, where a parameter that was given is what it sets."""
        target, _, rule = argument.meaning.partition("!")
        if target not in self.left or any(each.startswith(f"{argument.name}=") for each in written):
            return []
        if rule and rule not in _BACK:
            return []
        value = self.left.pop(target)
        value = _BACK[rule](value) if rule else value
        default = literal(argument.default) if argument.default else None
        return [] if value is None and default is None else [f"{argument.name}={_shown(value)}"]

    def _reduction_word(self, like: str, reduced: Mapping[str, Any]) -> str | None:
        """The framework's own word for a reduction; None where it has none."""
        if "reduction" not in self.arguments:
            return None
        wanted = dict(reduced)
        wholes = {**wanted, "denominator": "rows"} if wanted.get("denominator") == "count" else wanted
        return next((word for word in REDUCTIONS if reduction(like, word) in (wanted, wholes)), None)


def _shown(value: Any) -> str:
    return repr(list(value)) if isinstance(value, tuple) else repr(value)
