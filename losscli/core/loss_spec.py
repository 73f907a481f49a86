"""A loss with its parameters as one word, for lists of losses: `focal:gamma=2,alpha=0.25,like=keras`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from . import registry
from .declarations.conventions import is_call
from .declarations.declaration import Loss
from .declarations.param import value_of, written
from .did_you_mean import nearest
from .errors import UsageProblem
from .sums.reduction import DENOMINATORS, REDUCTIONS

OPTIONS = ("like", "input", "reduction", "denominator")  # what a loss takes beside parameters and roles
_OF_CALLS = ("class_axis", "shift", "column_weights", "ignore_label", "count_classes")  # what a call may say besides

_WHOLE = ("class_axis", "shift")  # of these, whole numbers


class LossSpec(NamedTuple):
    """A loss as written: `arguments` are its parameters and extra roles, `options` the keys of OPTIONS that are set.

    `needs` are the arrays that a call in `like` is given beside predictions and labels, by role, as they are written
    there: files must be named for them. `held` are those that the call itself holds, such as the weight 2.0. `alias` is
    the name that was written, if it is not the loss's own. `text` is the spelling that `write` gives of the loss:
    canonical name, keys in the order written.
    """

    loss: Loss
    arguments: dict[str, Any]
    options: dict[str, str]
    needs: Mapping[str, str] = {}
    held: Mapping[str, Any] = {}
    alias: str = ""

    @property
    def text(self) -> str:
        """The word that reads back as this."""
        return write(self.loss, self.arguments, self.options)

    def with_own(self, own: LossSpec) -> LossSpec:
        """The loss with what is said of it in another place, which wins."""
        return LossSpec(
            self.loss,
            {**self.arguments, **own.arguments},
            {**self.options, **own.options},
            {**self.needs, **own.needs},
            {**self.held, **own.held},
            self.alias,
        )


def read(text: str) -> LossSpec:
    """The loss that `name:key=value,key=value` means. A value may hold commas, as in `alpha=0.25,0.75`."""
    name, colon, rest = text.partition(":")
    if registry.is_sum(text):
        from .sums_of_losses.grammar import split_options

        name, rest = split_options(text)
        colon = ":" if len(name) < len(text) else ""
    if not name.strip():
        raise UsageProblem(f"{text!r} names no loss.", "Write NAME or NAME:KEY=VALUE,KEY=VALUE.")
    loss = registry.find(name)
    if colon and not rest.strip():
        raise UsageProblem(f"{text!r} has nothing after the colon.", f"Write {name}, or {name}:KEY=VALUE.")
    return checked(loss, _pairs(text, rest))._replace(alias=alias_of(loss, name))


def alias_of(loss: Loss, written: str) -> str:
    """The name that was written for a loss, where it is not the loss's own."""
    name = registry.canonical(written)
    return name if name != loss.name and name in loss.aliases else ""


def checked(loss: Loss, given: Mapping[str, Any]) -> LossSpec:
    """The loss with these keys, each value as text or as what it stands for; wrong ones are UsageProblems."""
    arguments: dict[str, Any] = {}
    options: dict[str, str] = {}
    for key, value in given.items():
        key = key.strip().replace("-", "_")
        if key in arguments or key in options:
            raise UsageProblem(f"{loss.name} is given {key} twice.", "Leave one out.")
        if key in OPTIONS:
            options[key] = _option(loss, key, value)
        elif key in _OF_CALLS:
            options[key] = _whole_number(value) if key in _WHOLE else value
        else:
            arguments[key] = _argument(loss, key, value)
    return _with_call(LossSpec(loss, arguments, options))


def _whole_number(value: Any) -> Any:
    """The number that a text such as -1 is; what else is written there stays for the option's own check."""
    return int(value) if isinstance(value, str) and value.strip().lstrip("+-").isdecimal() else value


def _with_call(spec: LossSpec) -> LossSpec:
    """The loss with what a call says, where `like` is one."""
    like = spec.options.get("like", "")
    if not is_call(like):
        return spec
    from .calls.written_out import written_out

    return LossSpec(spec.loss, *written_out(spec.loss, like, spec.arguments, spec.options))


def write(loss: Loss, arguments: Mapping[str, Any], options: Mapping[str, str] | None = None) -> str:
    """The word that `read` reads back as this loss, these arguments and these options."""
    pairs = [f"{key}={written(value)}" for key, value in {**arguments, **(options or {})}.items()]
    return loss.name + (":" + ",".join(pairs) if pairs else "")


def keys(loss: Loss) -> list[str]:
    """What may stand before an equals sign: parameters, extra roles, options."""
    roles = [role.name for role in loss.roles if not role.internal]
    return [*(param.name for param in loss.params), *roles, *OPTIONS]


def _pairs(text: str, rest: str) -> dict[str, str]:
    """Keys and values; a part without an equals sign belongs to the value before it."""
    values: dict[str, str] = {}
    last = ""
    for part in _parts(rest) if rest else ():
        key, equals, value = part.partition("=")
        if equals and "(" not in key:
            last = key.strip()
            if not last:
                raise UsageProblem(f"In {text!r} {part!r} has no name before the equals sign.", "Write KEY=VALUE.")
            if last in values:
                raise UsageProblem(f"{text!r} says {last} twice.", "Leave one out.")
            values[last] = value.strip()
        elif last:
            values[last] += "," + part.strip()
        else:
            raise UsageProblem(f"In {text!r} {part!r} has no value.", "Write KEY=VALUE.")
    for key, value in values.items():
        if not value:
            raise UsageProblem(f"In {text!r} {key} has no value.", f"Write {key}=VALUE.")
    return values


def _parts(rest: str) -> Iterator[str]:
    """What stands between commas; those within brackets and quotes, as in a call, separate nothing."""
    start, depth, quote = 0, 0, ""
    for at, char in enumerate(rest):
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'" and depth:
            quote = char
        elif char in "([":
            depth += 1
        elif char in ")]":
            depth -= 1
        elif char == "," and depth <= 0:
            yield rest[start:at]
            start = at + 1
    yield rest[start:]


def _option(loss: Loss, key: str, value: Any) -> str:
    """The value of an option, as far as it can be known to be wrong before data are seen."""
    if not isinstance(value, str):
        raise UsageProblem(f"{key} of {loss.name} must be a word, got {value!r}.", kind="bad_option", options=(key,))
    if key == "like":  # a framework may be named with its version; a wrong one has a sentence of its own
        return value
    known: Iterable[str] = {"input": loss.pred, "reduction": REDUCTIONS, "denominator": DENOMINATORS}[key]
    if value not in known:
        hint = nearest(value, known)
        raise UsageProblem(
            f"{key} of {loss.name} must be one of {', '.join(known)}, got {value}.",
            hint,
            kind="bad_option",
            options=(key,),
        )
    return value


def _argument(loss: Loss, key: str, value: Any) -> Any:
    param = next((param for param in loss.params if param.name == key), None)
    if param is not None:
        return value_of(param, value)
    if any(role.name == key and not role.internal for role in loss.roles):
        if not isinstance(value, str):
            raise UsageProblem(f"{key} of {loss.name} must name a file, got {value!r}.")
        return value
    choices = keys(loss)
    hint = nearest(key, choices) or f"It has: {', '.join(choices)}."
    raise UsageProblem(f"{loss.name} has no parameter {key!r}.", hint, kind="unknown_parameter", options=(key,))
