"""Turns what a loss declares, its parameters and roles, into click's options: the only place where the two meet."""

from __future__ import annotations

from typing import Any

import click

from ..api.options.run_option import OF_THE_LOSS, TYPED_FILE
from ..core.declarations.domain import Choice
from ..core.declarations.param import Param, Role


class SectionedOption(click.Option):
    """An option that knows under which heading the help shows it, what completes its value, and why it must be typed
    if no file of options may set it.
    """

    def __init__(
        self, *args: Any, section: str = "Options", completes: str = "", why_typed: str = "", **kwargs: Any
    ) -> None:
        self.section, self.completes, self.why_typed = section, completes, why_typed
        super().__init__(*args, **kwargs)

    @property
    def key(self) -> str:
        """The long name without its dashes, as files of options spell it."""
        return max(self.opts, key=len).removeprefix("--")


class ParameterType(click.ParamType):  # type: ignore[type-arg]
    """Values checked by the parameter itself, so that a bad one gets the same sentence as in Python."""

    def __init__(self, param: Param) -> None:
        self.param = param
        self.name = _metavar(param)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        if value == "none" and self.param.optional:
            return value  # click takes None for an option that is not there; `check` knows the word
        if self.names_a_file(value):
            return value  # read, and checked again, when the roles are opened
        return self.param.parse(value)

    def names_a_file(self, text: str) -> bool:
        """Whether a text is a SPEC of a file, where one value a class may come from one."""
        return bool(self.param.per) and text != "none" and not _looks_numeric(text)


def _looks_numeric(text: str) -> bool:
    try:
        [float(part) for part in text.split(",")]
    except ValueError:
        return False
    return True


def _metavar(param: Param) -> str:
    if isinstance(param.domain, Choice):
        return "|".join(map(str, param.domain.values))
    word = {float: "NUMBER", int: "INTEGER", bool: "", str: "TEXT"}[param.kind]
    return f"{word}|A,B,...|SPEC" if param.per else word


def flag(name: str) -> str:
    """The option of a name: --label-smoothing of label_smoothing."""
    return "--" + name.replace("_", "-")


def of_param(param: Param) -> click.Option:
    """The option of a parameter. Left out, it is None: the declaration's own default is used."""
    text = param.help
    if param.domain is not None and not isinstance(param.domain, Choice):
        text += f"; {param.domain}"
    default = "none" if param.default is None else param.default
    text += f"  [default: {default:g}]" if isinstance(default, float) else f"  [default: {default}]"
    if param.kind is bool:
        name = flag(param.name)
        return SectionedOption([f"{name}/--no-{name[2:]}"], default=None, help=text, section=OF_THE_LOSS[0])
    kind = ParameterType(param)
    section = OF_THE_LOSS[1] if param.knob else OF_THE_LOSS[0]
    completes = "spec" if param.per else ""
    return SectionedOption(
        [flag(param.name)], type=kind, metavar=kind.name, help=text, section=section, completes=completes
    )


def of_role(role: Role) -> click.Option:
    """The option of an extra array."""
    need = "  [required]" if role.required else ""
    return SectionedOption(
        [flag(role.name)],
        metavar="SPEC",
        help=f"{role.help}, {role.shape}{need}",
        section=OF_THE_LOSS[0],
        completes="spec",
        why_typed=TYPED_FILE,
    )
