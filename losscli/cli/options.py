"""Turns the table of run options into click's options: the only place where the two meet."""

from __future__ import annotations

from typing import Any

import click

from ..api.options.option_types import YesNo
from ..api.options.run_option import RunOption
from ..api.options.table import of_command
from ..core.errors import UsageProblem
from ..core.loss import Loss
from .params import SectionedOption
from .program import CONFIG


class RunOptionType(click.ParamType):  # type: ignore[type-arg]
    """Values checked by the table, so that a bad one gets the same sentence as in Python."""

    def __init__(self, option: RunOption) -> None:
        self.option = option
        self.name = option.name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return self.option.type.check(value)
        try:
            return self.option.parse(value)
        except UsageProblem as problem:
            from .other_words import value_to_type

            problem.hint = value_to_type(self.option.name, value) or problem.hint
            raise


def options_of(command: str, loss: Loss | None = None) -> list[SectionedOption]:
    """All run options of a command, for this loss."""
    own = {param.name for param in loss.params} if loss is not None else ()
    return [_option(each) for each in of_command(command, loss) if each.name not in own]


def _option(option: RunOption) -> SectionedOption:
    names = [*([option.short] if option.short else []), f"--{option.key}"]
    settings: dict[str, Any] = dict(_SPECIAL.get(option.name, {}))
    if isinstance(option.type, YesNo):
        names[-1] += f"/--no-{option.key}"
        settings["default"] = None
    elif option.is_flag:
        settings["is_flag"] = True
    else:
        settings |= {
            "type": RunOptionType(option),
            "default": None if option.multiple else option.default,
            "multiple": option.multiple,
            "required": option.required,
            "metavar": option.metavar or option.type.metavar(),
        }
    return SectionedOption(
        names,
        section=option.heading,
        help=_help(option),
        completes=option.completes or option.type.completes,
        why_typed=option.why_typed,
        **settings,
    )


def _help(option: RunOption) -> str:
    """The help with what holds where the option is not given, and with the range of its values."""
    default, limits = option.said_default(), option.type.limits()
    notes = [f"default: {default}"] if default else []
    if limits and option.unset:
        return f"{option.help}  [{notes[0]}]  [{limits}]"
    notes += [limits] if limits else []
    return option.help + (f"  [{'; '.join(notes)}]" if notes else "")


def _ask_for_zero(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value and ctx.obj is not None:
        ctx.obj.exit_zero = True  # main.Ending, which `run` asks at the very end, however the command ended


def _remember_config(ctx: click.Context, _param: click.Parameter, value: str | None) -> None:
    if value is not None:
        ctx.meta[CONFIG] = value  # the contexts of a command line share it


# what click does with two of them before a command is called; the command itself does not see their values
_SPECIAL: dict[str, dict[str, Any]] = {
    "config": {"is_eager": True, "expose_value": False, "callback": _remember_config},
    "exit_zero": {"expose_value": False, "callback": _ask_for_zero},
}
